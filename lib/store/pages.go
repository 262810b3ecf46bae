package store

import (
	"context"
	"time"

	"clearline/lib/call"
)

// Place is a place in the history: that of a record by when its call arrived, that of an
// attempt by when it was made. The zero Place is before the latest.
type Place struct {
	At time.Time
	ID call.ID
}

// PlaceOf is where a record is.
func PlaceOf(r call.Record) Place { return Place{r.Arrived, r.ID} }

// PlaceOfAttempt is where an attempt is.
func PlaceOfAttempt(a call.Attempt) Place { return Place{a.At, a.ID} }

// Pages is the history read piece by piece, however long it is. Every store has it. The
// methods may be called from many goroutines at once; each honours its context.
type Pages interface {
	// Record returns the record of a call, and whether there is one.
	Record(ctx context.Context, id call.ID) (call.Record, bool, error)
	// RecordsAfter returns at most limit records of some lines, nil for all, in the order of
	// Records, from behind a place on. That need not hold a record.
	RecordsAfter(ctx context.Context, lines []call.LineID, place Place, limit int) ([]call.Record, error)
	// AttemptsAfter returns at most limit attempts of some lines, nil for all, in the order
	// of Attempts, from behind a place on. That need not hold an attempt.
	AttemptsAfter(ctx context.Context, lines []call.LineID, place Place, limit int) ([]call.Attempt, error)
}
