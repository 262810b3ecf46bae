package boltstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"clearline/lib/call"
	"clearline/lib/store"
)

// get decodes what is kept under key, and reports whether there is anything.
func get[T any](bucket *bbolt.Bucket, key string) (value T, found bool, err error) {
	text := bucket.Get([]byte(key))
	if text == nil {
		return value, false, nil
	}
	if err := json.Unmarshal(text, &value); err != nil {
		return value, false, fmt.Errorf("decode %T %q: %w", value, key, err)
	}
	return value, true, nil
}

func putRecord(tx *bbolt.Tx, record call.Record) error {
	if err := put(tx.Bucket(historyBucket), string(record.ID), record); err != nil {
		return err
	}
	switch record.Cause {
	case call.Blocked, call.NoLine, call.Crowded:
		return nil
	}
	key := "line:" + string(record.Line)
	kept, found, err := get[call.Record](tx.Bucket(unknownBucket), key)
	if err != nil || found && kept.Ended.After(record.Ended) {
		return err
	}
	return put(tx.Bucket(unknownBucket), key, record)
}

func putAttempt(tx *bbolt.Tx, attempt call.Attempt) error {
	kept, _, err := get[call.Attempt](tx.Bucket(attemptsBucket), string(attempt.ID))
	if err != nil || kept.Outcome != "" && attempt.Outcome == "" {
		return err
	}
	return put(tx.Bucket(attemptsBucket), string(attempt.ID), attempt)
}

func putWindow(tx *bbolt.Tx, window call.Window) error {
	key := string(window.Line) + "\x00" + string(window.Kind) + "\x00" + window.Number
	kept, found, err := get[call.Window](tx.Bucket(windowsBucket), key)
	if err != nil || found && !window.Until.After(kept.Until) {
		return err
	}
	return put(tx.Bucket(windowsBucket), key, window)
}

// LastUnknown implements store.Store.
func (s *Store) LastUnknown(ctx context.Context) (map[call.LineID]call.Record, error) {
	records, err := all[call.Record](ctx, s, unknownBucket)
	if err != nil {
		return nil, err
	}
	last := make(map[call.LineID]call.Record, len(records))
	for _, record := range records {
		last[record.Line] = record
	}
	return last, nil
}

// Attempts implements store.Store.
func (s *Store) Attempts(ctx context.Context, limit int) ([]call.Attempt, error) {
	attempts, err := all[call.Attempt](ctx, s, attemptsBucket)
	slices.SortFunc(attempts, func(a, b call.Attempt) int { return b.At.Compare(a.At) })
	return attempts[:min(limit, len(attempts))], err
}

// CountAttempts implements store.Store.
func (s *Store) CountAttempts(ctx context.Context, line call.LineID, since time.Time) (int, error) {
	attempts, err := all[call.Attempt](ctx, s, attemptsBucket)
	count := 0
	for _, attempt := range attempts {
		if attempt.Line == line && !attempt.At.Before(since) {
			count++
		}
	}
	return count, err
}

// Windows implements store.Store.
func (s *Store) Windows(ctx context.Context, now time.Time) ([]call.Window, error) {
	windows, err := all[call.Window](ctx, s, windowsBucket)
	return slices.DeleteFunc(windows, func(w call.Window) bool { return !w.Until.After(now) }), err
}

var _ store.Store = (*Store)(nil)
