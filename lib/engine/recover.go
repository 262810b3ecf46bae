package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
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
	if changes := e.lost(kept.saved); !changes.Empty() {
		if err := e.opts.Store.Apply(ctx, changes); err != nil {
			return fmt.Errorf("close the calls of the last run: %w", err)
		}
	}
	e.mu.Lock()
	e.early = nil
	e.mu.Unlock()
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
	for _, a := range m.attempts {
		e.tried(a, time.Now())
	}
	for line, r := range m.unknown {
		if r.Ended.After(e.unknown[line].Ended) {
			e.unknown[line] = r
		}
	}
}

// lost makes the end of calls that an earlier run did not see the end of. Calls of this
// run are not among them, be they over: their state may have been written already. Nor are those of
// other nodes, which may go on there.
func (e *Engine) lost(saved []store.Saved) store.Changes {
	var changes store.Changes
	for _, s := range saved {
		e.mu.Lock()
		running := e.calls[s.ID] != nil || e.early[s.ID]
		e.mu.Unlock()
		if running || s.Node != e.opts.Node {
			continue
		}
		f, blocks, err := thaw(s)
		if err != nil {
			e.opts.Log.Error("a call of the last run cannot be read", "call", s.ID, "err", err)
		}
		changes.Drop = append(changes.Drop, store.Drop{ID: s.ID, Line: s.Line})
		if f.Attempt != nil {
			changes.Attempts = append(changes.Attempts, f.lostAttempt())
		} else {
			changes.Records = append(changes.Records, f.lostRecord(s))
		}
		for _, b := range blocks {
			changes.Put = append(changes.Put, e.pressed(b.Line, b.Number))
		}
		e.opts.Log.Warn("call lost with the last run", "call", s.ID, "line", s.Line)
	}
	return changes
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
		r = screened{*f.Screening, *f.Arrival}.record()
		r.Cause = cmp.Or(r.Cause, call.Lost)
	}
	return r
}

// Connected compares what the exchange still holds for Clearline with the calls
// under way. Legs that no call owns go back to the dialplan, bridges that no call
// owns are taken apart, and calls whose legs are gone are told. It returns at once.
func (e *Engine) Connected(legs []call.LegID, bridges []call.BridgeID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	for _, leg := range legs {
		if e.legs[leg] == nil {
			e.aside(func() {
				e.opts.Log.Warn("leg of no call found, handing it back to the dialplan", "leg", leg)
				e.failsafe(leg)
			})
		}
	}
	owned := map[call.BridgeID]bool{}
	for id := range e.calls {
		owned[id.Bridge()] = true
	}
	for _, bridge := range bridges {
		if !owned[bridge] {
			e.aside(func() { e.unbridge(bridge) })
		}
	}
	for _, l := range e.calls {
		l.mail.checkLegs()
	}
}

func (e *Engine) unbridge(bridge call.BridgeID) {
	e.opts.Log.Warn("bridge of no call found, taking it apart", "bridge", bridge)
	if err := e.opts.Exchange.Perform(e.ctx, flow.Unbridge{Bridge: bridge}); err != nil {
		e.opts.Log.Error("bridge not taken apart", "bridge", bridge, "err", err)
	}
}

// Drain lets calls under way go on and sends new ones to the unscreened path. It
// returns when no call is left or ctx is done.
func (e *Engine) Drain(ctx context.Context) {
	e.mu.Lock()
	e.draining = true
	if len(e.calls) == 0 {
		e.closeIdle()
	}
	e.mu.Unlock()
	select {
	case <-e.idle:
	case <-ctx.Done():
	}
}

// closeIdle says that no call is left. The lock is held.
func (e *Engine) closeIdle() {
	select {
	case <-e.idle:
	default:
		close(e.idle)
	}
}

// Close ends the calls that are left, each in its own way of stopping, waits for
// all work to end, and writes what is queued. Drain comes first.
func (e *Engine) Close() {
	e.mu.Lock()
	e.draining, e.closed = true, true
	close(e.closing)
	e.unfollow()
	for _, l := range e.calls {
		l.mail.put(flow.Stopped{})
	}
	e.mu.Unlock()
	e.work.Wait()
	e.saver.close()
	e.cancel()
}
