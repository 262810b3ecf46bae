package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/store"
	"clearline/lib/users"
)

// State says in a word what goes on on a line.
type State string

// The states, from the one that matters least on. Of several calls on a line the one that
// matters most counts.
const (
	Idle       State = "idle"
	Screening  State = "screening"  // a caller is answered, and nobody is disturbed
	Consulting State = "consulting" // a warden is asked, the resident's telephones ring, or the resident is asked
	Guarded    State = "guarded"    // the resident talks to a caller nobody knew
	Clearing   State = "clearing"   // the resident dials a number for help
)

var states = []State{Idle, Screening, Consulting, Guarded, Clearing}

// stateOf is what a call makes of its line.
func stateOf(u call.Underway) State {
	if u.Attempt.ID != "" {
		return Clearing
	}
	switch flow.Stage(u.Stage) {
	case flow.Referring, flow.Ringing, flow.Asking, flow.Joining:
		return Consulting
	case flow.Guarded:
		return Guarded
	case flow.Closing, flow.Over:
		return Idle
	}
	return Screening
}

// LineNow is a line with what goes on on it.
type LineNow struct {
	Line
	State State
	Calls []call.Underway // by ID, which sorts by arrival

	PausedUntil time.Time // unknown callers ring through until then; zero when they are screened
}

// Lines are the person's lines, in the order of the configuration, with what goes on now.
// Who follows first, and asks then, misses nothing.
func (d *Desk) Lines(p Person) []LineNow {
	calls := map[call.LineID][]call.Underway{}
	for _, u := range d.opts.Engine.Underway() {
		calls[u.Line] = append(calls[u.Line], u)
	}
	lines := make([]LineNow, 0, len(d.opts.Lines))
	for _, l := range d.opts.Lines {
		if !p.Sees(l.ID) {
			continue
		}
		now := LineNow{Line: l, State: Idle, Calls: calls[l.ID], PausedUntil: d.opts.Engine.PausedUntil(l.ID)}
		for _, u := range now.Calls {
			if s := stateOf(u); slices.Index(states, s) > slices.Index(states, now.State) {
				now.State = s
			}
		}
		lines = append(lines, now)
	}
	return lines
}

// Underway are the calls that go on on the person's lines, by ID.
func (d *Desk) Underway(p Person) []call.Underway {
	return slices.DeleteFunc(d.opts.Engine.Underway(), func(u call.Underway) bool { return !p.Sees(u.Line) })
}

// Pause stops screening on a line for an hour, or begins again. A pause is noted before it
// runs: callers whom nobody asks must not be a riddle later. The error wraps ErrForbidden or
// ErrNotFound, or is the audit log's.
func (d *Desk) Pause(ctx context.Context, p Person, line call.LineID, on bool) error {
	if p.Role == users.Viewer {
		return fmt.Errorf("pause screening on %s: %w: a viewer only looks", line, ErrForbidden)
	}
	if _, err := d.Line(p, line); err != nil {
		return fmt.Errorf("pause screening on %s: %w", line, err)
	}
	deed := store.Deed{Did: DidPause, Line: line}
	if !on {
		deed.Did = DidResume
	}
	if err := d.Note(ctx, p, deed); err != nil && on {
		return err
	}
	d.opts.Engine.Pause(line, on)
	return nil
}
