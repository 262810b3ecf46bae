package app

import (
	"context"
	"errors"

	"clearline/lib/call"
	"clearline/lib/history"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
)

// served is a store as other processes read and change it.
type served struct{ store.Store }

var _ history.Kept = served{}

// Snapshot implements history.Snapshots.
func (s served) Snapshot(ctx context.Context) (string, error) {
	file, ok := s.Store.(*boltstore.Store)
	if !ok {
		return "", errors.New("there are snapshots of a file only")
	}
	made, err := file.Snapshot(ctx)
	return made.Path, err
}

// Change implements history.Lists.
func (s served) Change(ctx context.Context, put []call.Entry, remove []call.EntryKey) error {
	return s.Apply(ctx, store.Changes{Put: put, Remove: remove})
}

// Traces implements history.Forgetter.
func (s served) Traces(ctx context.Context, number string) (call.Traces, error) {
	return s.Store.(store.Forgetter).Traces(ctx, number)
}

// Forget implements history.Forgetter.
func (s served) Forget(ctx context.Context, number string, lists bool) (call.Traces, error) {
	return s.Store.(store.Forgetter).Forget(ctx, store.Oblivion{Number: number, Lists: lists})
}
