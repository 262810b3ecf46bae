package flow

import (
	"slices"

	"clearline/lib/call"
	"clearline/lib/prompt"
)

func (s Screening) seize() (Screening, []Effect) {
	s.Stage = Seizing
	s, effects := s.say(toCaller, prompt.Say(prompt.PleaseWait), 0)
	s, timer := s.wait(seizeMax)
	if s.Listening {
		s.Listening = false
		effects = append([]Effect{IgnoreSpeech{s.Caller}}, effects...)
	}
	return s, append(effects, SeizeLine{s.Line.ID}, timer)
}

// seizing waits to hear whether the line is free: a line in use is never disturbed.
func (s Screening) seizing(ev Event) (Screening, []Effect) {
	if s.CallerGone {
		return s.close(call.CallerHungUp, "", "")
	}
	if s.heard(toCaller, ev) {
		return s.comfort()
	}
	switch ev := ev.(type) {
	case LineSeized:
		if s.Rules.Referred {
			return s.refer()
		}
		return s.ring()
	case LineBusy:
		return s.offerMessage(call.LineInUse, prompt.OnAnother)
	case TimerFired:
		if ev.Timer == StageTimer {
			return s.close(call.Fault, prompt.Say(prompt.Sorry), "")
		}
	}
	return s, nil
}

// comfort lets the caller hear ringing once nothing more is said to them, and
// begins to renew their dead-man's time.
func (s Screening) comfort() (Screening, []Effect) {
	s.Saying[toCaller], s.Tone = "", true
	s, effects := s.renew()
	return s, append([]Effect{StartRinging{s.Caller}}, effects...)
}

// renew keeps the leg on which nothing is playing in Clearline's hands: the
// caller's while the resident is asked, the resident's once they are paired.
func (s Screening) renew() (Screening, []Effect) {
	leg := s.Caller
	switch s.Stage {
	case Seizing, Referring, Ringing, Asking:
	case Joining, Guarded:
		if s.Bridging {
			leg = s.Resident
		}
	default:
		return s, nil
	}
	return s, []Effect{
		Deadman{leg, s.Rules.Deadman},
		SetTimer{RenewTimer, 0, s.Rules.Deadman / 3},
	}
}

func (s Screening) ring() (Screening, []Effect) {
	s.Stage = Ringing
	var effects []Effect
	for i, endpoint := range s.Line.Endpoints {
		leg := s.Call.Consult(i)
		s.Others = append(s.Others, leg)
		effects = append(effects, RingResident{
			Leg: leg, Call: s.Call, Line: s.Line.ID, Endpoint: endpoint, From: s.From,
			Patience: s.Rules.ConsultRing,
		})
	}
	s, timer := s.wait(s.Rules.ConsultRing + ringSlack)
	return s, append(effects, timer)
}

// ringing waits for the first telephone of the line to be picked up.
func (s Screening) ringing(ev Event) (Screening, []Effect) {
	if s.CallerGone {
		return s.close(call.CallerHungUp, "", "")
	}
	if s.heard(toCaller, ev) {
		return s.comfort()
	}
	switch ev := ev.(type) {
	case LegAnswered:
		if slices.Contains(s.Others, ev.Leg) {
			return s.pickedUp(ev.Leg)
		}
	case LegGone, LegTaken:
		return s.noneLeft()
	case TimerFired:
		return s.offerMessage(call.NoAnswer, prompt.Unavailable)
	}
	return s, nil
}

// noneLeft ends the ringing when no telephone is left that could answer.
func (s Screening) noneLeft() (Screening, []Effect) {
	switch {
	case len(s.Others) > 0:
		return s, nil
	case s.Declined:
		return s.refuse()
	case s.Busy:
		return s.offerMessage(call.LineInUse, prompt.OnAnother)
	case !s.Rang:
		return s.offerMessage(call.Unreachable, prompt.Unavailable)
	}
	return s.offerMessage(call.NoAnswer, prompt.Unavailable)
}

// pickedUp puts the question to whoever picked up first, in private; when a warden has
// accepted the caller meanwhile, it says so. That comes before the other telephones are
// stopped: nobody who has picked up waits in silence.
func (s Screening) pickedUp(leg call.LegID) (Screening, []Effect) {
	s.Resident = leg
	s.Others = slices.DeleteFunc(s.Others, func(l call.LegID) bool { return l == leg })
	var effects []Effect
	if s.Approved {
		s, effects = s.connect(s.Announce.Then(prompt.Say(prompt.WardenAccepted)), sayMax)
	} else {
		s.Stage, s.Try = Asking, 0
		s, effects = s.askQuestion()
	}
	if s.Rules.Gain > 1 { // before anything plays: the order would wait for its end
		effects = append([]Effect{Louder{leg, s.Rules.Gain}}, effects...)
	}
	for _, other := range s.Others {
		effects = append(effects, HangUp{other, q850Normal})
	}
	return s, effects
}

