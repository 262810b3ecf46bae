package flow_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// attempt is a Clearing that is watched on a random walk.
type attempt struct {
	t    *rapid.T
	c    flow.Clearing
	o    *onlooker
	past []flow.Effect
	legs int // that were dialled on
}

func anyAttempt(t *rapid.T) *attempt {
	threat := flow.Threat{Suspect: rapid.Bool().Draw(t, "suspect")}
	if rapid.Bool().Draw(t, "analogue") {
		threat.Hold = time.Minute
	}
	c := beginClearing(callID, dial(own, anyService(t)), threat)
	c.Rules.Gain = rapid.IntRange(0, 2).Draw(t, "gain")
	return &attempt{t: t, c: c, o: newOnlooker(t, c)}
}

func anyService(t *rapid.T) string {
	return rapid.SampledFrom([]string{"101", "161", "999", "159"}).Draw(t, "service")
}

func (a *attempt) do(ev flow.Event) {
	a.o.before(ev)
	var effects []flow.Effect
	a.c, effects = step(a.t, a.c, ev)
	a.past = append(a.past, effects...)
	a.o.after(ev, a.c, effects)
}

// walks tells n random events.
func (a *attempt) walks(n int, each func()) {
	for range n {
		a.do(a.anyEvent())
		each()
	}
}

// anyEvent draws an event that fits, or one that is late, repeated, or about somebody else.
func (a *attempt) anyEvent() flow.Event {
	t, c := a.t, a.c
	if rapid.IntRange(0, 2).Draw(t, "fitting") > 0 {
		if ev := a.fitting(); ev != nil {
			return ev
		}
	}
	leg := rapid.SampledFrom([]call.LegID{c.Dial.Leg, c.Dial.Leg, fraud, another, stranger}).Draw(t, "leg")
	n := rapid.IntRange(0, c.SearchN+1).Draw(t, "search")
	switch rapid.IntRange(0, 13).Draw(t, "event") {
	case 0, 1:
		return flow.SearchDone{N: n, Failed: rapid.Bool().Draw(t, "failed")}
	case 2, 3:
		return flow.LegFound{N: n, Leg: leg}
	case 4, 5:
		return flow.DTMF{Leg: leg, Key: rapid.SampledFrom([]rune("9150*#23")).Draw(t, "key")}
	case 6:
		return flow.PlaybackDone{Leg: leg, Playback: callID.Playback(rapid.IntRange(0, c.LastID+1).Draw(t, "playback"))}
	case 7, 8:
		return flow.TimerFired{Timer: anyTimer(t), N: rapid.IntRange(0, c.TimerN+1).Draw(t, "n")}
	case 9:
		if len(a.past) > 0 {
			return flow.EffectFailed{Effect: rapid.SampledFrom(a.past).Draw(t, "failed effect")}
		}
	case 10:
		return a.dialledAgain()
	case 12:
		return flow.Resumed{}
	case 11:
		if leg != c.Dial.Leg || rapid.Bool().Draw(t, "gone") {
			return flow.LegGone{Leg: leg}
		}
		return flow.LegTaken{Leg: leg}
	}
	return flow.WentOn{Leg: leg}
}

var allTimers = []flow.Timer{
	flow.StageTimer, flow.RenewTimer, flow.KeyTimer, flow.SearchTimer, flow.BoundTimer, flow.HoldTimer,
}

func anyTimer(t *rapid.T) flow.Timer { return rapid.SampledFrom(allTimers).Draw(t, "timer") }

func (a *attempt) dialledAgain() flow.Event {
	a.legs++
	return flow.DialledAgain{Dial: dial(call.LegID("again-"+string(rune('a'+a.legs%26))), anyService(a.t))}
}

