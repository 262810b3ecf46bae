package engine

import (
	"errors"
	"fmt"
	"time"

	"clearline/lib/call"
)

// ErrStays is wrapped when a recording cannot be removed.
var ErrStays = errors.New("the recording cannot be removed, the log says why")

// Erase removes the recording of a call that is over: what the caller has stated, or the
// message they have left. What else the history has of the call stays. It is no error that
// there is none any more. The error wraps ErrStays.
func (e *Engine) Erase(id call.ID) error {
	e.mu.Lock()
	r, found := e.kept[id]
	e.mu.Unlock()
	if !found {
		return nil
	}
	if !e.remove(r.Recording) {
		return fmt.Errorf("erase call %s: %w", id, ErrStays)
	}
	if r.Message != call.NoMessage {
		r.Message = call.Deleted
	}
	e.opts.Log.Info("recording removed, somebody asked for it", "line", r.Line, "call", id)
	patience := time.NewTimer(saveMax)
	defer patience.Stop()
	select {
	case <-e.forgotten(r):
	case <-patience.C: // it is written later
	}
	return nil
}
