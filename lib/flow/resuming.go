package flow

import (
	"clearline/lib/call"
	"clearline/lib/prompt"
)

// Resumed says that the exchange can be heard again after it could not: the connection
// was lost, or this is another run of the program, and the flow has just been thawed.
// Timers that ran are gone, and facts may have been missed; what is known of the legs was
// told before.
type Resumed struct{}

func (Resumed) event() {}

// resumed asks the present question again, or goes on with what was under way: nobody is
// left waiting for a sentence, a timer or a fact that will not come.
func (s Screening) resumed() (Screening, []Effect) {
	switch s.Stage {
	case Greeting:
		if s.Try > 0 {
			return s.askDigit()
		}
		return s.greet()
	case Coding:
		s.Stage, s.Keyed = s.Before, ""
		return s.resume()
	case Word, Purpose, Message:
		return s.resumedSpeaking()
	case Seizing:
		return s.seize()
	case Referring:
		s, effects := s.comfortAgain()
		s, refer := s.refer()
		return s, append(effects, refer...)
	case Ringing:
		s, effects := s.comfortAgain()
		s, timer := s.wait(s.Rules.ConsultRing + ringSlack)
		return s, append(effects, timer)
	case Asking, Joining, Guarded:
		return s.resumedWithResident()
	case Closing:
		return s.closeAgain()
	}
	return s, nil
}

// resumedSpeaking goes on with what the caller says. Telephones that rang before are still
// to be hung up.
func (s Screening) resumedSpeaking() (Screening, []Effect) {
	var effects, rest []Effect
	for _, other := range s.Others {
		effects = append(effects, HangUp{other, q850Normal})
	}
	if s.Taping {
		s, rest = s.listenOn()
	} else {
		s, rest = s.askToSpeak()
	}
	return s, append(effects, rest...)
}

// askToSpeak asks once more for a word, a purpose, or a message that was not begun.
func (s Screening) askToSpeak() (Screening, []Effect) {
	switch s.Stage {
	case Word:
		s.Keyed = ""
		return s.askWord()
	case Message:
		return s.askForMessage()
	}
	return s.say(toCaller, prompt.Say(prompt.AskPurpose), s.recordMax())
}

// listenOn goes on with a recording that may have ended meanwhile. Whether anything was
// said to it is not known: the caller gets the benefit of the doubt.
func (s Screening) listenOn() (Screening, []Effect) {
	s.Spoke = true
	s, timer := s.wait(s.recordMax())
	return s, []Effect{FindRecording{s.Caller, s.Recording}, timer}
}

// comfortAgain lets the caller hear ringing, whatever there was to hear before.
func (s Screening) comfortAgain() (Screening, []Effect) {
	effects := s.hush(toCaller)
	s, tone := s.comfort()
	return s, append(effects, tone...)
}

// resumedWithResident goes on once a resident has picked up. The order to join is given
// again also where the two are joined: it proves that they are, and how.
func (s Screening) resumedWithResident() (Screening, []Effect) {
	var effects []Effect
	for _, other := range s.Others {
		effects = append(effects, HangUp{other, q850Normal})
	}
	keys, rest := s.Keys.goesOn()
	s.Keys, effects = keys, append(effects, rest...)
	switch s.Stage {
	case Asking:
		s, rest = s.comfortAgain()
		effects = append(effects, rest...)
		if s.Agreed {
			s, rest = s.leaveToWarden()
		} else {
			s, rest = s.askQuestion()
		}
	case Joining:
		s, rest = s.join()
	case Guarded:
		effects = append(effects, Bridge{s.Call.Bridge(), s.Caller, s.Resident})
		s, rest = s.renew()
		effects = append(effects, rest...)
		s, rest = s.guardAgain()
	}
	return s, append(effects, rest...)
}

// guardAgain goes on with what the resident alone hears while the two talk. A whisper that was
// under way begins anew, and keys that were pressed before belong to no others.
func (s Screening) guardAgain() (Screening, []Effect) {
	s.Pressed.Hangup, s.Pressed.Digits = 0, 0
	effects := s.awaitReminder()
	if s.Pressed.Warned {
		effects = append(effects, SetTimer{WarnTimer, s.Notes.PINWarnings, warnGap})
	}
	if s.Whispering == "" {
		return s, effects
	}
	s, again := s.whisper(s.Whispered)
	return s, append(effects, again...)
}

// closeAgain hangs up whoever is left, without a sentence.
func (s Screening) closeAgain() (Screening, []Effect) {
	s.Saying = [2]call.PlaybackID{}
	effects := s.hangUpAll()
	if s.Approved { // there may be a bridge, and the order to take it apart may be lost
		effects = append(effects, Unbridge{s.Call.Bridge()})
	}
	s, timer := s.wait(goneMax)
	return s.finish(append(effects, timer))
}

// resumed goes on with a clearing from the beginning of the present stage. An emergency's
// own dead-man's time runs on meanwhile: all in all it waits no longer. A line that was
// proved clear before is searched again for anything less urgent: somebody may have come to
// it while nobody looked.
func (c Clearing) resumed() (Clearing, []Effect) {
	keys, patience := c.Keys.goesOn()
	c.Keys = keys
	c, effects := c.restaged()
	if c.Stage == Leaving || c.Stage == Closing { // where keys mean nothing
		return c, effects
	}
	return c, append(patience, effects...)
}

func (c Clearing) restaged() (Clearing, []Effect) {
	switch c.Stage {
	case Searching:
		return c.begin()
	case Holding, Telling:
		return c.searchAnew()
	case Offering:
		return c.offer()
	case Explaining, Redialling:
		c.Number = ""
		return c.explain()
	case Leaving:
		if !c.Dial.emergency() {
			return c.searchAnew()
		}
		return c.leave()
	case Parting:
		c, timer := c.wait(leaveMax)
		return c, []Effect{timer}
	case Awaiting:
		c, timer := c.wait(awaitMax)
		return c, []Effect{timer}
	case Closing:
		return c.close()
	}
	return c, nil
}

// searchAnew forgets the proof, and what is being said.
func (c Clearing) searchAnew() (Clearing, []Effect) {
	effects := c.hush()
	c.Saying = ""
	c, search := c.begin()
	return c, append(effects, search...)
}
