package flow

import (
	"clearline/lib/call"
	"clearline/lib/policy"
	"clearline/lib/prompt"
)

// Confirming is the stage of a Handset in which a resident is asked whether that is meant.
const Confirming Stage = "confirming"

// HandsetOrder is what a code asks for.
type HandsetOrder string

// The orders.
const (
	OrderBlock  HandsetOrder = "block"  // the last caller, from now on
	OrderTrust  HandsetOrder = "trust"  // the last caller, once the resident has confirmed it
	OrderPause  HandsetOrder = "pause"  // screening, for an hour
	OrderResume HandsetOrder = "resume" // screening, before the hour is over
)

// Handset does what a resident has dialled a code for, and says what was done.
//
//	beginning --block, pause, resume: done at once--> closing --> over
//	         \__ trust __> confirming --accept key--> closing
//	                                 \__ silence __> closing
//	it cannot be done: closing says why
//	a number for help, typed at any time: parting --> over
type Handset struct {
	Session
	Order  HandsetOrder
	Caller call.Caller   // the last caller, of OrderBlock and OrderTrust
	Who    prompt.Script // the last caller, in words
	Unfit  prompt.Name   // why it cannot be done; empty when it can
}

// BeginHandset makes the flow of a resident's leg on which a code was dialled.
func BeginHandset(id call.ID, line call.Line, leg call.LegID, plan *policy.Plan, rules SessionRules, h Handset) Handset {
	h.Session = newSession(id, line, leg, plan, rules)
	return h
}

// Step returns the state after ev and the effects to perform, in order.
func (h Handset) Step(ev Event) (next Handset, effects []Effect) {
	if h.Stage == Over {
		return h, nil
	}
	if _, again := ev.(Resumed); again {
		return h.resumed()
	}
	var done bool
	if h.Session, effects, done = h.step(ev); done {
		return h, effects
	}
	switch h.Stage {
	case Beginning:
		if _, began := ev.(Began); began {
			return h.begin()
		}
	case Confirming:
		return h.confirming(ev)
	}
	return h, nil
}

// begin does what can be done without asking.
func (h Handset) begin() (next Handset, effects []Effect) {
	var order, rest []Effect
	switch {
	case h.Unfit != "":
		h.Session, rest = h.farewell(h.Who.Then(prompt.Say(h.Unfit)))
	case h.Order == OrderTrust:
		h, rest = h.ask()
	case h.Order == OrderBlock:
		order = []Effect{BlockCaller{h.Line.ID, h.Caller.Number, call.ByHandset}}
		h.Session, rest = h.farewell(h.Who.Then(prompt.Say(prompt.BlockedNow)))
	case h.Order == OrderPause:
		order = []Effect{PauseScreening{h.Line.ID, true}}
		h.Session, rest = h.farewell(prompt.Say(prompt.ScreeningPaused))
	case h.Order == OrderResume:
		order = []Effect{PauseScreening{h.Line.ID, false}}
		h.Session, rest = h.farewell(prompt.Say(prompt.ScreeningResumed))
	}
	return h, append(append(h.open(), order...), rest...)
}

// ask says whose number it is, and how to trust it.
func (h Handset) ask() (next Handset, effects []Effect) {
	h.Stage = Confirming
	question := h.Who.Then(prompt.Say(prompt.ToTrust, prompt.Digit(h.Rules.AcceptKey)))
	h.Session, effects = h.say(question, sayMax, h.Rules.ChoiceWait)
	return h, effects
}

func (h Handset) confirming(ev Event) (next Handset, effects []Effect) {
	over, _ := h.heard(ev)
	_, late := ev.(TimerFired)
	switch {
	case ev == (DTMF{h.Leg, h.Rules.AcceptKey}):
		h.Session, effects = h.farewell(prompt.Say(prompt.CallerTrusted))
		return h, append([]Effect{TrustCaller{h.Line.ID, h.Caller.Number}}, effects...)
	case ev == (DTMF{h.Leg, h.Rules.RepeatKey}):
		return h.ask()
	case over, late && h.Saying != "":
		if over {
			h.Saying = ""
		}
		h.Session, effects = h.quiet()
	case late:
		h.Session, effects = h.farewell(prompt.Say(prompt.NothingChanged))
	}
	return h, effects
}

// resumed asks again, or says again what was done.
func (h Handset) resumed() (next Handset, effects []Effect) {
	switch h.Stage {
	case Beginning:
		return h, nil
	case Confirming:
		keys, patience := h.Keys.goesOn()
		h.Keys = keys
		h, effects = h.ask()
		return h, append(patience, effects...)
	}
	h.Session, effects = h.Session.resumed()
	return h, effects
}
