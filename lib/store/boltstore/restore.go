package boltstore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Examine says what a file holds: one of a store that does not run, or a snapshot. The
// error wraps ErrDamaged and store.ErrNewer.
func Examine(path string) (Contents, error) {
	file, err := os.Open(path)
	if err != nil {
		return Contents{}, err
	}
	s := look(file)
	return s.holds, errors.Join(usable(path, s), file.Close())
}

func usable(path string, s survey) error {
	if s.newer() {
		return tooNew(path, s.format)
	}
	if fault := s.fault(); fault != nil {
		return fmt.Errorf("%s cannot be used: %w: %w", path, ErrDamaged, fault)
	}
	return nil
}

// MadeAt is when a snapshot was made: its name says it; that of another file is when it
// was last written.
func MadeAt(path string) (time.Time, error) {
	name := filepath.Base(path)
	for at := range len(name) - len(stamp) + 1 {
		if made, err := time.Parse(stamp, name[at:at+len(stamp)]); err == nil && at > 0 && name[at-1] == '-' {
			return made, nil
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// Snapshots returns the snapshots of the file at path, the newest first.
func Snapshots(path string, o Options) []Snapshot { return placeOf(path, o).list() }

// Restore puts a copy of a snapshot in the place of the file at path, which is put aside
// and returned; it is empty when there was none. The snapshot is checked first. The error
// wraps ErrHeld while Clearline runs, ErrDamaged, store.ErrNewer, and fs.ErrNotExist when
// there is no such snapshot.
func Restore(path, snapshot string, o Options) (before string, err error) {
	p := placeOf(path, o)
	present, err := lock(p.path, false)
	switch {
	case err == nil:
		defer func() { _ = present.Close() }()
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("put a snapshot in the place of %s: %w", p.path, err)
	}
	made, err := p.copyOf(snapshot, present)
	if err != nil {
		return "", fmt.Errorf("restore %s: %w", snapshot, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("put a snapshot in the place of %s: %w", p.path, err), removeTemporary(made))
		}
		_ = made.Close()
	}()
	if present != nil {
		if before, err = aside(p.path, filepath.Dir(p.path), ".before-restore-"); err != nil {
			return "", err
		}
	}
	return before, p.replace(made)
}

// copyOf copies a snapshot into the folder of the file, under a name nobody knows.
func (p place) copyOf(snapshot string, present *os.File) (made *os.File, err error) {
	from, err := os.Open(snapshot)
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }()
	if present != nil && stillAt(snapshot, present) {
		return nil, errors.New("it is the file of the store itself")
	}
	made, err = checkedCopy(from, filepath.Dir(p.path))
	if err == nil && present == nil {
		err = giveTo(made, filepath.Dir(p.path))
		if err != nil {
			err = errors.Join(err, made.Close(), os.Remove(made.Name()))
		}
	}
	return made, err
}

// checkedCopy copies a file that is sound into a folder, under a name nobody knows, and
// checks the copy too.
func checkedCopy(from *os.File, folder string) (*os.File, error) {
	if err := usable(from.Name(), look(from)); err != nil {
		return nil, err
	}
	made, err := temporary(folder)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(made, io.NewSectionReader(from, 0, 1<<62))
	if err == nil {
		err = errors.Join(made.Sync(), usable("the copy", look(made)))
	}
	if err != nil {
		return nil, errors.Join(err, made.Close(), os.Remove(made.Name()))
	}
	return made, nil
}

// Copy copies a snapshot to another path, whole or not at all, for its user alone. A file
// that is there is replaced.
func Copy(snapshot, to string) error {
	from, err := os.Open(snapshot)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	made, err := checkedCopy(from, filepath.Dir(to))
	if err != nil {
		return err
	}
	if err := errors.Join(made.Close(), os.Rename(made.Name(), to)); err != nil {
		return errors.Join(err, removeTemporary(made))
	}
	return syncFolder(filepath.Dir(to))
}
