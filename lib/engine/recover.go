package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// load reads what the store keeps, and closes in the history what an earlier run left
// open.
func (e *Engine) load(ctx context.Context) error {
	var kept memory
	if err := kept.read(ctx, e.opts.Store, time.Now()); err != nil {
		return err
	}
	e.mu.Lock()
	e.recall(kept)
	e.mu.Unlock()
	changes, asleep := e.leftOver(kept.saved)
	if !changes.Empty() {
		if err := e.opts.Store.Apply(ctx, changes); err != nil {
			return fmt.Errorf("close the calls of the last run: %w", err)
		}
		for _, r := range changes.Records {
			e.opts.Observe.Ended(r.Cause)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.early, e.asleep = nil, asleep
	if e.reached { // in the moment in which the others were closed
		e.wake()
	}
	return nil
}

// loadBehind reads the store once it can be reached. Until then the engine works with
// what has happened since the start.
func (e *Engine) loadBehind() {
	for {
		select {
		case <-e.closing:
			return
		case <-time.After(retryWait):
		}
		ctx, cancel := context.WithTimeout(e.ctx, writeMax)
		err := e.load(ctx)
		cancel()
		if err == nil {
			e.opts.Log.Info("store is reached, what it keeps is known")
			return
		}
		if !errors.Is(err, store.ErrUnreachable) {
			e.opts.Log.Error("store is reached, but cannot be read: what it keeps is not known", "err", err)
			return
		}
	}
}

// memory is what the store keeps that decides about callers and attempts.
type memory struct {
	windows  []call.Window
	records  []call.Record // the latest
	recorded []call.Record // of which there is a recording
	attempts []call.Attempt
	unknown  map[call.LineID]call.Record
	saved    []store.Saved
}

// mostAttempts is more attempts, and more calls, than a house has within a window.
const mostAttempts = 1000

func (m *memory) read(ctx context.Context, from Store, now time.Time) (err error) {
	if m.windows, err = from.Windows(ctx, now); err != nil {
		return fmt.Errorf("read the windows: %w", err)
	}
	if m.attempts, err = from.Attempts(ctx, mostAttempts); err != nil {
		return fmt.Errorf("read the attempts: %w", err)
	}
	if m.unknown, err = from.LastUnknown(ctx); err != nil {
		return fmt.Errorf("read the last unknown callers: %w", err)
	}
	if m.records, err = from.Records(ctx, mostAttempts); err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	if m.recorded, err = from.Recorded(ctx); err != nil {
		return fmt.Errorf("read what is recorded: %w", err)
	}
	if m.saved, err = from.Saved(ctx); err != nil {
		return fmt.Errorf("read the calls of the last run: %w", err)
	}
	return nil
}

// recall adds what the store keeps to what is known. The lock is held.
func (e *Engine) recall(m memory) {
	for _, w := range m.windows {
		e.house = e.house.WithWindows(e.house.Windows().With(w))
	}
	for _, r := range slices.Backward(m.records) {
		e.lately.add(r, time.Now())
	}
	for _, r := range m.recorded {
		if _, known := e.kept[r.ID]; !known { // what is known here may not be written yet
			e.recorded(r)
		}
	}
	for _, a := range m.attempts {
		e.tried(a, time.Now())
	}
	for line, r := range m.unknown {
		if r.Ended.After(e.unknown[line].Ended) {
			e.unknown[line] = r
		}
	}
}

// leftOver tells the calls of an earlier run that can be gone on with from those that are
// lost, and makes the end of these. Calls of this run are not among them, be they over:
// their state may have been written already. Nor are those of other nodes, which may go on there. Once
// the exchange is reached it is too late to go on.
func (e *Engine) leftOver(saved []store.Saved) (changes store.Changes, asleep []sleeper) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range saved {
		if e.calls[s.ID] != nil || e.early[s.ID] || s.Node != e.opts.Node {
			continue
		}
		t, err := thaw(s)
		if err != nil {
			e.opts.Log.Error("a call of the last run cannot be read", "call", s.ID, "err", err)
		}
		for _, b := range t.blocks {
			changes.Put = append(changes.Put, e.blocked(b))
		}
		if _, known := e.lines[s.Line]; known && t.goesOn() && !e.reached {
			asleep = append(asleep, sleeper{s, t})
			continue
		}
		changes.Drop = append(changes.Drop, store.Drop{ID: s.ID, Line: s.Line})
		switch {
		case t.Mailbox != nil, t.Handset != nil, t.Studio != nil: // nothing remains of a session
		case t.Attempt != nil:
			changes.Attempts = append(changes.Attempts, t.lostAttempt())
		default:
			changes.Records = append(changes.Records, t.lostRecord(s))
		}
		e.opts.Log.Warn("call lost with the last run", "call", s.ID, "line", s.Line)
	}
	return changes, asleep
}

// lostAttempt is an attempt that the dialplan finished.
func (f frozen) lostAttempt() call.Attempt {
	a := *f.Attempt
	a.Outcome = cmp.Or(a.Outcome, call.OutcomeTaken)
	return a
}

func (f frozen) lostRecord(s store.Saved) call.Record {
	r := call.Record{ID: s.ID, Line: s.Line, Ended: time.Now(), Cause: call.Lost}
	if f.Screening != nil && f.Arrival != nil {
		r = screened{*f.Screening, *f.Arrival, f.Decided}.record()
		r.Cause = cmp.Or(r.Cause, call.Lost)
	}
	return r
}
