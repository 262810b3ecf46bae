package store

import (
	"context"
	"time"

	"clearline/lib/call"
)

// Deed is something a person or a program did, for the audit log.
type Deed struct {
	ID     uint64 `json:",omitempty"` // its place in the log, from 1 on; the store's to give
	At     time.Time
	By     string      // the user's name, or that of a token
	Did    string      // what, in a word: "accept", "sign-in-failed"
	Line   call.LineID `json:",omitempty"` // empty where it concerns none, or the whole house
	To     string      `json:",omitempty"` // what it was done to: a call, a recording, a number
	Note   string      `json:",omitempty"` // what there is more to say
	Remote string      `json:",omitempty"` // the address it came from
}

// Audit is a log that only grows: nothing in it is changed or taken away. Every store has
// one. The methods may be called from many goroutines at once; each honours its context.
type Audit interface {
	// AddDeed writes a deed durably behind all others.
	AddDeed(ctx context.Context, d Deed) error
	// Deeds returns at most limit deeds that were written before the one with an ID, or the
	// newest when that is 0; the latest first.
	Deeds(ctx context.Context, before uint64, limit int) ([]Deed, error)
}
