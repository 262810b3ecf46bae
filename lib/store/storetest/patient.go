package storetest

import (
	"context"
	"errors"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// patient tries again while a store cannot be reached, as its users do: a busy machine
// may be too slow for a store's own bound on time. It gives up after patience.
type patient struct{ store.Store }

const patience = 10 * time.Second

func waiting[T any](ctx context.Context, ask func() (T, error)) (T, error) {
	for deadline := time.Now().Add(patience); ; {
		answer, err := ask()
		if !errors.Is(err, store.ErrUnreachable) || ctx.Err() != nil || time.Now().After(deadline) {
			return answer, err
		}
	}
}

func (p patient) Apply(ctx context.Context, changes store.Changes) error {
	_, err := waiting(ctx, func() (struct{}, error) { return struct{}{}, p.Store.Apply(ctx, changes) })
	return err
}

func (p patient) Saved(ctx context.Context) ([]store.Saved, error) {
	return waiting(ctx, func() ([]store.Saved, error) { return p.Store.Saved(ctx) })
}

func (p patient) Records(ctx context.Context, limit int) ([]call.Record, error) {
	return waiting(ctx, func() ([]call.Record, error) { return p.Store.Records(ctx, limit) })
}

func (p patient) Recorded(ctx context.Context) ([]call.Record, error) {
	return waiting(ctx, func() ([]call.Record, error) { return p.Store.Recorded(ctx) })
}

func (p patient) LastUnknown(ctx context.Context) (map[call.LineID]call.Record, error) {
	return waiting(ctx, func() (map[call.LineID]call.Record, error) { return p.Store.LastUnknown(ctx) })
}

func (p patient) Attempts(ctx context.Context, limit int) ([]call.Attempt, error) {
	return waiting(ctx, func() ([]call.Attempt, error) { return p.Store.Attempts(ctx, limit) })
}

func (p patient) CountAttempts(ctx context.Context, line call.LineID, since time.Time) (int, error) {
	return waiting(ctx, func() (int, error) { return p.Store.CountAttempts(ctx, line, since) })
}

func (p patient) Windows(ctx context.Context, now time.Time) ([]call.Window, error) {
	return waiting(ctx, func() ([]call.Window, error) { return p.Store.Windows(ctx, now) })
}

func (p patient) Entries(ctx context.Context, each func(call.Entry) error) error {
	found, err := waiting(ctx, func() (found []call.Entry, err error) {
		err = p.Store.Entries(ctx, func(e call.Entry) error {
			found = append(found, e)
			return nil
		})
		return found, err
	})
	for _, e := range found {
		if err == nil {
			err = each(e)
		}
	}
	return err
}
