package engine_test

import (
	"fmt"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/policy"
)

func TestAFloodIsHeldBackUntilItEnds(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, func(o *engine.Options, _ *memory) { o.MaxPerNumber, o.MaxPerTrunk = 3, 6 })
		judged := func(number, trunk string) policy.Rule {
			a := arrival("leg", "flat-1", number)
			a.From.Trunk = trunk
			return r.Verdict(a).Rule
		}
		for i := range 5 {
			want := policy.RuleDefault
			if i >= 3 {
				want = policy.RuleFlood
			}
			if got := judged(stranger, "main"); got != want {
				t.Errorf("call %d of a number is decided by %s, want %s", i+1, got, want)
			}
		}
		if got := judged("+441632960777", "main"); got != policy.RuleDefault {
			t.Errorf("another number is decided by %s", got)
		}
		if got := judged("+441632960778", "main"); got != policy.RuleFlood {
			t.Errorf("the seventh call by the trunk is decided by %s", got)
		}
		if got := judged("+441632960779", "spare"); got != policy.RuleDefault {
			t.Errorf("a call by another trunk is decided by %s", got)
		}
		time.Sleep(time.Minute)
		if got := judged(stranger, "main"); got != policy.RuleDefault {
			t.Errorf("a minute later the number is decided by %s", got)
		}
		r.Close()
	})
}

func TestAFloodOfMadeUpNumbersLetsContactsThrough(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, func(o *engine.Options, m *memory) {
			o.MaxPerNumber, o.MaxPerTrunk = 3, 6
			m.blocks = []call.Entry{{Line: "flat-1", List: call.Contacts, Pattern: "+441632960999"}}
		})
		settle()
		for i := range 1000 {
			r.Verdict(arrival("leg", "flat-1", fmt.Sprintf("+44163296%04d", i)))
		}
		if d := r.Verdict(arrival("leg", "flat-1", "+441632960999")); d.Verdict != policy.Trusted {
			t.Errorf("a contact is decided by %s", d.Rule)
		}
		r.Close()
	})
}
