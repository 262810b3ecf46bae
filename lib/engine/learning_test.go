package engine_test

import (
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/policy"
)

// trusting makes flat-1 trust what is dialled.
func trusting(p *policy.Rules) { p.TrustDialled = 14 * 24 * time.Hour }

func TestANumberTheResidentDialsIsTrustedForAWhile(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, ruled(trusting), listed(
			call.Entry{List: call.Blocks, Pattern: "+441632960203"},
			call.Entry{Line: "flat-1", List: call.Contacts, Pattern: "+441632960204", Verify: true},
		))
		verdict := func(number string, want policy.Verdict) {
			t.Helper()
			if d := r.Verdict(arrival("leg", "flat-1", number)); d.Verdict != want {
				t.Errorf("%s: %s, because %s", number, d.Verdict, d.Reason())
			}
		}
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.DialledOut("flat-1", "01632960202") // he says: ring me back
		r.Happened(flow.LegGone{Leg: "leg-a", Q850: 16})
		settle()
		for _, dialled := range []string{"901632960201", "01632960202", "01632960203", "01632960204", "159", "*98"} {
			r.DialledOut("flat-1", dialled)
		}
		r.DialledOut("flat-2", "01632960205")
		settle()
		verdict(friend, policy.Trusted)
		verdict(stranger, policy.Unknown)
		verdict("+441632960203", policy.Blocked)
		verdict("+441632960204", policy.Unknown)
		verdict("+441632960205", policy.Unknown)
		if d := r.Verdict(arrival("leg", "flat-2", "+441632960205")); d.Verdict != policy.Unknown {
			t.Errorf("flat-2 does not trust what is dialled, and yet: %s", d.Reason())
		}
		time.Sleep(14 * 24 * time.Hour)
		verdict(friend, policy.Unknown)
		r.DialledOut("flat-1", "01632960202")
		verdict(stranger, policy.Trusted)
		r.Close()
	})
}

func TestWhatPeopleHaveDecidedIsNotChangedByDialling(t *testing.T) {
	for name, c := range map[string]struct {
		entry call.Entry
		more  func(*policy.Rules)
		after string // dialled before
		want  policy.Verdict
	}{
		"a contact of the house who must prove it":   {call.Entry{List: call.Contacts, Pattern: friend, Verify: true}, nil, "", policy.Unknown},
		"a prefix of contacts who must prove it":     {call.Entry{Line: "flat-1", List: call.Contacts, Pattern: "+441632*", Verify: true}, nil, "", policy.Unknown},
		"a blocked number on a line that is watched": {call.Entry{List: call.Blocks, Pattern: friend}, func(p *policy.Rules) { p.Monitor = true }, "", policy.Blocked},
		"a blocked number after a call for help":     {call.Entry{List: call.Blocks, Pattern: friend}, nil, "999", policy.Blocked},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r := newRig(t, ruled(func(p *policy.Rules) {
					trusting(p)
					if c.more != nil {
						c.more(p)
					}
				}), listed(c.entry))
				if c.after != "" {
					r.dials("leg-r", c.after)
					settle()
				}
				r.DialledOut("flat-1", "01632960201")
				settle()
				time.Sleep(2 * time.Hour)
				d := r.Verdict(arrival("leg", "flat-1", friend))
				if d.Verdict != c.want && d.Would != c.want {
					t.Errorf("%s, because %s", d.Verdict, d.Reason())
				}
				r.Close()
			})
		})
	}
}

func TestNoNumberIsTrustedThatAnUnknownCallerShowedLately(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, ruled(trusting))
		for _, number := range []string{stranger, "+441632960203"} { // and another one since
			leg := call.LegID("leg" + number)
			r.Arrived(arrival(leg, "flat-1", number))
			settle()
			r.Happened(flow.LegGone{Leg: leg, Q850: 16})
			settle()
		}
		kept := r.store
		r.DialledOut("flat-1", "01632960202")
		settle()
		r.Close()

		again := newRig(t, ruled(trusting), func(o *engine.Options, _ *memory) { o.Store = kept })
		again.DialledOut("flat-1", "01632960202")
		settle()
		if d := again.Verdict(arrival("leg", "flat-1", stranger)); d.Verdict != policy.Unknown {
			t.Errorf("%s, because %s", d.Verdict, d.Reason())
		}
		again.Close()
	})
}
