package policy_test

import (
	"reflect"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
)

func TestUrgency(t *testing.T) {
	const calm, raised, high = call.Calm, call.Raised, call.High
	for _, c := range []struct {
		way       call.Way
		beside    bool            // a guarded call was up
		first     [2]call.Urgency // the first attempt, without and with a suspect
		following [2]call.Urgency // another one within the window
	}{
		{call.WayFresh, false, [2]call.Urgency{calm, raised}, [2]call.Urgency{high, high}},
		{call.WayFresh, true, [2]call.Urgency{high, high}, [2]call.Urgency{high, high}},
		{call.WayConsult, false, [2]call.Urgency{raised, raised}, [2]call.Urgency{high, high}},
		{call.WayConsult, true, [2]call.Urgency{high, high}, [2]call.Urgency{high, high}},
		{call.WayGuarded, false, [2]call.Urgency{high, high}, [2]call.Urgency{high, high}},
		{call.WayGuarded, true, [2]call.Urgency{high, high}, [2]call.Urgency{high, high}},
	} {
		for i, within := range []bool{false, true} {
			for before, want := range []call.Urgency{c.first[i], c.following[i], c.following[i]} {
				if got := policy.Urgency(c.way, c.beside, before, within); got != want {
					t.Errorf("%s, beside a guarded call %v, %d before, suspect %v: %q, want %q", c.way, c.beside, before, within, got, want)
				}
			}
		}
	}
}

func TestOpened(t *testing.T) {
	rules := policy.WindowRules{Window: 10 * time.Minute, CallBackEmergency: time.Hour, CallBackOther: 24 * time.Hour}
	const ten, hour, day = 10, 60, 24 * 60
	caller := call.Caller{Number: suspect, Presentation: call.Allowed, Trunk: "trunk"}
	base := call.Attempt{Line: "flat-1", Way: call.WayFresh, At: noon}
	with := func(change func(*call.Attempt)) call.Attempt {
		a := base
		change(&a)
		return a
	}
	for name, c := range map[string]struct {
		attempt call.Attempt
		want    []call.Window
	}{
		"an attempt under way opens nothing": {
			with(func(a *call.Attempt) { a.Role, a.Urgency, a.Suspect, a.Found = call.Emergency, call.High, caller, 1 }), nil,
		},
		"an emergency on a quiet line": {
			with(func(a *call.Attempt) { a.Role, a.Outcome = call.Emergency, call.OutcomeCleared }),
			[]call.Window{window(call.CallBackEmergency, "", hour)},
		},
		"an emergency that went on before every leg was gone": {
			with(func(a *call.Attempt) {
				a.Role, a.Outcome, a.Way, a.Suspect, a.Urgency = call.Emergency, call.OutcomeUnproved, call.WayGuarded, caller, call.High
			}),
			[]call.Window{window(call.CallBackEmergency, "", hour), window(call.UnderAttack, "", ten), window(call.Quarantine, suspect, hour)},
		},
		"an emergency the dialplan took": {
			with(func(a *call.Attempt) { a.Role, a.Outcome = call.Emergency, call.OutcomeTaken }),
			[]call.Window{window(call.CallBackEmergency, "", hour)},
		},
		"a verification call on a quiet line": {
			with(func(a *call.Attempt) { a.Role, a.Outcome = call.Verification, call.OutcomeCleared }),
			[]call.Window{window(call.CallBackOther, "", day)},
		},
		"a verification call out of the consult": {
			with(func(a *call.Attempt) {
				a.Role, a.Outcome, a.Way, a.Suspect, a.Urgency = call.Verification, call.OutcomeCleared, call.WayConsult, caller, call.Raised
			}),
			[]call.Window{window(call.CallBackOther, "", day), window(call.Quarantine, suspect, day)},
		},
		"a verification call that was not made": {
			with(func(a *call.Attempt) {
				a.Role, a.Outcome, a.Way, a.Suspect, a.Urgency = call.Verification, call.OutcomeNotMade, call.WayGuarded, caller, call.High
			}),
			[]call.Window{window(call.UnderAttack, "", ten), window(call.Quarantine, suspect, ten)},
		},
		"a verification call the dialplan took": {
			with(func(a *call.Attempt) { a.Role, a.Outcome = call.Verification, call.OutcomeTaken }), nil,
		},
		"a trap inside the call": {
			with(func(a *call.Attempt) {
				a.Role, a.Outcome, a.Way, a.Suspect, a.Urgency = call.Trap, call.OutcomeExplained, call.WayGuarded, caller, call.High
			}),
			[]call.Window{window(call.UnderAttack, "", ten), window(call.Quarantine, suspect, ten)},
		},
		"a suspect of a while ago was not torn down": {
			with(func(a *call.Attempt) {
				a.Role, a.Outcome, a.Suspect, a.Urgency = call.Verification, call.OutcomeCleared, caller, call.Raised
			}),
			[]call.Window{window(call.CallBackOther, "", day)},
		},
		"a suspect who was still on the line was": {
			with(func(a *call.Attempt) {
				a.Role, a.Outcome, a.Suspect, a.Urgency, a.Found = call.Verification, call.OutcomeCleared, caller, call.Raised, 2
			}),
			[]call.Window{window(call.CallBackOther, "", day), window(call.Quarantine, suspect, day)},
		},
		"a suspect who hid the number": {
			with(func(a *call.Attempt) {
				a.Role, a.Outcome, a.Found = call.Emergency, call.OutcomeCleared, 1
				a.Suspect = call.Caller{Number: suspect, Presentation: call.Withheld}
			}),
			[]call.Window{window(call.CallBackEmergency, "", hour), window(call.Quarantine, "", hour)},
		},
		"legs that were no suspect's": {
			with(func(a *call.Attempt) { a.Role, a.Outcome, a.Found = call.Emergency, call.OutcomeCleared, 1 }),
			[]call.Window{window(call.CallBackEmergency, "", hour)},
		},
		"an abandoned emergency reached nobody": {
			with(func(a *call.Attempt) {
				a.Role, a.Outcome, a.Way, a.Suspect, a.Urgency = call.Emergency, call.OutcomeAbandoned, call.WayGuarded, caller, call.High
			}),
			[]call.Window{window(call.UnderAttack, "", ten), window(call.Quarantine, suspect, ten)},
		},
		"an abandoned attempt on a quiet line": {
			with(func(a *call.Attempt) { a.Role, a.Outcome = call.Verification, call.OutcomeAbandoned }), nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := policy.Opened(c.attempt, rules); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
	off := policy.WindowRules{Window: 10 * time.Minute}
	for _, role := range []call.Role{call.Emergency, call.Verification} {
		quiet := with(func(a *call.Attempt) { a.Role, a.Outcome = role, call.OutcomeCleared })
		if got := policy.Opened(quiet, off); got != nil {
			t.Errorf("windows of no length: %+v", got)
		}
	}
}
