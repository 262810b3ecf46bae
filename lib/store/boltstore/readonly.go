package boltstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"go.etcd.io/bbolt"

	"clearline/lib/call"
)

// History reads the history and the lists from the file of a Clearline that does not run.
type History struct {
	store                                 Store
	records, attempts, entries, documents bool // there are such buckets: a file of an earlier format lacks some
}

// OpenReadOnly opens the file at path and changes nothing about it. While it is open no
// Clearline can start, so it is to be closed soon. The error wraps fs.ErrNotExist and
// fs.ErrPermission; ErrHeld after a second; store.ErrNewer; and ErrDamaged.
func OpenReadOnly(path string, o Options) (*History, error) {
	file, err := lock(path, true)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	h, err := readable(path, file, o)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return h, nil
}

func readable(path string, file *os.File, o Options) (*History, error) {
	info, err := file.Stat()
	if err == nil && info.Size() == 0 {
		err = errors.New("nothing was ever written to it")
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	if !o.Seen.is(file) {
		if err := usable(path, look(file)); err != nil {
			return nil, fmt.Errorf("open store: %w", err)
		}
	}
	opened, err := openHandle(file, true)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	h := &History{}
	h.store.place = placeOf(path, o)
	h.store.place.readOnly = true
	h.store.file = opened
	return h, opened.do(func(db *bbolt.DB) error { return db.View(h.see) })
}

// see notes which buckets there are.
func (h *History) see(tx *bbolt.Tx) error {
	h.records, h.attempts = tx.Bucket(historyBucket) != nil, tx.Bucket(attemptsBucket) != nil
	h.entries, h.documents = tx.Bucket(entriesBucket) != nil, tx.Bucket(documentsBucket) != nil
	return nil
}

// Records returns what Store.Records does.
func (h *History) Records(ctx context.Context, limit int) ([]call.Record, error) {
	if !h.records {
		return nil, ctx.Err()
	}
	return h.store.Records(ctx, limit)
}

// Attempts returns what Store.Attempts does.
func (h *History) Attempts(ctx context.Context, limit int) ([]call.Attempt, error) {
	if !h.attempts {
		return nil, ctx.Err()
	}
	return h.store.Attempts(ctx, limit)
}

// Entries returns what Store.Entries does, also of a file of format 1.
func (h *History) Entries(ctx context.Context, each func(call.Entry) error) error {
	var old []call.Entry
	err := h.store.view(ctx, func(tx *bbolt.Tx) error {
		return eachBlock(tx, func(e call.Entry) error {
			old = append(old, e)
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, e := range old {
		if err := each(e); err != nil {
			return err
		}
	}
	if !h.entries {
		return nil
	}
	return h.store.Entries(ctx, each)
}

// Traces returns what Store.Traces does.
func (h *History) Traces(ctx context.Context, number string) (call.Traces, error) {
	return h.store.Traces(ctx, number)
}

// Snapshot does what Store.Snapshot does.
func (h *History) Snapshot(ctx context.Context) (Snapshot, error) { return h.store.Snapshot(ctx) }

// Close lets the file go.
func (h *History) Close() error { return h.store.Close() }
