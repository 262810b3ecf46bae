package flow

import (
	"clearline/lib/call"
	"clearline/lib/prompt"
)

// advices are what the resident hears before the choice, by what the caller talks about.
// They advise: a genuine bank says "fraud" as well.
var advices = map[call.Topic]prompt.Name{
	call.Authority:  prompt.AdviceAuthority,
	call.SecretKeys: prompt.AdviceSecret,
	call.CheckMe:    prompt.AdviceCheckMe,
	call.Payment:    prompt.AdvicePayment,
	call.Computer:   prompt.AdviceComputer,
	call.Relative:   prompt.AdviceRelative,
	call.Pressure:   prompt.AdvicePressure,
}

// transcribed takes in what the caller has said, as text. It comes when it comes: whoever is
// asked already hears no more of it than when the question is repeated.
func (s Screening) transcribed(ev Transcribed) (Screening, []Effect) {
	if ev.Recording == s.Recording && s.Ground == Stated {
		s.Said, s.Topic = ev.Text, ev.Topic
	}
	return s, nil
}

// advice is what the resident should know before the choice; nothing most of the time. What
// the caller talks about says more than any sign.
func (s Screening) advice() prompt.Script {
	if name, ok := advices[s.Topic]; ok {
		return prompt.Say(name)
	}
	return s.noticed()
}
