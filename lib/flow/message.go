package flow

import (
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
	s.Stage = Message
	return s.say(toCaller, prompt.Say(prompt.LeaveMessage), s.recordMax())
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
		return s.close(call.CallerHungUp, "", "")
	}
	s.Taping = false
	return s.close(call.MessageLeft, "", "")
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
