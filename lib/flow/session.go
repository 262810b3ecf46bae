package flow

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
	"clearline/lib/prompt"
)

// Session is a resident's leg to which Clearline speaks, and nobody else is on it. A number
// of the plan that is typed is obeyed at any time: the leg is sent to dial it, and comes back
// as one that clears the line. Hanging up is fine at any time.
type Session struct {
	Call  call.ID
	Line  call.Line
	Leg   call.LegID
	Keys  Dialling
	Rules SessionRules

	Stage  Stage
	TimerN int // the current setting of StageTimer; earlier ones mean nothing
	LastID int // number of the last playback
	Saying call.PlaybackID
	Words  prompt.Script // said last
	Number string        // which the leg was sent to dial
	Onward bool          // it was sent straight to the operator's dialplan
	Tries  int           // failed orders to dial
	Forced bool          // the leg was hung up once more
}

// SessionRules are the operator's choices for a session.
type SessionRules struct {
	ChoiceWait time.Duration // silence after which it goes on by itself
	Patience   int           // 2 and 3: keys of a number are waited for so many times longer
	Gain       int           // 2 to 4: the resident hears everything so many times louder
	AcceptKey  rune
	DeleteKey  rune // of a message; so are the next three
	CallKey    rune
	SaveKey    rune
	RepeatKey  rune
}

// newSession makes the session of a resident's leg.
func newSession(id call.ID, line call.Line, leg call.LegID, plan *policy.Plan, rules SessionRules) Session {
	return Session{Call: id, Line: line, Leg: leg, Keys: Dialling{Plan: plan, Patience: rules.Patience}, Rules: rules}
}

// Ended reports whether the flow is over.
func (s Session) Ended() bool { return s.Stage == Over }

// step does what is the same in every session, and says whether that was all.
func (s Session) step(ev Event) (next Session, effects []Effect, done bool) {
	switch ev := ev.(type) {
	case Stopped:
		s, effects = s.over([]Effect{HangUp{s.Leg, q850Normal}})
		return s, effects, true
	case LegGone:
		if ev.Leg == s.Leg {
			s, effects = s.over(nil)
		}
		return s, effects, true
	case LegTaken:
		if ev.Leg == s.Leg {
			s, effects = s.over(nil)
		}
		return s, effects, true
	case TimerFired:
		return s.timer(ev)
	case DTMF:
		return s.key(ev)
	case EffectFailed:
		return s.failed(ev.Effect)
	}
	switch s.Stage {
	case Parting:
		if ev == (WentOn{s.Leg}) {
			s, effects = s.over(nil)
		}
		return s, effects, true
	case Closing:
		s, effects = s.closing(ev)
		return s, effects, true
	}
	return s, nil, false
}

// open answers the leg, and makes it as loud as the resident needs it, before anything plays:
// the order would wait for its end.
func (s Session) open() []Effect {
	effects := []Effect{Answer{s.Leg}}
	if s.Rules.Gain > 1 {
		effects = append(effects, Louder{s.Leg, s.Rules.Gain})
	}
	return effects
}

// listens says whether keys mean anything to the session.
func (s Session) listens() bool {
	return s.Stage != Beginning && s.Stage != Parting && (s.Stage != Closing || s.Saying != "")
}

// key follows the keys for a number for help. The keys of the menu begin none; once a number
// is begun they belong to it.
func (s Session) key(ev DTMF) (next Session, effects []Effect, done bool) {
	if ev.Leg != s.Leg || !s.listens() {
		return s, nil, true
	}
	if !s.Keys.Begun() && s.acts(ev.Key) {
		return s, nil, s.Stage == Closing // there is nothing left to choose
	}
	var number string
	s.Keys, number, effects = s.Keys.key(ev.Key)
	if number != "" {
		s, effects = s.leave(number, false, effects)
	}
	return s, effects, true
}

func (s Session) acts(key rune) bool {
	switch key {
	case s.Rules.AcceptKey, s.Rules.DeleteKey, s.Rules.CallKey, s.Rules.SaveKey, s.Rules.RepeatKey, endKey:
		return true
	}
	return false
}

func (s Session) timer(fired TimerFired) (next Session, effects []Effect, done bool) {
	switch fired.Timer {
	case KeyTimer:
		var number string
		s.Keys, number, effects = s.Keys.pause(fired)
		if number != "" && s.listens() {
			s, effects = s.leave(number, false, effects)
		}
		return s, effects, true
	case StageTimer:
		if fired.N != s.TimerN {
			break
		}
		switch {
		case s.Stage == Parting:
			s, effects = s.over(nil)
			return s, effects, true
		case s.Stage == Closing:
			s, effects = s.force()
			return s, effects, true
		case s.Keys.Begun() && s.Saying == "": // who dials slowly is given the time for it
			patience := s.Keys.patient(2 * keyGap)
			s, timer := s.wait(patience)
			return s, []Effect{Deadman{s.Leg, patience + s.Rules.ChoiceWait + saySlack}, timer}, true
		}
		return s, nil, false
	}
	return s, nil, true
}

