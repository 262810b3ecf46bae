package flow

import (
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/prompt"
)

// close ends the call for one cause: each leg that is up hears its last sentence,
// or none, and is hung up.
func (s Screening) close(cause call.Cause, caller, resident prompt.Script) (Screening, []Effect) {
	if s.Taken && cause == call.CallerHungUp {
		cause = call.Taken
	}
	s.Stage, s.Cause = Closing, cause
	s, effects := s.fallSilent()
	s, parting := s.part()
	effects = append(effects, parting...)
	for _, leg := range s.Others {
		effects = append(effects, HangUp{leg, q850Normal})
	}
	effects = append(effects, CancelTimer{RenewTimer}, CancelTimer{KeyTimer})
	s, timer := s.wait(goneMax)
	effects = append(effects, timer)
	s, toC := s.farewell(toCaller, caller)
	s, toR := s.farewell(toResident, resident)
	effects = append(append(effects, toC...), toR...)
	return s.finish(effects)
}

// farewell says the last sentence to a leg, or hangs it up at once when there is none.
func (s Screening) farewell(to int, script prompt.Script) (Screening, []Effect) {
	leg, up := s.leg(to)
	switch {
	case !up:
		return s, nil
	case script == "":
		s.Saying[to] = ""
		return s, []Effect{HangUp{leg, s.goodbye(to)}}
	}
	var effects []Effect
	if to == toCaller && s.Cause != call.Fault {
		effects = append(s.hush(to), Refuse{leg})
		s.Saying[to] = ""
	}
	if to == toCaller && s.Tone {
		s.Tone = false
		effects = append(effects, StopRinging{leg})
	}
	s, sentence := s.say(to, script, 0)
	return s, append(effects, sentence...)
}

// leg tells which leg is the caller's or the resident's, and whether it is up.
func (s Screening) leg(to int) (call.LegID, bool) {
	if to == toCaller {
		return s.Caller, !s.CallerGone
	}
	return s.Resident, s.Resident != ""
}

// goodbye is the cause code a leg is hung up with.
func (s Screening) goodbye(to int) int {
	if to == toCaller {
		switch s.Cause {
		case call.Blocked, call.TurnedAway:
			return q850Rejected
		case call.LineInUse:
			return q850Busy
		}
	}
	return q850Normal
}

// closing waits until every leg has heard its sentence and is gone. Legs that
// outlast it are hung up again, and then given up.
func (s Screening) closing(ev Event) (Screening, []Effect) {
	for to := range s.Saying {
		if s.heard(to, ev) {
			s.Saying[to] = ""
			leg, up := s.leg(to)
			if !up {
				continue
			}
			s, timer := s.wait(s.remaining())
			return s, []Effect{HangUp{leg, s.goodbye(to)}, timer}
		}
	}
	if fired, ok := ev.(TimerFired); ok && fired.Timer == StageTimer {
		return s.force()
	}
	return s.finish(nil)
}

// remaining is how long closing waits from now: for a sentence, or only for the
// legs to be gone.
func (s Screening) remaining() time.Duration {
	if s.Saying == [2]call.PlaybackID{} {
		return goneMax
	}
	return sayMax
}

// force hangs every leg up once more; the second time it gives up waiting.
func (s Screening) force() (Screening, []Effect) {
	if s.Forced {
		return s.end(nil)
	}
	s.Forced = true
	s.Saying = [2]call.PlaybackID{}
	s, timer := s.wait(goneMax)
	return s, append(s.hangUpAll(), timer)
}

func (s Screening) hangUpAll() []Effect {
	var effects []Effect
	for _, leg := range s.Others {
		effects = append(effects, HangUp{leg, q850Normal})
	}
	for to := range s.Saying {
		if leg, up := s.leg(to); up {
			effects = append(effects, HangUp{leg, s.goodbye(to)})
		}
	}
	return effects
}

// finish ends the flow when no leg of it is left.
func (s Screening) finish(effects []Effect) (Screening, []Effect) {
	if !s.CallerGone || s.Resident != "" || len(s.Others) > 0 {
		return s, effects
	}
	return s.end(effects)
}

