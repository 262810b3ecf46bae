package store

import (
	"bytes"
	"context"
	"encoding/json"

	"clearline/lib/call"
)

// Oblivion says what is to be forgotten: everything about one number.
type Oblivion struct {
	Number string // as Caller.Number
	Lists  bool   // the entries of the lists for that number alone, too
}

// Forgetter is a store that can be rid of what it keeps about a number.
type Forgetter interface {
	// Traces returns what is kept about a number.
	Traces(ctx context.Context, number string) (call.Traces, error)
	// Forget removes what is kept about a number, wherever the store keeps it, and returns
	// what that was. An attempt is the resident's: it stays, without its suspect. A letter
	// goes out and a deed stays in the audit log, both without the number. Calls under way
	// stay, and so do entries of the lists unless they are to be forgotten too.
	// Who watches is told.
	Forget(ctx context.Context, o Oblivion) (call.Traces, error)
}

// Unsuspected is an attempt that names nobody any more: only that there was somebody, and
// by which trunk.
func Unsuspected(a call.Attempt) call.Attempt {
	a.Suspect = call.Caller{Presentation: call.Unavailable, Trunk: a.Suspect.Trunk}
	return a
}

// Mentions reports whether a call under way has to do with a number.
func (s Saved) Mentions(number string) bool {
	quoted, err := json.Marshal(number)
	return err == nil && (bytes.Contains(s.State, quoted) || bytes.Contains(s.Pending, quoted))
}
