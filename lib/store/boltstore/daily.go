package boltstore

import (
	"context"
	"time"
)

const (
	settling   = time.Minute    // from the start to the first snapshot: calls under way come first
	daily      = 24 * time.Hour // from one snapshot to the next
	lookAgain  = time.Hour      // longest wait: clocks are set
	afterFault = 15 * time.Minute
)

// KeepSnapshots makes a snapshot whenever the latest one is a day old, and keeps those of
// the last days, until ctx is done. What goes wrong is logged and tried again.
func (s *Store) KeepSnapshots(ctx context.Context, days int) {
	for wait := settling; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if wait = s.due(time.Now()); wait > 0 {
			continue
		}
		wait = lookAgain
		if !s.KeepSnapshot(ctx, days) {
			wait = afterFault
		}
	}
}

// due is how long it is until the next snapshot, at most lookAgain.
func (s *Store) due(now time.Time) time.Duration {
	found := s.place.list()
	if len(found) == 0 || found[0].At.After(now) {
		return 0
	}
	return min(max(0, daily-now.Sub(found[0].At)), lookAgain)
}

// Unmade is why the last of the daily snapshots was not made; nil when it was.
func (s *Store) Unmade() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unmade
}

// KeepSnapshot makes a snapshot now, keeps those of the last days, and reports whether
// that went well. What goes wrong is logged.
func (s *Store) KeepSnapshot(ctx context.Context, days int) bool {
	began := time.Now()
	made, err := s.Snapshot(ctx)
	s.mu.Lock()
	s.unmade = err
	s.mu.Unlock()
	if err != nil {
		s.place.log.Error("snapshot of the store not made", "folder", s.place.snapshots, "err", err)
		return false
	}
	s.place.log.Info("snapshot of the store made", "snapshot", made.Path, "took", time.Since(began))
	if err := s.Prune(days); err != nil {
		s.place.log.Warn("old snapshots not removed", "folder", s.place.snapshots, "err", err)
	}
	return true
}
