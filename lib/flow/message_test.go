package flow_test

import (
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// callsAtNight is asked for a message and hears the tone.
func (c *telling) callsAtNight() {
	c.knows(flow.TakesMessage)
	c.heard(caller)
}

var messages = []conversation{
	{"a message", call.MessageLeft, func(c *telling) {
		c.callsAtNight()
		c.says(20 * time.Second)
		c.waitsForNothing()
	}},
	{"a message, and the caller simply hangs up", call.MessageLeft, func(c *telling) {
		c.callsAtNight()
		c.tell(flow.SpeechStarted{Leg: caller})
		c.gone(caller)
	}},
	{"hung up before anything was recorded", call.CallerHungUp, func(c *telling) {
		c.knows(flow.TakesMessage)
		c.tell(flow.SpeechStarted{Leg: caller})
		c.heard(caller)
		c.tell(flow.NotRecorded{Recording: c.s.Recording})
		c.gone(caller)
	}},
	{"hung up at the tone", call.CallerHungUp, func(c *telling) {
		c.callsAtNight()
		c.gone(caller)
	}},
	{"hung up while the greeting plays", call.CallerHungUp, func(c *telling) {
		c.knows(flow.TakesMessage)
		c.gone(caller)
	}},
	{"a message begun again without a code on the line", call.MessageLeft, func(c *telling) {
		c.tell(flow.Began{Admission: flow.TakesMessage})
		c.heard(caller)
		c.tell(flow.SpeechStarted{Leg: caller})
		c.press(caller, "*")
		c.heard(caller)
		c.press(caller, "*")
		c.says(4 * time.Second)
		c.waitsForNothing()
	}},
	{"a message begun again after a pause for the code", call.MessageLeft, func(c *telling) {
		c.callsAtNight()
		c.press(caller, "*")
		c.nothingHappens()
		c.heard(caller)
		c.says(4 * time.Second)
		c.waitsForNothing()
	}},
	{"no message twice", call.NothingSaid, func(c *telling) {
		c.callsAtNight()
		c.isSilent()
		c.heard(caller)
		c.isSilent()
		c.waitsForNothing()
	}},
	{"a message on a full disk", call.Fault, func(c *telling) {
		c.callsAtNight()
		c.tell(flow.SpeechStarted{Leg: caller},
			flow.RecordingDone{Leg: caller, Recording: c.s.Recording, Length: 9 * time.Second})
		c.waitsForNothing()
	}},
	{"a message that cannot be recorded", call.Fault, func(c *telling) {
		c.callsAtNight()
		failsTo[flow.Record](&c.teller)
		c.waitsForNothing()
	}},
	{"a message whose end is never told", call.Fault, func(c *telling) {
		c.callsAtNight()
		c.nothingHappens()
		c.gone(caller)
	}},
	{"the code while the message is asked for", call.Completed, func(c *telling) {
		c.knows(flow.TakesMessage)
		c.press(caller, "*31416#")
		c.talks()
	}},
	{"the code while the message is recorded", call.Completed, func(c *telling) {
		c.callsAtNight()
		c.press(caller, "*31416#")
		c.talks()
	}},
	{"a wrong code, then a message", call.MessageLeft, func(c *telling) {
		c.knows(flow.TakesMessage)
		c.press(caller, "*27182#")
		c.heard(caller)
		c.says(4 * time.Second)
		c.waitsForNothing()
	}},
	{"three wrong codes, and the fourth is not listened to", call.CallerHungUp, func(c *telling) {
		c.knows(flow.TakesMessage)
		c.press(caller, "*1111#*2222#*3333#*31416#")
		c.gone(caller)
	}},
	{"the dialplan takes the caller back inside a message", call.Taken, func(c *telling) {
		c.callsAtNight()
		c.tell(flow.SpeechStarted{Leg: caller}, flow.LegTaken{Leg: caller})
	}},
	{"stopped before anything is said to a message", call.Lost, func(c *telling) {
		c.callsAtNight()
		c.tell(flow.Stopped{})
	}},
	{"stopped inside a message", call.MessageLeft, func(c *telling) {
		c.callsAtNight()
		c.tell(flow.SpeechStarted{Leg: caller}, flow.Stopped{})
	}},
}

func TestMessages(t *testing.T) { converse(t, "message", messages) }

func TestAMessageDisturbsNobody(t *testing.T) {
	for _, c := range messages {
		if c.cause == call.Completed {
			continue // who knows the code gets through
		}
		told := newTelling(t)
		c.tell(told)
		for _, e := range told.all {
			switch e.(type) {
			case flow.SeizeLine, flow.RingResident:
				t.Errorf("%s: %#v", c.name, e)
			}
		}
	}
}

func TestAMessageIsKeptAsOne(t *testing.T) {
	told := newTelling(t)
	told.callsAtNight()
	record := must[flow.Record](t, told.all)
	if record.Max != time.Minute || !strings.Contains(string(record.Recording), "-message-") {
		t.Errorf("recorded with %+v", record)
	}
	told.says(4 * time.Second)
	told.waitsForNothing()
	if ended := must[flow.Ended](t, told.all); ended.Recording != record.Recording {
		t.Errorf("the history is told of %q", ended.Recording)
	}
	if _, dropped := last[flow.DropRecording](told.all); dropped {
		t.Error("the message is removed")
	}
}
