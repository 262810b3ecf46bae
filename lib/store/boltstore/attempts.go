package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"clearline/lib/call"
	"clearline/lib/store"
)

// moment is a time as twelve bytes that sort as times do. Times before year 1 are
// taken for its beginning.
func moment(t time.Time) []byte {
	var beginning time.Time
	if t.Before(beginning) {
		t = beginning
	}
	key := binary.BigEndian.AppendUint64(nil, uint64(t.Unix()-beginning.Unix()))
	return binary.BigEndian.AppendUint32(key, uint32(t.Nanosecond()))
}

// putAttempt keeps an attempt, unless the one that is kept has an outcome and this
// one has none.
func putAttempt(e *edit, attempt call.Attempt, now time.Time) error {
	if attempt.At.Before(now.Add(-store.Retention)) {
		return nil
	}
	attempts, moments := e.part(attemptsBucket), e.part(momentsBucket)
	if was := bytes.Clone(moments.Get([]byte(attempt.ID))); was != nil {
		kept, _, err := get[call.Attempt](attempts, was)
		if err != nil || kept.Outcome != "" && attempt.Outcome == "" {
			return err
		}
		if err := attempts.Delete(was); err != nil {
			return fmt.Errorf("replace attempt %s: %w", attempt.ID, err)
		}
	}
	key := append(moment(attempt.At), attempt.ID...)
	if err := moments.Put([]byte(attempt.ID), key); err != nil {
		return fmt.Errorf("put attempt %s: %w", attempt.ID, err)
	}
	return put(attempts, string(key), attempt)
}

// Attempts implements store.Store.
func (s *Store) Attempts(ctx context.Context, limit int) ([]call.Attempt, error) {
	return s.AttemptsAfter(ctx, nil, store.Place{}, limit)
}

// AttemptsAfter implements store.Pages.
func (s *Store) AttemptsAfter(ctx context.Context, lines []call.LineID, place store.Place, limit int) ([]call.Attempt, error) {
	var found []call.Attempt
	var behind []byte
	if place != (store.Place{}) {
		behind = append(moment(place.At), place.ID...)
	}
	oldest := moment(time.Now().Add(-store.Retention))
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		found = nil // what is damaged is read again once it is repaired
		cursor := tx.Bucket(attemptsBucket).Cursor()
		for key, text := last(cursor, behind); bytes.Compare(key, oldest) >= 0 && len(found) < limit; key, text = cursor.Prev() {
			attempt, err := decode[call.Attempt](key, text)
			if err != nil {
				return err
			}
			if lines == nil || slices.Contains(lines, attempt.Line) {
				found = append(found, attempt)
			}
		}
		return nil
	})
	return found, err
}

// CountAttempts implements store.Store.
func (s *Store) CountAttempts(ctx context.Context, line call.LineID, since time.Time) (int, error) {
	if oldest := time.Now().Add(-store.Retention); since.Before(oldest) {
		since = oldest
	}
	count := 0
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(attemptsBucket).Cursor()
		for key, text := cursor.Seek(moment(since)); key != nil; key, text = cursor.Next() {
			attempt, err := decode[call.Attempt](key, text)
			if err != nil {
				return err
			}
			if attempt.Line == line {
				count++
			}
		}
		return nil
	})
	return count, err
}
