package flow_test

import (
	"slices"
	"testing"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// interrupts are calls in which the resident dials a number, or the line is claimed.
var interrupts = []conversation{
	{"159 while asked does not accept at the five", call.Cleared, func(c *telling) {
		c.asks()
		c.press(first, "15")
		c.stands(flow.Asking)
		c.press(first, "9")
		c.gone(caller)
	}},
	{"five after a one that led nowhere is no answer but five after the silence is", call.Completed, func(c *telling) {
		c.asks()
		c.press(first, "1")
		c.runsOut(flow.KeyTimer)
		c.press(first, "5")
		c.heard(first)
		c.tell(flow.LegJoined{Leg: caller, Bridge: bridge}, flow.LegJoined{Leg: first, Bridge: bridge})
		c.gone(caller, first)
	}},
	{"seven blocks", call.RefusedBlocked, func(c *telling) { c.asks(); c.press(first, "7"); c.heard(first); c.gone(first, caller) }},
	{"seven inside a number does not block", call.Refused, func(c *telling) {
		c.asks()
		c.press(first, "17") // leads nowhere: asked again
		c.stands(flow.Asking)
		c.gone(first)
		c.heard(caller)
		c.gone(caller)
	}},
	{"a one and then nothing at all asks again and then refuses", call.Refused, func(c *telling) {
		c.asks()
		c.press(first, "1")
		c.runsOut(flow.KeyTimer)
		c.heard(first)
		c.nothingHappens()
		c.heard(first)
		c.nothingHappens()
		c.gone(first, caller)
	}},
	{"999 before the bridge is asked for", call.Cleared, func(c *telling) {
		c.asks()
		c.press(first, "5999")
		c.gone(caller)
	}},
	{"999 before both are in the bridge", call.Cleared, func(c *telling) {
		c.asks()
		c.press(first, "5")
		c.heard(first)
		c.tell(flow.LegJoined{Leg: caller, Bridge: bridge})
		c.press(first, "999")
		c.gone(caller)
	}},
	{"999 in the guarded call", call.Cleared, func(c *telling) {
		c.joins()
		c.press(first, "5999")
		c.tell(flow.LegLeft{Leg: first, Bridge: bridge})
		c.gone(first, caller)
	}},
	{"999 that cannot be dialled once", call.Cleared, func(c *telling) {
		c.joins()
		c.press(first, "999")
		failsTo[flow.Redial](&c.teller)
		c.gone(caller)
	}},
	{"999 that cannot be dialled twice is left to the dead-man's time", call.Cleared, func(c *telling) {
		c.joins()
		c.press(first, "999")
		failsTo[flow.Redial](&c.teller)
		c.ignores(flow.EffectFailed{Effect: must[flow.Redial](c.t, c.all)})
		c.gone(caller)
	}},
	{"the line is claimed before the call began", call.Cleared, func(c *telling) {
		c.tell(flow.LineClaimed{}, flow.Began{Admission: flow.Admitted})
		c.gone(caller)
	}},
	{"the line is claimed while the caller is greeted", call.Cleared, func(c *telling) {
		c.begins()
		c.tell(flow.LineClaimed{})
		c.gone(caller)
	}},
	{"the line is claimed while the caller is recorded", call.Cleared, func(c *telling) {
		c.begins()
		c.press(caller, "4")
		c.heard(caller)
		c.tell(flow.LineClaimed{})
		c.gone(caller)
	}},
	{"the line is claimed while telephones ring", call.Cleared, func(c *telling) {
		c.states()
		c.tell(flow.LineClaimed{})
		c.gone(first, second, caller)
	}},
	{"the line is claimed while the resident is asked", call.Cleared, func(c *telling) {
		c.asks()
		c.tell(flow.LineClaimed{})
		c.gone(first, caller)
	}},
	{"the line is claimed while they are joined", call.Cleared, func(c *telling) {
		c.asks()
		c.press(first, "5")
		c.heard(first)
		c.tell(flow.LineClaimed{}, flow.LegJoined{Leg: caller, Bridge: bridge})
		c.gone(first, caller)
	}},
	{"the line is claimed in the guarded call", call.Cleared, func(c *telling) {
		c.joins()
		c.tell(flow.LineClaimed{}, flow.LineClaimed{})
		c.gone(caller, first)
	}},
	{"the line is claimed during the last sentence", call.CheckFailed, func(c *telling) {
		c.begins()
		c.press(caller, "98")
		c.tell(flow.LineClaimed{})
		c.gone(caller)
	}},
	{"the line is claimed and no hang-up is confirmed", call.Cleared, func(c *telling) {
		c.asks()
		c.tell(flow.LineClaimed{})
		c.nothingHappens()
		c.nothingHappens()
	}},
	{"a caller who is not challenged is announced", call.Completed, func(c *telling) {
		c.tell(flow.Began{Admission: flow.Unchallenged}, flow.LineSeized{})
		c.tell(flow.LegAnswered{Leg: first})
		c.gone(second)
		c.press(first, "5")
		c.heard(first)
		c.tell(flow.LegJoined{Leg: caller, Bridge: bridge}, flow.LegJoined{Leg: first, Bridge: bridge})
		c.gone(caller, first)
	}},
	{"a caller who was torn down before is turned away", call.TurnedAway, func(c *telling) {
		c.tell(flow.Began{Admission: flow.TurnedAway})
		c.gone(caller)
	}},
	{"a caller while the line is cleared hears that it is busy", call.LineInUse, func(c *telling) {
		c.tell(flow.Began{Admission: flow.RefusedBusy})
		c.gone(caller)
	}},
}

func TestInterrupts(t *testing.T) { converse(t, "interrupts", interrupts) }

func TestTheResidentIsSavedBeforeTheCallerGoes(t *testing.T) {
	told := newTelling(t)
	told.joins()
	told.press(first, "99")
	_, effects := step(t, told.s, flow.DTMF{Leg: first, Key: '9'})
	want := []flow.Effect{
		flow.Redial{Leg: first, Dialled: "999", Way: call.WayGuarded},
		flow.Unpair{Caller: caller},
		flow.HangUp{Leg: caller, Q850: 16},
		flow.Unbridge{Bridge: bridge},
	}
	orders := slices.DeleteFunc(effects, func(e flow.Effect) bool {
		_, set := e.(flow.SetTimer)
		_, cancel := e.(flow.CancelTimer)
		return set || cancel
	})
	if !slices.Equal(orders, want) {
		t.Errorf("%+v, want %+v", orders, want)
	}
}

func TestTheCallersKeysDialNothing(t *testing.T) {
	told := newTelling(t)
	told.joins()
	for _, leg := range []call.LegID{caller, second, stranger} {
		for _, key := range "999" {
			told.ignores(flow.DTMF{Leg: leg, Key: key})
		}
	}
}
