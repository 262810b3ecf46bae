package engine_test

import (
	"maps"
	"slices"
	"testing"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// TestALegThatIsAwayIsNotHungUp is about a program that was killed in the moment in
// which it had sent a resident on to dial 999, and had not kept that: the flow that is thawed
// believes that the two talk.
func TestALegThatIsAwayIsNotHungUp(t *testing.T) {
	consult := call.ID("call1").Consult(0)
	for _, c := range []struct {
		name             string
		caller, resident call.Standing
		hung             []call.LegID
	}{
		{"the caller is gone, and the resident dials", call.LegGone, call.LegTaken, nil},
		{"the dialplan has both", call.LegTaken, call.LegTaken, nil},
		{"the resident dials, and the caller is left", call.LegHeld, call.LegTaken, []call.LegID{"leg-a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r := newRig(t)
				r.Arrived(arrival("leg-a", "flat-1", stranger))
				r.talking("call1", "leg-a")
				again := restart(t, r.crash())
				again.exchange.standing = map[call.LegID]call.Standing{"leg-a": c.caller, consult: c.resident}
				again.Connected(nil, nil)
				settle()
				hung := map[call.LegID]bool{}
				for _, e := range told[flow.HangUp](again) {
					hung[e.Leg] = true
				}
				if got := slices.Sorted(maps.Keys(hung)); !slices.Equal(got, c.hung) {
					t.Errorf("hung up %v, want %v", got, c.hung)
				}
				r.Close()
				again.Close()
			})
		})
	}
}

func TestABridgeThatWasToBeTakenApartIs(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.talking("call1", "leg-a")
		r.Happened(flow.LegGone{Leg: "leg-a"})
		again := restart(t, r.crash()) // before it was done, as far as the next run knows
		again.exchange.gone = map[call.LegID]bool{"leg-a": true, call.ID("call1").Consult(0): true}
		again.Connected(nil, []call.BridgeID{"call1-bridge"})
		settle()
		if apart := told[flow.Unbridge](again); len(apart) == 0 || again.Live() != 0 {
			t.Errorf("taken apart: %+v, and %d calls are under way", apart, again.Live())
		}
		r.Close()
		again.Close()
	})
}
