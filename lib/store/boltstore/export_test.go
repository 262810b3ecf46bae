package boltstore

import (
	"time"

	"go.etcd.io/bbolt"
)

// SweepAt removes what is too old at a time.
func (s *Store) SweepAt(now time.Time) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return s.sweep(tx, now) })
}
