package flow

import (
	"cmp"
	"time"

	"clearline/lib/call"
	"clearline/lib/prompt"
)

// taping says what is asked for and records the answer: a purpose, a spoken word, or a
// message.
func (s Screening) taping(ev Event) (Screening, []Effect) {
	if s.heard(toCaller, ev) {
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
		effects := s.hush(toCaller) // a recording would wait behind it
		s, rest := s.record()
		return s, append(effects, rest...)
	}
	return s, nil
}

// longest is the longest recording of the stage.
func (s Screening) longest() time.Duration {
	if s.Stage == Message {
		return messageMax
	}
	return s.Rules.PurposeMax
}

// recordMax bounds a recording with everything around it.
func (s Screening) recordMax() time.Duration { return s.longest() + recordSlack }

func (s Screening) record() (Screening, []Effect) {
	s.LastID++
	s.Recording, s.Taping = s.Call.Recording(s.LastID), true
	silence := silenceEnds
	if s.Stage == Message {
		s.Recording, silence = s.Call.Message(s.LastID), messageSilence
	}
	s.Saying[toCaller] = ""
	s.Spoke = s.Talking
	s, timer := s.wait(s.recordMax())
	return s, []Effect{Record{s.Caller, s.Recording, s.longest(), silence}, timer}
}

// recorded goes on when something was said, and asks once more when nothing was. On a full
// disk a recording ends at once, and is of no length: asking again would not help.
func (s Screening) recorded(done RecordingDone) (Screening, []Effect) {
	s.Taping = false
	unkept := s.Spoke && done.Bytes == 0
	if unkept || done.Length >= leastSpoken && (s.Spoke || s.Deaf) {
		s.Lost = done.Failed || done.Bytes == 0
		return s.taken()
	}
	drop := DropRecording{s.Recording}
	s.Recording = ""
	s.Try++
	s, effects := s.askAgain()
	return s, append([]Effect{drop}, effects...)
}

// taken goes on with what was said, or with the knowledge that it could not be kept.
func (s Screening) taken() (Screening, []Effect) {
	switch s.Stage {
	case Message:
		return s.messageTaken()
	case Word:
		s.Ground = SpokenWord
	}
	return s.seize()
}

// askAgain asks once more for what was not said, and then gives up.
func (s Screening) askAgain() (Screening, []Effect) {
	switch {
	case s.Try == recordTries && s.Stage == Word:
		return s.doubt()
	case s.Try == recordTries:
		return s.close(cmp.Or(s.Instead, call.NothingSaid), prompt.Say(prompt.NothingSaid), "")
	}
	again := map[Stage]prompt.Name{Purpose: prompt.AskAgain, Word: prompt.SayWordAgain, Message: prompt.NoMessage}
	return s.say(toCaller, prompt.Say(again[s.Stage]), s.recordMax())
}
