package flow

import (
	"clearline/lib/call"
	"clearline/lib/prompt"
)

// refer leaves the caller to a warden, who has the purpose on a screen: nothing rings at the
// resident's until somebody is to be talked to.
func (s Screening) refer() (Screening, []Effect) {
	s.Stage = Referring
	s, timer := s.wait(wardenMax)
	return s, []Effect{timer}
}

// referring waits for a warden's decision: see decided.
func (s Screening) referring(ev Event) (Screening, []Effect) {
	if s.CallerGone {
		return s.close(call.CallerHungUp, "", "")
	}
	if s.heard(toCaller, ev) {
		return s.comfort()
	}
	if fired, ok := ev.(TimerFired); ok && fired.Timer == StageTimer {
		return s.offerMessage(call.NoAnswer, prompt.Unavailable)
	}
	return s, nil
}
