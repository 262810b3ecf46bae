package flow_test

import (
	"slices"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// onlooker watches a Clearing from outside, as witness does a Screening.
type onlooker struct {
	t       fataler
	gone    map[call.LegID]bool
	found   map[call.LegID]bool
	urgent  map[call.LegID]bool // legs an emergency was dialled on
	typed   string              // on the leg that dials
	used    map[call.PlaybackID]bool
	timers  map[flow.Timer]int // that run, with their numbers
	search  flow.FindLegs      // the newest
	heard   bool               // it was answered
	empty   bool               // it has found nobody
	proofs  int                // searches in a row that found nobody
	own     call.LegID
	redial  flow.Redial // the newest
	redials int         // how often the leg was ordered to dial another number
	notes   int         // that are final
}

func newOnlooker(t fataler, c flow.Clearing) *onlooker {
	return &onlooker{
		t: t, gone: map[call.LegID]bool{}, found: map[call.LegID]bool{}, used: map[call.PlaybackID]bool{},
		urgent: map[call.LegID]bool{c.Dial.Leg: c.Dial.Meaning.Role == call.Emergency}, timers: map[flow.Timer]int{},
		own: c.Dial.Leg, heard: true,
	}
}

func (o *onlooker) before(ev flow.Event) {
	switch ev := ev.(type) {
	case flow.LegGone:
		o.gone[ev.Leg] = true
	case flow.LegTaken:
		o.gone[ev.Leg] = true
	case flow.Resumed:
		clear(o.timers) // of the run before
	case flow.DTMF:
		if ev.Leg == o.own {
			o.typed += string(ev.Key)
		}
	case flow.TimerFired:
		if n, runs := o.timers[ev.Timer]; runs && n == ev.N {
			delete(o.timers, ev.Timer)
		}
	case flow.LegFound:
		if ev.N == o.search.N && ev.Leg != o.own {
			o.found[ev.Leg], o.empty = true, false
		}
	case flow.SearchDone:
		o.answered(ev.N, ev.Failed)
	case flow.EffectFailed:
		if find, ok := ev.Effect.(flow.FindLegs); ok {
			o.answered(find.N, true)
		}
	}
}

func (o *onlooker) answered(n int, failed bool) {
	if n != o.search.N || o.heard {
		return
	}
	o.heard = true
	if o.proofs++; failed || !o.empty {
		o.proofs = 0
	}
}

func (o *onlooker) after(ev flow.Event, c flow.Clearing, effects []flow.Effect) {
	o.t.Helper()
	if o.notes > 0 && len(effects) > 0 {
		o.t.Fatalf("%#v after the end gives %#v", ev, effects)
	}
	before := o.own
	if c.Dial.Leg != before {
		o.own, o.typed, o.redials = c.Dial.Leg, "", 0
	}
	if c.Dial.Meaning.Role == call.Emergency {
		o.urgent[c.Dial.Leg] = true
	}
	for _, e := range effects {
		o.effect(ev, e, c, before)
	}
	if c.Ended() != (o.notes == 1) {
		o.t.Fatalf("stage %s, but %d ends seen", c.Stage, o.notes)
	}
	o.bounded(c)
}

// bounded insists that something will lead on from every stage.
func (o *onlooker) bounded(c flow.Clearing) {
	o.t.Helper()
	leads := flow.StageTimer
	switch c.Stage {
	case flow.Beginning, flow.Over:
		return
	case flow.Searching:
		leads = flow.BoundTimer
	}
	if _, runs := o.timers[leads]; !runs {
		o.t.Fatalf("the flow waits in %s without a bound", c.Stage)
	}
	if o.urgent[c.Dial.Leg] && c.Stage != flow.Searching && c.Stage != flow.Leaving && c.Stage != flow.Awaiting {
		o.t.Fatalf("an emergency waits in %s", c.Stage)
	}
}

func (o *onlooker) effect(ev flow.Event, e flow.Effect, c flow.Clearing, before call.LegID) {
	o.t.Helper()
	o.order(e, c)
	switch e := e.(type) {
	case flow.FindLegs:
		if e.N <= o.search.N || e.Own != o.own {
			o.t.Fatalf("%+v after %+v", e, o.search)
		}
		o.search, o.heard, o.empty = e, false, true
	case flow.HangUp:
		_, again := ev.(flow.DialledAgain)
		closing := e.Leg == o.own && c.Stage == flow.Closing
		replaced := again && e.Leg == before && e.Leg != o.own
		other := o.found[e.Leg] && e.Leg != o.own
		if !closing && !replaced && !other {
			o.t.Fatalf("%#v hangs %s up", ev, e.Leg)
		}
	case flow.Play:
		if o.used[e.Playback] {
			o.t.Fatalf("%s is said twice", e.Playback)
		}
		o.used[e.Playback] = true
	case flow.GoOn:
		o.goesOn(e, c)
	case flow.Redial:
		o.redialled(e)
	case flow.NoteAttempt:
		if e.Gone < 0 || e.Gone > e.Found {
			o.t.Fatalf("%d of %d are gone", e.Gone, e.Found)
		}
		if e.Outcome != "" {
			o.notes++
		}
	case flow.SetTimer:
		o.timers[e.Timer] = e.N
	case flow.CancelTimer:
		delete(o.timers, e.Timer)
	}
}

// order insists that nothing is asked of a leg that is gone, of somebody else's, or of an
// emergency's.
func (o *onlooker) order(e flow.Effect, c flow.Clearing) {
	o.t.Helper()
	leg, ok := legOf(e)
	if _, hangUp := e.(flow.HangUp); !ok || hangUp {
		return
	}
	if o.gone[leg] || leg != o.own {
		o.t.Fatalf("%s %+v in %s is for a leg that is gone, or another", bare(e), e, c.Stage)
	}
	switch e.(type) {
	case flow.GoOn, flow.Release:
		return
	}
	if o.urgent[leg] {
		o.t.Fatalf("%s %+v touches an emergency", bare(e), e)
	}
}

func (o *onlooker) goesOn(e flow.GoOn, c flow.Clearing) {
	o.t.Helper()
	switch {
	case c.Dial.Meaning.Role == call.Trap:
		o.t.Fatalf("a trap is dialled")
	case e.Cleared && o.proofs < 2:
		o.t.Fatalf("%+v after %d searches that found nobody", e, o.proofs)
	case !e.Cleared && !o.urgent[o.own]:
		o.t.Fatalf("%+v is no emergency", e)
	}
}

// redialled insists that the resident typed the number on the leg that dials.
func (o *onlooker) redialled(e flow.Redial) {
	o.t.Helper()
	if o.redials++; o.redials <= 3 && e == o.redial {
		return
	}
	o.redial = e
	digits := slices.DeleteFunc([]rune(o.typed), func(key rune) bool { return key == '#' })
	if n := len(digits) - len(e.Dialled); o.redials > 3 || n < 0 || string(digits[n:]) != e.Dialled {
		o.t.Fatalf("%+v for the %d. time, but %q was typed", e, o.redials, o.typed)
	}
}
