package flow

import "clearline/lib/call"

// dials says whether a key of the resident's belongs to a number rather than to the
// question: a number that has been begun goes on, and the keys that answer the question
// begin none.
func (s Screening) dials(key rune) bool {
	switch s.Stage {
	case Asking:
		action := key == s.Rules.AcceptKey || key == s.Rules.BlockKey || key == s.Rules.RepeatKey
		return s.Keys.Begun() || !action
	case Joining, Guarded:
		return true
	}
	return false
}

// dialKey follows the resident's keys. What they answer or begin is never told to the
// caller.
func (s Screening) dialKey(key rune) (Screening, []Effect) {
	if s.Stage == Guarded {
		s.Notes.KeysInCall++
	}
	next, number, effects := s.Keys.key(key)
	s.Keys = next
	switch {
	case number != "":
		return s.interrupt(number, effects)
	case s.Stage == Joining, s.Stage == Guarded:
		s, rest := s.pressed(key)
		return s, append(effects, rest...)
	case s.Stage == Asking && s.Keys.Begun() && s.Saying[toResident] == "":
		s, patience := s.bePatient()
		return s, append(effects, patience...)
	}
	return s, effects
}

// bePatient gives a resident who dials slowly the time for it: the question is not asked
// again meanwhile.
func (s Screening) bePatient() (Screening, []Effect) {
	patience := s.Keys.patient(2 * keyGap)
	if s.Agreed {
		patience = wardenMax
	}
	s, timer := s.wait(patience)
	return s, []Effect{Deadman{s.Resident, patience + s.Rules.ChoiceWait + saySlack}, timer}
}

func (s Screening) keyPause(fired TimerFired) (Screening, []Effect) {
	next, number, effects := s.Keys.pause(fired)
	s.Keys = next
	switch {
	case s.Stage != Asking && s.Stage != Joining && s.Stage != Guarded || s.Resident == "":
		return s, nil
	case number != "":
		return s.interrupt(number, effects)
	}
	return s, effects
}

// interrupt ends the call because the resident dials a number of a service. The
// resident's leg comes back as one that dials, and Clearing takes it from there; the
// exchange alone would dial from then on, should Clearline fall silent. Then the caller
// goes, who must not take the resident's leg along.
func (s Screening) interrupt(number string, effects []Effect) (Screening, []Effect) {
	way := call.WayGuarded
	if !s.Bridging {
		way = call.WayConsult
	}
	s, silence := s.fallSilent()
	effects = append(append(effects, silence...), s.hush(toResident)...)
	effects = append(effects, Redial{s.Resident, number, way})
	if s.Bridging {
		effects = append(effects, Unpair{s.Caller})
	}
	s.Resident = ""
	s, rest := s.clearAway()
	return s, append(effects, rest...)
}

// makeWay ends the call at once: the line is being cleared.
func (s Screening) makeWay() (Screening, []Effect) {
	switch {
	case s.Stage == Closing && s.Cause == call.Cleared:
		return s, nil // it has
	case s.Stage == Closing:
		s.Saying = [2]call.PlaybackID{}
		return s, s.hangUpAll()
	}
	return s.clearAway()
}

// clearAway ends every leg of the call that is left. Nothing comes before that. A message
// that was begun is kept as it is.
func (s Screening) clearAway() (Screening, []Effect) {
	if s.leaves() {
		s.Taping = false
	}
	s.Stage, s.Cause, s.Saying = Closing, call.Cleared, [2]call.PlaybackID{}
	s, effects := s.fallSilent()
	effects = append(effects, s.hangUpAll()...)
	s, parting := s.part()
	effects = append(effects, parting...)
	s, timer := s.wait(goneMax)
	return s.finish(append(effects, CancelTimer{RenewTimer}, CancelTimer{KeyTimer}, timer))
}
