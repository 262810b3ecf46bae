// Package boltstore keeps everything in one file on the machine's own disk. It is
// the default: it needs no server.
package boltstore

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"clearline/lib/call"
	"clearline/lib/store"
)

// format is the version of what is written. A newer one is refused.
const format = 1

var (
	metaBucket     = []byte("meta")
	callsBucket    = []byte("calls")
	historyBucket  = []byte("history")
	blocksBucket   = []byte("blocks")
	unknownBucket  = []byte("last-unknown")
	attemptsBucket = []byte("attempts")
	windowsBucket  = []byte("windows")

	formatKey = []byte("format")
)

// Store is a store.Store in one bbolt file.
type Store struct{ db *bbolt.DB }

var _ store.Store = (*Store)(nil)

// Open opens the file at path, and makes it and its folder when they are missing.
// It fails when another process holds the file for longer than a second, and with
// store.ErrNewer when a newer version wrote it.
func Open(path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("make the store's folder: %w", err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open store %s: another process holds it; is Clearline already running?", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	if err := db.Update(prepare); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), db.Close())
	}
	return &Store{db}, nil
}

// prepare makes the buckets and checks the format.
func prepare(tx *bbolt.Tx) error {
	for _, name := range [][]byte{metaBucket, callsBucket, historyBucket, blocksBucket, unknownBucket, attemptsBucket, windowsBucket} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	meta := tx.Bucket(metaBucket)
	written := meta.Get(formatKey)
	if written == nil {
		return meta.Put(formatKey, binary.BigEndian.AppendUint32(nil, format))
	}
	if len(written) != 4 {
		return errors.New("the format number is damaged")
	}
	if found := binary.BigEndian.Uint32(written); found > format {
		return fmt.Errorf("%w: format %d, this version knows %d", store.ErrNewer, found, format)
	}
	return nil
}

// Apply implements store.Store. It waits for the disk; a context that is done
// before the write begins prevents it.
func (s *Store) Apply(ctx context.Context, changes store.Changes) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return closed(s.db.Update(func(tx *bbolt.Tx) error { return apply(tx, changes) }))
}

func apply(tx *bbolt.Tx, changes store.Changes) error {
	calls := tx.Bucket(callsBucket)
	for _, saved := range changes.Save {
		if err := put(calls, string(saved.ID), saved); err != nil {
			return err
		}
	}
	for _, drop := range changes.Drop {
		if err := calls.Delete([]byte(drop.ID)); err != nil {
			return fmt.Errorf("drop call %s: %w", drop.ID, err)
		}
	}
	for _, record := range changes.Records {
		if err := putRecord(tx, record); err != nil {
			return err
		}
	}
	for _, attempt := range changes.Attempts {
		if err := putAttempt(tx, attempt); err != nil {
			return err
		}
	}
	for _, window := range changes.Windows {
		if err := putWindow(tx, window); err != nil {
			return err
		}
	}
	for _, block := range changes.Blocks {
		if err := put(tx.Bucket(blocksBucket), string(block.Line)+"\x00"+block.Number, block); err != nil {
			return err
		}
	}
	return nil
}

func put(bucket *bbolt.Bucket, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %T %s: %w", value, key, err)
	}
	if err := bucket.Put([]byte(key), text); err != nil {
		return fmt.Errorf("put %T %s: %w", value, key, err)
	}
	return nil
}

// Saved implements store.Store.
func (s *Store) Saved(ctx context.Context) ([]store.Saved, error) {
	return all[store.Saved](ctx, s, callsBucket)
}

// Blocks implements store.Store.
func (s *Store) Blocks(ctx context.Context) ([]store.Block, error) {
	return all[store.Block](ctx, s, blocksBucket)
}

// Records implements store.Store. IDs sort by the time of arrival, so the
// history is read from its end.
func (s *Store) Records(ctx context.Context, limit int) ([]call.Record, error) {
	var records []call.Record
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(historyBucket).Cursor()
		for key, value := cursor.Last(); key != nil && len(records) < limit; key, value = cursor.Prev() {
			var record call.Record
			if err := json.Unmarshal(value, &record); err != nil {
				return fmt.Errorf("decode record %s: %w", key, err)
			}
			records = append(records, record)
		}
		return nil
	})
	return records, err
}

func all[T any](ctx context.Context, s *Store, bucket []byte) ([]T, error) {
	var values []T
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).ForEach(func(key, text []byte) error {
			var value T
			if err := json.Unmarshal(text, &value); err != nil {
				return fmt.Errorf("decode %T %q: %w", value, key, err)
			}
			values = append(values, value)
			return nil
		})
	})
	return values, err
}

func (s *Store) view(ctx context.Context, read func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return closed(s.db.View(read))
}

// Close waits for writes under way and lets the file go.
func (s *Store) Close() error { return s.db.Close() }

func closed(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return store.ErrClosed
	}
	return err
}
