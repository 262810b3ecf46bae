package flow

import (
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
	"clearline/lib/prompt"
)

// Stage is where a Screening stands.
type Stage string

// The stages, in the order a call goes through them.
const (
	Beginning Stage = ""
	Greeting  Stage = "greeting"
	Coding    Stage = "code"
	Word      Stage = "word"
	Message   Stage = "message"
	Purpose   Stage = "purpose"
	Seizing   Stage = "seizing"
	Referring Stage = "referring"
	Ringing   Stage = "ringing"
	Asking    Stage = "asking"
	Joining   Stage = "joining"
	Guarded   Stage = "guarded"
	Closing   Stage = "closing"
	Over      Stage = "over"
)

// Screening holds a caller back until the resident agrees to talk, and keeps the
// guard on while they do.
//
//	beginning --admitted--> greeting --digit--> purpose --recorded--> seizing --free--> ringing
//	    |                      |                   |                     |                 |
//	 refused            two misses,          nothing said            line busy     nobody answers,
//	    |               caller gone             twice                    |         caller gone
//	    v                      v                   v                     v                 v
//	 closing <-------------------------------------------------------------------------- closing
//	                                                                                       ^
//	ringing --answered--> asking --accept key--> joining --both joined--> guarded          |
//	   |                     |                      ^                        |             |
//	   +-- a warden accepts: whoever answers is ----+                        |             |
//	       told, and put through                                             |             |
//	                         |                      |                        |             |
//	               refused, blocked, silent,     refused join,         one hangs up, ------+
//	               caller gone                   hang-up keys          leaves, unguarded,
//	                         |                      |                  hang-up keys
//	                         +----------------------+--------------------------------------+
//
// In guarded the resident alone hears a warning when keys look like a PIN, and reminders: the
// stage does not change by that. Whispering goes on beside everything else.
//
//	closing: each leg hears its last sentence, is hung up, and is waited for --> over
//
// A warden may decide as well, while the telephones ring and while the resident is asked:
// Decided. Whose yes counts is the approver's business. When it is the warden's, a resident
// who accepts is told so, and waits in asking.
//
// Rules.Referred puts the question to wardens alone: the telephones ring only to connect.
//
//	seizing --free--> referring --a warden accepts--> ringing --answered--> joining
//	                      \__ refused, a minute over, caller gone __> closing
//
// With Rules.Messages, who fails the human check, and whom nobody answers because nobody is
// there or the line is in use, goes to message instead of closing.
//
// Who knows a secret goes another way, and so does who calls at night:
//
//	beginning --asked-word--> word --right, or spoken--> seizing
//	                           \__ not known __> greeting, and the resident is warned
//	beginning --message--> message --left--> closing
//	                         \__ nothing said twice, caller gone __> closing
//	greeting, message --star key--> code --right--> seizing
//	                                  \__ wrong, or locked __> where it was keyed
//
// Behind a wrong code greeting goes on to purpose when there is no human check.
// The consult of the design is three stages here: seizing (the line must not be in
// use), ringing (every endpoint), asking (the resident in private).
type Screening struct {
	Call     call.ID
	Line     call.Line
	From     call.Caller
	Announce prompt.Script // who is calling, in words for the resident
	Rules    Rules
	Keys     Dialling         // numbers of services that the resident may dial at any time
	Digits   [checkTries]rune // the digit asked for at each try of the human check
	Terms    Terms

	Stage      Stage
	Caller     call.LegID
	CallerGone bool         // gone, or taken back by the dialplan: nothing may be asked of it
	Taken      bool         // taken back by the dialplan
	Resident   call.LegID   // the consult leg that answered first
	Others     []call.LegID // consult legs that ring or are being hung up

	Approved  bool
	Decision  call.Decision // who has accepted or refused the caller; zero while nobody has
	Agreed    bool          // the resident wants the call, and a warden decides
	Cause     call.Cause
	Signs     Signs // known before anything was asked
	Notes     call.Notes
	Recording call.RecordingID
	Lost      bool // the purpose was spoken but could not be kept on disk

	Said  string     // what is said in Recording, as far as a server understood it; empty for nothing, or not yet
	Topic call.Topic // of Said

	Ground  Ground // why the resident is asked
	Doubted bool   // a contact's number was shown, but the family's word was not known
	Keyed   Code   // of a code or a word, so far
	Codes   int    // times a code was begun
	Before  Stage  // what a code has interrupted
	Retaken bool   // the caller has begun the message again

	Instead call.Cause       // of a message: why the caller is not put through; empty where no telephone was to ring
	BoxFull bool             // the line takes no more messages
	Purpose call.RecordingID // what was said before a message was offered

	Try        int                // tries of the human check, of the word, of a recording, or of the question
	WrongKey   rune               // pressed at the last try; a key that bounces counts once
	TimerN     int                // the current setting of StageTimer; earlier ones mean nothing
	LastID     int                // number of the last id made
	Saying     [2]call.PlaybackID // what the caller [0] and the resident [1] are hearing
	Talking    bool               // the caller is making sound
	Spoke      bool               // the caller made sound during the recording
	Deaf       bool               // speech cannot be detected on this leg
	Taping     bool               // Recording is being made
	Listening  bool               // speech of the caller is being detected
	Tone       bool               // the caller hears the ringing tone
	Repeats    int                // times the resident asked to hear the question again
	Rang       bool               // a telephone that was rung has ended
	Busy       bool               // one of them said it was busy
	Declined   bool               // one of them was told to turn the call away, or was put down as it was picked up
	Question   call.PlaybackID    // the latest asking of the question
	Unheard    bool               // the question could not be played once
	Bridging   bool               // the bridge was asked for
	Pressed    Presses            // keys of the resident's while the two talk
	Reminded   int                // reminders so far
	Whispered  prompt.Script      // the latest whisper to the resident
	Whispering call.PlaybackID    // it goes on
	Joined     [2]bool            // the caller [0] and the resident [1] are in the bridge
	Forced     bool               // closing took too long once; every leg was hung up again
	Resent     bool               // the order to let the resident dial was given twice
}

