package flow_test

import (
	"slices"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

const (
	resident = call.LegID("1763776099.7")
	box      = call.ID("01m")
)

var sessionRules = flow.SessionRules{
	ChoiceWait: 10 * time.Second,
	AcceptKey:  '5', DeleteKey: '7', CallKey: '5', SaveKey: '3', RepeatKey: '*',
}

var ownLine = call.Line{ID: "flat-1", Name: "Flat 1", Language: "en_GB", Endpoints: []string{"PJSIP/101"}}

// letters are two new messages, one of a caller who may not be called back, and one that was
// heard before.
var letters = []flow.Letter{
	{Recording: "01a-message-1", Intro: prompt.Say(prompt.MessageFrom).Then(prompt.Digits("01632 960200")), New: true, Dial: "01632960200"},
	{Recording: "01b-message-4", Intro: prompt.Say(prompt.MessageHidden), New: true},
	{Recording: "01c-message-2", Intro: prompt.Say(prompt.MessageFrom), Dial: "01632960999", Help: true},
}

type opening struct{ teller[flow.Mailbox] }

func newOpening(t *testing.T, all ...flow.Letter) *opening {
	return &opening{teller[flow.Mailbox]{t: t, s: flow.BeginMailbox(box, ownLine, resident, plan, sessionRules, "count/three", all)}}
}

// opens begins, and hears how many messages there are.
func (c *opening) opens() {
	c.tell(flow.Began{})
	c.heard(resident)
}

// hearsAll hears the present message and what can be done with it.
func (c *opening) hearsAll() {
	c.heard(resident)
	c.heard(resident)
}

// marks are what becomes of messages.
func (c *opening) marks() (marks []flow.NoteMessage) {
	for _, e := range c.all {
		if note, ok := e.(flow.NoteMessage); ok {
			marks = append(marks, note)
		}
	}
	return marks
}

func noted(recording call.RecordingID, became call.Box) flow.NoteMessage {
	return flow.NoteMessage{Line: "flat-1", Recording: recording, Became: became}
}

var openings = []struct {
	name  string
	none  bool
	tell  func(*opening)
	marks []flow.NoteMessage
}{
	{"no messages", true, func(c *opening) {
		c.tell(flow.Began{})
		c.heard(resident)
		c.gone(resident)
	}, nil},
	{"all heard in silence", false, func(c *opening) {
		c.opens()
		for range letters {
			c.hearsAll()
			c.nothingHappens()
		}
		c.heard(resident)
		c.gone(resident)
	}, []flow.NoteMessage{noted("01a-message-1", call.Heard), noted("01b-message-4", call.Heard)}},
	{"one deleted, one kept, one gone past", false, func(c *opening) {
		c.opens()
		c.hearsAll()
		c.press(resident, "7")
		c.heard(resident)
		c.press(resident, "3#")
		c.heard(resident)
		c.gone(resident)
	}, []flow.NoteMessage{
		noted("01a-message-1", call.Heard), noted("01a-message-1", call.Deleted),
		noted("01b-message-4", call.Heard), noted("01b-message-4", call.SavedMessage),
	}},
	{"deleted while it plays", false, func(c *opening) {
		c.opens()
		c.press(resident, "7")
		c.gone(resident)
	}, []flow.NoteMessage{noted("01a-message-1", call.Deleted)}},
	{"played again", false, func(c *opening) {
		c.opens()
		c.press(resident, "*")
		c.heard(resident)
		c.press(resident, "*")
		c.gone(resident)
	}, []flow.NoteMessage{noted("01a-message-1", call.Heard)}},
	{"hung up in the middle of a message", false, func(c *opening) {
		c.opens()
		c.gone(resident)
	}, nil},
	{"the caller is called back", false, func(c *opening) {
		c.opens()
		c.press(resident, "5")
		c.tell(flow.WentOn{Leg: resident})
	}, []flow.NoteMessage{noted("01a-message-1", call.Heard)}},
	{"the caller cannot be called back", false, func(c *opening) {
		c.opens()
		c.press(resident, "#")
		c.press(resident, "5")
		c.heard(resident)
		c.press(resident, "7")
		c.gone(resident)
	}, []flow.NoteMessage{noted("01a-message-1", call.Heard), noted("01b-message-4", call.Deleted)}},
	{"a service is called back as a number for help is", false, func(c *opening) {
		c.opens()
		c.press(resident, "##5")
		must[flow.Redial](c.t, c.all)
		c.tell(flow.WentOn{Leg: resident})
	}, []flow.NoteMessage{noted("01a-message-1", call.Heard), noted("01b-message-4", call.Heard)}},
	{"999 while a message plays", false, func(c *opening) {
		c.opens()
		c.press(resident, "999")
		c.tell(flow.WentOn{Leg: resident})
	}, nil},
	{"159 while asked does not call back at the five", false, func(c *opening) {
		c.opens()
		c.hearsAll()
		c.press(resident, "159")
		c.tell(flow.WentOn{Leg: resident})
	}, []flow.NoteMessage{noted("01a-message-1", call.Heard)}},
	{"who dials slowly is given the time for it", false, func(c *opening) {
		c.opens()
		c.hearsAll()
		c.press(resident, "1")
		c.nothingHappens()
		c.press(resident, "5")
		c.runsOut(flow.KeyTimer)
		c.nothingHappens()
		c.gone(resident)
	}, []flow.NoteMessage{noted("01a-message-1", call.Heard)}},
	{"a message that cannot be played stays new", false, func(c *opening) {
		c.opens()
		c.fails()
		failsTo[flow.Play](&c.teller)
		c.gone(resident)
	}, nil},
	{"killed while a message plays, and it is played again", false, func(c *opening) {
		c.opens()
		c.tell(flow.Resumed{})
		c.heard(resident)
		c.tell(flow.Resumed{})
		c.press(resident, "7")
		c.gone(resident)
	}, []flow.NoteMessage{noted("01a-message-1", call.Heard), noted("01a-message-1", call.Deleted)}},
	{"killed in the last sentence", true, func(c *opening) {
		c.tell(flow.Began{}, flow.Resumed{})
		c.heard(resident)
		c.gone(resident)
	}, nil},
	{"killed once the caller is called back", false, func(c *opening) {
		c.opens()
		c.press(resident, "5")
		c.tell(flow.Resumed{})
		c.tell(flow.WentOn{Leg: resident})
	}, []flow.NoteMessage{noted("01a-message-1", call.Heard)}},
	{"the call back cannot be made", false, func(c *opening) {
		c.opens()
		c.press(resident, "5")
		failsTo[flow.CallBack](&c.teller)
		failsTo[flow.CallBack](&c.teller)
		failsTo[flow.CallBack](&c.teller)
		c.gone(resident)
	}, []flow.NoteMessage{noted("01a-message-1", call.Heard)}},
	{"stopped while a message plays", false, func(c *opening) {
		c.opens()
		c.tell(flow.Stopped{})
	}, nil},
	{"a hang-up that is never confirmed", true, func(c *opening) {
		c.tell(flow.Began{})
		c.nothingHappens()
		c.nothingHappens()
		c.nothingHappens()
	}, nil},
}

func TestOpenings(t *testing.T) {
	for _, o := range openings {
		t.Run(o.name, func(t *testing.T) {
			told := newOpening(t, letters...)
			if o.none {
				told = newOpening(t)
			}
			o.tell(told)
			if !told.s.Ended() {
				t.Errorf("it stands in %s", told.s.Stage)
			}
			must[flow.Dismissed](t, told.all)
			if marks := told.marks(); !slices.Equal(marks, o.marks) {
				t.Errorf("messages become %+v, want %+v", marks, o.marks)
			}
			golden(t, "mailbox", o.name, told.text.String())
		})
	}
}

func TestAnotherTelephonesKeysMeanNothing(t *testing.T) {
	told := newOpening(t, letters...)
	told.opens()
	told.ignores(flow.DTMF{Leg: stranger, Key: '7'}, flow.LegGone{Leg: stranger}, flow.PlaybackDone{Leg: resident, Playback: "01m-play-1"})
}
