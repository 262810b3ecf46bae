package flow

import (
	"strings"

	"clearline/lib/call"
	"clearline/lib/prompt"
)

// Presses follow the keys of a resident who talks to a caller, those of numbers for help
// apart. Which keys they were is not kept. Keys more than keyGap apart do not belong
// together.
type Presses struct {
	Hangup int  // keys of Rules.HangupKeys so far
	Digits int  // digits in succession
	TimerN int  // the current setting of PauseTimer; earlier ones mean nothing
	Warned bool // of a PIN, within warnGap
}

// pressed follows a key of the resident's that does not complete a number. A digit of a
// number that is being dialled may turn out to be one of a PIN.
func (s Screening) pressed(key rune) (Screening, []Effect) {
	if s.Rules.HangupKeys == "" && s.Rules.PINDigits == 0 {
		return s, nil
	}
	s.Pressed.Hangup = s.Rules.hangup(s.Pressed.Hangup, key)
	if n := len(s.Rules.HangupKeys); n > 0 && s.Pressed.Hangup == n {
		return s.endForGood()
	}
	if s.Stage != Guarded || key < '0' || key > '9' {
		s, effects := s.pinKeyed()
		s.Pressed.Digits = 0
		s, timer := s.awaitKey()
		return s, append(effects, timer)
	}
	s.Pressed.Digits++
	s, timer := s.awaitKey()
	if len(s.Keys.Typed) >= s.Pressed.Digits { // all of it may be a number yet
		return s, []Effect{timer}
	}
	s, effects := s.pinKeyed()
	return s, append(effects, timer)
}

func (s Screening) awaitKey() (Screening, Effect) {
	s.Pressed.TimerN++
	return s, SetTimer{PauseTimer, s.Pressed.TimerN, keyGap}
}

// paused is the end of a succession of keys.
func (s Screening) paused(fired TimerFired) (Screening, []Effect) {
	if fired.N != s.Pressed.TimerN || s.Stage != Joining && s.Stage != Guarded || s.Resident == "" || s.CallerGone {
		return s, nil
	}
	s, effects := s.pinKeyed()
	s.Pressed.Hangup, s.Pressed.Digits = 0, 0
	return s, effects
}

// hangup is how many of HangupKeys the keys so far end with, after one more key: done were
// pressed before.
func (r Rules) hangup(done int, key rune) int {
	keys := r.HangupKeys[:min(done, len(r.HangupKeys))] + string(key)
	for !strings.HasPrefix(r.HangupKeys, keys) {
		keys = keys[1:]
	}
	return len(keys)
}

// pinKeyed warns the resident, who alone hears it, when the digits so far look like a PIN.
func (s Screening) pinKeyed() (Screening, []Effect) {
	if s.Rules.PINDigits == 0 || s.Pressed.Digits < s.Rules.PINDigits || s.Pressed.Warned {
		return s, nil
	}
	s.Pressed.Warned = true
	s.Notes.PINWarnings++
	effects := []Effect{
		NotePIN{s.Pressed.Digits},
		SetTimer{WarnTimer, s.Notes.PINWarnings, warnGap},
	}
	s, warning := s.whisper(prompt.Say(prompt.PINWarning))
	return s, append(effects, warning...)
}

// endForGood ends the call as the resident has keyed, and blocks the caller as far as the
// number can be blocked. The caller hears nothing, and must not take the resident along.
func (s Screening) endForGood() (Screening, []Effect) {
	var effects []Effect
	cause, said := call.Refused, prompt.EndedOnly
	switch {
	case s.blockable():
		cause, said = call.EndedBlocked, prompt.EndedBlocked
		effects = append(effects, BlockCaller{s.Line.ID, s.From.Number, call.ByResident})
	case s.Stage == Guarded:
		cause = call.Completed
	}
	effects = append(effects, s.hush(toResident)...)
	if s.Bridging {
		effects = append(effects, Unpair{s.Caller})
	}
	s, rest := s.close(cause, "", prompt.Say(said))
	return s, append(effects, rest...)
}
