package flow_test

import (
	"strings"
	"testing"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

const desk = "night-desk"

// decides is a warden's decision.
func (c *telling) decides(choice call.Choice) {
	c.t.Helper()
	c.tell(flow.Decided{By: desk, Choice: choice})
}

// asksFor lets a call begin whose caller needs the yes of whom.
func (c *telling) asksFor(whom call.Approver) { c.s.Rules.Approver = whom }

// bridged lets both be joined, and the call end.
func (c *telling) bridged() {
	c.t.Helper()
	c.heard(first)
	c.tell(flow.LegJoined{Leg: caller, Bridge: bridge}, flow.LegJoined{Leg: first, Bridge: bridge})
	c.stands(flow.Guarded)
	c.gone(caller, first)
}

// decisions are conversations in which a warden decides.
var decisions = []conversation{
	{"accepted by a warden while the telephones ring", call.Completed, func(c *telling) {
		c.asksFor(call.ApproverEither)
		c.states()
		c.decides(call.Accept)
		c.tell(flow.LegAnswered{Leg: first})
		c.gone(second)
		c.bridged()
	}},
	{"accepted by a warden and nobody answers", call.NoAnswer, func(c *telling) {
		c.asksFor(call.ApproverEither)
		c.states()
		c.decides(call.Accept)
		c.tell(flow.LegGone{Leg: first, Q850: 19}, flow.LegGone{Leg: second, Q850: 19})
		c.heard(caller)
		c.gone(caller)
	}},
	{"accepted by a warden and the program is killed before somebody answers", call.Completed, func(c *telling) {
		c.asksFor(call.ApproverEither)
		c.states()
		c.decides(call.Accept)
		c.resumes()
		c.tell(flow.LegAnswered{Leg: first})
		c.gone(second)
		c.bridged()
	}},
	{"accepted by a warden while the resident is asked", call.Completed, func(c *telling) {
		c.asksFor(call.ApproverEither)
		c.asks()
		c.decides(call.Accept)
		c.bridged()
	}},
	{"accepted by a warden and put down by the resident", call.Refused, func(c *telling) {
		c.asksFor(call.ApproverEither)
		c.asks()
		c.decides(call.Accept)
		c.gone(first)
		c.heard(caller)
		c.gone(caller)
	}},
	{"refused by a warden while the telephones ring", call.Refused, func(c *telling) {
		c.states()
		c.decides(call.Refuse)
		c.gone(first, second)
		c.heard(caller)
		c.gone(caller)
	}},
	{"refused by a warden while the resident is asked", call.Refused, func(c *telling) {
		c.asks()
		c.decides(call.Refuse)
		c.heard(first)
		c.gone(first, caller)
	}},
	{"refused and blocked by a warden", call.RefusedBlocked, func(c *telling) {
		c.asks()
		c.decides(call.Block)
		c.heard(first)
		c.gone(first, caller)
	}},
	{"the resident agrees and then the warden", call.Completed, func(c *telling) {
		c.asksFor(call.ApproverWarden)
		c.asks()
		c.press(first, "55")
		c.heard(first)
		c.decides(call.Accept)
		c.bridged()
	}},
	{"the resident agrees and the warden refuses", call.Refused, func(c *telling) {
		c.asksFor(call.ApproverWarden)
		c.asks()
		c.press(first, "5")
		c.decides(call.Refuse)
		c.heard(first)
		c.gone(first, caller)
	}},
	{"the resident agrees and the warden is silent", call.NoAnswer, func(c *telling) {
		c.asksFor(call.ApproverWarden)
		c.asks()
		c.press(first, "5")
		c.heard(first)
		c.nothingHappens()
		c.heard(first)
		c.gone(first, caller)
	}},
	{"the resident agrees and thinks better of it", call.Refused, func(c *telling) {
		c.asksFor(call.ApproverWarden)
		c.asks()
		c.press(first, "5")
		c.gone(first)
		c.heard(caller)
		c.gone(caller)
	}},
	{"the resident agrees and the program is killed", call.Completed, func(c *telling) {
		c.asksFor(call.ApproverWarden)
		c.asks()
		c.press(first, "5")
		c.resumes()
		c.decides(call.Accept)
		c.bridged()
	}},
	{"the resident agrees and dials 999", call.Cleared, func(c *telling) {
		c.asksFor(call.ApproverWarden)
		c.asks()
		c.press(first, "5999")
		c.gone(caller)
	}},
}

func TestDecisions(t *testing.T) { converse(t, "deciding", decisions) }

func TestADecisionThatDoesNotCountChangesNothing(t *testing.T) {
	every := []call.Choice{call.Accept, call.Refuse, call.Block}
	for _, c := range []struct {
		name    string
		until   func(*telling)
		choices []call.Choice
		why     call.Unheeded
		holds   string // who has decided
	}{
		{"before the caller has said anything", func(c *telling) { c.begins() }, every, call.NotWaiting, ""},
		{"while the caller says why", func(c *telling) { c.begins(); c.press(caller, "4"); c.heard(caller) }, every, call.NotWaiting, ""},
		{"where the resident alone accepts, while the telephones ring", func(c *telling) { c.states() }, every[:1], call.NotAllowed, ""},
		{"where the resident alone accepts, while asked", func(c *telling) { c.asks() }, every[:1], call.NotAllowed, ""},
		{"after the resident's yes", func(c *telling) { c.asks(); c.press(first, "5") }, every, call.TooLate, call.ByResident},
		{"in the call", func(c *telling) { c.joins() }, every, call.TooLate, call.ByResident},
		{"after the resident's no", func(c *telling) { c.asks(); c.press(first, "7") }, every, call.TooLate, call.ByResident},
		{"after the resident has hung up", func(c *telling) { c.asks(); c.gone(first) }, every, call.TooLate, call.ByResident},
		{"after the caller has hung up", func(c *telling) { c.asks(); c.gone(caller) }, every, call.TooLate, ""},
		{"after another warden", func(c *telling) {
			c.asksFor(call.ApproverEither)
			c.states()
			c.tell(flow.Decided{By: "day-desk", Choice: call.Accept})
		}, every, call.TooLate, "day-desk"},
		{"after the end", func(c *telling) { c.joins(); c.gone(caller, first) }, every, call.TooLate, call.ByResident},
	} {
		t.Run(c.name, func(t *testing.T) {
			told := newTelling(t)
			c.until(told)
			for _, choice := range c.choices {
				if why := told.s.Unheeded(choice); why != c.why {
					t.Errorf("%s does not count because it is %q, want %q", choice, why, c.why)
				}
				told.ignores(flow.Decided{By: desk, Choice: choice})
			}
			if by := told.s.Decision.By; by != c.holds {
				t.Errorf("decided by %q, want %q", by, c.holds)
			}
		})
	}
}

func TestWhoPicksUpHearsWhoIsCallingBeforeTheyArePutThrough(t *testing.T) {
	told := newTelling(t)
	told.asksFor(call.ApproverWarden)
	told.states()
	told.decides(call.Accept)
	told.tell(flow.LegAnswered{Leg: first})
	said := string(must[flow.Play](t, told.all).Script)
	if !strings.HasPrefix(said, string(told.s.Announce)) || !strings.HasSuffix(said, string(prompt.WardenAccepted)) {
		t.Errorf("the resident hears %s", said)
	}
	if _, joined := last[flow.Bridge](told.all); joined {
		t.Error("the two are joined before")
	}
}
