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

	"clearline/lib/store"
)

// format is the version of what is written. A newer one is refused; from format 1 the
// blocked numbers are moved to where they are now. Buckets that came later are made when
// they are missing, so that the first files still open.
const format = 2

// The buckets hold JSON. What they are keyed by stands beside each.
var (
	metaBucket     = []byte("meta")
	callsBucket    = []byte("calls")        // call ID
	historyBucket  = []byte("history")      // call ID, which sorts by arrival
	unknownBucket  = []byte("last-unknown") // "line:" and line ID
	attemptsBucket = []byte("attempts")     // moment, then attempt ID
	momentsBucket  = []byte("moments")      // attempt ID; holds its key in attemptsBucket, as it is
	windowsBucket  = []byte("windows")      // JSON array of line ID, kind and number
	entriesBucket  = []byte("entries")      // entryKey; holds what store.AppendEntry writes
	endsBucket     = []byte("ends")         // moment, then entryKey, of entries that end; holds nothing
	blocksBucket   = []byte("blocks")       // line ID, NUL, number; format 1 only

	formatKey = []byte("format")
)

// Store is a store.Store in one bbolt file.
type Store struct {
	db    *bbolt.DB
	swept time.Time // when what is too old was last removed; written within a transaction only
	watch watchers
}

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
		return nil, fmt.Errorf("open store %s: %w; is Clearline already running?", path, ErrHeld)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	s := &Store{db: db}
	if err := db.Update(s.prepare); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), db.Close())
	}
	return s, nil
}

// prepare checks the format, makes the buckets, and removes what is too old.
func (s *Store) prepare(tx *bbolt.Tx) error {
	if err := checkFormat(tx); err != nil {
		return err
	}
	fill := tx.Bucket(unknownBucket) == nil
	for _, name := range [][]byte{
		callsBucket, historyBucket, unknownBucket, attemptsBucket, momentsBucket, windowsBucket, entriesBucket, endsBucket,
	} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	if err := moveBlocks(tx); err != nil {
		return err
	}
	if err := s.sweep(tx, time.Now()); err != nil {
		return err
	}
	if fill {
		return fillUnknown(tx)
	}
	return nil
}

func checkFormat(tx *bbolt.Tx) error {
	meta, err := tx.CreateBucketIfNotExists(metaBucket)
	if err != nil {
		return err
	}
	written := meta.Get(formatKey)
	if written != nil {
		if err := knownFormat(written); err != nil {
			return err
		}
	}
	return meta.Put(formatKey, binary.BigEndian.AppendUint32(nil, format))
}

func knownFormat(written []byte) error {
	if len(written) != 4 {
		return errors.New("the format number is damaged")
	}
	if found := binary.BigEndian.Uint32(written); found > format {
		return fmt.Errorf("%w: format %d, this version knows %d", store.ErrNewer, found, format)
	}
	return nil
}

// Apply implements store.Store. It waits for the disk; a context that is done
// before the write begins prevents it. All lines are written together.
func (s *Store) Apply(ctx context.Context, changes store.Changes) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.watch.telling(changes, func() error {
		return closed(s.db.Update(func(tx *bbolt.Tx) error {
			now := time.Now()
			if err := apply(tx, changes, now); err != nil {
				return err
			}
			if now.Sub(s.swept) < sweepEvery {
				return nil
			}
			return s.sweep(tx, now)
		}))
	})
}

func apply(tx *bbolt.Tx, changes store.Changes, now time.Time) error {
	if err := applyCalls(tx, changes); err != nil {
		return err
	}
	for _, record := range changes.Records {
		if err := putRecord(tx, record, now); err != nil {
			return err
		}
	}
	for _, attempt := range changes.Attempts {
		if err := putAttempt(tx, attempt, now); err != nil {
			return err
		}
	}
	for _, window := range changes.Windows {
		if err := putWindow(tx, window, now); err != nil {
			return err
		}
	}
	return applyEntries(tx, changes, now)
}

func applyCalls(tx *bbolt.Tx, changes store.Changes) error {
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
	return nil
}

// Saved implements store.Store.
func (s *Store) Saved(ctx context.Context) ([]store.Saved, error) {
	return all[store.Saved](ctx, s, callsBucket)
}

func put(bucket *bbolt.Bucket, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %T %q: %w", value, key, err)
	}
	if err := bucket.Put([]byte(key), text); err != nil {
		return fmt.Errorf("put %T %q: %w", value, key, err)
	}
	return nil
}

// get decodes what is kept under key, and reports whether there is anything.
func get[T any](bucket *bbolt.Bucket, key []byte) (value T, found bool, err error) {
	text := bucket.Get(key)
	if text == nil {
		return value, false, nil
	}
	value, err = decode[T](key, text)
	return value, err == nil, err
}

func decode[T any](key, text []byte) (value T, err error) {
	if err := json.Unmarshal(text, &value); err != nil {
		return value, fmt.Errorf("decode %T %q: %w", value, key, err)
	}
	return value, nil
}

func all[T any](ctx context.Context, s *Store, bucket []byte) ([]T, error) {
	var values []T
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).ForEach(func(key, text []byte) error {
			value, err := decode[T](key, text)
			values = append(values, value)
			return err
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
func (s *Store) Close() error {
	s.watch.close()
	return s.db.Close()
}

func closed(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return store.ErrClosed
	}
	return err
}
