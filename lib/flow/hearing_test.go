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
