package flow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	numbers "clearline/lib/number"
	"clearline/lib/prompt"
)

// TestTheStrongestSignIsSaid asks a resident about callers with ever fewer signs: one
// sentence at most, about the strongest that is left, and never a no.
func TestTheStrongestSignIsSaid(t *testing.T) {
	all, topic := flow.Signs{Class: numbers.International, Lines: 3, LikeBad: true}, call.Payment
	notes := call.Notes{SpokeOver: true, WrongDigits: 1}
	for _, c := range []struct {
		name string
		less func(*flow.Signs, *call.Notes)
		want prompt.Name
	}{
		{"what was said", func(*flow.Signs, *call.Notes) {}, prompt.AdvicePayment},
		{"a number like that of somebody who was cut off", func(*flow.Signs, *call.Notes) { topic = "" }, prompt.LikeCutOff},
		{"many lines", func(s *flow.Signs, _ *call.Notes) { s.LikeBad = false }, prompt.ManyLines},
		{"a wrong digit", func(s *flow.Signs, _ *call.Notes) { s.Lines = 2 }, prompt.WrongKey},
		{"no digit", func(_ *flow.Signs, n *call.Notes) { n.WrongDigits, n.Silences = 0, 1 }, prompt.WrongKey},
		{"spoke over the greeting", func(_ *flow.Signs, n *call.Notes) { n.Silences = 0 }, prompt.SpokeOver},
		{"from abroad", func(_ *flow.Signs, n *call.Notes) { n.SpokeOver = false }, prompt.MayBeAnywhere},
		{"a number that costs", func(s *flow.Signs, _ *call.Notes) { s.Class = numbers.Premium }, prompt.CostlyNumber},
		{"a hidden number", func(s *flow.Signs, _ *call.Notes) { s.Class = numbers.Withheld }, prompt.RingBack},
		{"nothing", func(s *flow.Signs, _ *call.Notes) { s.Class, s.Lines = numbers.Mobile, 1 }, ""},
	} {
		c.less(&all, &notes)
		told := newTelling(t)
		told.s.Signs, told.s.Notes, told.s.Topic = all, notes, topic
		told.begins()
		told.press(caller, "4")
		told.heard(caller)
		told.says(2 * time.Second)
		told.tell(flow.LineSeized{}, flow.LegAnswered{Leg: first})
		script := string(must[flow.Play](t, told.all).Script)
		said := slices.DeleteFunc(slices.Clone(sentences), func(n prompt.Name) bool { return !strings.Contains(script, string(n)) })
		if c.want == "" && len(said) > 0 || c.want != "" && !slices.Equal(said, []prompt.Name{c.want}) {
			t.Errorf("%s: the question says %v, want %q", c.name, said, c.want)
		}
		if before, after, _ := strings.Cut(script, string(c.want)); c.want != "" &&
			(!strings.Contains(before, "purpose") || !strings.Contains(after, string(prompt.ToAccept))) {
			t.Errorf("%s: the advice stands elsewhere: %s", c.name, script)
		}
		told.press(first, "5")
		told.stands(flow.Joining)
	}
}

// sentences are all that the test may hear.
var sentences = []prompt.Name{
	prompt.AdvicePayment, prompt.LikeCutOff, prompt.ManyLines, prompt.WrongKey, prompt.SpokeOver,
	prompt.MayBeAnywhere, prompt.CostlyNumber, prompt.RingBack,
}

func TestWhoKnewASecretIsNotAdvisedAgainst(t *testing.T) {
	told := newTelling(t)
	told.s.Signs = flow.Signs{LikeBad: true}
	told.tell(flow.Began{Admission: flow.Unchallenged}, flow.LineSeized{}, flow.LegAnswered{Leg: first})
	if script := must[flow.Play](t, told.all).Script; strings.Contains(string(script), string(prompt.LikeCutOff)) {
		t.Errorf("the question is %s", script)
	}
}
