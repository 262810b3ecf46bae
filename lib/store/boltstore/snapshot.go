package boltstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// leftover is how old an incomplete file is that nobody will complete any more.
const leftover = time.Hour

// Snapshot is a file that was written beside the store's at one moment.
type Snapshot struct {
	Path string
	At   time.Time // UTC, in whole seconds
}

// Snapshot writes everything there is at this moment into a new file in the folder of the
// snapshots, while calls go on, and checks it: damage that nobody has read yet is found
// so, and repaired. One at a time is made.
func (s *Store) Snapshot(ctx context.Context) (Snapshot, error) {
	s.making.Lock()
	defer s.making.Unlock()
	made, err := s.snapshot(ctx)
	if !errors.Is(err, ErrDamaged) || s.place.readOnly {
		return made, err
	}
	s.mu.Lock()
	failed := s.file
	s.mu.Unlock()
	if _, again := s.current(failed, err); again != nil {
		return made, err
	}
	return s.snapshot(ctx) // of what was repaired
}

func (s *Store) snapshot(ctx context.Context) (Snapshot, error) {
	if err := s.place.makeFolder(); err != nil {
		return Snapshot{}, err
	}
	made := Snapshot{At: time.Now().UTC().Truncate(time.Second)}
	to, err := temporary(s.place.snapshots)
	if err != nil {
		return made, fmt.Errorf("make a snapshot: %w", err)
	}
	err = giveTo(to, s.place.path)
	if err == nil {
		err = s.view(ctx, func(tx *bbolt.Tx) error {
			if err := errors.Join(to.Truncate(0), rewind(to)); err != nil {
				return err
			}
			w := &whileWanted{ctx: ctx, to: to}
			_, err := tx.WriteTo(w)
			return cmp.Or(w.err, err)
		})
	}
	made.Path = filepath.Join(s.place.snapshots, s.place.prefix()+made.At.Format(stamp))
	for n := 2; err == nil && !missing(made.Path); n++ {
		made.Path = filepath.Join(s.place.snapshots, fmt.Sprintf("%s%s-%d", s.place.prefix(), made.At.Format(stamp), n))
	}
	return made, s.place.finish(to, made.Path, err)
}

func rewind(file *os.File) error {
	_, err := file.Seek(0, io.SeekStart)
	return err
}

// whileWanted writes until a context is done, and keeps its error, of which bbolt returns
// only the text.
type whileWanted struct {
	ctx context.Context
	to  io.Writer
	err error
}

func (w *whileWanted) Write(b []byte) (n int, err error) {
	if w.err = w.ctx.Err(); w.err == nil {
		n, w.err = w.to.Write(b)
	}
	return n, w.err
}

// finish gives a file its name once it is complete, on the disk, and sound. What did not
// go well before is err, and the file is removed.
func (p place) finish(file *os.File, name string, err error) error {
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		if fault := look(file).fault(); fault != nil {
			err = fmt.Errorf("%w: %w", ErrDamaged, fault)
		}
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("make a snapshot: %w", errors.Join(err, os.Remove(file.Name())))
	}
	return syncFolder(p.snapshots)
}

func (p place) makeFolder() error {
	made := missing(p.snapshots)
	if err := os.MkdirAll(p.snapshots, 0o750); err != nil {
		return fmt.Errorf("make the folder of the snapshots: %w", err)
	}
	if !made {
		return nil
	}
	folder, err := os.Open(p.snapshots)
	if err != nil {
		return err
	}
	like := p.path
	if missing(like) {
		like = filepath.Dir(like)
	}
	return errors.Join(giveTo(folder, like), folder.Close())
}

// prefix begins the names of this file's snapshots: other files may have theirs in the
// same folder.
func (p place) prefix() string { return filepath.Base(p.path) + "-" }

// list returns the snapshots, the newest first, and among them what was kept before a
// migration. A folder that cannot be read has none.
func (p place) list() (found []Snapshot) {
	files, err := os.ReadDir(p.snapshots)
	if err != nil {
		return nil
	}
	for _, file := range files {
		rest, mine := strings.CutPrefix(file.Name(), p.prefix())
		if !mine || len(rest) < len(stamp) {
			continue
		}
		at, err := time.Parse(stamp, rest[:len(stamp)])
		if err == nil {
			found = append(found, Snapshot{filepath.Join(p.snapshots, file.Name()), at})
		}
	}
	slices.SortFunc(found, func(a, b Snapshot) int { return -strings.Compare(a.Path, b.Path) })
	return found
}

// snapshotFile is a snapshot that is open; its file is nil when there is none.
type snapshotFile struct {
	path   string
	file   *os.File
	survey survey
}

// newestSound opens the newest snapshot that is sound.
func (p place) newestSound() *snapshotFile {
	for _, one := range p.list() {
		file, err := os.Open(one.Path)
		if err == nil {
			s := look(file)
			if err = s.fault(); err == nil && !s.newer() {
				return &snapshotFile{one.Path, file, s}
			}
			_ = file.Close()
		}
		p.log.Error("snapshot cannot be used", "snapshot", one.Path, "err", err)
	}
	return &snapshotFile{}
}

// Prune removes snapshots until of each day (UTC) only the latest is left, and of days only
// the latest. What was kept before a migration stays.
func (s *Store) Prune(days int) error {
	s.making.Lock()
	defer s.making.Unlock()
	return s.place.prune(days)
}

func (p place) prune(days int) error {
	var wrong []error
	seen := map[string]bool{}
	for _, one := range p.list() {
		if strings.Contains(filepath.Base(one.Path), ".format-") {
			continue
		}
		day := one.At.Format(time.DateOnly)
		if !seen[day] && len(seen) < days {
			seen[day] = true
			continue
		}
		wrong = append(wrong, os.Remove(one.Path))
	}
	return errors.Join(append(wrong, removeLeftovers(p.snapshots))...)
}

// removeLeftovers removes files that whoever made them did not live to complete.
func removeLeftovers(folder string) error {
	found, err := filepath.Glob(filepath.Join(folder, temporaryMark+"*"))
	for _, name := range found {
		if info, gone := os.Stat(name); gone == nil && time.Since(info.ModTime()) > leftover {
			err = errors.Join(err, os.Remove(name))
		}
	}
	return err
}