// end is the only way out of a Screening.
func (s Screening) end(effects []Effect) (Screening, []Effect) {
	if s.Taping { // cut off by the end of the call: it says nothing whole
		effects = append(effects, DropRecording{s.Recording})
		s.Recording, s.Taping = "", false
	}
	s, drop := s.orPurpose()
	s.Stage = Over
	return s, append(append(effects, drop...),
		CancelTimer{StageTimer},
		CancelTimer{RenewTimer},
		CancelTimer{KeyTimer},
		Ended{Cause: s.Cause, Approved: s.Approved, Recording: s.Recording, Notes: s.Notes})
}

// stop ends the flow because Clearline cannot keep it: a caller still being
// screened goes to the unscreened path, two who talk are parted. A message that was begun is
// kept as it is: its caller was to disturb nobody.
func (s Screening) stop() (Screening, []Effect) {
	s, effects := s.fallSilent()
	left := s.leaves()
	if left {
		s.Taping, s.Cause = false, call.MessageLeft
	}
	var last []Effect
	if left || s.Stage == Closing || s.Bridging || s.CallerGone {
		last = s.hangUpAll()
	} else {
		s, last = s.release()
	}
	effects = append(effects, last...)
	if s.Bridging {
		effects = append(effects, Unbridge{s.Call.Bridge()})
	}
	if s.Cause == "" {
		s.Cause = call.Lost
	}
	return s.end(effects)
}

// release gives the caller to the unscreened path, free of what plays or records: it
// would wait behind that.
func (s Screening) release() (Screening, []Effect) {
	var effects []Effect
	if s.Taping {
		effects = append(effects, DropRecording{s.Recording})
		s.Recording, s.Taping = "", false
	}
	effects = append(append(effects, s.hush(toCaller)...), Release{s.Caller})
	s.CallerGone = true
	return s, append(effects, s.hangUpAll()...)
}

// failed takes an effect that could not be performed for the fact it stands for.
func (s Screening) failed(e Effect) (Screening, []Effect) {
	switch e := e.(type) {
	case Play:
		if e.Playback == s.Question && s.saidYes() {
			return s.unasked()
		}
		return s.Step(PlaybackDone{Leg: e.Leg, Playback: e.Playback, Failed: true})
	case Record:
		if s.Stage != Closing && s.Taping && e.Recording == s.Recording {
			s.Taping, s.Lost, s.Recording = false, true, ""
			s, effects := s.taken()
			return s, append([]Effect{DropRecording{e.Recording}}, effects...)
		}
	case RingResident:
		return s.couldNotRing(e.Leg)
	case Redial:
		if !s.Resent {
			s.Resent = true
			return s, []Effect{e}
		}
	case Whisper:
		return s.Step(PlaybackDone{Leg: e.Leg, Playback: e.Playback, Failed: true})
	case DetectSpeech:
		s.Deaf = true
	case Deadman:
		if s.Bridging && e == (Deadman{s.Caller, 0}) {
			return s, []Effect{e} // or a call that goes well would be ended by it
		}
	case Answer, SeizeLine, Pair, Bridge:
		if s.Stage != Closing {
			return s.close(call.Fault, prompt.Say(prompt.Sorry), prompt.Say(prompt.Sorry))
		}
	}
	if s.Stage == Closing {
		return s.finish(nil)
	}
	return s, nil
}

// couldNotRing gives up a leg that could not be started. It is hung up all the same:
// a request that failed may have been carried out.
func (s Screening) couldNotRing(leg call.LegID) (Screening, []Effect) {
	i := slices.Index(s.Others, leg)
	if i < 0 {
		return s, nil
	}
	s.Others = slices.Delete(s.Others, i, i+1)
	effects := []Effect{HangUp{leg, q850Normal}}
	switch s.Stage {
	case Ringing:
		s, rest := s.noneLeft()
		return s, append(effects, rest...)
	case Closing:
		return s.finish(effects)
	}
	return s, effects
}