// failed takes an effect that could not be performed for the fact it stands for.
func (s Session) failed(e Effect) (next Session, effects []Effect, done bool) {
	switch e := e.(type) {
	case Play:
		if s.Saying != "" && e.Playback == s.Saying && s.Stage == Closing {
			s, effects = s.closing(PlaybackDone{Leg: e.Leg, Playback: e.Playback, Failed: true})
		}
		return s, effects, s.Stage == Closing || s.Stage == Parting
	case Answer:
		s, effects = s.farewell("")
	case Redial, CallBack:
		if s.Stage == Parting {
			s, effects = s.part()
		}
	}
	return s, effects, true
}

// heard reports whether ev is the end of what the resident is hearing, and whether that
// could not be played.
func (s Session) heard(ev Event) (over, failed bool) {
	switch ev := ev.(type) {
	case PlaybackDone:
		return s.Saying != "" && ev.Playback == s.Saying, ev.Failed
	case EffectFailed:
		play, ok := ev.Effect.(Play)
		return ok && s.Saying != "" && play.Playback == s.Saying, true
	}
	return false, false
}

// wait sets the stage's timer; every earlier setting is void.
func (s Session) wait(d time.Duration) (Session, Effect) {
	s.TimerN++
	return s, SetTimer{StageTimer, s.TimerN, d}
}

// say speaks to the resident, for longest at most. then is how long the leg may be quiet
// afterwards: nothing can be set on it meanwhile, so the dead-man's time covers both.
func (s Session) say(script prompt.Script, longest, then time.Duration) (Session, []Effect) {
	effects := s.hush()
	s.LastID++
	s.Saying, s.Words = s.Call.Playback(s.LastID), script
	s, timer := s.wait(longest)
	return s, append(effects,
		Deadman{s.Leg, longest + then + saySlack},
		Play{s.Leg, s.Saying, s.Line.Language, script},
		timer)
}

// hush stops what the resident is hearing.
func (s Session) hush() []Effect {
	if s.Saying == "" {
		return nil
	}
	return []Effect{StopPlayback{s.Leg, s.Saying}}
}

// quiet waits for a key. A sentence whose end was never told is stopped.
func (s Session) quiet() (Session, []Effect) {
	effects := s.hush()
	s.Saying = ""
	s, timer := s.wait(s.Rules.ChoiceWait)
	return s, append(effects, timer)
}

// leave sends the leg to dial a number: one for help as if it had just been dialled, any
// other straight to the operator's dialplan.
func (s Session) leave(number string, onward bool, effects []Effect) (Session, []Effect) {
	effects = append(effects, s.hush()...)
	s.Stage, s.Saying, s.Keys.Typed = Parting, "", ""
	s.Number, s.Onward, s.Tries = number, onward, 0
	s, order := s.send()
	return s, append(append(effects, CancelTimer{KeyTimer}), order...)
}

func (s Session) send() (Session, []Effect) {
	s, timer := s.wait(leaveMax)
	if s.Onward {
		return s, []Effect{CallBack{s.Leg, s.Number}, timer}
	}
	return s, []Effect{Redial{Leg: s.Leg, Dialled: s.Number, Way: call.WayFresh}, timer}
}

// part orders the leg to dial once more; in the end it is hung up: a dial tone is better than
// silence.
func (s Session) part() (Session, []Effect) {
	if s.Tries++; s.Tries < leaveTries {
		return s.send()
	}
	return s.farewell("")
}

// farewell says the last sentence, or none, and ends the leg.
func (s Session) farewell(script prompt.Script) (Session, []Effect) {
	s.Stage, s.Keys.Typed = Closing, ""
	if script != "" {
		s, effects := s.say(script, sayMax, 0)
		return s, append([]Effect{CancelTimer{KeyTimer}}, effects...)
	}
	s.Saying = ""
	s, timer := s.wait(goneMax)
	return s, []Effect{CancelTimer{KeyTimer}, HangUp{s.Leg, q850Normal}, timer}
}

// closing hangs up once the last sentence was heard.
func (s Session) closing(ev Event) (Session, []Effect) {
	if over, _ := s.heard(ev); over {
		return s.farewell("")
	}
	return s, nil
}

// force hangs the leg up whatever it hears, once more if need be, and then gives up waiting
// for its end.
func (s Session) force() (Session, []Effect) {
	if s.Forced {
		return s.over(nil)
	}
	s.Forced = s.Saying == ""
	return s.farewell("")
}

// resumed goes on with what is the same in every session.
func (s Session) resumed() (Session, []Effect) {
	switch {
	case s.Stage == Parting:
		return s.send()
	case s.Saying != "":
		return s.say(s.Words, sayMax, 0)
	}
	return s.farewell("")
}

// over is the only way out of a session.
func (s Session) over(effects []Effect) (Session, []Effect) {
	s.Stage, s.Saying = Over, ""
	return s, append(effects, CancelTimer{StageTimer}, CancelTimer{KeyTimer}, Dismissed{})
}
