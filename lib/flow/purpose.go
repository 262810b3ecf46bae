package flow

import (
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
	return s.taping(ev)
}
