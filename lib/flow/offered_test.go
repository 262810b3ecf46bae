package flow_test

import (
	"slices"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// offers lets whom nobody answers leave a message.
func (c *telling) offers() { c.s.Rules.Messages = true }

// ringsOut lets the telephones ring until nobody has answered.
func (c *telling) ringsOut() {
	c.offers()
	c.states()
	c.nothingHappens()
}

var offered = []conversation{
	{"nobody answers, and a message is left", call.MessageLeft, func(c *telling) {
		c.ringsOut()
		c.gone(first, second)
		c.heard(caller)
		c.says(20 * time.Second)
		c.waitsForNothing()
	}},
	{"nobody answers, and the caller hangs up at the tone", call.NoAnswer, func(c *telling) {
		c.ringsOut()
		c.gone(first, second)
		c.heard(caller)
		c.gone(caller)
	}},
	{"nobody answers, and somebody picks up a moment too late", call.MessageLeft, func(c *telling) {
		c.ringsOut()
		c.tell(flow.LegAnswered{Leg: first})
		c.gone(first, second)
		c.heard(caller)
		c.says(20 * time.Second)
		c.waitsForNothing()
	}},
	{"nobody answers, and nothing is said twice", call.NoAnswer, func(c *telling) {
		c.ringsOut()
		c.gone(first, second)
		c.heard(caller)
		c.isSilent()
		c.heard(caller)
		c.isSilent()
		c.waitsForNothing()
	}},
	{"the line is in use, and a message is left", call.MessageLeft, func(c *telling) {
		c.offers()
		c.begins()
		c.press(caller, "4")
		c.heard(caller)
		c.says(time.Second)
		c.tell(flow.LineBusy{})
		c.heard(caller)
		c.says(5 * time.Second)
		c.waitsForNothing()
	}},
	{"the telephone says busy, and a message is left", call.MessageLeft, func(c *telling) {
		c.offers()
		c.states()
		c.tell(flow.LegGone{Leg: first, Q850: 17}, flow.LegGone{Leg: second, Q850: 17})
		c.heard(caller)
		c.says(5 * time.Second)
		c.waitsForNothing()
	}},
	{"no telephone can be rung, and a message is left", call.MessageLeft, func(c *telling) {
		c.offers()
		c.states()
		c.gone()
		c.tell(flow.EffectFailed{Effect: c.all[indexOf[flow.RingResident](c.all, 0)]})
		c.tell(flow.EffectFailed{Effect: c.all[indexOf[flow.RingResident](c.all, 1)]})
		c.heard(caller)
		c.says(5 * time.Second)
		c.waitsForNothing()
	}},
	{"no keypad, and a message is left", call.MessageLeft, func(c *telling) {
		c.offers()
		c.begins()
		c.heard(caller)
		c.nothingHappens()
		c.heard(caller)
		c.nothingHappens()
		c.heard(caller)
		c.says(5 * time.Second)
		c.waitsForNothing()
	}},
	{"the human check failed, and nothing is said", call.CheckFailed, func(c *telling) {
		c.offers()
		c.begins()
		c.press(caller, "98")
		c.heard(caller)
		c.isSilent()
		c.heard(caller)
		c.isSilent()
		c.waitsForNothing()
	}},
	{"the code after the human check failed", call.Completed, func(c *telling) {
		c.s.Terms.Code = "31416"
		c.offers()
		c.begins()
		c.press(caller, "98")
		c.press(caller, "*31416#")
		c.talks()
	}},
	{"refused, and no message is asked for", call.Refused, func(c *telling) {
		c.offers()
		c.states()
		c.tell(flow.LegGone{Leg: first, Q850: 21}, flow.LegGone{Leg: second, Q850: 19})
		c.heard(caller)
		c.gone(caller)
	}},
	{"a message offered on a line whose box is full", call.NoAnswer, func(c *telling) {
		c.s.BoxFull = true
		c.ringsOut()
		c.heard(caller)
		c.gone(first, second, caller)
	}},
	{"a message at night on a line whose box is full", call.NoAnswer, func(c *telling) {
		c.s.BoxFull = true
		c.knows(flow.TakesMessage)
		c.heard(caller)
		c.gone(caller)
	}},
	{"killed before the message, and nobody is rung again", call.MessageLeft, func(c *telling) {
		c.ringsOut()
		c.tell(flow.Resumed{})
		c.gone(first, second)
		c.heard(caller)
		c.says(20 * time.Second)
		c.waitsForNothing()
	}},
	{"killed in the middle of a message", call.MessageLeft, func(c *telling) {
		c.ringsOut()
		c.gone(first, second)
		c.heard(caller)
		c.tell(flow.Resumed{})
		c.tell(flow.RecordingDone{Leg: caller, Recording: c.s.Recording, Length: 9 * time.Second, Bytes: 32000})
		c.waitsForNothing()
	}},
	{"the resident dials for help while a message is left", call.Cleared, func(c *telling) {
		c.ringsOut()
		c.gone(first, second)
		c.heard(caller)
		c.tell(flow.SpeechStarted{Leg: caller}, flow.LineClaimed{})
		c.gone(caller)
	}},
}

func TestMessagesOffered(t *testing.T) { converse(t, "offered", offered) }

func TestTheLineIsFreeWhileAMessageIsLeft(t *testing.T) {
	told := newTelling(t)
	told.ringsOut()
	must[flow.FreeLine](t, told.all)
	told.gone(first, second)
	told.heard(caller)
	told.says(5 * time.Second)
	told.waitsForNothing()
	rings := 0
	for _, e := range told.all {
		if _, ring := e.(flow.RingResident); ring {
			rings++
		}
	}
	if rings != 2 {
		t.Errorf("%d telephones are rung", rings)
	}
}

func TestAMessageThatIsCutOffByACallForHelpIsKept(t *testing.T) {
	told := newTelling(t)
	told.ringsOut()
	told.gone(first, second)
	told.heard(caller)
	told.tell(flow.SpeechStarted{Leg: caller}, flow.LineClaimed{})
	told.gone(caller)
	ended := must[flow.Ended](t, told.all)
	if ended.Recording == "" || slices.ContainsFunc(told.all, func(e flow.Effect) bool { return e == flow.DropRecording{Recording: ended.Recording} }) {
		t.Errorf("ended with recording %q", ended.Recording)
	}
}