// Rules are the operator's choices for a screening.
type Rules struct {
	HumanCheck  bool
	PurposeMax  time.Duration // longest recording
	ConsultRing time.Duration // how long the resident's telephones ring
	ChoiceWait  time.Duration // silence after the question before it is asked again, then refused
	Approver    call.Approver // whose yes counts; empty for the resident
	Referred    bool          // a warden is asked, and the resident's telephones ring only to connect
	Patience    int           // 2 and 3: residents are waited for so many times longer; see Patient
	Gain        int           // 2 to 4: residents hear everything so many times louder
	Deadman     time.Duration // a leg in Clearline's hands leaves it after this without renewal
	Messages    bool          // whom nobody answers, or who fails the human check, may leave a message
	AcceptKey   rune
	BlockKey    rune
	RepeatKey   rune
	HangupKeys  string        // end a guarded call and block the caller; empty for none
	AdviceAfter time.Duration // until the first reminder in a guarded call; 0 for none
	AdviceEvery time.Duration // between two reminders; 0 for no more than the first
	PINDigits   int           // so many digits in quick succession look like a PIN; 0 for none
}

// Patient are the rules for residents who need times as long: to come to the telephone, to
// decide, and between two keys.
func (r Rules) Patient(times int) Rules {
	r.Patience = times
	r.ConsultRing *= time.Duration(times)
	r.ChoiceWait *= time.Duration(times)
	return r
}

const (
	checkTries  = 2
	recordTries = 2
	askTries    = 2 // the question, and once more when nothing is pressed
	maxRepeats  = 6

	sayMax      = 30 * time.Second // longest script of prompts
	questionMax = 60 * time.Second // longest question, without the recording in it
	saySlack    = 3 * time.Second  // more than this the end of a script is not late
	digitWait   = 6 * time.Second
	silenceEnds = 3 * time.Second // of a recording
	recordSlack = 10 * time.Second
	seizeMax    = 5 * time.Second
	ringSlack   = 3 * time.Second
	connectMax  = 12 * time.Second // the last sentence before the two are joined
	joinMax     = 6 * time.Second
	wardenMax   = 60 * time.Second // for a warden to decide about a call the resident wants
	goneMax     = 5 * time.Second
	whisperMax  = 20 * time.Second // a whisper, with everything that is needed for it
	warnGap     = time.Minute      // between two warnings about a PIN
	leastSpoken = 500 * time.Millisecond
)

// Codes of ITU-T Q.850 that legs are hung up with.
const (
	q850Normal   = 16
	q850Busy     = 17
	q850Rejected = 21
)

const (
	toCaller   = 0
	toResident = 1
)

// Begin makes the flow of a call whose caller waits at leg. digits are the random
// digits of the human check, one for each try, from 2 to 8. plan holds the numbers that
// a resident reaches on the keypad at any time, terms what a caller may know.
func Begin(id call.ID, line call.Line, leg call.LegID, from call.Caller, announce prompt.Script, rules Rules, plan *policy.Plan, digits [2]rune, terms Terms) Screening {
	return Screening{
		Call: id, Line: line, Caller: leg, From: from, Keys: Dialling{Plan: plan, Patience: rules.Patience},
		Announce: announce, Rules: rules, Digits: digits, Terms: terms,
	}
}

