package flow

import "clearline/lib/prompt"

// speak asks for the present prompt in the person's own voice.
func (s Studio) speak(word prompt.Script) (next Studio, effects []Effect) {
	s.Stage = Speaking
	s.Session, effects = s.say(word.Then(prompt.Say(prompt.SpeakNow)), sayMax, takeMax+recordSlack)
	return s, effects
}

// speaking records, and goes on when something was said.
func (s Studio) speaking(ev Event) (next Studio, effects []Effect) {
	if over, _ := s.heard(ev); over {
		return s.tape()
	}
	switch ev := ev.(type) {
	case RecordingDone:
		if s.Taping && ev.Recording == s.Take {
			return s.taped(ev)
		}
	case TimerFired:
		if s.Taping { // the exchange never said that the recording is over
			return s.drop(prompt.Say(prompt.NotKept))
		}
		hush := s.hush() // a recording would wait behind it
		s, effects = s.tape()
		return s, append(hush, effects...)
	}
	return s, nil
}

func (s Studio) tape() (Studio, []Effect) {
	s.LastID++
	s.Take, s.Taping, s.Saying = s.Call.Take(s.LastID), true, ""
	var timer Effect
	s.Session, timer = s.wait(takeMax + recordSlack)
	return s, []Effect{Record{s.Leg, s.Take, takeMax, takeSilence}, timer}
}

// speakOn goes on with a recording that may have ended meanwhile, or asks for it again.
func (s Studio) speakOn() (Studio, []Effect) {
	if !s.Taping {
		return s.speak("")
	}
	var timer Effect
	s.Session, timer = s.wait(takeMax + recordSlack)
	return s, []Effect{FindRecording{s.Leg, s.Take}, timer}
}

// taped lets the person judge what was recorded. On a full disk a recording is of no size.
func (s Studio) taped(done RecordingDone) (Studio, []Effect) {
	s.Taping = false
	switch {
	case done.Failed, done.Bytes == 0 && done.Length >= leastSpoken:
		return s.drop(prompt.Say(prompt.NotKept))
	case done.Length < leastSpoken:
		return s.drop(prompt.Say(prompt.NothingTaped))
	}
	return s.judge()
}

// drop throws away what was recorded: what was said before stays.
func (s Studio) drop(word prompt.Script) (Studio, []Effect) {
	drop := DropRecording{s.Take}
	s.Take, s.Taping = "", false
	s, effects := s.find(word)
	return s, append([]Effect{drop}, effects...)
}

// judge plays what was recorded, and asks what is to become of it.
func (s Studio) judge() (next Studio, effects []Effect) {
	s.Stage = Judging
	script := prompt.Say(prompt.YouSaid).Then(prompt.Recorded(s.Take)).Then(prompt.Say(
		prompt.ToKeep, prompt.Digit(keepKey),
		prompt.ToSayAgain, prompt.Digit(againKey),
		prompt.ToThrowAway, prompt.Digit(dropKey)))
	s.Session, effects = s.say(script, questionMax, s.Rules.ChoiceWait)
	return s, effects
}

// judging waits for a decision. Silence is no yes.
func (s Studio) judging(ev Event) (next Studio, effects []Effect) {
	over, failed := s.heard(ev)
	_, late := ev.(TimerFired)
	switch {
	case over && failed:
		s.Saying = ""
		return s.drop(prompt.Say(prompt.NotKept))
	case over, late && s.Saying != "":
		if over {
			s.Saying = ""
		}
		s.Session, effects = s.quiet()
	case late:
		return s.drop(prompt.Say(prompt.ThrownAway))
	}
	return s, effects
}

// decided does with what was recorded what a key says.
func (s Studio) decided(key rune) (next Studio, effects []Effect) {
	switch key {
	case keepKey:
		s.Kept, s.Take = s.Take, ""
		hush := s.hush()
		s.Saying = ""
		s, effects = s.keep()
		return s, append(hush, effects...)
	case againKey:
		drop := DropRecording{s.Take}
		s.Take = ""
		s, effects = s.speak("")
		return s, append([]Effect{drop}, effects...)
	case dropKey:
		return s.drop(prompt.Say(prompt.ThrownAway))
	}
	return s.judge()
}

// keep has what was recorded said from now on.
func (s Studio) keep() (Studio, []Effect) {
	s.Stage = Keeping
	var timer Effect
	s.Session, timer = s.wait(keepMax)
	return s, []Effect{
		Deadman{s.Leg, keepMax + saySlack},
		KeepPrompt{s.Kept, s.Line.Language, s.At},
		timer,
	}
}

// keeping says what has become of it.
func (s Studio) keeping(ev Event) (next Studio, effects []Effect) {
	word := prompt.NotKept
	switch ev := ev.(type) {
	case PromptKept:
		if ev.Recording != s.Kept {
			return s, nil
		}
		switch ev.Outcome {
		case PromptSaid:
			word = prompt.KeptNow
		case PromptTooLong:
			word = prompt.TooLong
		}
	case TimerFired:
	default:
		return s, nil
	}
	drop := DropRecording{s.Kept} // its copy is kept
	s.Kept = ""
	s, effects = s.find(prompt.Say(word))
	return s, append([]Effect{drop}, effects...)
}
