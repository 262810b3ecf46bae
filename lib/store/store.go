// Package store says what Clearline keeps and what every implementation of the
// keeping must promise. storetest.Run holds an implementation to it.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"clearline/lib/call"
)

// ErrNewer is returned by an implementation that finds a format written by a
// newer version of Clearline.
var ErrNewer = errors.New("the store was written by a newer version of Clearline")

// ErrClosed is returned by every method after Close.
var ErrClosed = errors.New("the store is closed")

// ErrUnreachable is wrapped by the errors of a store that is kept elsewhere and
// cannot be reached, does not answer in time, or cannot write just now. Trying again
// later may help.
var ErrUnreachable = errors.New("the store cannot be reached")

// Retention is how long a record is kept from the arrival of its call, and an attempt
// from its time. No implementation returns an older one.
const Retention = 90 * 24 * time.Hour

// Saved is a call under way, as it was when its state last changed. Pending are
// the effects that were about to be performed.
type Saved struct {
	ID      call.ID
	Line    call.LineID // empty when no line owns the number dialled
	State   json.RawMessage
	Pending json.RawMessage
}

// Drop names a call under way that is over.
type Drop struct {
	ID   call.ID
	Line call.LineID
}

// Block is a number that never gets through to a line. Line is empty for all lines.
type Block struct {
	Line   call.LineID
	Number string // E.164, or the digits as presented
	Since  time.Time
}

// Changes are written together or not at all, as far as they concern one line.
// Applying the same changes again has no further effect.
type Changes struct {
	Save     []Saved        // calls under way; replaces what was saved under the same ID
	Drop     []Drop         // calls that are over
	Records  []call.Record  // history; one for each call ID
	Attempts []call.Attempt // one for each ID; a later one replaces it, but never takes an Outcome back
	Windows  []call.Window  // of the same line, kind and number the one with the latest Until stays
	Blocks   []Block
}

// Unknown reports whether a record counts for LastUnknown.
func Unknown(record call.Record) bool {
	switch record.Cause {
	case call.Blocked, call.NoLine, call.Crowded, call.TurnedAway:
		return false
	}
	return true
}

// Empty reports whether there is nothing to write.
func (c Changes) Empty() bool {
	return len(c.Save)+len(c.Drop)+len(c.Records)+len(c.Attempts)+len(c.Windows)+len(c.Blocks) == 0
}

// Store keeps calls under way, the history and the lists. Its methods may be
// called from many goroutines at once; each honours its context.
type Store interface {
	// Apply writes changes durably: they survive a crash once it returned nil.
	Apply(ctx context.Context, changes Changes) error
	// Saved returns the calls under way, by ID.
	Saved(ctx context.Context) ([]Saved, error)
	// Records returns at most limit records of calls, the latest to arrive first.
	Records(ctx context.Context, limit int) ([]call.Record, error)
	// LastUnknown returns, for each line that has one, the record of the unknown caller
	// whose call ended last: one that is Unknown and ended within Retention. Of two that
	// ended at once it is the one with the greater ID.
	LastUnknown(ctx context.Context) (map[call.LineID]call.Record, error)
	// Attempts returns at most limit attempts, the latest At first.
	Attempts(ctx context.Context, limit int) ([]call.Attempt, error)
	// CountAttempts counts the attempts of a line at or after since.
	CountAttempts(ctx context.Context, line call.LineID, since time.Time) (int, error)
	// Windows returns the windows whose Until is after now, in no order.
	Windows(ctx context.Context, now time.Time) ([]call.Window, error)
	// Blocks returns every block, in no order.
	Blocks(ctx context.Context) ([]Block, error)
	Close() error
}