// Step returns the state after ev and the effects to perform, in order.
func (s Screening) Step(ev Event) (Screening, []Effect) {
	if s.Stage == Over {
		return s, nil
	}
	s.Others = slices.Clone(s.Others)
	s = s.observe(ev)
	switch ev := ev.(type) {
	case Stopped:
		return s.stop()
	case LineClaimed:
		return s.makeWay()
	case Resumed:
		return s.resumed()
	case TimerFired:
		if ev.Timer == StageTimer && ev.N != s.TimerN {
			return s, nil
		}
		if ev.Timer == RenewTimer {
			return s.renew()
		}
		if ev.Timer == KeyTimer {
			return s.keyPause(ev)
		}
		if ev.Timer == PauseTimer {
			return s.paused(ev)
		}
	case DTMF:
		if ev.Leg == s.Resident && s.dials(ev.Key) {
			return s.dialKey(ev.Key)
		}
	case LegAnswered:
		if s.Stage != Ringing && slices.Contains(s.Others, ev.Leg) {
			return s, []Effect{HangUp{ev.Leg, q850Normal}} // too late: another telephone won
		}
	case EffectFailed:
		return s.failed(ev.Effect)
	case Decided:
		return s.decided(call.Decision(ev))
	case Transcribed:
		return s.transcribed(ev)
	}
	return s.staged(ev)
}

// staged hands an event to the stage.
func (s Screening) staged(ev Event) (Screening, []Effect) {
	switch s.Stage {
	case Beginning:
		return s.beginning(ev)
	case Greeting:
		return s.greeting(ev)
	case Coding:
		return s.coding(ev)
	case Word:
		return s.wording(ev)
	case Message:
		return s.message(ev)
	case Purpose:
		return s.purpose(ev)
	case Seizing:
		return s.seizing(ev)
	case Referring:
		return s.referring(ev)
	case Ringing:
		return s.ringing(ev)
	case Asking:
		return s.asking(ev)
	case Joining:
		return s.joining(ev)
	case Guarded:
		return s.guarded(ev)
	}
	return s.closing(ev)
}

// Ended reports whether the flow is over.
func (s Screening) Ended() bool { return s.Stage == Over }

// observe keeps the facts that hold in every stage.
func (s Screening) observe(ev Event) Screening {
	switch ev := ev.(type) {
	case LegGone:
		s = s.without(ev.Leg, ev.Q850)
	case LegTaken:
		s.Taken = s.Taken || ev.Leg == s.Caller && !s.CallerGone
		s = s.without(ev.Leg, 0)
	case NotRecorded:
		if s.Taping && ev.Recording == s.Recording {
			s.Taping, s.Recording = false, ""
		}
	case SpeechStarted:
		if ev.Leg == s.Caller {
			s.Talking, s.Spoke = true, true
		}
	case SpeechEnded:
		if ev.Leg == s.Caller {
			s.Talking = false
		}
	case SecretLocked:
		s.Terms.CodeLocked = s.Terms.CodeLocked || ev.Secret == BypassCode
		s.Terms.WordLocked = s.Terms.WordLocked || ev.Secret == FamilyWord
	}
	return s
}

// without takes a leg out of the state that nothing may be asked of any more.
func (s Screening) without(leg call.LegID, q850 int) Screening {
	s.CallerGone = s.CallerGone || leg == s.Caller
	if leg == s.Resident {
		s.Resident = ""
	}
	if i := slices.Index(s.Others, leg); i >= 0 {
		s.Others = slices.Delete(s.Others, i, i+1)
		s.Rang = true
		s.Busy = s.Busy || q850 == q850Busy
		s.Declined = s.Declined || q850 == q850Rejected || q850 == q850Normal
	}
	return s
}

// wait sets the stage's timer; every earlier setting is void.
func (s Screening) wait(d time.Duration) (Screening, Effect) {
	s.TimerN++
	return s, SetTimer{StageTimer, s.TimerN, d}
}

// say plays a script of prompts to the caller or the resident and bounds the wait for
// its end. then is how long nothing else may happen on the leg after it: the dead-man's
// time cannot be renewed while something plays or is recorded, so it covers both.
func (s Screening) say(to int, script prompt.Script, then time.Duration) (Screening, []Effect) {
	return s.sayFor(to, script, sayMax, then)
}

func (s Screening) sayFor(to int, script prompt.Script, longest, then time.Duration) (Screening, []Effect) {
	leg, _ := s.leg(to)
	effects := s.hush(to)
	s.LastID++
	s.Saying[to] = s.Call.Playback(s.LastID)
	s, timer := s.wait(longest)
	return s, append(effects,
		Deadman{leg, longest + then + saySlack},
		Play{leg, s.Saying[to], s.Line.Language, script},
		timer)
}

// hush stops what the caller or the resident is hearing. Callers of it set
// Saying to what comes next.
func (s Screening) hush(to int) []Effect {
	leg, up := s.leg(to)
	if s.Saying[to] == "" || !up {
		return nil
	}
	return []Effect{StopPlayback{leg, s.Saying[to]}}
}

// heard reports whether ev is the end of what the caller or the resident is hearing.
func (s Screening) heard(to int, ev Event) bool {
	done, ok := ev.(PlaybackDone)
	return ok && s.Saying[to] != "" && done.Playback == s.Saying[to]
}
