package boltstore

import (
	"time"

	"go.etcd.io/bbolt"
)

// SweepAt removes what is too old at a time.
func (s *Store) SweepAt(now time.Time) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return s.sweep(tx, now) })
}

// OpenUnsynced is Open of a store that does not wait for the disk: what it holds
// survives its process, as in tests, and no more.
func OpenUnsynced(path string) (*Store, error) {
	return open(path, bbolt.Options{Timeout: time.Second, NoSync: true, NoGrowSync: true})
}
