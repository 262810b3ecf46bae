package engine

import (
	"sync"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// lights are the message-waiting lights of the telephones.
type lights struct {
	mu   sync.Mutex // held while one is set, so that the latest counts stay
	dark bool       // the exchange could not set the last one, and that has been said
}

// shine shows how many messages a line has, beside everything else.
func (e *Engine) shine(line call.LineID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shineOn(line)
}

// shineOn shows how many messages lines have. The lock is held.
func (e *Engine) shineOn(lines ...call.LineID) {
	if !e.opts.Boxes.Light || e.closed || !e.reached {
		return
	}
	e.aside(func() {
		for _, line := range lines {
			e.setLight(line)
		}
	})
}

func (e *Engine) setLight(line call.LineID) {
	e.lights.mu.Lock()
	defer e.lights.mu.Unlock()
	e.mu.Lock()
	fresh, kept := e.box(line)
	e.mu.Unlock()
	err := e.opts.Exchange.Perform(e.ctx, flow.ShowMessages{Line: line, Fresh: len(fresh), Kept: len(kept)})
	if err != nil && !e.lights.dark {
		e.opts.Log.Warn("message-waiting lights stay dark: load res_stasis_mailbox and res_mwi_external into Asterisk, or set messages.light = false", "err", err)
	}
	e.lights.dark = err != nil
}

// shineAll shows how many messages every line has: the exchange may have started anew. The
// lock is held.
func (e *Engine) shineAll() {
	lines := make([]call.LineID, 0, len(e.lines))
	for line := range e.lines {
		lines = append(lines, line)
	}
	e.shineOn(lines...)
}
