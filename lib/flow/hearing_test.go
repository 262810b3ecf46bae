package flow_test

import (
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// refers lets a call begin about which only wardens are asked.
func (c *telling) refers() {
	c.t.Helper()
	c.asksFor(call.ApproverWarden)
	c.s.Rules.Referred = true
	c.states()
	c.stands(flow.Referring)
}

// hearings are conversations with residents who hear badly, or need longer.
var hearings = []conversation{
	{"a warden accepts on the screen and the telephones ring to connect", call.Completed, func(c *telling) {
		c.refers()
		c.ignores(flow.DTMF{Leg: caller, Key: '5'})
		c.decides(call.Accept)
		c.stands(flow.Ringing)
		c.tell(flow.LegAnswered{Leg: first})
		c.gone(second)
		c.bridged()
	}},
	{"a warden refuses on the screen and nothing has rung", call.Refused, func(c *telling) {
		c.refers()
		c.decides(call.Refuse)
		c.heard(caller)
		c.gone(caller)
		if _, rang := last[flow.RingResident](c.all); rang {
			c.t.Error("a telephone was rung")
		}
	}},
	{"no warden looks at the screen", call.NoAnswer, func(c *telling) {
		c.refers()
		c.nothingHappens()
		c.heard(caller)
		c.gone(caller)
		if _, rang := last[flow.RingResident](c.all); rang {
			c.t.Error("a telephone was rung")
		}
	}},
	{"no warden looks at the screen and a message is left", call.MessageLeft, func(c *telling) {
		c.offers()
		c.refers()
		c.nothingHappens()
		c.ignores(flow.Decided{By: "night-desk", Choice: call.Accept})
		c.heard(caller)
		c.says(20 * time.Second)
		c.waitsForNothing()
		if _, rang := last[flow.RingResident](c.all); rang {
			c.t.Error("a telephone was rung")
		}
	}},
	{"the program is killed while a warden is asked on the screen", call.Completed, func(c *telling) {
		c.refers()
		c.resumes()
		c.decides(call.Accept)
		c.tell(flow.LegAnswered{Leg: first})
		c.gone(second)
		c.bridged()
	}},
	{"the caller hangs up while a warden is asked on the screen", call.CallerHungUp, func(c *telling) {
		c.refers()
		c.gone(caller)
	}},
	{"a resident who needs three times as long and hears everything twice as loud", call.Refused, func(c *telling) {
		c.s.Rules = c.s.Rules.Patient(3)
		c.s.Rules.Gain = 2
		c.asks()
		ring, _ := last[flow.RingResident](c.all)
		if ring.Patience != 3*rules.ConsultRing {
			c.t.Errorf("the telephones ring for %s", ring.Patience)
		}
		louder, _ := last[flow.Louder](c.all)
		if louder != (flow.Louder{Leg: first, Times: 2}) {
			c.t.Errorf("not louder for the resident: %+v", louder)
		}
		c.heard(first)
		if waits, _ := last[flow.SetTimer](c.all); waits.After != 3*rules.ChoiceWait {
			c.t.Errorf("the resident may think for %s", waits.After)
		}
		c.nothingHappens()
		c.heard(first)
		c.nothingHappens()
		c.heard(caller)
		c.gone(caller, first)
	}},
}

func TestHearings(t *testing.T) { converse(t, "hearing", hearings) }

// heeds are rules for a resident who hears badly and needs longer.
func heeds() flow.SessionRules {
	r := sessionRules
	r.ChoiceWait, r.Patience, r.Gain = 3*r.ChoiceWait, 3, 2
	return r
}

func TestMessagesAndCodesAreAsLoudAsTheLineNeedsThem(t *testing.T) {
	h := lastCaller
	h.Order = flow.OrderTrust
	_, mailbox := flow.BeginMailbox(box, ownLine, resident, plan, heeds(), "count/three", letters).Step(flow.Began{})
	_, handset := flow.BeginHandset(box, ownLine, resident, plan, heeds(), h).Step(flow.Began{})
	for name, effects := range map[string][]flow.Effect{"messages": mailbox, "a code": handset} {
		louder := must[flow.Louder](t, effects)
		if louder != (flow.Louder{Leg: resident, Times: 2}) || indexOf[flow.Louder](effects, 0) > indexOf[flow.Play](effects, 0) {
			t.Errorf("%s: %+v", name, effects)
		}
	}
}

func TestANumberForHelpIsAwaitedLongerAmongMessages(t *testing.T) {
	told := &opening{teller[flow.Mailbox]{t: t, s: flow.BeginMailbox(box, ownLine, resident, plan, heeds(), "count/three", letters)}}
	told.opens()
	told.hearsAll()
	if choice, _ := newest(told.all, flow.StageTimer); choice.After != 3*sessionRules.ChoiceWait {
		t.Errorf("a choice is awaited for %s", choice.After)
	}
	told.press(resident, "1")
	if gap, _ := newest(told.all, flow.KeyTimer); gap.After != 15*time.Second {
		t.Errorf("the next key is awaited for %s", gap.After)
	}
	told.nothingHappens()
	deadman := must[flow.Deadman](t, told.all)
	if patience, _ := newest(told.all, flow.StageTimer); patience.After != 30*time.Second || deadman.After < patience.After {
		t.Errorf("who dials slowly is given %s, and the exchange gives %s", patience.After, deadman.After)
	}
}

func TestASentenceAboutANumberForHelpIsAsLoudAsTheLineNeedsIt(t *testing.T) {
	for number, loud := range map[string]bool{"161": true, "101": true, "999": false} {
		told := newClears(t, number, flow.Threat{Suspect: true})
		told.s.Rules.Gain = 3
		told.begun()
		louder, set := last[flow.Louder](told.all)
		if set != loud || loud && (louder.Times != 3 || indexOf[flow.Louder](told.all, 0) > indexOf[flow.Play](told.all, 0)) {
			t.Errorf("%s: %+v", number, told.all)
		}
	}
}

func TestTheNumberOfAResidentWhoNeedsLongerIsWaitedFor(t *testing.T) {
	r := rules.Patient(2)
	if r.ConsultRing != 2*rules.ConsultRing || r.ChoiceWait != 2*rules.ChoiceWait || r.PurposeMax != rules.PurposeMax || r.Deadman != rules.Deadman {
		t.Errorf("%+v", r)
	}
	gap := func(r flow.Rules) time.Duration {
		s := begin(r)
		s.Stage, s.Resident = flow.Guarded, first
		_, effects := s.Step(flow.DTMF{Leg: first, Key: '1'})
		for _, e := range effects {
			if timer, ok := e.(flow.SetTimer); ok && timer.Timer == flow.KeyTimer {
				return timer.After
			}
		}
		return 0
	}
	if once, twice := gap(rules), gap(r); once == 0 || twice != 2*once {
		t.Errorf("%s between two keys, and %s for who needs longer", once, twice)
	}
}
