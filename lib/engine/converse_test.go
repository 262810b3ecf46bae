package engine_test

import (
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/policy"
	"clearline/lib/prompt"
)

// coded lets residents dial codes, with keys that mean what they mean everywhere.
func coded(o *engine.Options, _ *memory) {
	o.Boxes = engine.Boxes{
		Codes:  map[string]engine.Code{"*55": engine.CodeMessages, "*58": engine.CodeTrust},
		Rules:  flow.SessionRules{AcceptKey: '5', DeleteKey: '7', CallKey: '5', SaveKey: '3', RepeatKey: '*'},
		Count:  func(fresh, _ int) prompt.Script { return prompt.Count(prompt.NewMessages, fresh) },
		Caller: func(call.Caller) prompt.Script { return prompt.Say(prompt.LastCaller) },
	}
}

// heeds gives the first line a resident who hears badly, and needs three times as long.
func heeds(o *engine.Options, _ *memory) {
	own := o.Rules.Patient(3)
	own.Gain = 2
	o.OwnRules = map[call.LineID]flow.Rules{"flat-1": own}
}

// codes dials a code on a telephone of a line.
func (r *rig) codes(leg call.LegID, line call.LineID, code string) {
	r.Dialled(engine.Dialled{Leg: leg, Line: line, Dialled: code, Code: true, At: time.Now()})
	settle()
}

func TestCodesGoByTheRulesOfTheirLine(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, coded, heeds)
		r.codes("leg-r", "flat-1", "*55")
		r.codes("leg-s", "flat-2", "*55")
		louder := map[call.LegID]int{}
		for _, e := range r.exchange.performed() {
			if order, ok := e.(flow.Louder); ok {
				louder[order.Leg] = order.Times
			}
		}
		if len(louder) != 1 || louder["leg-r"] != 2 {
			t.Errorf("louder are %v", louder)
		}
		r.Close()
	})
}

func TestACodeLetsNobodyThroughWhereTheWardenDecides(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, coded, func(o *engine.Options, _ *memory) {
			own := o.Rules
			own.Approver = call.ApproverWarden
			o.OwnRules = map[call.LineID]flow.Rules{"flat-1": own}
		})
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.asked("call1", "leg-a")
		r.codes("leg-r", "flat-1", "*58")
		r.hears(t, "leg-r", string(prompt.WardenTrusts))
		r.Happened(flow.DTMF{Leg: "leg-r", Key: '5'})
		settle()
		if d := r.Verdict(arrival("leg-b", "flat-1", "+441632960200")); d.Verdict == policy.Trusted {
			t.Errorf("the caller rings straight away, because %s", d.Reason())
		}
		r.Close()
	})
}

func TestAResidentWhoNeedsLongerIsGivenItAfterACode(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, coded, heeds)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.asked("call1", "leg-a")
		r.codes("leg-r", "flat-1", "*58")
		question := newest[flow.Play](r.exchange.performed(), "leg-r")
		r.Happened(flow.PlaybackDone{Leg: "leg-r", Playback: question.Playback})
		time.Sleep(29 * time.Second) // three times ten are allowed
		settle()
		r.hears(t, "leg-r", string(question.Script))
		time.Sleep(2 * time.Second)
		settle()
		r.hears(t, "leg-r", string(prompt.NothingChanged))
		r.Close()
	})
}