func (s Screening) askQuestion() (Screening, []Effect) {
	s, effects := s.sayFor(toResident, s.question(), questionMax+s.Rules.PurposeMax, s.Rules.ChoiceWait)
	s.Question = s.Saying[toResident]
	return s, effects
}

func (s Screening) question() prompt.Script {
	var warning prompt.Script
	if s.Doubted {
		warning = prompt.Say(prompt.WordNotKnown)
	}
	return warning.Then(s.Announce).Then(s.ground()).Then(s.advice()).Then(s.choices())
}

// ground says why the caller should be talked to.
func (s Screening) ground() prompt.Script {
	claim := prompt.Say(prompt.TheySaid)
	if s.Lost {
		claim = ""
	}
	switch s.Ground {
	case NotAsked:
		return prompt.Say(prompt.CalledBack)
	case NotNow:
		return prompt.Say(prompt.PausedCaller)
	case KnownCode:
		return prompt.Say(prompt.KnewCode)
	case KnownWord:
		return prompt.Say(prompt.KnewWord)
	case SpokenWord:
		claim = prompt.Say(prompt.WordAsked)
	}
	if s.Lost {
		return claim.Then(prompt.Say(prompt.NotRecorded))
	}
	return claim.Then(prompt.Recorded(s.Recording))
}

func (s Screening) choices() prompt.Script {
	return prompt.Say(
		prompt.ToAccept, prompt.Digit(s.Rules.AcceptKey),
		prompt.ToBlock, prompt.Digit(s.Rules.BlockKey),
		prompt.ToRepeat, prompt.Digit(s.Rules.RepeatKey),
		prompt.OrHangUp)
}

// asking waits for the resident's decision. Only the resident's keys mean anything.
func (s Screening) asking(ev Event) (Screening, []Effect) {
	switch {
	case s.Resident == "":
		return s.refuse()
	case s.CallerGone:
		return s.close(call.CallerHungUp, "", prompt.Say(prompt.CallerGone))
	case s.heard(toCaller, ev):
		return s.comfort()
	case s.heard(toResident, ev):
		s.Saying[toResident] = ""
		if ev.(PlaybackDone).Failed && !s.Agreed {
			return s.unheard()
		}
		s, timer := s.wait(s.choiceWait())
		return s, []Effect{timer}
	}
	switch ev {
	case DTMF{s.Resident, s.Rules.AcceptKey}:
		return s.agree()
	case DTMF{s.Resident, s.Rules.BlockKey}:
		return s.block()
	case DTMF{s.Resident, s.Rules.RepeatKey}:
		return s.repeat()
	case TimerFired{StageTimer, s.TimerN}:
		if s.Keys.Begun() {
			return s.bePatient()
		}
		return s.unanswered()
	}
	return s, nil
}

// unanswered asks again after a silence, and takes the next one for a no.
func (s Screening) unanswered() (Screening, []Effect) {
	if s.Agreed {
		return s.close(call.NoAnswer, prompt.Say(prompt.Unavailable), prompt.Say(prompt.WardenSilent))
	}
	s.Try++
	if s.Try == askTries {
		return s.refuse()
	}
	return s.say(toResident, s.choices(), s.Rules.ChoiceWait)
}

// unasked takes a yes back that was given before the question could be played: it answers
// nothing. Once the two are being joined it stands.
func (s Screening) unasked() (Screening, []Effect) {
	s.Stage, s.Approved, s.Agreed, s.Decision = Asking, false, false, call.Decision{}
	return s.unheard()
}

// saidYes says whether a yes of the resident's is all that the call stands on so far.
func (s Screening) saidYes() bool {
	return s.Stage == Asking && s.Agreed || s.Stage == Joining && !s.Bridging && s.Decision.By == call.ByResident
}

// unheard asks again when the question could not be played. Who has not heard who is
// calling is not asked to decide.
func (s Screening) unheard() (Screening, []Effect) {
	if s.Unheard {
		return s.close(call.Fault, prompt.Say(prompt.Sorry), prompt.Say(prompt.Sorry))
	}
	s.Unheard = true
	return s.askQuestion()
}

// repeat says the question again, a bounded number of times.
func (s Screening) repeat() (Screening, []Effect) {
	if s.Repeats == maxRepeats {
		return s, nil
	}
	s.Repeats++
	s.Agreed = false // and asked once more
	return s.askQuestion()
}
