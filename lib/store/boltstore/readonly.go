package boltstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"clearline/lib/call"
)

// ErrHeld is wrapped by the error of OpenReadOnly when another process holds the file.
var ErrHeld = errors.New("another process holds it")

// History reads the history and the lists from the file of a Clearline that does not run.
type History struct {
	store                      Store
	records, attempts, entries bool // there are such buckets: a file of the first form lacks some
}

// OpenReadOnly opens the file at path and changes nothing about it. While it is open no
// Clearline can start, so it is to be closed soon. The error wraps fs.ErrNotExist and
// fs.ErrPermission; ErrHeld after a second; and store.ErrNewer.
func OpenReadOnly(path string) (*History, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("open store: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("open store %s: it is no file", path)
	case info.Size() == 0:
		return nil, fmt.Errorf("open store %s: nothing was ever written to it", path)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, ReadOnly: true})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open store %s: %w", path, ErrHeld)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	h := &History{store: Store{db: db}}
	if err := db.View(h.look); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), db.Close())
	}
	return h, nil
}

// look checks the format and sees what there is.
func (h *History) look(tx *bbolt.Tx) error {
	meta := tx.Bucket(metaBucket)
	if meta == nil {
		return errors.New("it was not written by Clearline")
	}
	if err := knownFormat(meta.Get(formatKey)); err != nil {
		return err
	}
	h.records, h.attempts = tx.Bucket(historyBucket) != nil, tx.Bucket(attemptsBucket) != nil
	h.entries = tx.Bucket(entriesBucket) != nil
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

// Close lets the file go.
func (h *History) Close() error { return h.store.Close() }
