package desk

import (
	"context"
	"fmt"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/users"
)

// Decide accepts, refuses or blocks a caller who waits. The answer names the decision that
// holds, whoever made it, and is no error when that is another's, when the caller does not
// wait yet, or when the line leaves accepting to the resident. The error wraps ErrForbidden,
// ErrNotFound, or ErrGone when the call is over.
func (d *Desk) Decide(ctx context.Context, p Person, id call.ID, choice call.Choice) (call.Decided, error) {
	if p.Role == users.Viewer {
		return call.Decided{}, fmt.Errorf("decide about call %s: %w: a viewer only looks", id, ErrForbidden)
	}
	line, goesOn, err := d.lineOf(ctx, p, id)
	if err != nil {
		return call.Decided{}, fmt.Errorf("decide about call %s: %w", id, err)
	}
	if !goesOn {
		return call.Decided{}, fmt.Errorf("decide about call %s: %w", id, ErrGone)
	}
	decided, err := d.opts.Engine.Decide(ctx, id, call.Decision{By: p.Name, Choice: choice})
	if err != nil {
		return decided, err
	}
	if decided.Why != "" {
		if _, goesOn, _ := d.opts.Engine.LineOf(id); !goesOn { // it ended in this moment
			return decided, fmt.Errorf("decide about call %s: %w", id, ErrGone)
		}
		return decided, nil
	}
	// The call has taken it: that it cannot be written down must not look as if it had not.
	d.note(ctx, p, store.Deed{Did: string(choice), Line: line, To: string(id)})
	return decided, nil
}

// Erase removes what was recorded of a call; the call itself stays in the history. It is
// noted before it is done. The error wraps ErrForbidden, ErrNotFound, or ErrUnderway; or the
// recording stays.
func (d *Desk) Erase(ctx context.Context, p Person, id call.ID) error {
	if p.Role == users.Viewer {
		return fmt.Errorf("erase call %s: %w: a viewer only looks", id, ErrForbidden)
	}
	line, goesOn, err := d.lineOf(ctx, p, id)
	if err == nil && goesOn {
		err = ErrUnderway
	}
	if err == nil {
		err = d.Note(ctx, p, store.Deed{Did: DidErase, Line: line, To: string(id)})
	}
	if err == nil {
		err = d.opts.Engine.Erase(id)
	}
	if err != nil {
		return fmt.Errorf("erase call %s: %w", id, err)
	}
	return nil
}

// lineOf is the line of a call that the person may know of.
func (d *Desk) lineOf(ctx context.Context, p Person, id call.ID) (line call.LineID, goesOn bool, err error) {
	err = evenly(ctx, p, func() error {
		var known bool
		if line, goesOn, known = d.opts.Engine.LineOf(id); !known {
			r, found, err := d.opts.History.Record(ctx, id)
			if err != nil {
				return err
			}
			line, known = r.Line, found
		}
		if !known || !p.Sees(line) {
			return p.missing()
		}
		return nil
	})
	return line, goesOn, err
}
