package boltstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Repair says what was done about a damaged file. Each portion is in at most one of the
// lists: what is in none is empty now.
type Repair struct {
	At       time.Time
	Cause    error    // what is wrong with the file
	Damaged  string   // where it is now, byte for byte as it was found
	Kept     []string // what was sound in it, and is there to the letter
	Snapshot string   // where what was not sound was taken from; empty when nothing was
	Restored []string // is as it was in the snapshot
	Partly   []string // no snapshot has it: what could be read of the damaged file is there

	last bool // the last change may be missing of what was kept
}

// whole reports whether nothing was lost.
func (r *Repair) whole() bool { return len(r.Kept) == len(portions) && !r.last }

// Repaired returns what was last done about a damaged file, since Open; nil when none was.
func (s *Store) Repaired() *Repair {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repair
}

// mend puts a damaged file aside and makes one in its place: of what is sound in it, else
// of the newest snapshot that is sound, else of what can be read. It returns the file that
// is now open.
func (p place) mend(damaged *os.File, s survey, cause error) (*os.File, *Repair, error) {
	done := &Repair{At: time.Now(), Cause: cause, last: s.file != nil && s.file.HalfMeta()}
	from, good := make([]*survey, len(portions)), (*snapshotFile)(nil)
	for n, portion := range portions {
		if s.sound(portion.buckets...) {
			from[n], done.Kept = &s, append(done.Kept, portion.name)
			continue
		}
		if good == nil {
			good = p.newestSound()
		}
		switch {
		case good.file != nil:
			from[n], done.Restored = &good.survey, append(done.Restored, portion.name)
			done.Snapshot = good.path
		case s.file != nil:
			from[n], done.Partly = &s, append(done.Partly, portion.name)
		}
	}
	made, err := build(p.path, from, nil)
	if good != nil && good.file != nil {
		_ = good.file.Close()
	}
	if err != nil {
		return damaged, nil, errors.Join(cause, err)
	}
	done.Damaged, err = aside(p.path, filepath.Dir(p.path), ".damaged-")
	if err == nil {
		err = p.replace(made)
	}
	if err != nil {
		return damaged, nil, errors.Join(fmt.Errorf("put the damaged file aside: %w", err), made.Close(), removeTemporary(made))
	}
	_ = damaged.Close()
	p.log.Error("store damaged, another file is in its place", "file", p.path, "damaged", done.Damaged,
		"kept", done.Kept, "snapshot", done.Snapshot, "restored", done.Restored, "partly", done.Partly, "err", cause)
	return made, done, nil
}
