package policy_test

import (
	"testing"

	"clearline/lib/call"
	"clearline/lib/policy"
)

func TestVerdict(t *testing.T) {
	lists := policy.NewLists(map[call.LineID][]string{"flat-1": {"+441632960201", ""}}).
		With("", "+441632960202").
		With("flat-1", "")
	shown := func(number string) call.Caller {
		return call.Caller{Number: number, Presentation: call.Allowed}
	}
	for name, c := range map[string]struct {
		line call.LineID
		from call.Caller
		want policy.Verdict
	}{
		"a number on no list is unknown":               {"flat-1", shown("+441632960200"), policy.Unknown},
		"a number blocked on the line is blocked":      {"flat-1", shown("+441632960201"), policy.Blocked},
		"the neighbour's block does not count":         {"flat-2", shown("+441632960201"), policy.Unknown},
		"a block of the house holds on every line":     {"flat-2", shown("+441632960202"), policy.Blocked},
		"a caller without a number is never on a list": {"flat-1", shown(""), policy.Unknown},
		"a withheld number is not looked up": {
			"flat-1", call.Caller{Number: "+441632960201", Presentation: call.Withheld}, policy.Unknown,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, why := lists.Verdict(c.line, c.from)
			if got != c.want || why == "" {
				t.Errorf("verdict %q because %q, want %q", got, why, c.want)
			}
		})
	}
}

func TestWithLeavesTheListsAsTheyWere(t *testing.T) {
	before := policy.Lists{}.With("flat-1", "+441632960201")
	before.With("flat-1", "+441632960203")
	from := call.Caller{Number: "+441632960203", Presentation: call.Allowed}
	if got, _ := before.Verdict("flat-1", from); got != policy.Unknown {
		t.Errorf("verdict of the older lists is %q", got)
	}
}
