package flow

import (
	"cmp"
	"time"

	"clearline/lib/call"
	"clearline/lib/prompt"
)

const (
	messageMax     = 60 * time.Second
	messageSilence = 5 * time.Second // ends it: people think between two sentences
)

// takeMessage asks for a message instead of disturbing the resident.
func (s Screening) takeMessage() (Screening, []Effect) {
	if s.BoxFull {
		return s.close(call.NoAnswer, prompt.Say(prompt.Unavailable), "")
	}
	s.Stage = Message
	return s.askForMessage()
}

// offerMessage lets a caller leave a message who is not put through for cause. Where none is
// taken the call ends with refusal.
func (s Screening) offerMessage(cause call.Cause, refusal prompt.Name) (Screening, []Effect) {
	if !s.Rules.Messages || s.BoxFull {
		return s.close(cause, prompt.Say(refusal), "")
	}
	s.Stage, s.Instead, s.Try = Message, cause, 0
	s.Purpose, s.Recording = s.Recording, ""
	effects := []Effect{CancelTimer{RenewTimer}}
	for _, leg := range s.Others {
		effects = append(effects, HangUp{leg, q850Normal})
	}
	effects = append(effects, FreeLine{s.Line.ID})
	if s.Tone {
		s.Tone = false
		effects = append(effects, StopRinging{s.Caller})
	}
	hush := s.hush(toCaller) // before anything else is asked of the leg: it would wait behind that
	s.Saying[toCaller] = ""
	effects = append(effects, hush...)
	if cause == call.CheckFailed { // should Clearline fall silent, no telephone rings for a robot
		effects = append(effects, Refuse{s.Caller})
	}
	if !s.Listening {
		s.Listening, s.Talking = true, false
		effects = append(effects, DetectSpeech{s.Caller})
	}
	s, offer := s.askForMessage()
	return s, append(effects, offer...)
}

// offers say why the caller is not put through, before the message is asked for.
var offers = map[call.Cause]prompt.Name{
	call.CheckFailed: prompt.NoDigit,
	call.LineInUse:   prompt.InUseNow,
	call.NoAnswer:    prompt.NotAnswered,
	call.Unreachable: prompt.NotAnswered,
}

func (s Screening) askForMessage() (Screening, []Effect) {
	offer := prompt.Say(prompt.LeaveMessage)
	if s.Instead != "" {
		offer = prompt.Say(offers[s.Instead], prompt.MayLeaveMessage)
	}
	return s.say(toCaller, offer, s.recordMax())
}

func (s Screening) messageAgain() (Screening, []Effect) {
	return s.say(toCaller, prompt.Say(prompt.MessageAgain), s.recordMax())
}

// message takes a message, and lets who knows the bypass code through all the same.
func (s Screening) message(ev Event) (Screening, []Effect) {
	switch {
	case s.CallerGone:
		return s.messageCut()
	case ev == DTMF{s.Caller, codeKey}:
		return s.messageStar()
	}
	return s.taping(ev)
}

// messageCut keeps what was said before the caller hung up: most people end a message so.
func (s Screening) messageCut() (Screening, []Effect) {
	if !s.leaves() {
		return s.close(cmp.Or(s.Instead, call.CallerHungUp), "", "")
	}
	s.Taping = false
	return s.close(call.MessageLeft, "", "")
}

// orPurpose keeps the message, or else the purpose that was stated before it was offered.
func (s Screening) orPurpose() (Screening, []Effect) {
	switch {
	case s.Purpose == "":
		return s, nil
	case s.Recording == "":
		s.Recording = s.Purpose
		return s, nil
	}
	s.Said = "" // that was the purpose
	return s, []Effect{DropRecording{s.Purpose}}
}

// leaves says whether a message is being left, and something was said to it.
func (s Screening) leaves() bool { return s.Stage == Message && s.Taping && s.Spoke && !s.Taken }

// messageStar begins the message again, once. A code may follow the key.
func (s Screening) messageStar() (Screening, []Effect) {
	var effects []Effect
	switch {
	case s.Taping && s.Retaken, !s.Taping && !s.mayTry():
		return s, nil
	case s.Taping:
		effects = []Effect{DropRecording{s.Recording}}
		s.Retaken, s.Taping, s.Recording = true, false, ""
	}
	var rest []Effect
	if s.mayTry() {
		s, rest = s.keyCode()
	} else {
		s, rest = s.messageAgain()
	}
	return s, append(effects, rest...)
}

// messageTaken thanks for the message.
func (s Screening) messageTaken() (Screening, []Effect) {
	if s.Lost {
		return s.close(call.Fault, prompt.Say(prompt.Sorry), "")
	}
	return s.close(call.MessageLeft, prompt.Say(prompt.MessageKept), "")
}