// fitting draws an event that brings the flow on.
func (a *attempt) fitting() flow.Event {
	t, c := a.t, a.c
	stage := flow.TimerFired{Timer: flow.StageTimer, N: c.TimerN}
	switch c.Stage {
	case flow.Beginning:
		return flow.Began{}
	case flow.Searching:
		return rapid.SampledFrom([]flow.Event{
			flow.SearchDone{N: c.SearchN},
			flow.SearchDone{N: c.SearchN},
			flow.LegFound{N: c.SearchN, Leg: fraud},
			flow.TimerFired{Timer: flow.SearchTimer, N: c.SearchN},
			flow.TimerFired{Timer: flow.BoundTimer, N: c.BoundN},
		}).Draw(t, "answer")
	case flow.Leaving:
		if order, ok := last[flow.GoOn](a.past); ok {
			return rapid.SampledFrom([]flow.Event{flow.EffectFailed{Effect: order}, flow.WentOn{Leg: c.Dial.Leg}}).Draw(t, "left")
		}
	case flow.Parting:
		if order, ok := last[flow.Redial](a.past); ok {
			return rapid.SampledFrom([]flow.Event{flow.EffectFailed{Effect: order}, stage}).Draw(t, "parted")
		}
	case flow.Awaiting:
		return rapid.SampledFrom([]flow.Event{a.dialledAgain(), stage}).Draw(t, "awaited")
	case flow.Closing:
		return stage
	case flow.Holding, flow.Telling, flow.Offering, flow.Explaining, flow.Redialling:
		return a.listening()
	}
	return nil
}

// listening draws what a resident who listens does.
func (a *attempt) listening() flow.Event {
	t, c := a.t, a.c
	return rapid.SampledFrom([]flow.Event{
		flow.PlaybackDone{Leg: c.Dial.Leg, Playback: c.Saying},
		flow.DTMF{Leg: c.Dial.Leg, Key: '9'},
		flow.DTMF{Leg: c.Dial.Leg, Key: rapid.SampledFrom([]rune("15090#*")).Draw(t, "key")},
		flow.TimerFired{Timer: flow.HoldTimer, N: c.BoundN},
		flow.TimerFired{Timer: flow.KeyTimer, N: c.Keys.TimerN},
		flow.TimerFired{Timer: flow.StageTimer, N: c.TimerN},
	}).Draw(t, "listens")
}

func TestWhatMustAlwaysHoldOfAClearing(t *testing.T) {
	t.Parallel()
	depth := map[flow.Stage]int{}
	rapid.Check(t, func(t *rapid.T) {
		a := anyAttempt(t)
		a.walks(rapid.IntRange(1, 40).Draw(t, "events"), func() { depth[a.c.Stage]++ })
		a.do(flow.Stopped{})
		if !a.c.Ended() {
			t.Fatalf("stopped, but the flow waits in %s", a.c.Stage)
		}
	})
	if testing.Short() {
		return // too few walks to reach everything
	}
	for _, stage := range []flow.Stage{
		flow.Searching, flow.Holding, flow.Telling, flow.Leaving, flow.Offering, flow.Explaining, flow.Redialling,
		flow.Parting, flow.Awaiting, flow.Closing, flow.Over,
	} {
		if depth[stage] == 0 {
			t.Errorf("no random walk reached %s: the test proves nothing about it", stage)
		}
	}
}

func TestSilenceAlwaysEndsAClearing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := anyAttempt(t)
		a.do(flow.Began{})
		a.walks(rapid.IntRange(0, 20).Draw(t, "events"), func() {})
		for range 60 {
			if a.c.Ended() {
				return
			}
			if !a.o.heard {
				a.do(flow.SearchDone{N: a.o.search.N})
			}
			for _, timer := range slices.Sorted(maps.Keys(a.o.timers)) {
				if n, runs := a.o.timers[timer]; runs {
					a.do(flow.TimerFired{Timer: timer, N: n})
				}
			}
		}
		t.Fatalf("timers alone do not end a clearing in %s", a.c.Stage)
	})
}

// FuzzClearing reads bytes as events: whatever they spell, what must always hold holds.
func FuzzClearing(f *testing.F) {
	f.Add([]byte{0, 4, 9, 2})
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		anyAttempt(t).walks(rapid.IntRange(1, 80).Draw(t, "events"), func() {})
	}))
}
