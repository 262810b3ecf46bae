package flow

import "clearline/lib/call"

// key takes a key of the resident's. None means anything to an emergency.
func (c Clearing) key(key rune) (Clearing, []Effect) {
	if c.Dial.emergency() {
		return c, nil
	}
	switch c.Stage {
	case Explaining, Redialling:
		return c.collect(key)
	case Offering:
		if key == c.Rules.RetryKey && !c.Keys.Begun() {
			return c.searchAnew()
		}
	case Searching, Holding, Telling:
	default:
		return c, nil
	}
	next, number, effects := c.Keys.key(key)
	c.Keys = next
	return c.dialled(number, effects)
}

// collect takes a key of a number that need not be in the plan. '#' ends the number, '*'
// begins it again.
func (c Clearing) collect(key rune) (Clearing, []Effect) {
	effects := c.hush()
	switch {
	case key == '#' && c.Number != "":
		return c.redial(c.Number, nil)
	case '0' <= key && key <= '9' && len(c.Number) < longestNumber:
		c.Number += string(key)
	default:
		c.Number = ""
	}
	m, whole, more := c.Keys.Plan.Typed(c.Number)
	if whole && (m.Role == call.Emergency || !more) {
		return c.redial(c.Number, nil)
	}
	c.Stage, c.Saying = Redialling, ""
	patience := c.Keys.patient(lastKeyWait)
	if c.Number == "" {
		patience = c.Keys.patient(redialWait)
	}
	c, quiet := c.quiet(patience)
	return c, append(effects, quiet...)
}

// dialled dials a number of the plan that was typed, if one is complete.
func (c Clearing) dialled(number string, effects []Effect) (Clearing, []Effect) {
	if number == "" {
		return c, effects
	}
	return c.redial(number, effects)
}

// redial sends the leg back into the dialplan with another number: it comes back as an
// attempt of its own.
func (c Clearing) redial(number string, effects []Effect) (Clearing, []Effect) {
	effects = append(effects, c.hush()...)
	c.Stage, c.Outcome, c.Saying, c.Keys.Typed = Parting, c.notDialled(), "", ""
	c, timer := c.wait(leaveMax)
	return c, append(effects,
		CancelTimer{RenewTimer}, CancelTimer{BoundTimer}, CancelTimer{SearchTimer}, CancelTimer{HoldTimer},
		Redial{Leg: c.Dial.Leg, Dialled: number, Way: c.Dial.Way},
		timer)
}

// failed takes an effect that could not be performed for the fact it stands for.
func (c Clearing) failed(e Effect) (Clearing, []Effect) {
	switch e := e.(type) {
	case FindLegs:
		if c.Stage == Searching && e.N == c.SearchN {
			return c.searched(true)
		}
	case Play:
		if c.Saying != "" && e.Playback == c.Saying {
			return c.said()
		}
	case GoOn:
		if c.Stage == Leaving && e.Leg == c.Dial.Leg {
			return c.stay(e)
		}
	case Redial:
		if c.Stage == Parting && e.Leg == c.Dial.Leg {
			return c.part(e)
		}
	}
	return c, nil
}

// stay orders the leg on once more; in the end its dead-man's time does it.
func (c Clearing) stay(e GoOn) (Clearing, []Effect) {
	if c.Tries++; c.Tries < leaveTries {
		return c, []Effect{e}
	}
	return c.over(call.OutcomeTaken)
}

// part orders the leg to dial once more; in the end the dialplan gets it soon.
func (c Clearing) part(e Redial) (Clearing, []Effect) {
	c, timer := c.wait(leaveMax)
	if c.Tries++; c.Tries < leaveTries {
		return c, []Effect{e, timer}
	}
	return c, []Effect{Deadman{c.Dial.Leg, silenceMax}, timer}
}
