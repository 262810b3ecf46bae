package flow

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/prompt"
)

// Effect is an order a flow gives. Effects are plain comparable structs; the set
// is closed. Those that name a leg, a playback, a recording or a bridge may be
// performed twice with the result of once.
type Effect interface{ effect() }

// Answer picks up the caller's leg.
type Answer struct{ Leg call.LegID }

// HangUp ends a leg. Q850 is the cause told to the far end (ITU-T Q.850).
type HangUp struct {
	Leg  call.LegID
	Q850 int
}

// Play says a script to one leg. The next fact about it is PlaybackDone.
type Play struct {
	Leg      call.LegID
	Playback call.PlaybackID
	Language string // "en_GB"
	Script   prompt.Script
}

// StopPlayback ends a playback early.
type StopPlayback struct {
	Leg      call.LegID
	Playback call.PlaybackID
}

// Whisper says a script to one leg of a bridge, over what it hears there: nobody else hears
// it, and it holds up nothing that is ordered of the leg meanwhile. PlaybackDone answers it.
// StopWhisper must follow, also when it could not be performed.
type Whisper struct {
	Leg      call.LegID
	Playback call.PlaybackID
	Language string // "en_GB"
	Script   prompt.Script
}

// StopWhisper ends a whisper, be it over or not, and takes away what it needed.
type StopWhisper struct{ Playback call.PlaybackID }

// NotePIN says that a resident has pressed keys in a guarded call that look like a PIN: how
// many so far, never which.
type NotePIN struct{ Keys int }

// Record keeps what a leg says, after a tone, until '#', Silence, or Max.
type Record struct {
	Leg       call.LegID
	Recording call.RecordingID
	Max       time.Duration // whole seconds
	Silence   time.Duration // whole seconds
}

// FindRecording asks what became of a recording: it is still being made, and RecordingDone
// is to come, or it is over, and RecordingDone is told again.
type FindRecording struct {
	Leg       call.LegID
	Recording call.RecordingID
}

// DropRecording ends a recording that is being made, and removes it from the disk.
type DropRecording struct{ Recording call.RecordingID }

// DetectSpeech asks for SpeechStarted and SpeechEnded of a leg.
type DetectSpeech struct{ Leg call.LegID }

// IgnoreSpeech ends DetectSpeech. A leg must be free of it before it is bridged: the
// exchange joins legs that it listens to in another way.
type IgnoreSpeech struct{ Leg call.LegID }

// StartRinging lets a leg hear the ringing tone.
type StartRinging struct{ Leg call.LegID }

// StopRinging ends the ringing tone.
type StopRinging struct{ Leg call.LegID }

// Louder lets a leg hear everything so many times louder than it comes, until its end. What
// comes from the leg stays as it is.
type Louder struct {
	Leg   call.LegID
	Times int
}

// SeizeLine asks for the line. LineSeized or LineBusy answers it. A seized line
// is given back when the flow ends.
type SeizeLine struct{ Line call.LineID }

// FreeLine gives a seized line back before the flow ends.
type FreeLine struct{ Line call.LineID }

// RingResident starts a leg to an endpoint of the line.
type RingResident struct {
	Leg      call.LegID
	Call     call.ID
	Line     call.LineID
	Endpoint string
	From     call.Caller   // shown on the telephone
	Patience time.Duration // how long it may ring; whole seconds
}

// Bridge joins two legs so that neither hears the other's keys as signals.
// Success is told by LegJoined for each, failure by EffectFailed.
type Bridge struct {
	Bridge           call.BridgeID
	Caller, Resident call.LegID
}

// Unbridge takes a bridge apart. The legs live on.
type Unbridge struct{ Bridge call.BridgeID }

// Pair makes the exchange itself drop either leg when the other ends, whether or
// not Clearline is there.
type Pair struct{ Caller, Resident call.LegID }

// Refuse marks a caller's leg as turned away: from now on the dialplan ends it
// instead of delivering it unscreened, should Clearline fall silent.
type Refuse struct{ Leg call.LegID }

// Deadman sets the time after which the exchange takes the leg away from
// Clearline unless it is renewed; 0 switches it off.
type Deadman struct {
	Leg   call.LegID
	After time.Duration
}

// SetTimer asks for TimerFired with the same Timer and N. Setting a timer again
// replaces it.
type SetTimer struct {
	Timer Timer
	N     int
	After time.Duration
}

// CancelTimer stops a timer; its TimerFired may still come.
type CancelTimer struct{ Timer Timer }

// BlockCaller puts the caller's number on the line's block list.
type BlockCaller struct {
	Line   call.LineID
	Number string
	By     string // whose decision it was, as in call.Decision
}

// Release gives a caller's leg back to the dialplan's unscreened path.
type Release struct{ Leg call.LegID }

// Redial sends a leg of the resident's into the dialplan as if Dialled had been dialled
// on it just now, out of whatever bridge it is in. WentOn answers it, and the leg comes back as one that
// dials.
type Redial struct {
	Leg     call.LegID
	Dialled string // digits
	Way     call.Way
}

// Unpair undoes Pair for the caller's leg: its end no longer ends the resident's.
type Unpair struct{ Caller call.LegID }

// FindLegs looks for every other leg of the line: those of its telephones, those of its
// callers, and whatever is joined to one of them. LegFound for each and SearchDone
// answer it.
type FindLegs struct {
	N    int
	Line call.LineID
	Own  call.LegID // the resident's, which dials
	Way  call.Way
}

// GoOn gives the resident's leg to the operator's dialplan, which dials the number.
// WentOn answers it.
type GoOn struct {
	Leg      call.LegID
	Cleared  bool   // every other leg was proved gone
	Incident bool   // somebody may be under attack
	Avoid    string // endpoint of the trunk the suspect came by, without technology, or empty
}

// NoteAttempt writes down how an attempt stands. Without an Outcome it is under way.
type NoteAttempt struct {
	Dial    Dial
	Found   int // other legs found up
	Gone    int // those proved gone
	Outcome call.Outcome
}

// NoteSecret says that a caller keyed a code or a word, and whether it was the right one.
// One that is locked was not compared, and is not noted.
type NoteSecret struct {
	Line   call.LineID
	Secret Secret
	Right  bool
}

// Ended closes the flow. Nothing follows it.
type Ended struct {
	Cause     call.Cause
	Approved  bool
	Recording call.RecordingID
	Notes     call.Notes
}

func (Answer) effect()        {}
func (HangUp) effect()        {}
func (Play) effect()          {}
func (StopPlayback) effect()  {}
func (Whisper) effect()       {}
func (StopWhisper) effect()   {}
func (NotePIN) effect()       {}
func (Record) effect()        {}
func (FindRecording) effect() {}
func (DropRecording) effect() {}
func (DetectSpeech) effect()  {}
func (IgnoreSpeech) effect()  {}
func (StartRinging) effect()  {}
func (StopRinging) effect()   {}
func (Louder) effect()        {}
func (SeizeLine) effect()     {}
func (FreeLine) effect()      {}
func (RingResident) effect()  {}
func (Bridge) effect()        {}
func (Unbridge) effect()      {}
func (Pair) effect()          {}
func (Refuse) effect()        {}
func (Deadman) effect()       {}
func (SetTimer) effect()      {}
func (CancelTimer) effect()   {}
func (BlockCaller) effect()   {}
func (Release) effect()       {}
func (Redial) effect()        {}
func (Unpair) effect()        {}
func (FindLegs) effect()      {}
func (GoOn) effect()          {}
func (NoteAttempt) effect()   {}
func (NoteSecret) effect()    {}
func (Ended) effect()         {}
