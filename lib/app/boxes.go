package app

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/number"
	"clearline/lib/prompt"
	"clearline/lib/recordings"
)

// The keys of somebody who hears messages, besides those of the consult. No action may lie on
// 1, 9 or 0, which begin numbers for help.
const (
	deleteKey = '7'
	callKey   = '5'
	saveKey   = '3'
)

// boxes is what the configuration says about messages and codes.
func boxes(cfg *config.Config) engine.Boxes {
	region := announcer(cfg.Region)
	codes := map[string]engine.Code{}
	for _, code := range cfg.Codes.All() {
		codes[code.Dialled] = engine.Code(code.Key)
	}
	return engine.Boxes{
		Files: recordings.Folder{Dir: cfg.Recordings.Dir},
		Voice: newVoice(cfg), PIN: flow.Code(cfg.Codes.RecordPIN.Reveal()),
		Codes: codes,
		Rules: flow.SessionRules{
			AcceptKey: cfg.Screening.AcceptKey, RepeatKey: cfg.Screening.RepeatKey,
			DeleteKey: deleteKey, CallKey: callKey, SaveKey: saveKey,
		},
		Most: cfg.Messages.Most, Keep: cfg.Messages.Keep, Light: cfg.Messages.Light, Prefix: cfg.Messages.CallPrefix,
		KeepAccepted: cfg.Recordings.KeepAccepted, KeepRefused: cfg.Recordings.KeepRefused,
		Count: counted, Intro: region.message, Caller: region.lastCaller,
	}
}

// counted says how many messages there are. Saved ones are passed over where there are none.
func counted(fresh, kept int) prompt.Script {
	s := prompt.Count(prompt.NewMessages, fresh)
	if kept > 0 {
		s = s.Then(prompt.Count(prompt.KeptMessages, kept))
	}
	return s
}

// message says who has left a message, and when. A number from abroad is not read out.
func (region announcer) message(from call.Caller, at, now time.Time) prompt.Script {
	return region.sender(from).Then(prompt.Day(at, now)).Then(prompt.Clock(at))
}

func (region announcer) sender(from call.Caller) prompt.Script {
	switch {
	case from.Presentation == call.Withheld:
		return prompt.Say(prompt.MessageHidden)
	case from.Shown() == "":
		return prompt.Say(prompt.MessageNoNumber)
	}
	n, err := number.Parse(from.Number, string(region))
	switch {
	case err != nil:
		return prompt.Say(prompt.MessageNoNumber)
	case n.Foreign(string(region)):
		return prompt.Say(prompt.MessageAbroad)
	}
	return prompt.Say(prompt.MessageFrom).Then(prompt.Digits(n.Grouped()))
}

// lastCaller names the last caller, who shows a number, by it: of one from abroad all digits
// are read out, because that number is about to be trusted or blocked.
func (region announcer) lastCaller(from call.Caller) prompt.Script {
	digits := from.Number
	if n, err := number.Parse(from.Number, string(region)); err == nil && !n.Foreign(string(region)) {
		digits = n.Grouped()
	}
	return prompt.Say(prompt.LastCaller).Then(prompt.Digits(digits))
}
