package flow

import (
	"time"

	"clearline/lib/call"
)

const (
	codeKey   = '*' // begins the bypass code
	endKey    = '#' // ends a code, a word, or a recording
	codeTries = 3   // codes a caller may begin in one call
	codeGap   = 2 * time.Second
)

// mayTry says whether the caller may begin a code. It does not depend on whether those
// before were right, or locked.
func (s Screening) mayTry() bool {
	tried := s.Instead != "" && s.Instead != call.CheckFailed // the line: a code would change nothing
	return s.Terms.Code != "" && s.Codes < codeTries && !tried
}

// keyCode listens to a code. What the caller was hearing or saying gives way to it.
func (s Screening) keyCode() (Screening, []Effect) {
	if s.Stage != Coding {
		s.Before = s.Stage
	}
	effects := s.hush(toCaller)
	s.Saying[toCaller] = ""
	s.Stage, s.Keyed = Coding, ""
	s.Codes++
	s, timer := s.wait(codeGap)
	return s, append(effects, Deadman{s.Caller, longestCode*codeGap + saySlack}, timer)
}

// coding collects a code until the end key, a pause, or its sixth digit, whatever the
// length of the right one.
func (s Screening) coding(ev Event) (Screening, []Effect) {
	if s.CallerGone {
		return s.close(call.CallerHungUp, "", "")
	}
	switch ev := ev.(type) {
	case DTMF:
		if ev.Leg == s.Caller {
			return s.codeDigit(ev.Key)
		}
	case TimerFired:
		if ev.Timer == StageTimer {
			return s.codeKeyed()
		}
	}
	return s, nil
}

func (s Screening) codeDigit(key rune) (Screening, []Effect) {
	keyed, digit := s.Keyed.plus(key)
	switch {
	case key == endKey:
		return s.codeKeyed()
	case key == codeKey && s.mayTry():
		return s.keyCode()
	case !digit:
		return s, nil
	}
	s.Keyed = keyed
	if len(keyed) == longestCode {
		return s.codeKeyed()
	}
	s, timer := s.wait(codeGap)
	return s, []Effect{timer}
}

// codeKeyed takes who keyed the right code straight to the consult, and everybody else
// back to where they were. An end key that comes late is no answer there. What is noted
// comes last: the caller must not hear how long that takes.
func (s Screening) codeKeyed() (Screening, []Effect) {
	keyed := s.Keyed
	s.Stage, s.Keyed, s.WrongKey = s.Before, "", endKey
	if keyed == "" {
		return s.noCode()
	}
	var note []Effect
	if !s.Terms.CodeLocked {
		s.Notes.KnewCode = keyed.matches(s.Terms.Code)
		note = []Effect{NoteSecret{s.Line.ID, BypassCode, s.Notes.KnewCode}}
	}
	var effects []Effect
	if s.Notes.KnewCode {
		s.Ground = KnownCode
		s, effects = s.seize()
	} else {
		s.Notes.CodeMisses++
		s, effects = s.resume()
	}
	return s, append(effects, note...)
}

// noCode takes the key that begins a code, with none behind it, as any other key.
func (s Screening) noCode() (Screening, []Effect) {
	if s.Stage == Greeting && s.Rules.HumanCheck {
		return s.checked(codeKey)
	}
	return s.resume()
}

// resume goes on with what a code has interrupted.
func (s Screening) resume() (Screening, []Effect) {
	switch {
	case s.Stage == Message:
		return s.messageAgain()
	case s.Rules.HumanCheck:
		return s.askDigit()
	}
	return s.askPurpose()
}
