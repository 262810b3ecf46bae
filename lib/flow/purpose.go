package flow

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/prompt"
)

func (s Screening) askPurpose() (Screening, []Effect) {
	s.Stage, s.Try = Purpose, 0
	return s.say(toCaller, prompt.Say(prompt.AskPurpose), s.recordMax())
}

// purpose asks for name and reason and records the answer.
func (s Screening) purpose(ev Event) (Screening, []Effect) {
	if s.CallerGone {
		return s.close(call.CallerHungUp, "", "")
	}
	if s.heard(toCaller, ev) {
		s.Saying[toCaller] = ""
		return s.record()
	}
	switch ev := ev.(type) {
	case RecordingDone:
		if ev.Recording == s.Recording && s.Taping {
			return s.recorded(ev)
		}
	case TimerFired:
		if ev.Timer != StageTimer {
			break
		}
		if s.Taping { // the exchange never said that the recording is over
			return s.close(call.Fault, "", "")
		}
		return s.record()
	}
	return s, nil
}

// recordMax bounds a recording with everything around it.
func (s Screening) recordMax() time.Duration { return s.Rules.PurposeMax + recordSlack }

// record starts the recording; a prompt whose end was never told is stopped
// first, because a recording waits behind it.
func (s Screening) record() (Screening, []Effect) {
	effects := s.hush(toCaller)
	s.LastID++
	s.Recording, s.Taping = s.Call.Recording(s.LastID), true
	s.Saying[toCaller] = ""
	s.Spoke = s.Talking
	s, timer := s.wait(s.recordMax())
	return s, append(effects, Record{s.Caller, s.Recording, s.Rules.PurposeMax, silenceEnds}, timer)
}

// recorded goes on when something was said, and asks once more when nothing was.
func (s Screening) recorded(done RecordingDone) (Screening, []Effect) {
	s.Taping = false
	said := done.Length >= leastSpoken && (s.Spoke || s.Deaf)
	if said {
		s.Lost = done.Failed || done.Bytes == 0
		return s.seize()
	}
	drop := DropRecording{s.Recording}
	s.Recording = ""
	s.Try++
	var effects []Effect
	if s.Try == purposeTries {
		s, effects = s.close(call.NothingSaid, prompt.Say(prompt.NothingSaid), "")
	} else {
		s, effects = s.say(toCaller, prompt.Say(prompt.AskAgain), s.recordMax())
	}
	return s, append([]Effect{drop}, effects...)
}
