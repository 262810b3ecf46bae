package app

import (
	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/prompt"
)

// announcer puts who is calling into words for the resident. Its value is the
// region the telephones are in.
type announcer string

// script names the caller by number, or says why there is none. A number from
// abroad is not read out: its digits tell a resident nothing.
func (region announcer) script(from call.Caller) prompt.Script {
	switch {
	case from.Presentation == call.Withheld:
		return prompt.Say(prompt.HiddenNumber)
	case from.Number == "" || from.Presentation == call.Unavailable:
		return prompt.Say(prompt.NoNumber)
	}
	n, err := number.Parse(from.Number, string(region))
	switch {
	case err != nil:
		return prompt.Say(prompt.NoNumber)
	case n.Foreign(string(region)):
		return prompt.Say(prompt.FromAbroad)
	}
	return prompt.Say(prompt.CallFrom).Then(prompt.Digits(n.Grouped()))
}
