package boltstore

import (
	"time"

	"go.etcd.io/bbolt"
)

// SweepAt removes what is too old at a time.
func (s *Store) SweepAt(now time.Time) error {
	return s.with(func(db *bbolt.DB) error {
		return update(db, func(e *edit) error { return sweep(e, now) })
	})
}

// FormatText is what a file says about its format.
func FormatText(n uint32) (text, check []byte) { return formatText(n) }
