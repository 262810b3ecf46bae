package app

import (
	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/flow"
)

// rules are those of the house.
func rules(cfg *config.Config) flow.Rules {
	return flow.Rules{
		HumanCheck:  cfg.Screening.HumanCheck,
		PurposeMax:  cfg.Screening.PurposeMax,
		ConsultRing: cfg.Screening.ConsultRing,
		ChoiceWait:  cfg.Screening.ChoiceWait,
		Approver:    cfg.Screening.Approver,
		Deadman:     cfg.Guard.Deadman,
		Messages:    cfg.Screening.NoAnswer == config.NoAnswerMessage,
		AcceptKey:   cfg.Screening.AcceptKey,
		BlockKey:    cfg.Screening.BlockKey,
		RepeatKey:   cfg.Screening.RepeatKey,
		HangupKeys:  cfg.Guard.HangupKeys,
		PINDigits:   cfg.Guard.PINDigits,
		AdviceAfter: cfg.Guard.AdviceAfter,
		AdviceEvery: cfg.Guard.AdviceEvery,
	}
}

// ownRules are those of each line: residents hear and think differently.
func ownRules(cfg *config.Config) map[call.LineID]flow.Rules {
	own := make(map[call.LineID]flow.Rules, len(cfg.Lines))
	for _, l := range cfg.Lines {
		r := rules(cfg)
		r.Approver, r.Referred, r.Gain = l.Approver, l.Consult == config.OnScreen, l.Gain
		own[l.ID] = r.Patient(l.Patience)
	}
	return own
}
