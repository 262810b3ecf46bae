package flow_test

import (
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/policy"
)

// pause in the keys of a case lets the wait for the next key run out.
const pause = ' '

func TestKeysThatDial(t *testing.T) {
	cases := []struct {
		name, keys, dialled string
	}{
		{"digits that lead nowhere dial nothing", "23748", ""},
		{"a misdialled start is forgotten", "5999", "999"},
		{"a number within other keys is found", "48999", "999"},
		{"an emergency behind the digit for an outside line needs none", "9112", "112"},
		{"three nines are an emergency whatever the fourth", "9999", "999"},
		{"an emergency behind 141", "141999", "141999"},
		{"text relay for an emergency", "18000", "18000"},
		{"text relay for the police", "18001101", "18001101"},
		{"a service behind the digit for an outside line", "9101", "9101"},
		{"Samaritans behind a wrong key", "2116123", "116123"},
		{"a number that begins a longer one waits", "105", ""},
		{"and is dialled when nothing follows", "105 ", "105"},
		{"the longer number is dialled at once", "10512", "10512"},
		{"a wait in the middle of the longer number forgets both", "1051 2", ""},
		{"a gap forgets what was typed", "99 9", ""},
		{"a star begins again", "99*9", ""},
		{"a hash begins again", "99#9", ""},
		{"what follows a star is a number", "9*999", "999"},
		{"the bank as it is written", "01632960999", "01632960999"},
		{"the bank from abroad", "00441632960999", "00441632960999"},
		{"the trap is a number too", "161", "161"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := typed(t, plan, c.keys); got != c.dialled {
				t.Errorf("%q dials %q, want %q", c.keys, got, c.dialled)
			}
		})
	}
}

// typed types keys in a guarded call and returns what they dial.
func typed(t *testing.T, p *policy.Plan, keys string) string {
	t.Helper()
	told := newTelling(t)
	told.joins()
	told.s.Keys.Plan = p
	return typedIn(told, keys)
}

// typedIn types keys in a conversation.
func typedIn(told *telling, keys string) string {
	told.t.Helper()
	for _, key := range keys {
		if key == pause {
			told.runsOut(flow.KeyTimer)
			continue
		}
		told.press(first, string(key))
	}
	redial, _ := last[flow.Redial](told.all)
	return redial.Dialled
}

func TestEveryFormOfEveryServiceIsDialledWithItsLastKeyOrAfterTheWait(t *testing.T) {
	t.Parallel()
	joined := newTelling(t)
	joined.joins()
	for _, form := range plan.Forms() {
		if form.Digits[0] == '+' {
			continue
		}
		_, _, more := plan.Typed(form.Digits)
		keys := form.Digits
		if more && form.Meaning.Role != call.Emergency {
			keys += string(pause)
		}
		told := newTelling(t)
		told.s = joined.s
		got := typedIn(told, keys)
		if plan.Meaning(got).Role == call.Emergency && got != form.Digits {
			continue // an emergency number within it goes first
		}
		if got != form.Digits {
			t.Errorf("%q dials %q", keys, got)
		}
	}
}

func TestAnEmergencyThatBeginsALongerNumberDoesNotWait(t *testing.T) {
	services, err := policy.Services("GB")
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.NewPlan("GB", nil, append(services,
		policy.Service{Number: "9991", Role: call.Verification, Name: "The office"})...)
	if err != nil {
		t.Fatal(err)
	}
	if got := typed(t, p, "999"); got != "999" {
		t.Errorf("dials %q", got)
	}
}

func TestTheWaitForTheNextKey(t *testing.T) {
	told := newTelling(t)
	told.joins()
	for _, c := range []struct {
		key  string
		wait time.Duration
	}{{"1", 5 * time.Second}, {"0", 5 * time.Second}, {"5", 2 * time.Second}, {"1", 5 * time.Second}} {
		told.press(first, c.key)
		set, _ := newest(told.all, flow.KeyTimer)
		if set.After != c.wait {
			t.Errorf("after %s: %+v, want %v", c.key, set, c.wait)
		}
		told.ignores(flow.TimerFired{Timer: flow.KeyTimer, N: set.N - 1})
	}
}
