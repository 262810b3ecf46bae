package flow_test

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

var (
	calm      = flow.Threat{}
	suspected = flow.Threat{Suspect: true, Incident: true, Avoid: "trunk"}
	analogue  = flow.Threat{Suspect: true, Incident: true, Hold: 2 * time.Minute}
)

// clearings are whole attempts with the outcome each must end with.
var clearings = []struct {
	name    string
	number  string
	threat  flow.Threat
	outcome call.Outcome
	tell    func(*clears)
}{
	{"an emergency on a line where nobody is", "999", calm, call.OutcomeCleared, func(c *clears) { c.begun(); c.wentOn() }},
	{"an emergency with one leg found and hung up and found again and gone", "999", suspected, call.OutcomeCleared, func(c *clears) {
		c.begins()
		c.searched(fraud)
		c.runsOut(flow.SearchTimer)
		c.searched(fraud)
		c.runsOut(flow.SearchTimer)
		c.cleared()
		c.wentOn()
	}},
	{"an emergency whose second search finds somebody after all", "999", suspected, call.OutcomeCleared, func(c *clears) {
		c.begins()
		c.searched()
		c.searched(fraud)
		c.runsOut(flow.SearchTimer)
		c.cleared()
		c.wentOn()
	}},
	{"an emergency whose searches fail until the bound is over", "999", suspected, call.OutcomeUnproved, func(c *clears) {
		c.begins()
		failsTo[flow.FindLegs](&c.teller)
		c.runsOut(flow.SearchTimer)
		c.tell(flow.SearchDone{N: 2, Failed: true})
		c.outOfTime()
		c.wentOn()
	}},
	{"an emergency that cannot go on twice", "999", calm, call.OutcomeCleared, func(c *clears) {
		c.begun()
		failsTo[flow.GoOn](&c.teller)
		failsTo[flow.GoOn](&c.teller)
		c.wentOn()
	}},
	{"an emergency that cannot go on three times is left to the dialplan", "999", calm, call.OutcomeTaken, func(c *clears) {
		c.begun()
		failsTo[flow.GoOn](&c.teller)
		failsTo[flow.GoOn](&c.teller)
		failsTo[flow.GoOn](&c.teller)
	}},
	{"an emergency that nobody says has gone on", "999", calm, call.OutcomeTaken, func(c *clears) { c.begun(); c.nothingHappens() }},
	{"an emergency that the dialplan takes while searched for", "999", calm, call.OutcomeTaken, func(c *clears) {
		c.begins()
		c.tell(flow.LegTaken{Leg: own})
	}},
	{"an emergency hung up while it leaves", "999", calm, call.OutcomeAbandoned, func(c *clears) {
		c.begun()
		c.gone(own)
		c.nothingHappens()
	}},
	{"an emergency dialled again on another telephone", "999", calm, call.OutcomeCleared, func(c *clears) {
		c.begins()
		c.searched()
		c.dials(another, "112")
		c.searched(own)
		c.runsOut(flow.SearchTimer)
		c.cleared()
		c.wentOn()
	}},
	{"a check with nobody to fear goes on without a word", "101", calm, call.OutcomeCleared, func(c *clears) { c.begun(); c.wentOn() }},
	{"a check after a suspect is told that the call has ended", "101", suspected, call.OutcomeCleared, func(c *clears) {
		c.begins()
		c.tell(flow.TimerFired{Timer: flow.RenewTimer})
		c.cleared()
		c.heard(own)
		c.wentOn()
	}},
	{"a check whose sentence cannot be played goes on", "101", suspected, call.OutcomeCleared, func(c *clears) {
		c.begun()
		failsTo[flow.Play](&c.teller)
		c.wentOn()
	}},
	{"a check whose sentence never ends goes on", "101", suspected, call.OutcomeCleared, func(c *clears) {
		c.begun()
		c.nothingHappens()
		c.wentOn()
	}},
	{"a check on an analogue line waits until the network lets go", "101", analogue, call.OutcomeCleared, func(c *clears) {
		c.begun()
		c.heard(own)
		c.tell(flow.TimerFired{Timer: flow.RenewTimer})
		c.nothingHappens()
		c.runsOut(flow.HoldTimer)
		c.heard(own)
		c.wentOn()
	}},
	{"a check that is not clear in time is tried again", "101", suspected, call.OutcomeCleared, func(c *clears) {
		c.begins()
		c.searched(fraud)
		c.outOfTime()
		c.press(own, "5")
		c.cleared()
		c.heard(own)
		c.wentOn()
	}},
	{"a check that is not clear and not tried again", "101", suspected, call.OutcomeNotMade, func(c *clears) {
		c.begins()
		c.outOfTime()
		c.heard(own)
		c.tell(flow.TimerFired{Timer: flow.RenewTimer})
		c.nothingHappens()
		c.gone(own)
	}},
	{"a check whose hang-up is never confirmed", "101", suspected, call.OutcomeNotMade, func(c *clears) {
		c.begins()
		c.outOfTime()
		c.heard(own)
		c.nothingHappens()
		c.nothingHappens()
		c.nothingHappens()
	}},
	{"999 instead of a second try", "101", suspected, call.OutcomeNotMade, func(c *clears) {
		c.begins()
		c.outOfTime()
		c.press(own, "1999") // the one leads nowhere
		c.redialled("999")
	}},
	{"a number with the retry key in it is not a second try", "101", suspected, call.OutcomeNotMade, func(c *clears) {
		c.begins()
		c.outOfTime()
		c.press(own, "159")
		c.redialled("159")
	}},
	{"a number begun as the offer ends is waited for", "101", suspected, call.OutcomeNotMade, func(c *clears) {
		c.begins()
		c.outOfTime()
		c.heard(own)
		c.press(own, "99")
		c.nothingHappens()
		c.press(own, "9")
		c.redialled("999")
	}},
	{"999 while the line is searched for", "101", suspected, call.OutcomeAbandoned, func(c *clears) {
		c.begins()
		c.press(own, "999")
		c.redialled("999")
	}},
	{"999 while the network holds the line", "101", analogue, call.OutcomeAbandoned, func(c *clears) {
		c.begun()
		c.press(own, "999")
		c.redialled("999")
	}},
	{"999 that cannot be dialled twice", "101", analogue, call.OutcomeAbandoned, func(c *clears) {
		c.begun()
		c.press(own, "999")
		failsTo[flow.Redial](&c.teller)
		failsTo[flow.Redial](&c.teller)
		c.redialled("999")
	}},
	{"999 that can never be dialled is left to the dialplan soon", "101", analogue, call.OutcomeAbandoned, func(c *clears) {
		c.begun()
		c.press(own, "999")
		failsTo[flow.Redial](&c.teller)
		failsTo[flow.Redial](&c.teller)
		failsTo[flow.Redial](&c.teller)
		c.nothingHappens()
	}},
	{"a trap is explained and another number dialled", "161", suspected, call.OutcomeExplained, func(c *clears) {
		c.begun()
		c.heard(own)
		c.press(own, "01632960555#")
		c.redialled("01632960555")
	}},
	{"a trap and a number that ends with silence", "161", suspected, call.OutcomeExplained, func(c *clears) {
		c.begun()
		c.press(own, "01632960555")
		c.nothingHappens()
		c.redialled("01632960555")
	}},
	{"a trap and a number begun again", "161", suspected, call.OutcomeExplained, func(c *clears) {
		c.begun()
		c.press(own, "99*159")
		c.redialled("159")
	}},
	{"a trap and 999 at once", "161", suspected, call.OutcomeExplained, func(c *clears) {
		c.begun()
		c.press(own, "999")
		c.redialled("999")
	}},
	{"a trap and silence", "161", suspected, call.OutcomeExplained, func(c *clears) {
		c.begun()
		c.heard(own)
		c.nothingHappens()
		c.gone(own)
	}},
	{"hung up while the line is searched for", "101", suspected, call.OutcomeAbandoned, func(c *clears) {
		c.begins()
		c.gone(own)
		c.nothingHappens()
	}},
	{"hung up while told", "101", suspected, call.OutcomeAbandoned, func(c *clears) { c.begun(); c.gone(own); c.nothingHappens() }},
	{"hung up while the network holds the line and dialled again", "101", analogue, call.OutcomeUnproved, func(c *clears) {
		c.begun()
		c.gone(own)
		c.dials(another, "999")
		c.cleared()
		c.wentOn()
	}},
	{"hung up while offered a second try", "101", suspected, call.OutcomeNotMade, func(c *clears) {
		c.begins()
		c.outOfTime()
		c.gone(own)
		c.nothingHappens()
	}},
	{"hung up while a trap is explained", "161", suspected, call.OutcomeExplained, func(c *clears) {
		c.begun()
		c.gone(own)
		c.nothingHappens()
	}},
	{"hung up in the middle of another number", "161", suspected, call.OutcomeExplained, func(c *clears) {
		c.begun()
		c.press(own, "01632")
		c.gone(own)
		c.nothingHappens()
	}},
	{"something more urgent dialled on another telephone", "101", suspected, call.OutcomeCleared, func(c *clears) {
		c.begun()
		c.dials(another, "999")
		c.searched(own)
		c.runsOut(flow.SearchTimer)
		c.cleared()
		c.wentOn()
	}},
	{"stopped before it began", "101", calm, call.OutcomeTaken, func(c *clears) { c.tell(flow.Stopped{}) }},
	{"stopped while the line is searched for", "999", calm, call.OutcomeTaken, func(c *clears) { c.begins(); c.tell(flow.Stopped{}) }},
	{"stopped while told", "101", suspected, call.OutcomeTaken, func(c *clears) { c.begun(); c.tell(flow.Stopped{}) }},
	{"stopped while it leaves", "999", calm, call.OutcomeTaken, func(c *clears) { c.begun(); c.tell(flow.Stopped{}) }},
	{"stopped while a resident is awaited", "101", calm, call.OutcomeAbandoned, func(c *clears) {
		c.begins()
		c.gone(own)
		c.tell(flow.Stopped{})
	}},
	{"stopped while it is hung up", "101", suspected, call.OutcomeNotMade, func(c *clears) {
		c.begins()
		c.outOfTime()
		c.heard(own)
		c.nothingHappens()
		c.tell(flow.Stopped{})
	}},
	{"stopped as another number is dialled", "161", suspected, call.OutcomeExplained, func(c *clears) {
		c.begun()
		c.press(own, "999")
		c.tell(flow.Stopped{})
	}},
}
