package engine

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/policy"
	"clearline/lib/store"
)

// attempt makes the record of an attempt as it begins. The lock is held.
func (e *Engine) attempt(id call.ID, line call.LineID, dial flow.Dial, from handover, suspects []call.Caller) *call.Attempt {
	a := &call.Attempt{
		ID: id, Line: line, Dialled: dial.Dialled, Number: dial.Meaning.Number, Service: dial.Meaning.Service,
		Role: dial.Meaning.Role, Way: dial.Way, At: from.at,
	}
	last, within := e.lastUnknown(line, a.At)
	switch {
	case len(suspects) > 0:
		a.Suspect = suspects[0]
	case within:
		a.Suspect = last.From
	}
	before := 0
	for _, other := range e.attempts[line] {
		if a.At.Sub(other.At) < e.opts.Windows.Window {
			before++
		}
	}
	a.Urgency = policy.Urgency(dial.Way, from.guarded, before, within || len(suspects) > 0)
	return a
}

// lastUnknown is the unknown caller whose call on the line ended last, if that was
// within the window. The lock is held.
func (e *Engine) lastUnknown(line call.LineID, at time.Time) (call.Record, bool) {
	last, ok := e.unknown[line]
	return last, ok && at.Sub(last.Ended) < e.opts.Windows.Window
}

// threat is what a clearing must know about unknown callers of the line. The lock is held.
func (e *Engine) threat(line call.LineID, a *call.Attempt, up bool) flow.Threat {
	t := flow.Threat{Suspect: a.Suspect != (call.Caller{}), Incident: a.Urgency != call.Calm}
	var ago time.Duration
	trunk := a.Suspect.Trunk
	if !up {
		last, ok := e.unknown[line]
		if !ok {
			return t
		}
		ago, trunk = max(a.At.Sub(last.Ended), 1), last.From.Trunk
	}
	t.Avoid, t.Hold = e.opts.Trunks.After(trunk, ago)
	return t
}

// noted keeps an attempt in mind and in the store, with the windows it opened.
func (e *Engine) noted(a call.Attempt, windows []call.Window) {
	e.mu.Lock()
	e.tried(a, time.Now())
	for _, w := range windows {
		e.open(w, time.Now())
	}
	e.mu.Unlock()
	e.saver.noted(a, windows)
}

// remember keeps the unknown caller of a call that has ended in mind.
func (e *Engine) remember(r call.Record) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lately.add(r, time.Now())
	e.recorded(r)
	if !store.Unknown(r) {
		return
	}
	if r.Ended.After(e.unknown[r.Line].Ended) {
		e.unknown[r.Line] = r
	}
}
