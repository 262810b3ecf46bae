package app

import (
	"context"

	"clearline/lib/call"
	"clearline/lib/history"
	"clearline/lib/store"
)

// served is a store as other processes read and change it.
type served struct{ store.Store }

var _ history.Kept = served{}

// Change implements history.Lists.
func (s served) Change(ctx context.Context, put []call.Entry, remove []call.EntryKey) error {
	return s.Apply(ctx, store.Changes{Put: put, Remove: remove})
}
