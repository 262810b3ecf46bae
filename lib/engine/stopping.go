package engine

import (
	"context"

	"clearline/lib/flow"
)

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
// all work to end, and writes what is queued. Drain comes first. Two who talk are left
// to the next run: see bequeath.
func (e *Engine) Close() {
	e.mu.Lock()
	e.draining, e.closed = true, true
	close(e.closing)
	e.unfollow()
	for _, l := range e.calls {
		l.mail.order(bequeath)
	}
	e.mu.Unlock()
	e.work.Wait()
	e.saver.close()
	e.cancel()
}

// Bequests is how many calls Close has left to the next run: they go on without this one,
// for a time.
func (e *Engine) Bequests() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.bequests
}

// bequeath leaves a guarded call to the next run of the program, with the dead-man's time
// set anew: the two go on talking, and are parted if no run comes in that time. Any other
// call ends now.
func (l *live) bequeath() {
	s, ok := l.flow.(screened)
	if !ok || s.Stage != flow.Guarded {
		l.step(flow.Stopped{})
		return
	}
	l.bequeathed = true
	l.engine.mu.Lock()
	l.engine.bequests++
	l.engine.mu.Unlock()
	l.failed(flow.Deadman{Leg: s.Resident, After: s.Rules.Deadman}, l.perform(flow.Deadman{Leg: s.Resident, After: s.Rules.Deadman}))
	l.engine.saver.behind(l.id, l.line, l.flow, nil)
	l.log.Info("call left to the next run", "stage", s.Stage)
}
