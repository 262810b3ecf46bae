package flow

import (
	"time"

	"clearline/lib/call"
)

// Event is a past fact that a flow is told. Events are plain comparable structs;
// the set is closed.
type Event interface{ event() }

// Began opens a flow: the exchange holds the caller's leg and waits.
type Began struct{ Admission Admission }

// Admission is what was decided about a caller before the flow began.
type Admission string

// The admissions.
const (
	Admitted       Admission = "admitted"
	RefusedBlocked Admission = "blocked"      // refused without being answered
	RefusedCrowded Admission = "crowded"      // answered with one sentence
	RefusedNoLine  Admission = "no-line"      // answered with one sentence
	RefusedBusy    Admission = "busy"         // refused without being answered: the line is being cleared
	TurnedAway     Admission = "turned-away"  // refused without being answered: by a window (call.Window)
	Unchallenged   Admission = "unchallenged" // asked nothing; the resident still decides
	WhilePaused    Admission = "paused"       // likewise: the resident has paused screening
	AskedWord      Admission = "asked-word"   // shows a contact's number, and is asked for the family's word
	TakesMessage   Admission = "message"      // may leave a message; no telephone rings
)

// LegAnswered says that the person at a leg Clearline rang has picked up.
type LegAnswered struct{ Leg call.LegID }

// LegGone says that a leg no longer exists: its signalling and its audio are over.
// Q850 is the cause code of ITU-T Q.850 (16 normal, 17 busy, 21 rejected), or 0
// when it is not known.
type LegGone struct {
	Leg  call.LegID
	Q850 int
}

// LegTaken says that the dialplan has taken a leg back. Nothing may be asked of it any
// more: it may be a caller who was delivered unscreened.
type LegTaken struct{ Leg call.LegID }

// LegJoined says that a leg is in a bridge and hears it.
type LegJoined struct {
	Leg    call.LegID
	Bridge call.BridgeID
}

// LegLeft says that a leg is no longer in a bridge, though it may still be up.
type LegLeft struct {
	Leg    call.LegID
	Bridge call.BridgeID
}

// BridgeUnguarded says that the exchange joined the legs in a way that passes
// keypad digits by (technology native_rtp).
type BridgeUnguarded struct{ Bridge call.BridgeID }

// DTMF is one key pressed at a leg: '0'..'9', '*', '#', 'A'..'D'.
type DTMF struct {
	Leg call.LegID
	Key rune
}

// PlaybackDone says that a playback is over: heard to the end, stopped, or failed.
type PlaybackDone struct {
	Leg      call.LegID
	Playback call.PlaybackID
	Failed   bool
}

// RecordingDone says that a recording is over. Bytes is the size of what is on
// disk; a full disk shows as 0 with a Length above 0.
type RecordingDone struct {
	Leg       call.LegID
	Recording call.RecordingID
	Length    time.Duration
	Bytes     int64
	Failed    bool
}

// NotRecorded says that a recording never began, because the leg was on its way out: that is
// told by itself.
type NotRecorded struct{ Recording call.RecordingID }

// SpeechStarted says that sound has begun at a leg.
type SpeechStarted struct{ Leg call.LegID }

// SpeechEnded says that a leg has fallen silent.
type SpeechEnded struct{ Leg call.LegID }

// LineSeized answers SeizeLine: the line is free and now held for this call.
type LineSeized struct{}

// LineBusy answers SeizeLine: the line is in use and must not be disturbed.
type LineBusy struct{}

// TimerFired says that the nth setting of a timer has run out.
type TimerFired struct {
	Timer Timer
	N     int
}

// EffectFailed says that the exchange could not do what was asked.
type EffectFailed struct{ Effect Effect }

// SecretLocked says that a code or a word was wrong too often on the line: from now on it
// is not compared.
type SecretLocked struct{ Secret Secret }

// Decided says that a warden has decided about the caller. It counts while the resident's
// telephones ring and while the resident is asked, if nobody has decided before.
type Decided struct {
	By     string // the warden's id
	Choice call.Choice
}

// Transcribed says what is said in a recording, as far as a server understood it. The text
// is hostile until it is encoded for where it goes.
type Transcribed struct {
	Recording call.RecordingID
	Text      string
	Topic     call.Topic // what it is about; call.NoTopic when nothing speaks for one
}

// LineClaimed says that the line is being cleared for a call to a service: every leg
// of it ends now, without a word.
type LineClaimed struct{}

// LegFound says that the Nth search found a leg of the line up, other than the
// resident's own.
type LegFound struct {
	N      int
	Leg    call.LegID
	Ending bool // its own call is ending it already
}

// SearchDone ends the Nth search; every LegFound of it came before. Failed says that
// legs may have been missed.
type SearchDone struct {
	N      int
	Failed bool
}

// DialledAgain says that the resident has dialled once more while the line is being
// cleared: from now on it is cleared for this leg and number.
type DialledAgain struct{ Dial Dial }

// WentOn says that a leg is in the dialplan, as was ordered.
type WentOn struct{ Leg call.LegID }

// Stopped orders the flow to end now: Clearline cannot keep it.
type Stopped struct{}

func (Began) event()           {}
func (LegAnswered) event()     {}
func (LegGone) event()         {}
func (LegTaken) event()        {}
func (LegJoined) event()       {}
func (LegLeft) event()         {}
func (BridgeUnguarded) event() {}
func (DTMF) event()            {}
func (PlaybackDone) event()    {}
func (RecordingDone) event()   {}
func (NotRecorded) event()     {}
func (SpeechStarted) event()   {}
func (SpeechEnded) event()     {}
func (LineSeized) event()      {}
func (LineBusy) event()        {}
func (TimerFired) event()      {}
func (EffectFailed) event()    {}
func (SecretLocked) event()    {}
func (Decided) event()         {}
func (Transcribed) event()     {}
func (LineClaimed) event()     {}
func (LegFound) event()        {}
func (SearchDone) event()      {}
func (DialledAgain) event()    {}
func (WentOn) event()          {}
func (Stopped) event()         {}
