package flow

import (
	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/prompt"
)

// Signs are what is known of a caller besides what is noticed during the call (call.Notes).
// With those they become advice to the resident. They block nobody.
type Signs struct {
	Class   number.Class // of the number shown
	Lines   int          // lines of the house that the number has called today, this one among them
	LikeBad bool         // the number is that of somebody who was cut off in this house, or differs in its end only
}

// manyLines are more lines than somebody calls in a day who knows one resident.
const manyLines = 3

// strongest is the sentence about the strongest of the signs and notes, or none. What the caller
// did says more than what the number is.
func (s Signs) strongest(n call.Notes) prompt.Script {
	for _, sign := range []struct {
		shows bool
		says  prompt.Name
	}{
		{s.LikeBad, prompt.LikeCutOff},
		{s.Lines >= manyLines, prompt.ManyLines},
		{n.WrongDigits+n.Silences > 0, prompt.WrongKey},
		{n.SpokeOver, prompt.SpokeOver},
		{s.Class == number.International, prompt.MayBeAnywhere},
		{s.Class == number.Premium || s.Class == number.Personal, prompt.CostlyNumber},
		{s.Class == number.Withheld, prompt.RingBack},
	} {
		if sign.shows {
			return prompt.Say(sign.says)
		}
	}
	return ""
}

// noticed is the advice about a caller who had to say who is calling. Whoever knew a secret,
// or may be a service that calls back, is not spoken of in that way, and of who did not know
// the word a warning has been given already.
func (s Screening) noticed() prompt.Script {
	if s.Ground != Stated || s.Doubted {
		return ""
	}
	return s.Signs.strongest(s.Notes)
}
