package boltstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"clearline/lib/call"
	"clearline/lib/store"
)

var _ store.Forgetter = (*Store)(nil)

// Traces implements store.Forgetter.
func (s *Store) Traces(ctx context.Context, number string) (found call.Traces, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		found = call.Traces{} // what is damaged is read again once it is repaired
		for _, bucket := range buckets {
			b := tx.Bucket(bucket)
			if b == nil { // of a file of an earlier format
				continue
			}
			err := b.ForEach(func(key, value []byte) error { return traced(&found, number, string(bucket), key, value) })
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return found, err
	}
	found.Copies, err = s.place.copiesOf(number)
	return found, err
}

// Forget implements store.Forgetter. bbolt leaves what was removed in pages it will use
// again, so the file is written anew, without what is forgotten, and takes the place of the
// old one; writes wait meanwhile. Snapshots are written anew likewise. Other copies that
// hold the number are removed: a damaged file, one that was replaced, and one of an older
// format.
func (s *Store) Forget(ctx context.Context, o store.Oblivion) (call.Traces, error) {
	s.making.Lock()
	defer s.making.Unlock()
	found, err := s.Traces(ctx, o.Number)
	if err != nil {
		return found, err
	}
	told := store.Change{Forgotten: []string{o.Number}}
	if o.Lists {
		for _, e := range found.Entries {
			told.Removed = append(told.Removed, e.Key())
		}
	}
	err = s.watch.tell(func() error { return s.rewrite(&oblivion{Oblivion: o}) }, func() store.Change {
		return store.Change{Forgotten: slices.Clone(told.Forgotten), Removed: slices.Clone(told.Removed)}
	})
	if err != nil {
		return found, fmt.Errorf("write the store anew without what is forgotten: %w", err)
	}
	copies, err := s.place.copiesOf(o.Number) // a file that was damaged has become one more
	wrong := []error{err}
	for _, path := range copies {
		wrong = append(wrong, s.place.purge(path, &oblivion{o, true}))
	}
	return found, errors.Join(wrong...)
}

// rewrite puts a file without what is forgotten in the place of the open one.
func (s *Store) rewrite(forgotten *oblivion) error {
	h, err := s.current(nil, nil)
	if err != nil {
		return err
	}
	anew := func(old *os.File) (*os.File, error) {
		made, err := less(s.place.path, look(old), forgotten)
		if err != nil {
			return nil, err
		}
		if err := s.place.replace(made); err != nil {
			return nil, errors.Join(err, made.Close(), removeTemporary(made))
		}
		return made, nil
	}
	err = h.exchange(anew)
	if !suspect(err) {
		return err
	}
	if h, err = s.current(h, err); err != nil { // repairs it
		return err
	}
	return h.exchange(anew)
}

// less makes a file of what a sound one at path holds, without what is forgotten.
func less(path string, from survey, forgotten *oblivion) (*os.File, error) {
	if err := from.fault(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	all := make([]*survey, len(portions))
	for n := range all {
		all[n] = &from
	}
	return build(path, all, forgotten)
}

// purge writes a snapshot anew without what is forgotten. A copy that cannot be, or that is
// kept for what it is to the letter, is removed.
func (p place) purge(path string, forgotten *oblivion) error {
	if !p.isSnapshot(path) {
		return p.removeCopy(path)
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	s := look(file)
	if s.fault() != nil || s.newer() {
		return p.removeCopy(path)
	}
	made, err := less(path, s, forgotten)
	if err != nil {
		return fmt.Errorf("write the snapshot %s anew: %w", path, err)
	}
	at := place{path: path}
	if err := at.replace(made); err != nil {
		return errors.Join(fmt.Errorf("replace the snapshot %s: %w", path, err), made.Close(), removeTemporary(made))
	}
	p.log.Info("snapshot written anew without what is forgotten", "snapshot", path)
	return made.Close()
}

func (p place) removeCopy(path string) error {
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove a copy of the store: %w", err)
	}
	p.log.Warn("copy of the store removed, it held what is forgotten", "copy", path)
	return syncFolder(filepath.Dir(path))
}

// isSnapshot reports whether a file is one of the snapshots that may be restored into this
// version.
func (p place) isSnapshot(path string) bool {
	return filepath.Dir(path) == filepath.Clean(p.snapshots) && !strings.Contains(filepath.Base(path), ".format-") &&
		!strings.HasPrefix(filepath.Base(path), temporaryMark)
}

// copiesOf names the files that hold a number, of those that were ever made of the store's
// file beside it and among its snapshots.
func (p place) copiesOf(number string) (holding []string, err error) {
	looked := map[string]bool{}
	for _, folder := range []string{filepath.Dir(p.path), filepath.Clean(p.snapshots)} {
		files, err := os.ReadDir(folder)
		if errors.Is(err, fs.ErrNotExist) || looked[folder] {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look for copies of the store: %w", err)
		}
		looked[folder] = true
		for _, file := range files {
			path := filepath.Join(folder, file.Name())
			if !p.isCopy(folder, file.Name()) {
				continue
			}
			holds, err := holds(path, needles(number))
			if err != nil && !missing(path) {
				return nil, fmt.Errorf("look for the number in %s: %w", path, err)
			}
			if holds {
				holding = append(holding, path)
			}
		}
	}
	return holding, nil
}

// isCopy reports whether a file has such a name as only copies of this store's file have.
func (p place) isCopy(folder, name string) bool {
	base := filepath.Base(p.path)
	return strings.HasPrefix(name, base+".damaged-") || strings.HasPrefix(name, base+".before-restore-") ||
		strings.HasPrefix(name, temporaryMark) ||
		folder == filepath.Clean(p.snapshots) && strings.HasPrefix(name, p.prefix())
}
