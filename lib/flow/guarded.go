package flow

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/prompt"
)

// connect tells the resident who comes on the line, for longest at most, before the two are
// joined. The caller has been accepted.
func (s Screening) connect(script prompt.Script, longest time.Duration) (Screening, []Effect) {
	s.Stage = Joining
	s, effects := s.say(toResident, script, joinMax)
	s, timer := s.wait(longest)
	return s, append(effects, timer)
}

// joining bridges the two once the resident has been told, and waits until the
// exchange says that both are in.
func (s Screening) joining(ev Event) (Screening, []Effect) {
	switch {
	case s.Resident == "":
		return s.refuse()
	case s.CallerGone:
		return s.close(call.CallerHungUp, "", prompt.Say(prompt.CallerGone))
	case s.heard(toCaller, ev):
		return s.comfort()
	case s.heard(toResident, ev) && !s.Bridging:
		s.Saying[toResident] = ""
		return s.join()
	}
	switch ev := ev.(type) {
	case LegJoined:
		return s.joined(ev)
	case LegLeft, BridgeUnguarded:
		return s.unguarded(ev)
	case TimerFired:
		if !s.Bridging {
			return s.join()
		}
		return s.close(call.Fault, prompt.Say(prompt.Sorry), prompt.Say(prompt.Sorry))
	}
	return s, nil
}

// join pairs the legs before it bridges them, so that the exchange never keeps
// one of them alone, and hands the dead-man's time from the caller's leg to the
// resident's.
func (s Screening) join() (Screening, []Effect) {
	effects := append(s.hush(toCaller), s.hush(toResident)...)
	s.Saying = [2]call.PlaybackID{}
	s.Bridging = true
	s, timer := s.wait(joinMax)
	s, renewal := s.renew()
	if s.Tone {
		s.Tone = false
		effects = append(effects, StopRinging{s.Caller})
	}
	effects = append(effects, Pair{s.Caller, s.Resident})
	effects = append(effects, renewal...)
	return s, append(effects,
		Deadman{s.Caller, 0},
		Bridge{s.Call.Bridge(), s.Caller, s.Resident},
		timer)
}

func (s Screening) joined(ev LegJoined) (Screening, []Effect) {
	if !s.Bridging || ev.Bridge != s.Call.Bridge() {
		return s, nil
	}
	s.Joined[toCaller] = s.Joined[toCaller] || ev.Leg == s.Caller
	s.Joined[toResident] = s.Joined[toResident] || ev.Leg == s.Resident
	if s.Joined != [2]bool{true, true} {
		return s, nil
	}
	s.Stage = Guarded
	return s, append([]Effect{CancelTimer{StageTimer}}, s.awaitReminder()...)
}

// guarded lasts while the two talk. The resident's keys are swallowed: see dialKey and
// pressed.
func (s Screening) guarded(ev Event) (Screening, []Effect) {
	if s.CallerGone || s.Resident == "" {
		return s.close(call.Completed, "", "")
	}
	switch ev := ev.(type) {
	case LegLeft, BridgeUnguarded:
		return s.unguarded(ev)
	case PlaybackDone:
		if ev.Playback == s.Whispering {
			return s.fallSilent()
		}
	case TimerFired:
		switch ev.Timer {
		case StageTimer: // the exchange never said that a whisper is over
			return s.fallSilent()
		case WarnTimer:
			s.Pressed.Warned = s.Pressed.Warned && ev.N != s.Notes.PINWarnings
		case AdviceTimer:
			return s.remind(ev)
		}
	}
	return s, nil
}

// part takes the bridge apart, and stops the timers of two who talk.
func (s Screening) part() (Screening, []Effect) {
	if !s.Bridging {
		return s, nil
	}
	s.Bridging = false
	return s, []Effect{
		Unbridge{s.Call.Bridge()},
		CancelTimer{PauseTimer},
		CancelTimer{WarnTimer},
		CancelTimer{AdviceTimer},
	}
}

// parted is the cause of a call whose legs do not share a bridge any more.
func (s Screening) parted() call.Cause {
	if s.Stage == Guarded {
		return call.Completed
	}
	return call.Fault
}

// unguarded ends a call whose guard is off: the bridge passes keys by, or a leg
// was taken out of it.
func (s Screening) unguarded(ev Event) (Screening, []Effect) {
	switch ev := ev.(type) {
	case LegLeft:
		ours := ev.Leg == s.Caller || ev.Leg == s.Resident
		if s.Bridging && ours && ev.Bridge == s.Call.Bridge() {
			return s.close(s.parted(), "", "")
		}
	case BridgeUnguarded:
		if s.Bridging && ev.Bridge == s.Call.Bridge() {
			return s.close(call.Fault, prompt.Say(prompt.Sorry), prompt.Say(prompt.Sorry))
		}
	}
	return s, nil
}
