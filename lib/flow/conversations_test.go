package flow_test

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// conversation is a whole call with the cause it must end with.
type conversation struct {
	name  string
	cause call.Cause
	tell  func(*telling)
}

var conversations = []conversation{
	{"accepted, and the resident hangs up", call.Completed, func(c *telling) {
		c.joins()
		c.press(first, "0123456789*#")
		c.gone(first, caller)
	}},
	{"accepted, and the caller hangs up", call.Completed, func(c *telling) { c.joins(); c.gone(caller, first) }},
	{"refused by hanging up", call.Refused, func(c *telling) { c.asks(); c.gone(first); c.heard(caller); c.gone(caller) }},
	{"refused and blocked", call.RefusedBlocked, func(c *telling) {
		c.asks()
		c.press(first, "7")
		c.heard(first)
		c.gone(first, caller)
	}},
	{"refused by silence after a second question", call.Refused, func(c *telling) {
		c.asks()
		c.heard(first)
		c.nothingHappens()
		c.heard(first)
		c.nothingHappens()
		c.gone(first, caller)
	}},
	{"repeated, then accepted", call.Completed, func(c *telling) {
		c.asks()
		c.press(first, "*385")
		c.heard(first)
		c.tell(flow.LegJoined{Leg: caller, Bridge: bridge}, flow.LegJoined{Leg: first, Bridge: bridge})
		c.gone(caller, first)
	}},
	{"nobody answers", call.NoAnswer, func(c *telling) {
		c.states()
		c.tell(flow.LegGone{Leg: first, Q850: 19})
		c.tell(flow.LegGone{Leg: second, Q850: 19})
		c.heard(caller)
		c.gone(caller)
	}},
	{"put down as it is picked up", call.Refused, func(c *telling) {
		c.states()
		c.tell(flow.LegGone{Leg: first, Q850: 16})
		c.tell(flow.LegGone{Leg: second, Q850: 19})
		c.heard(caller)
		c.gone(caller)
	}},
	{"the telephone says busy", call.LineInUse, func(c *telling) {
		c.states()
		c.tell(flow.LegGone{Leg: first, Q850: 17}, flow.LegGone{Leg: second, Q850: 17})
		c.heard(caller)
		c.gone(caller)
	}},
	{"the line is in use", call.LineInUse, func(c *telling) {
		c.begins()
		c.press(caller, "4")
		c.heard(caller)
		c.says(time.Second)
		c.tell(flow.LineBusy{})
		c.heard(caller)
		c.gone(caller)
	}},
	{"no endpoint can be rung", call.Unreachable, func(c *telling) {
		c.states()
		c.tell(flow.EffectFailed{Effect: c.all[indexOf[flow.RingResident](c.all, 0)]})
		c.tell(flow.EffectFailed{Effect: c.all[indexOf[flow.RingResident](c.all, 1)]})
		c.heard(caller)
		c.gone(caller)
	}},
	{"a robocall talks over the greeting and presses nothing", call.CheckFailed, func(c *telling) {
		c.begins()
		c.tell(flow.SpeechStarted{Leg: caller})
		c.heard(caller)
		c.nothingHappens()
		c.heard(caller)
		c.nothingHappens()
		c.heard(caller)
		c.gone(caller)
	}},
	{"wrong digits twice", call.CheckFailed, func(c *telling) {
		c.begins()
		c.press(caller, "1113")
		c.heard(caller)
		c.gone(caller)
	}},
	{"a wrong digit, then the new one", call.CallerHungUp, func(c *telling) { c.begins(); c.press(caller, "46"); c.gone(caller) }},
	{"nothing said, then something", call.CallerHungUp, func(c *telling) {
		c.begins()
		c.press(caller, "4")
		c.heard(caller)
		c.isSilent()
		c.heard(caller)
		c.says(time.Second)
		c.gone(caller)
	}},
	{"nothing said twice", call.NothingSaid, func(c *telling) {
		c.begins()
		c.press(caller, "4")
		c.heard(caller)
		c.isSilent()
		c.heard(caller)
		c.isSilent()
		c.heard(caller)
		c.gone(caller)
	}},
	{"the caller hangs up while the resident is asked", call.CallerHungUp, func(c *telling) {
		c.asks()
		c.gone(caller)
		c.heard(first)
		c.gone(first)
	}},
	{"the recording is lost on a full disk", call.Refused, func(c *telling) {
		c.begins()
		c.press(caller, "4")
		c.heard(caller)
		rec := must[flow.Record](c.t, c.all)
		c.tell(flow.SpeechStarted{Leg: caller},
			flow.RecordingDone{Leg: caller, Recording: rec.Recording, Length: 3 * time.Second})
		c.tell(flow.LineSeized{}, flow.LegAnswered{Leg: first})
		c.gone(second, first, caller)
	}},
	{"the exchange refuses the join", call.Fault, func(c *telling) {
		c.asks()
		c.press(first, "5")
		c.heard(first)
		c.tell(flow.EffectFailed{Effect: must[flow.Bridge](c.t, c.all)})
		c.gone(caller, first)
	}},
	{"the bridge passes keys by", call.Fault, func(c *telling) {
		c.joins()
		c.tell(flow.BridgeUnguarded{Bridge: bridge})
		c.gone(caller, first)
	}},
	{"a blocked caller", call.Blocked, func(c *telling) {
		c.tell(flow.Began{Admission: flow.RefusedBlocked})
		c.gone(caller)
	}},
	{"a number no line owns", call.NoLine, func(c *telling) {
		c.tell(flow.Began{Admission: flow.RefusedNoLine})
		c.heard(caller)
		c.gone(caller)
	}},
	{"a hang-up that is never confirmed", call.CheckFailed, func(c *telling) {
		c.begins()
		c.press(caller, "98")
		c.heard(caller)
		c.nothingHappens()
		c.nothingHappens()
	}},
	{"the dialplan takes the caller back while they are greeted", call.Taken, func(c *telling) {
		c.begins()
		c.tell(flow.LegTaken{Leg: caller})
	}},
	{"the dialplan takes the caller back while the resident is asked", call.Taken, func(c *telling) {
		c.asks()
		c.tell(flow.LegTaken{Leg: caller})
		c.heard(first)
		c.gone(first)
	}},
	{"the dialplan takes the resident back", call.Refused, func(c *telling) {
		c.asks()
		c.tell(flow.LegTaken{Leg: first})
		c.heard(caller)
		c.gone(caller)
	}},
	{"the question cannot be played", call.Fault, func(c *telling) {
		c.asks()
		c.fails()
		c.fails()
		c.gone(first, caller)
	}},
	{"a yes before the question that could not be played", call.Refused, func(c *telling) {
		c.asks()
		question := must[flow.Play](c.t, c.all)
		c.press(first, "5")
		c.tell(flow.EffectFailed{Effect: question})
		c.heard(first)
		c.nothingHappens()
		c.nothingHappens()
		c.gone(first)
		c.heard(caller)
		c.gone(caller)
	}},
	{"the disk is full", call.Refused, func(c *telling) {
		c.begins()
		c.press(caller, "4")
		c.heard(caller)
		c.tell(flow.SpeechStarted{Leg: caller})
		c.tell(flow.RecordingDone{Leg: caller, Recording: c.s.Recording})
		c.tell(flow.LineSeized{}, flow.LegAnswered{Leg: first})
		c.gone(second, first)
		c.heard(caller)
		c.gone(caller)
	}},
	{"the recording cannot be made", call.Refused, func(c *telling) {
		c.begins()
		c.press(caller, "4")
		c.heard(caller)
		c.tell(flow.EffectFailed{Effect: must[flow.Record](c.t, c.all)})
		c.tell(flow.LineSeized{}, flow.LegAnswered{Leg: first})
		c.gone(second, first, caller)
	}},
	{"the legs cannot be paired", call.Fault, func(c *telling) {
		c.asks()
		c.press(first, "5")
		c.heard(first)
		c.tell(flow.EffectFailed{Effect: must[flow.Pair](c.t, c.all)})
		c.gone(caller, first)
	}},
	{"the line cannot be looked up", call.Fault, func(c *telling) {
		c.begins()
		c.press(caller, "4")
		c.heard(caller)
		c.says(time.Second)
		c.tell(flow.EffectFailed{Effect: must[flow.SeizeLine](c.t, c.all)})
		c.gone(caller)
	}},
	{"the caller cannot be answered", call.Fault, func(c *telling) {
		c.begins()
		c.tell(flow.EffectFailed{Effect: must[flow.Answer](c.t, c.all)})
		c.gone(caller)
	}},
	{"a leg leaves the bridge but stays up", call.Completed, func(c *telling) {
		c.joins()
		c.tell(flow.LegLeft{Leg: stranger, Bridge: bridge}, flow.LegLeft{Leg: caller, Bridge: bridge})
		c.gone(caller, first)
	}},
	{"the bridge passes keys by before both are in it", call.Fault, func(c *telling) {
		c.asks()
		c.press(first, "5")
		c.heard(first)
		c.tell(flow.LegJoined{Leg: caller, Bridge: bridge}, flow.BridgeUnguarded{Bridge: bridge})
		c.gone(caller, first)
	}},
	{"one telephone declines and the others ring out", call.Refused, func(c *telling) {
		c.states()
		c.tell(flow.LegGone{Leg: first, Q850: 21}, flow.LegGone{Leg: second, Q850: 19})
		c.heard(caller)
		c.gone(caller)
	}},
	{"a second telephone answers too late", call.Completed, func(c *telling) {
		c.states()
		c.tell(flow.LegAnswered{Leg: first}, flow.LegAnswered{Leg: second})
		c.press(first, "5")
		c.gone(second)
		c.heard(first)
		c.tell(flow.LegJoined{Leg: caller, Bridge: bridge}, flow.LegJoined{Leg: first, Bridge: bridge})
		c.gone(caller, first)
	}},
	{"the caller hangs up in the middle of a sentence", call.CallerHungUp, func(c *telling) {
		c.begins()
		c.press(caller, "4")
		c.heard(caller)
		c.tell(flow.SpeechStarted{Leg: caller})
		c.gone(caller)
	}},
	{"the caller hangs up while the telephones ring", call.CallerHungUp, func(c *telling) {
		c.states()
		c.gone(caller, first, second)
	}},
	{"stopped while a caller is recorded", call.Lost, func(c *telling) {
		c.begins()
		c.press(caller, "4")
		c.heard(caller)
		c.tell(flow.Stopped{})
	}},
	{"stopped in a guarded call", call.Lost, func(c *telling) { c.joins(); c.tell(flow.Stopped{}) }},
}
