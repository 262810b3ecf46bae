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

// Lapse is how long an entry of the lists is kept once its Until is over: so long it can
// be seen that there was one. Whether an entry holds is not the store's to say.
const Lapse = 30 * 24 * time.Hour

// Saved is a call under way, as it was when its state last changed. Pending are
// the effects that were about to be performed.
type Saved struct {
	ID      call.ID
	Line    call.LineID // empty when no line owns the number dialled
	Node    string      `json:",omitempty"` // of several that share a store, the one whose call it is
	State   json.RawMessage
	Pending json.RawMessage
}

// Drop names a call under way that is over.
type Drop struct {
	ID   call.ID
	Line call.LineID
}

// Turn is the place of changes among those of one writer, who counts from 1 and does not
// begin a turn before Apply has returned nil for the last.
type Turn struct {
	Writer string // unlike any other's, that of an earlier run among them
	N      uint64
}

// Changes are written together or not at all, as far as they concern one line.
// Applying the same changes again has no further effect, unless others have written
// meanwhile. Who does not know whether Apply has written, because it has failed, may
// apply the same again with the same Turn: it takes effect once, whatever others do.
type Changes struct {
	Turn     Turn            // the zero Turn is none
	Save     []Saved         // calls under way; replaces what was saved under the same ID
	Drop     []Drop          // calls that are over
	Records  []call.Record   // history; one for each call ID
	Attempts []call.Attempt  // one for each ID; a later one replaces it, but never takes an Outcome back
	Windows  []call.Window   // of the same line, kind and number the one with the latest Until stays
	Remove   []call.EntryKey // entries of the lists; one that is not there is no error
	Put      []call.Entry    // entries of the lists; each replaces the one of its key, one of Remove among them
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
	return len(c.Save)+len(c.Drop)+len(c.Records)+len(c.Attempts)+len(c.Windows)+len(c.Remove)+len(c.Put) == 0
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
	// Recorded returns the records that point to a recording, in no order.
	Recorded(ctx context.Context) ([]call.Record, error)
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
	// Entries hands every entry of the lists to each, in no order, and stops at the first
	// error of each, which it returns as it is. Entries that mean nothing any more are
	// among them until their Until is Lapse ago. It is made for a million entries: what is
	// put or removed meanwhile may be handed over, twice even, or not. No lock is held
	// while each runs: it may use the store.
	Entries(ctx context.Context, each func(call.Entry) error) error
	Watcher
	Documents
	Audit
	Pages
	Close() error
}

// Watcher tells of changes of what decides about callers and attempts.
type Watcher interface {
	// Watch tells of changes, whoever makes them, until ctx is done, and then returns nil;
	// an error says that it cannot go on. While a store cannot be reached it waits. It
	// calls changed, one call at a time, and first with Reload set: from then on nothing is
	// missed. What one Apply changed comes together, and in the order of the Applies. A
	// change that changed nothing may be left out, and so may windows, attempts and records
	// that this process has applied itself. changed may use the store, and keeps nothing
	// from being written while it does; it owns what it is handed.
	Watch(ctx context.Context, changed func(Change)) error
}

// Change is what has changed in a store.
type Change struct {
	Removed  []call.EntryKey // entries of the lists, removed
	Put      []call.Entry    // and then put
	Windows  []call.Window   // windows, attempts and records as they are now
	Attempts []call.Attempt
	Records  []call.Record

	Forgotten []string // numbers that everything is to be forgotten about; entries of the lists are in Removed

	Reload bool          // anything may have changed: what the store returns from now on holds
	Lost   []call.LineID // with Reload: lines of which the store has lost what it kept
}
