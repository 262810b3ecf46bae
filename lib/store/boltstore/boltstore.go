// Package boltstore keeps everything in one file on the machine's own disk. It is
// the default: it needs no server.
//
// A file that is damaged never keeps Clearline from starting: it is put aside, and what is
// sound of it, and otherwise the last good snapshot, takes its place (see Repair).
package boltstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"clearline/lib/call"
	"clearline/lib/store"
)

// ErrDamaged is wrapped by errors about a file that does not hold what was written to it.
var ErrDamaged = errors.New("the file of the store is damaged")

// Options say what stands beside the file. Their zero values will do.
type Options struct {
	Snapshots string       // their folder; without one it is "snapshots" beside the file
	Log       *slog.Logger // without one nothing is logged
	Seen      *Seen        // without one the file is read as a whole each time it is opened
}

// Store is a store.Store in one bbolt file.
type Store struct {
	place  place
	watch  watchers
	swept  atomic.Int64 // when what is too old was last removed, in Unix nanoseconds
	making sync.Mutex   // held while a snapshot is made

	mu      sync.Mutex
	unmade  error   // why the last of the daily snapshots was not made
	file    *handle // nil while the file cannot be opened
	closed  bool
	retried time.Time            // when the file was last opened anew
	repair  *Repair              // the latest
	lines   map[call.LineID]bool // of which anything was ever kept: should it be lost, others are told
}

var (
	_ store.Store     = (*Store)(nil)
	_ store.Documents = (*Store)(nil)
	_ store.Audit     = (*Store)(nil)
	_ store.Pages     = (*Store)(nil)
	_ store.Outbox    = (*Store)(nil)
)

// Open opens the file at path, and makes it and its folder when they are missing. A damaged
// one is repaired, an older one migrated; before that it is kept aside. It fails when
// another process holds the file for longer than a second (ErrHeld), when a newer version
// wrote it (store.ErrNewer), and when it may not be read and written (fs.ErrPermission):
// the file is left as it is then.
func Open(path string, o Options) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("make the store's folder: %w", err)
	}
	s := &Store{place: placeOf(path, o), lines: map[call.LineID]bool{}}
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

// open opens the file and removes what is too old from it.
func (s *Store) open() error {
	file, found, err := s.place.open()
	if err != nil {
		return err
	}
	if found.repair != nil {
		s.repair = found.repair
	}
	maps.Copy(s.lines, found.lines)
	s.file = file
	now := time.Now()
	err = file.do(func(db *bbolt.DB) error {
		return update(db, func(e *edit) error { return errors.Join(sweep(e, now), release(e.part(outboxBucket), now)) })
	})
	if err != nil { // a disk that is full can still be read, and Apply tries it again
		s.place.log.Error("what is too old not removed from the store", "file", s.place.path, "err", err)
		return nil
	}
	s.swept.Store(now.UnixNano())
	return nil
}

// Apply implements store.Store. It waits for the disk; a context that is done
// before the write begins prevents it. All lines are written together.
func (s *Store) Apply(ctx context.Context, changes store.Changes) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.watch.telling(changes, func() error {
		now := time.Now()
		sweeping := now.Sub(time.Unix(0, s.swept.Load())) >= sweepEvery
		err := s.with(func(db *bbolt.DB) error {
			return update(db, func(e *edit) error {
				if had, err := e.turn(changes.Turn); had || err != nil {
					return err
				}
				if err := apply(e, changes, now); err != nil || !sweeping {
					return err
				}
				return sweep(e, now)
			})
		})
		if err != nil {
			return err
		}
		if sweeping {
			s.swept.Store(now.UnixNano())
		}
		s.noteLines(changes)
		return nil
	})
}

// noteLines keeps in mind of which lines there is anything.
func (s *Store) noteLines(c store.Changes) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, record := range c.Records {
		s.lines[record.Line] = true
	}
	for _, attempt := range c.Attempts {
		s.lines[attempt.Line] = true
	}
	for _, window := range c.Windows {
		s.lines[window.Line] = true
	}
	for _, entry := range c.Put {
		s.lines[entry.Line] = true
	}
}

func apply(e *edit, changes store.Changes, now time.Time) error {
	if err := applyCalls(e, changes); err != nil {
		return err
	}
	for _, record := range changes.Records {
		if err := putRecord(e, record, now); err != nil {
			return err
		}
	}
	for _, attempt := range changes.Attempts {
		if err := putAttempt(e, attempt, now); err != nil {
			return err
		}
	}
	for _, window := range changes.Windows {
		if err := putWindow(e, window, now); err != nil {
			return err
		}
	}
	return applyEntries(e, changes, now)
}

func applyCalls(e *edit, changes store.Changes) error {
	calls := e.part(callsBucket)
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

func put(p *part, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %T %q: %w", value, key, err)
	}
	if err := p.Put([]byte(key), text); err != nil {
		return fmt.Errorf("put %T %q: %w", value, key, err)
	}
	return nil
}

// get decodes what is kept under key, and reports whether there is anything.
func get[T any](p *part, key []byte) (value T, found bool, err error) {
	text := p.Get(key)
	if text == nil {
		return value, false, nil
	}
	value, err = decode[T](key, text)
	return value, err == nil, err
}

func decode[T any](key, text []byte) (value T, err error) {
	if err := json.Unmarshal(text, &value); err != nil {
		return value, fmt.Errorf("%w: decode %T %q: %w", ErrDamaged, value, key, err)
	}
	return value, nil
}

func all[T any](ctx context.Context, s *Store, bucket []byte) ([]T, error) {
	var values []T
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		values = nil // what is damaged is read again once it is repaired
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
	return s.with(func(db *bbolt.DB) error { return db.View(read) })
}

// Close waits for writes under way and lets the file go.
func (s *Store) Close() error {
	s.watch.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.file == nil {
		return nil
	}
	return s.file.retire(s.place.seen)
}

// missing reports whether there is no file at path.
func missing(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}
