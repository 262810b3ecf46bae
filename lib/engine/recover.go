package engine

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/store"
)

// load reads the lists, and closes in the history what an earlier run left open.
func (e *Engine) load(ctx context.Context) error {
	blocks, err := e.opts.Store.Blocks(ctx)
	if err != nil {
		return fmt.Errorf("read the block list: %w", err)
	}
	saved, err := e.opts.Store.Saved(ctx)
	if err != nil {
		return fmt.Errorf("read the calls of the last run: %w", err)
	}
	changes := e.lost(saved)
	e.lists = listsOf(append(blocks, changes.Blocks...))
	if changes.Empty() {
		return nil
	}
	if err := e.opts.Store.Apply(ctx, changes); err != nil {
		return fmt.Errorf("close the calls of the last run: %w", err)
	}
	return nil
}

// lost makes the end of calls that an earlier run did not see the end of.
func (e *Engine) lost(saved []store.Saved) store.Changes {
	var changes store.Changes
	for _, s := range saved {
		f, blocks, err := thaw(s)
		if err != nil {
			e.opts.Log.Error("a call of the last run cannot be read", "call", s.ID, "err", err)
		}
		changes.Drop = append(changes.Drop, s.ID)
		changes.Records = append(changes.Records, call.Record{
			ID: s.ID, Line: f.Arrival.Line, Dialled: f.Arrival.Dialled, From: f.Arrival.From,
			Arrived: f.Arrival.At, Ended: time.Now(), Cause: cmp.Or(f.Flow.Cause, call.Lost),
			Approved: f.Flow.Approved, Recording: f.Flow.Recording, Notes: f.Flow.Notes,
		})
		for _, b := range blocks {
			changes.Blocks = append(changes.Blocks, store.Block{Line: b.Line, Number: b.Number, Since: time.Now()})
		}
		e.opts.Log.Warn("call lost with the last run", "call", s.ID, "line", f.Arrival.Line, "stage", f.Flow.Stage)
	}
	return changes
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
	for _, l := range e.calls {
		l.mail.put(flow.Stopped{})
	}
	e.mu.Unlock()
	e.work.Wait()
	e.saver.close()
	e.cancel()
}
