package app

import (
	"testing"

	"clearline/lib/call"
	"clearline/lib/prompt"
)

func TestTheResidentHearsWhoIsCalling(t *testing.T) {
	for name, c := range map[string]struct {
		region string
		from   call.Caller
		want   prompt.Script
	}{
		"a national number is read out in groups": {
			"GB",
			call.Caller{Number: "+441632960200", Presentation: call.Allowed},
			prompt.Say(prompt.CallFrom).Then(prompt.Digits("01632 960 200")),
		},
		"a withheld number is said to be hidden": {
			"GB", call.Caller{Number: "+441632960200", Presentation: call.Withheld}, prompt.Say(prompt.HiddenNumber),
		},
		"a number from abroad is not read out": {
			"FR", call.Caller{Number: "+441632960200", Presentation: call.Allowed}, prompt.Say(prompt.FromAbroad),
		},
		"no number is said to be none": {
			"GB", call.Caller{Presentation: call.Allowed}, prompt.Say(prompt.NoNumber),
		},
		"nonsense is no number": {
			"GB", call.Caller{Number: "+", Presentation: call.Allowed}, prompt.Say(prompt.NoNumber),
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := announcer(c.region).script(c.from); got != c.want {
				t.Errorf("the resident hears %q, want %q", got, c.want)
			}
		})
	}
}

func TestDigitsOfTheHumanCheckAreDrawnFromTwoToEight(t *testing.T) {
	seen := map[rune]bool{}
	for range 1000 {
		d := digit()
		if d < '2' || d > '8' {
			t.Fatalf("digit %q was drawn", d)
		}
		seen[d] = true
	}
	if len(seen) != 7 {
		t.Errorf("only %d different digits in 1000 draws", len(seen))
	}
}
