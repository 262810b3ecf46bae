package flow

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/prompt"
)

const (
	wordTries = 2
	wordWait  = 10 * time.Second // for the first key of the word
	wordGap   = 5 * time.Second  // for the next one
)

// askWord asks a caller who shows a contact's number for what only the contact knows.
// A word that is spoken is recorded as a purpose is, and the resident judges it.
func (s Screening) askWord() (Screening, []Effect) {
	s.Stage = Word
	if s.Terms.Word == "" {
		return s.say(toCaller, prompt.Say(prompt.Greeting, prompt.SayWord), s.recordMax())
	}
	return s.sayForWord(prompt.KeyWord)
}

func (s Screening) sayForWord(name prompt.Name) (Screening, []Effect) {
	return s.say(toCaller, prompt.Say(name), wordWait+longestWord*wordGap)
}

// wording waits for the word. Keys count while the prompt still plays.
func (s Screening) wording(ev Event) (Screening, []Effect) {
	switch {
	case s.CallerGone:
		return s.close(call.CallerHungUp, "", "")
	case s.Terms.Word == "":
		return s.taping(ev)
	case s.heard(toCaller, ev):
		s.Saying[toCaller] = ""
		s, timer := s.wait(wordWait)
		return s, []Effect{timer}
	}
	switch ev := ev.(type) {
	case DTMF:
		if ev.Leg == s.Caller {
			return s.wordDigit(ev.Key)
		}
	case TimerFired:
		if ev.Timer == StageTimer {
			return s.wordKeyed()
		}
	}
	return s, nil
}

// wordDigit collects the word. An end key with nothing before it may be left over from
// the try before.
func (s Screening) wordDigit(key rune) (Screening, []Effect) {
	keyed, digit := s.Keyed.plus(key)
	switch {
	case key == endKey && s.Keyed != "":
		return s.wordKeyed()
	case !digit:
		return s, nil
	}
	effects := s.hush(toCaller)
	s.Saying[toCaller] = ""
	s.Keyed = keyed
	if len(keyed) == longestWord {
		s, rest := s.wordKeyed()
		return s, append(effects, rest...)
	}
	s, timer := s.wait(wordGap)
	return s, append(effects, timer)
}

// wordKeyed takes who keyed the right word straight to the consult.
func (s Screening) wordKeyed() (Screening, []Effect) {
	keyed := s.Keyed
	s.Keyed = ""
	var note []Effect
	if keyed != "" && !s.Terms.WordLocked {
		s.Notes.KnewWord = keyed.matches(s.Terms.Word)
		note = []Effect{NoteSecret{s.Line.ID, FamilyWord, s.Notes.KnewWord}}
	}
	var effects []Effect
	if s.Notes.KnewWord {
		s.Ground = KnownWord
		s, effects = s.seize()
	} else {
		s, effects = s.wordMissed()
	}
	return s, append(effects, note...)
}

func (s Screening) wordMissed() (Screening, []Effect) {
	s.Notes.WordMisses++
	s.Try++
	if s.Try == wordTries {
		return s.doubt()
	}
	return s.sayForWord(prompt.KeyWordAgain)
}

// doubt screens the caller as a stranger: the number shown proves nothing. An end key
// that comes late is no answer to the human check.
func (s Screening) doubt() (Screening, []Effect) {
	s.Doubted, s.Try, s.WrongKey = true, 0, endKey
	return s.greet()
}
