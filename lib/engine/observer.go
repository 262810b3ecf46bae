package engine

import (
	"errors"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// Observer is told what calls and the store are doing, so that it can be measured. Its
// functions are called from many goroutines, and some with the engine's lock held: each
// returns at once and asks nothing of the engine. One that is nil is not called.
type Observer struct {
	// Entered says that a call has come to a stage, Left that it has gone from it. Every
	// Entered is followed by one Left with the same arguments.
	Entered, Left func(Kind, flow.Stage)
	// Ended says that a caller's call is over, and on its way into the history.
	Ended func(call.Cause)
	// Attempted says that an attempt is over.
	Attempted func(call.Attempt)
	// Limited says that a caller was turned away because there are too many.
	Limited func(Limit)
	// Recorded says that what a caller said is on the disk, or why it is not.
	Recorded func(error)
	// Waited says how long an event waited for its call to take it.
	Waited func(time.Duration)
	// Renewed says that the dead-man's time of a leg was renewed, or why it was not. It was
	// late when more than half of that time had passed since it was due.
	Renewed func(late bool, err error)
	// Stored says how long a write to the store took, and why it failed.
	Stored func(took time.Duration, err error)
	// Queued says how much waits to be written: calls, records and the like.
	Queued func(int)
	// Outwaited says that a call has waited for the store as long as it may, and goes on.
	Outwaited func()
}

// Kind tells callers' calls from those of residents who dial for help.
type Kind string

// The kinds.
const (
	KindScreening Kind = "screening"
	KindClearing  Kind = "clearing"
	KindSession   Kind = "session" // a resident who hears messages, or has dialled a code
)

// Limit says which limit turned a caller away.
type Limit string

// The limits.
const (
	LimitLine  Limit = "line"  // callers screened at once on one line
	LimitHouse Limit = "house" // callers screened at once in all

	LimitNumber Limit = "number" // calls of one number within a minute
	LimitTrunk  Limit = "trunk"  // calls of people nobody knows by one trunk within a minute
)

// errNotKept says that a recording is not on the disk, though something was said.
var errNotKept = errors.New("what the caller said is not on the disk")

// complete puts functions that do nothing in the place of those that are nil.
func (o Observer) complete() Observer {
	if o.Entered == nil {
		o.Entered = func(Kind, flow.Stage) {}
	}
	if o.Left == nil {
		o.Left = func(Kind, flow.Stage) {}
	}
	if o.Ended == nil {
		o.Ended = func(call.Cause) {}
	}
	if o.Attempted == nil {
		o.Attempted = func(call.Attempt) {}
	}
	if o.Limited == nil {
		o.Limited = func(Limit) {}
	}
	if o.Recorded == nil {
		o.Recorded = func(error) {}
	}
	if o.Waited == nil {
		o.Waited = func(time.Duration) {}
	}
	if o.Renewed == nil {
		o.Renewed = func(bool, error) {}
	}
	if o.Stored == nil {
		o.Stored = func(time.Duration, error) {}
	}
	if o.Queued == nil {
		o.Queued = func(int) {}
	}
	if o.Outwaited == nil {
		o.Outwaited = func() {}
	}
	return o
}

// moved tells that the call has come to a stage.
func (l *live) moved(to flow.Stage) {
	if to == l.told {
		return
	}
	observe := &l.engine.opts.Observe
	observe.Left(l.kind(), l.told)
	observe.Entered(l.kind(), to)
	l.told = to
}

func (l *live) kind() Kind {
	switch l.flow.(type) {
	case clearing:
		return KindClearing
	case listening, coded, speaking:
		return KindSession
	}
	return KindScreening
}

// recorded tells what became of a recording. A caller who said nothing has none.
func (l *live) recorded(ev flow.Event, before running) {
	now, ok := l.flow.(screened)
	if !ok {
		return
	}
	was := before.(screened)
	done, over := ev.(flow.RecordingDone)
	switch {
	case now.Lost && !was.Lost:
		l.log.Warn("recording failed", "leg", now.Caller)
		l.engine.opts.Observe.Recorded(errNotKept)
	case over && !done.Failed && done.Bytes > 0:
		l.engine.opts.Observe.Recorded(nil)
	}
}

// renewed tells that a dead-man's time was set, when that was a renewal.
func (l *live) renewed(e flow.Deadman, err error) {
	if l.renewal.IsZero() || e.After == 0 {
		return
	}
	l.engine.opts.Observe.Renewed(time.Since(l.renewal) > e.After/2, err)
}
