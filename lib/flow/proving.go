package flow

import "clearline/lib/prompt"

// prove asks for the PIN.
func (s Studio) prove(name prompt.Name) (next Studio, effects []Effect) {
	s.Stage, s.Keyed = Proving, ""
	s.Session, effects = s.say(prompt.Say(name), sayMax, s.Rules.ChoiceWait)
	return s, effects
}

// proving waits for the PIN: a pause behind its first key ends it.
func (s Studio) proving(ev Event) (next Studio, effects []Effect) {
	over, _ := s.heard(ev)
	_, late := ev.(TimerFired)
	switch {
	case over, late && s.Saying != "":
		if over {
			s.Saying = ""
		}
		s.Session, effects = s.quiet()
		return s, effects
	case late && s.Keyed != "":
		return s.pinKeyed()
	case late:
		s.Session, effects = s.farewell(prompt.Say(prompt.StudioLeft))
	}
	return s, effects
}

// pinKey collects the PIN until the end key, a pause, or as many digits as there can be,
// whatever the length of the right one.
func (s Studio) pinKey(key rune) (Studio, []Effect) {
	keyed, digit := s.Keyed.plus(key)
	switch {
	case digit && len(keyed) < longestPIN:
		s.Keyed = keyed
		return s.keyed(longestPIN)
	case digit:
		s.Keyed = keyed
		return s.pinKeyed()
	case s.Keyed != "":
		return s.pinKeyed()
	}
	return s, nil
}

// pinKeyed lets in who has keyed the right PIN. What is noted comes last: nobody must hear how
// long that takes.
func (s Studio) pinKeyed() (next Studio, effects []Effect) {
	keyed := s.Keyed
	s.Keyed = ""
	right := !s.Locked && keyed.matches(s.PIN)
	var note []Effect
	if !s.Locked {
		note = []Effect{NoteSecret{s.Line.ID, StudioPIN, right}}
	}
	if !right {
		s.Misses++
	}
	switch {
	case right:
		s, effects = s.find(prompt.Say(prompt.StudioOpen))
	case s.Misses < pinTries:
		s, effects = s.prove(prompt.WrongPIN)
	default:
		s.Session, effects = s.farewell(prompt.Say(prompt.NoEntry))
	}
	return s, append(effects, note...)
}
