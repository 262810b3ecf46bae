package boltstore

import (
	"context"
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

// Records implements store.Store. IDs sort by the time of arrival, so the
// history is read from its end.
func (s *Store) Records(ctx context.Context, limit int) ([]call.Record, error) {
	var records []call.Record
	oldest := time.Now().Add(-store.Retention)
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(historyBucket).Cursor()
		for key, text := cursor.Last(); key != nil && len(records) < limit; key, text = cursor.Prev() {
			record, err := decode[call.Record](key, text)
			if err != nil {
				return err
			}
			if !record.Arrived.Before(oldest) {
				records = append(records, record)
			}
		}
		return nil
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
