package flow

import (
	"cmp"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/prompt"
)

// Unheeded says why a decision of a warden's would change nothing; empty when it counts.
func (s Screening) Unheeded(choice call.Choice) call.Unheeded {
	switch {
	case s.Decision != call.Decision{}, s.Stage == Closing, s.Stage == Over:
		return call.TooLate
	case s.Stage != Referring && s.Stage != Ringing && s.Stage != Asking:
		return call.NotWaiting
	case choice == call.Accept && s.approver() == call.ApproverResident:
		return call.NotAllowed
	}
	return ""
}

func (s Screening) approver() call.Approver { return cmp.Or(s.Rules.Approver, call.ApproverResident) }

// decided takes a warden's decision. A caller who is accepted while the telephones ring goes
// on waiting for somebody to talk to.
func (s Screening) decided(d call.Decision) (Screening, []Effect) {
	if s.Unheeded(d.Choice) != "" {
		return s, nil
	}
	s.Decision = d
	switch {
	case d.Choice == call.Block:
		return s.refuseForGood(prompt.WardenRefused, prompt.WardenRefused)
	case d.Choice == call.Refuse:
		return s.close(call.Refused, prompt.Say(prompt.Declined), prompt.Say(prompt.WardenRefused))
	case s.Stage == Referring:
		s.Approved = true
		return s.ring()
	case s.Stage == Ringing:
		s.Approved = true
		return s, nil
	}
	s.Approved = true
	return s.connect(prompt.Say(prompt.WardenAccepted), connectMax)
}

// agree takes the resident's yes. It is recorded before anything is joined.
func (s Screening) agree() (Screening, []Effect) {
	switch {
	case s.approver() != call.ApproverWarden:
		s.Decision, s.Approved = call.Decision{By: call.ByResident, Choice: call.Accept}, true
		return s.connect(prompt.Say(prompt.Connecting), connectMax)
	case s.Agreed:
		return s, nil
	}
	s.Agreed = true
	return s.leaveToWarden()
}

func (s Screening) leaveToWarden() (Screening, []Effect) {
	return s.say(toResident, prompt.Say(prompt.WardenDecides), wardenMax)
}

// choiceWait is how long a decision may take once the resident has heard everything.
func (s Screening) choiceWait() time.Duration {
	if s.Agreed {
		return wardenMax
	}
	return s.Rules.ChoiceWait
}

// refuse ends the call because the resident does not want it, whatever a warden has decided.
func (s Screening) refuse() (Screening, []Effect) {
	s.Decision = cmp.Or(s.Decision, call.Decision{By: call.ByResident, Choice: call.Refuse})
	return s.close(call.Refused, prompt.Say(prompt.Declined), "")
}

// block is the resident's refusal for good.
func (s Screening) block() (Screening, []Effect) {
	s.Decision = call.Decision{By: call.ByResident, Choice: call.Block}
	return s.refuseForGood(prompt.BlockedNow, prompt.CannotBlock)
}

// refuseForGood refuses the caller now and from now on, as far as the number can be blocked.
// The resident hears done, or that only this call is refused.
func (s Screening) refuseForGood(done, onlyNow prompt.Name) (Screening, []Effect) {
	if !s.blockable() {
		return s.close(call.Refused, prompt.Say(prompt.Declined), prompt.Say(onlyNow))
	}
	s, effects := s.close(call.RefusedBlocked, prompt.Say(prompt.Declined), prompt.Say(done))
	return s, append([]Effect{BlockCaller{s.Line.ID, s.From.Number, s.Decision.By}}, effects...)
}

// blockable says whether the caller's number can be blocked. One that was not shown cannot, nor
// one that no list can hold, nor that of a contact: somebody else may have shown it.
func (s Screening) blockable() bool {
	_, listable := number.KeyOf(s.From.Number)
	contact := s.Doubted || s.Ground == KnownWord || s.Ground == SpokenWord
	return listable && !contact && s.From.Presentation == call.Allowed
}
