package boltstore

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"clearline/lib/store"
)

// deedKey is the place of a deed in the log.
func deedKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

// readDeed reads the deed that is kept under a key.
func readDeed(key, text []byte) (store.Deed, error) {
	d, err := decode[store.Deed](key, text)
	if err != nil || len(key) != 8 {
		return store.Deed{}, fmt.Errorf("%w: there is no deed under the key %x", ErrDamaged, key)
	}
	d.ID = binary.BigEndian.Uint64(key)
	return d, nil
}

// AddDeed implements store.Audit. It waits for the disk.
func (s *Store) AddDeed(ctx context.Context, d store.Deed) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.ID = 0 // its key says it
	text, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encode a deed of %s: %w", d.By, err)
	}
	return s.with(func(db *bbolt.DB) error {
		return update(db, func(e *edit) error {
			audit, latest := e.part(auditBucket), uint64(0)
			if key, _ := audit.Cursor().Last(); len(key) == 8 {
				latest = binary.BigEndian.Uint64(key)
			}
			return audit.Put(deedKey(latest+1), text)
		})
	})
}

// Deeds implements store.Audit.
func (s *Store) Deeds(ctx context.Context, before uint64, limit int) (found []store.Deed, err error) {
	var behind []byte
	if before != 0 {
		behind = deedKey(before)
	}
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		found = nil // what is damaged is read again once it is repaired
		cursor := tx.Bucket(auditBucket).Cursor()
		for key, text := last(cursor, behind); key != nil && len(found) < limit; key, text = cursor.Prev() {
			d, err := readDeed(key, text)
			if err != nil {
				return err
			}
			found = append(found, d)
		}
		return nil
	})
	return found, err
}
