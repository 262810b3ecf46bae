package boltstore

import (
	"bytes"
	"context"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"clearline/lib/call"
	"clearline/lib/store"
)

func putRecord(e *edit, record call.Record, now time.Time) error {
	if !record.Arrived.Before(now.Add(-store.Retention)) {
		if err := put(e.part(historyBucket), string(record.ID), record); err != nil {
			return err
		}
	}
	return putUnknown(e, record)
}

// putUnknown keeps a record as the last unknown one of its line, unless the one that
// is kept ended later.
func putUnknown(e *edit, record call.Record) error {
	if !store.Unknown(record) {
		return nil
	}
	unknown, key := e.part(unknownBucket), "line:"+string(record.Line)
	kept, found, err := get[call.Record](unknown, []byte(key))
	if err != nil {
		return err
	}
	if order := kept.Ended.Compare(record.Ended); found && (order > 0 || order == 0 && kept.ID > record.ID) {
		return nil
	}
	return put(unknown, key, record)
}

// Records implements store.Store.
func (s *Store) Records(ctx context.Context, limit int) ([]call.Record, error) {
	return s.RecordsAfter(ctx, nil, store.Place{}, limit)
}

// RecordsAfter implements store.Pages. IDs sort by the time of arrival, so the history is
// read from its end.
func (s *Store) RecordsAfter(ctx context.Context, lines []call.LineID, place store.Place, limit int) ([]call.Record, error) {
	var records []call.Record
	oldest := time.Now().Add(-store.Retention)
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		records = nil // what is damaged is read again once it is repaired
		cursor := tx.Bucket(historyBucket).Cursor()
		for key, text := last(cursor, []byte(place.ID)); key != nil && len(records) < limit; key, text = cursor.Prev() {
			record, err := decode[call.Record](key, text)
			if err != nil {
				return err
			}
			if !record.Arrived.Before(oldest) && (lines == nil || slices.Contains(lines, record.Line)) {
				records = append(records, record)
			}
		}
		return nil
	})
	return records, err
}

// last is the last item before a key, or of all when there is no key.
func last(cursor *bbolt.Cursor, key []byte) (found, text []byte) {
	if len(key) == 0 {
		return cursor.Last()
	}
	if at, _ := cursor.Seek(key); at == nil {
		return cursor.Last()
	}
	return cursor.Prev()
}

// Record implements store.Pages.
func (s *Store) Record(ctx context.Context, id call.ID) (record call.Record, found bool, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		text := tx.Bucket(historyBucket).Get([]byte(id))
		if text == nil {
			return nil
		}
		record, err = decode[call.Record]([]byte(id), text)
		return err
	})
	found = err == nil && record.ID != "" && !record.Arrived.Before(time.Now().Add(-store.Retention))
	if !found {
		record = call.Record{}
	}
	return record, found, err
}

// nothingRecorded is in the text of every record that points to no recording.
var nothingRecorded = []byte(`"Recording":"",`)

// Recorded implements store.Store. Most records point to none, and are not decoded.
func (s *Store) Recorded(ctx context.Context) ([]call.Record, error) {
	var records []call.Record
	oldest := time.Now().Add(-store.Retention)
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(historyBucket).ForEach(func(key, text []byte) error {
			if bytes.Contains(text, nothingRecorded) {
				return nil
			}
			record, err := decode[call.Record](key, text)
			if err == nil && record.Recording != "" && !record.Arrived.Before(oldest) {
				records = append(records, record)
			}
			return err
		})
	})
	return records, err
}

// LastUnknown implements store.Store.
func (s *Store) LastUnknown(ctx context.Context) (map[call.LineID]call.Record, error) {
	records, err := all[call.Record](ctx, s, unknownBucket)
	if err != nil {
		return nil, err
	}
	oldest := time.Now().Add(-store.Retention)
	last := make(map[call.LineID]call.Record, len(records))
	for _, record := range records {
		if !record.Ended.Before(oldest) {
			last[record.Line] = record
		}
	}
	return last, nil
}
