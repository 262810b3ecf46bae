package flow_test

import (
	"slices"
	"testing"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

type dialled struct{ teller[flow.Handset] }

var lastCaller = flow.Handset{
	Caller: call.Caller{Number: "+441632960200", Presentation: call.Allowed},
	Who:    prompt.Say(prompt.LastCaller).Then(prompt.Digits("01632 960200")),
}

func (c *dialled) orders(order flow.HandsetOrder) {
	h := lastCaller
	h.Order = order
	c.begins(h)
}

func (c *dialled) begins(h flow.Handset) {
	c.s = flow.BeginHandset(box, ownLine, resident, plan, sessionRules, h)
	c.tell(flow.Began{})
}

// done hears the last sentence.
func (c *dialled) done() {
	c.heard(resident)
	c.gone(resident)
}

var keyedCodes = []struct {
	name string
	tell func(*dialled)
	want []flow.Effect // beyond the leg
}{
	{"the last caller is blocked", func(c *dialled) { c.orders(flow.OrderBlock); c.done() }, []flow.Effect{
		flow.BlockCaller{Line: "flat-1", Number: "+441632960200", By: call.ByHandset},
	}},
	{"a contact is not blocked", func(c *dialled) {
		h := lastCaller
		h.Order, h.Unfit = flow.OrderBlock, prompt.CallerIsKnown
		c.begins(h)
		c.done()
	}, nil},
	{"the last caller is trusted", func(c *dialled) {
		c.orders(flow.OrderTrust)
		c.heard(resident)
		c.press(resident, "5")
		c.done()
	}, []flow.Effect{flow.TrustCaller{Line: "flat-1", Number: "+441632960200"}}},
	{"the last caller is trusted before the question is over", func(c *dialled) {
		c.orders(flow.OrderTrust)
		c.press(resident, "*5")
		c.done()
	}, []flow.Effect{flow.TrustCaller{Line: "flat-1", Number: "+441632960200"}}},
	{"the last caller is not trusted in silence", func(c *dialled) {
		c.orders(flow.OrderTrust)
		c.heard(resident)
		c.nothingHappens()
		c.done()
	}, nil},
	{"hung up instead of trusting", func(c *dialled) {
		c.orders(flow.OrderTrust)
		c.press(resident, "7#")
		c.gone(resident)
	}, nil},
	{"999 instead of trusting", func(c *dialled) {
		c.orders(flow.OrderTrust)
		c.press(resident, "999")
		c.tell(flow.WentOn{Leg: resident})
	}, nil},
	{"159 instead of trusting is no yes at the five", func(c *dialled) {
		c.orders(flow.OrderTrust)
		c.press(resident, "15")
		c.tell(flow.Resumed{})
		c.press(resident, "9")
		c.tell(flow.WentOn{Leg: resident})
	}, nil},
	{"screening is paused", func(c *dialled) { c.orders(flow.OrderPause); c.done() }, []flow.Effect{
		flow.PauseScreening{Line: "flat-1", On: true},
	}},
	{"screening is resumed", func(c *dialled) { c.orders(flow.OrderResume); c.done() }, []flow.Effect{
		flow.PauseScreening{Line: "flat-1"},
	}},
	{"killed while it says what was done, and it is said again", func(c *dialled) {
		c.orders(flow.OrderPause)
		c.tell(flow.Resumed{})
		c.done()
	}, []flow.Effect{flow.PauseScreening{Line: "flat-1", On: true}}},
	{"killed while it asks, and it asks again", func(c *dialled) {
		c.orders(flow.OrderTrust)
		c.heard(resident)
		c.tell(flow.Resumed{})
		c.heard(resident)
		c.press(resident, "5")
		c.done()
	}, []flow.Effect{flow.TrustCaller{Line: "flat-1", Number: "+441632960200"}}},
	{"the leg cannot be answered", func(c *dialled) {
		c.orders(flow.OrderTrust)
		failsTo[flow.Answer](&c.teller)
		c.gone(resident)
	}, nil},
}

func TestHandsetCodes(t *testing.T) {
	for _, each := range keyedCodes {
		t.Run(each.name, func(t *testing.T) {
			told := &dialled{teller[flow.Handset]{t: t}}
			each.tell(told)
			if !told.s.Ended() {
				t.Errorf("it stands in %s", told.s.Stage)
			}
			done := slices.DeleteFunc(slices.Clone(told.all), func(e flow.Effect) bool {
				switch e.(type) {
				case flow.BlockCaller, flow.TrustCaller, flow.PauseScreening:
					return false
				}
				return true
			})
			if !slices.Equal(done, each.want) {
				t.Errorf("does %#v, want %#v", done, each.want)
			}
			golden(t, "handset", each.name, told.text.String())
		})
	}
}
