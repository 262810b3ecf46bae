package flow

import "clearline/lib/prompt"

// whisper says something to the resident alone while the two talk. What was whispered before
// gives way.
func (s Screening) whisper(script prompt.Script) (Screening, []Effect) {
	s, effects := s.fallSilent()
	s.LastID++
	s.Whispered, s.Whispering = script, s.Call.Whisper(s.LastID)
	s, timer := s.wait(whisperMax)
	return s, append(effects,
		Whisper{s.Resident, s.Whispering, s.Line.Language, script},
		timer)
}

// fallSilent ends a whisper, for whatever reason.
func (s Screening) fallSilent() (Screening, []Effect) {
	if s.Whispering == "" {
		return s, nil
	}
	stop := StopWhisper{s.Whispering}
	s.Whispering = ""
	return s, []Effect{stop, CancelTimer{StageTimer}}
}

// remind whispers a reminder, or waits until another whisper has been heard.
func (s Screening) remind(fired TimerFired) (Screening, []Effect) {
	switch {
	case fired.N != s.Reminded:
		return s, nil
	case s.Whispering != "":
		return s, []Effect{SetTimer{AdviceTimer, s.Reminded, 2 * whisperMax}}
	}
	s.Reminded++
	s, effects := s.whisper(prompt.Say(prompt.Reminder, prompt.BankNow))
	return s, append(effects, s.awaitReminder()...)
}

// awaitReminder sets the timer of the next reminder.
func (s Screening) awaitReminder() []Effect {
	after := s.Rules.AdviceEvery
	if s.Reminded == 0 {
		after = s.Rules.AdviceAfter
	}
	if after == 0 {
		return nil
	}
	return []Effect{SetTimer{AdviceTimer, s.Reminded, after}}
}
