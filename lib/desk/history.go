package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// CallQuery says which calls of the history are asked for. Zero fields ask for any.
type CallQuery struct {
	Lines  []call.LineID // of the person's lines; empty for all of them
	Text   string        // in the caller's number or name, the number dialled, or the line's id, in any case
	Causes []call.Cause
	Since  time.Time // the call came in at or after
	Until  time.Time // and before
	Spoken bool      // something was recorded of it
	Cursor string    // of the page before
	Limit  int       // items, 1 to MostLimit; 0 for UsualLimit
}

// Calls is a page of calls that are over, the latest first. The error wraps ErrForbidden or
// ErrNotFound for a line that is not the person's, or is a *WrongError.
func (d *Desk) Calls(ctx context.Context, p Person, q CallQuery) (page Page[call.Record], err error) {
	lines, err := d.some(p, q.Lines)
	if err != nil {
		return page, fmt.Errorf("list calls: %w", err)
	}
	s := search[call.Record]{
		what: "calls", cursor: q.Cursor, limit: q.Limit, since: q.Since,
		read: func(place store.Place, n int) ([]call.Record, error) {
			return d.opts.History.RecordsAfter(ctx, lines, place, n)
		},
		place: store.PlaceOf,
		wants: func(r call.Record) bool {
			return p.Sees(r.Line) && (q.Since.IsZero() || !r.Arrived.Before(q.Since)) && (q.Until.IsZero() || r.Arrived.Before(q.Until)) &&
				(len(q.Causes) == 0 || slices.Contains(q.Causes, r.Cause)) && (!q.Spoken || r.Recording != "") &&
				(q.Text == "" || contains(q.Text, r.From.Number, r.From.Name, r.Dialled, string(r.Line)))
		},
	}
	err = evenly(ctx, p, func() error {
		page, err = s.page(d.cursors)
		return err
	})
	return page, err
}

// Call is a call that is over. The error wraps ErrForbidden or ErrNotFound.
func (d *Desk) Call(ctx context.Context, p Person, id call.ID) (record call.Record, err error) {
	err = evenly(ctx, p, func() error {
		found := false
		record, found, err = d.opts.History.Record(ctx, id)
		if err == nil && (!found || !p.Sees(record.Line)) {
			record, err = call.Record{}, p.missing()
		}
		return err
	})
	if err != nil {
		err = fmt.Errorf("show call %s: %w", id, err)
	}
	return record, err
}

// IncidentQuery says which attempts are asked for. Zero fields ask for any.
type IncidentQuery struct {
	Lines  []call.LineID
	Calm   bool // also those that no unknown caller had anything to do with
	Since  time.Time
	Until  time.Time
	Cursor string
	Limit  int
}

// Incidents is a page of attempts, the latest first. The error is as that of Calls.
func (d *Desk) Incidents(ctx context.Context, p Person, q IncidentQuery) (page Page[call.Attempt], err error) {
	lines, err := d.some(p, q.Lines)
	if err != nil {
		return page, fmt.Errorf("list incidents: %w", err)
	}
	s := search[call.Attempt]{
		what: "incidents", cursor: q.Cursor, limit: q.Limit, since: q.Since,
		read: func(place store.Place, n int) ([]call.Attempt, error) {
			return d.opts.History.AttemptsAfter(ctx, lines, place, n)
		},
		place: store.PlaceOfAttempt,
		wants: func(a call.Attempt) bool {
			return p.Sees(a.Line) && (q.Calm || a.Urgency != call.Calm) &&
				(q.Since.IsZero() || !a.At.Before(q.Since)) && (q.Until.IsZero() || a.At.Before(q.Until))
		},
	}
	err = evenly(ctx, p, func() error {
		page, err = s.page(d.cursors)
		return err
	})
	return page, err
}

// search looks for items of the history.
type search[T any] struct {
	what   string // is searched, as its cursors say
	cursor string
	limit  int
	since  time.Time
	read   func(place store.Place, limit int) ([]T, error)
	place  func(T) store.Place
	wants  func(T) bool
}

const (
	atOnce   = 500    // items that are read together
	lookedAt = 20_000 // items of the person's lines at most, for one page
)

// page looks from the cursor on until a page is full, or much was looked at in vain: then it
// is not, and its cursor goes on from there.
func (s search[T]) page(cursors sealer) (Page[T], error) {
	page := Page[T]{Items: []T{}}
	n, err := limit(s.limit)
	if err != nil {
		return page, err
	}
	var from store.Place
	if err := cursors.open(s.what, s.cursor, &from); err != nil {
		return page, err
	}
	for range lookedAt / atOnce {
		items, err := s.read(from, atOnce)
		if err != nil {
			return page, fmt.Errorf("read the %s: %w", s.what, err)
		}
		for _, item := range items {
			if len(page.Items) == n { // there is more to look at
				page.Next, err = cursors.seal(s.what, from)
				return page, err
			}
			if from = s.place(item); from.At.Before(s.since) {
				return page, nil
			}
			if s.wants(item) {
				page.Items = append(page.Items, item)
			}
		}
		if len(items) < atOnce {
			return page, nil
		}
	}
	page.Next, err = cursors.seal(s.what, from)
	return page, err
}
