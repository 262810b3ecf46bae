package flow

import (
	"crypto/subtle"
	"fmt"
	"time"

	"clearline/lib/call"
)

// Code is digits that only trusted people know: the bypass code of a line, 3 to 6 of
// them, or a family's word, 3 to 12. It prints redacted; as JSON it is plain, because a
// call under way is kept with it.
type Code string

const (
	longestCode = 6
	longestWord = 12

	codeKey   = '*' // begins the bypass code
	endKey    = '#' // ends a code, a word, or a recording
	codeTries = 3   // codes a caller may begin in one call
	codeGap   = 2 * time.Second
)

// String implements fmt.Stringer.
func (Code) String() string { return "[redacted]" }

// Format implements fmt.Formatter, so that no verb reaches the digits.
func (c Code) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(c.String())) }

// matches compares in a time that depends on neither, not on their lengths either. The
// empty code matches nothing.
func (c Code) matches(want Code) bool {
	var a, b [longestWord + 1]byte
	a[0], b[0] = byte(len(c)), byte(len(want))
	copy(a[1:], c)
	copy(b[1:], want)
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && want != ""
}

// plus is the code with one more key, which must be a digit.
func (c Code) plus(key rune) (Code, bool) {
	if key < '0' || key > '9' {
		return c, false
	}
	return c + Code(key), true
}

// Terms are what a caller may know that others do not, and whether knowing it still
// counts. What is locked is not compared, and the caller hears the same as for a miss.
type Terms struct {
	Code       Code // the bypass code of the line; empty when there is none
	CodeLocked bool
	Word       Code // the family's word in keys, for AskedWord; empty when it is spoken
	WordLocked bool
}

// mayTry says whether the caller may begin a code. It does not depend on whether those
// before were right, or locked.
func (s Screening) mayTry() bool { return s.Terms.Code != "" && s.Codes < codeTries }

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
// back to where they were. An end key that comes late is no answer there.
func (s Screening) codeKeyed() (Screening, []Effect) {
	keyed := s.Keyed
	s.Stage, s.Keyed, s.WrongKey = s.Before, "", endKey
	if keyed == "" {
		return s.noCode()
	}
	var effects []Effect
	if !s.Terms.CodeLocked && s.Notes.CodeMisses < codeTries {
		s.Notes.KnewCode = keyed.matches(s.Terms.Code)
		effects = []Effect{NoteSecret{s.Line.ID, BypassCode, s.Notes.KnewCode}}
	}
	var rest []Effect
	if s.Notes.KnewCode {
		s.Ground = KnownCode
		s, rest = s.seize()
	} else {
		s.Notes.CodeMisses++
		s, rest = s.resume()
	}
	return s, append(effects, rest...)
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
