package flow_test

import (
	"slices"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

func (c *telling) resumes() { c.t.Helper(); c.tell(flow.Resumed{}) }

// resumptions are conversations in which the exchange was not heard for a while.
var resumptions = []conversation{
	{"in the greeting", call.Completed, func(c *telling) {
		c.begins()
		c.resumes()
		c.press(caller, "4")
		c.heard(caller)
		c.says(2 * time.Second)
		c.talks()
	}},
	{"after a wrong digit", call.CheckFailed, func(c *telling) {
		c.begins()
		c.press(caller, "2")
		c.resumes()
		c.press(caller, "3")
		c.waitsForNothing()
	}},
	{"before the purpose is said", call.CallerHungUp, func(c *telling) {
		c.begins()
		c.press(caller, "4")
		c.resumes()
		c.gone(caller)
	}},
	{"while the purpose is recorded", call.Completed, func(c *telling) {
		c.begins()
		c.press(caller, "4")
		c.heard(caller)
		c.resumes()
		c.tell(flow.RecordingDone{Leg: caller, Recording: must[flow.FindRecording](c.t, c.all).Recording, Length: 3 * time.Second, Bytes: 9})
		c.talks()
	}},
	{"inside a code", call.Completed, func(c *telling) {
		c.knows(flow.Admitted)
		c.press(caller, "*314")
		c.resumes()
		c.press(caller, "*31416#")
		c.talks()
	}},
	{"inside a word", call.Completed, func(c *telling) {
		c.knows(flow.AskedWord)
		c.press(caller, "27")
		c.resumes()
		c.press(caller, string(terms.Word)+"#")
		c.talks()
	}},
	{"before a message", call.MessageLeft, func(c *telling) {
		c.callsAtNight()
		c.resumes()
		c.heard(caller)
		c.says(4 * time.Second)
		c.waitsForNothing()
	}},
	{"while it is asked whether the line is free", call.LineInUse, func(c *telling) {
		c.begins()
		c.press(caller, "4")
		c.heard(caller)
		c.says(2 * time.Second)
		c.resumes()
		c.tell(flow.LineBusy{})
		c.waitsForNothing()
	}},
	{"while the telephones ring", call.Completed, func(c *telling) {
		c.states()
		c.resumes()
		c.tell(flow.LegAnswered{Leg: first})
		c.gone(second)
		c.press(first, "5")
		c.heard(first)
		c.tell(flow.LegJoined{Leg: caller, Bridge: bridge}, flow.LegJoined{Leg: first, Bridge: bridge})
		c.gone(caller, first)
	}},
	{"while the resident is asked", call.Refused, func(c *telling) {
		c.asks()
		c.resumes()
		c.gone(first)
		c.heard(caller)
		c.gone(caller)
	}},
	{"before the two are joined", call.Completed, func(c *telling) {
		c.asks()
		c.press(first, "5")
		c.resumes()
		c.tell(flow.LegJoined{Leg: caller, Bridge: bridge}, flow.LegJoined{Leg: first, Bridge: bridge})
		c.gone(caller, first)
	}},
	{"while they talk", call.Completed, func(c *telling) {
		c.joins()
		c.resumes()
		c.tell(flow.LegJoined{Leg: caller, Bridge: bridge}, flow.LegJoined{Leg: first, Bridge: bridge})
		c.gone(caller, first)
	}},
	{"within a number that is dialled while they talk", call.Cleared, func(c *telling) {
		c.joins()
		c.press(first, "99")
		c.resumes()
		c.press(first, "9")
		c.gone(caller)
	}},
	{"while everybody is hung up", call.Completed, func(c *telling) {
		c.joins()
		c.gone(caller)
		c.resumes()
		c.gone(first)
	}},
}

func TestResumptions(t *testing.T) { converse(t, "resumed", resumptions) }

// TestAClearingResumes holds every stage of an attempt to what it does first when the
// exchange can be heard again, and to waiting for something that comes.
func TestAClearingResumes(t *testing.T) {
	threat := flow.Threat{Suspect: true}
	for _, c := range []struct {
		name, number string
		threat       flow.Threat
		until        func(*clears)
		want         flow.Effect
	}{
		{"searching", "101", threat, func(c *clears) { c.begins() }, flow.FindLegs{N: 2, Line: "flat-1", Own: own, Way: call.WayFresh}},
		{"searching for an emergency", "999", threat, func(c *clears) { c.begins() }, flow.FindLegs{N: 2, Line: "flat-1", Own: own, Way: call.WayFresh}},
		{"holding", "101", flow.Threat{Suspect: true, Hold: time.Minute}, func(c *clears) { c.begun() }, flow.FindLegs{N: 3, Line: "flat-1", Own: own, Way: call.WayFresh}},
		{"telling", "101", threat, func(c *clears) { c.begun() }, flow.FindLegs{N: 3, Line: "flat-1", Own: own, Way: call.WayFresh}},
		{"leaving", "101", threat, func(c *clears) { c.begun(); c.heard(own) }, flow.FindLegs{N: 3, Line: "flat-1", Own: own, Way: call.WayFresh}},
		{"leaving with an emergency", "999", threat, func(c *clears) { c.begun() }, flow.GoOn{Leg: own, Cleared: true}},
		{"offering", "101", threat, func(c *clears) { c.begins(); c.outOfTime() }, nil},
		{"explaining", "161", threat, func(c *clears) { c.begun() }, nil},
		{"redialling", "161", threat, func(c *clears) { c.begun(); c.press(own, "1") }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			told := newClears(t, c.number, c.threat)
			c.until(told)
			before := len(told.all)
			told.tell(flow.Resumed{})
			effects := told.all[before:]
			if c.want != nil && !slices.Contains(effects, c.want) {
				t.Errorf("no %+v among %+v", c.want, effects)
			}
			if _, said := last[flow.Play](effects); c.want == nil && !said {
				t.Errorf("the resident sits in silence: %+v", effects)
			}
		})
	}
}
