package flow

import (
	"clearline/lib/call"
	"clearline/lib/prompt"
)

// greet says who answers and, with the human check on, asks for the first digit.
func (s Screening) greet() (Screening, []Effect) {
	s.Stage = Greeting
	if !s.Rules.HumanCheck {
		return s.say(toCaller, prompt.Say(prompt.Greeting), 0)
	}
	return s.say(toCaller, prompt.Say(prompt.Greeting, prompt.PressDigit, prompt.Digit(s.Digits[0])), digitWait)
}

// greeting waits for the digit that shows a person is calling. The digit may be
// pressed while the prompt still plays.
func (s Screening) greeting(ev Event) (Screening, []Effect) {
	if s.CallerGone {
		return s.close(call.CallerHungUp, "", "")
	}
	if s.heard(toCaller, ev) {
		return s.greeted()
	}
	switch ev := ev.(type) {
	case DTMF:
		switch {
		case ev.Leg != s.Caller:
		case ev.Key == codeKey && s.mayTry():
			return s.keyCode()
		case s.Rules.HumanCheck:
			return s.checked(ev.Key)
		}
	case SpeechStarted:
		s.Notes.SpokeOver = s.Notes.SpokeOver || ev.Leg == s.Caller && s.Saying[toCaller] != ""
	case TimerFired:
		if ev.Timer != StageTimer {
			break
		}
		if !s.Rules.HumanCheck {
			return s.askPurpose()
		}
		s.Notes.Silences++
		return s.missed()
	}
	return s, nil
}

// greeted goes on when the greeting has been said to the end.
func (s Screening) greeted() (Screening, []Effect) {
	s.Saying[toCaller] = ""
	if !s.Rules.HumanCheck {
		return s.askPurpose()
	}
	s, timer := s.wait(digitWait)
	return s, []Effect{timer}
}

// checked compares a key with the digit asked for. A wrong key that bounces, or is
// pressed again before the next prompt has been heard, is the same miss.
func (s Screening) checked(key rune) (Screening, []Effect) {
	switch {
	case key == s.Digits[s.Try]:
		return s.askPurpose()
	case key == s.WrongKey && s.Saying[toCaller] != "":
		return s, nil
	}
	s.WrongKey = key
	s.Notes.WrongDigits++
	return s.missed()
}

// missed counts a miss: the second one ends the call with a sentence.
func (s Screening) missed() (Screening, []Effect) {
	s.Try++
	if s.Try == checkTries {
		return s.offerMessage(call.CheckFailed, prompt.CheckFailed)
	}
	return s.askDigit()
}

// askDigit asks for the digit of the present try, after a key that was not it.
func (s Screening) askDigit() (Screening, []Effect) {
	return s.say(toCaller, prompt.Say(prompt.TryAgain, prompt.Digit(s.Digits[s.Try])), digitWait)
}
