package boltstore

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"clearline/lib/call"
)

// lockAlone keeps every other process from a file.
const lockAlone = syscall.LOCK_EX

// place is where a store's file and its snapshots are.
type place struct {
	path      string // no symbolic link, where there is a file
	snapshots string
	log       *slog.Logger
	seen      *Seen
	readOnly  bool
}

func placeOf(path string, o Options) place {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // the link is to stay when another file takes the place of this one
	}
	return place{
		path: path, snapshots: cmp.Or(o.Snapshots, filepath.Join(filepath.Dir(path), "snapshots")),
		log: cmp.Or(o.Log, slog.New(slog.DiscardHandler)), seen: o.Seen,
	}
}

// opening is what was found and done when a file was opened.
type opening struct {
	repair *Repair // nil when nothing was wrong
	lines  map[call.LineID]bool
}

// open opens the file, or one that takes its place.
func (p place) open() (h *handle, found opening, err error) {
	file, err := lock(p.path, false)
	if errors.Is(err, fs.ErrNotExist) {
		file, err = p.create()
	}
	if err != nil {
		return nil, found, p.refused(err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
		}
	}()
	if p.seen.is(file) {
		h, err = openHandle(file, false)
		return h, found, err
	}
	s := look(file)
	found.lines = s.lines
	fault := s.fault()
	switch {
	case s.newer():
		return nil, found, tooNew(p.path, s.format)
	case fault != nil:
		file, found.repair, err = p.mend(file, s, fault)
	case s.format < format:
		file, err = p.migrate(file, s)
	}
	if err != nil {
		return nil, found, fmt.Errorf("open store %s: %w", p.path, err)
	}
	h, err = openHandle(file, false)
	if err != nil {
		return nil, found, fmt.Errorf("open store %s: %w", p.path, err)
	}
	if err := removeLeftovers(filepath.Dir(p.path)); err != nil {
		p.log.Warn("incomplete files not removed", "folder", filepath.Dir(p.path), "err", err)
	}
	return h, found, nil
}

// refused says what to do about a file that cannot be opened.
func (p place) refused(err error) error {
	switch {
	case errors.Is(err, ErrHeld):
		return fmt.Errorf("open store %s: %w; is Clearline already running?", p.path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("open store %s: %w: let the user Clearline runs as read and write it, and its folder", p.path, err)
	}
	return fmt.Errorf("open store %s: %w", p.path, err)
}

// create makes a file where there is none.
func (p place) create() (*os.File, error) {
	if found := p.list(); len(found) > 0 {
		p.log.Warn("store begun anew, there is no file although there are snapshots of one: clearline restore puts one in its place",
			"file", p.path, "snapshot", found[0].Path)
	}
	made, err := build(p.path, make([]*survey, len(portions)), nil)
	if err != nil {
		return nil, err
	}
	err = os.Link(made.Name(), p.path)
	if errors.Is(err, fs.ErrExist) { // another process was faster
		err = errors.Join(made.Close(), os.Remove(made.Name()))
		if err != nil {
			return nil, err
		}
		return lock(p.path, false)
	}
	if err == nil {
		err = os.Remove(made.Name())
	} else {
		err = os.Rename(made.Name(), p.path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(p.path))
	}
	if err != nil {
		return nil, errors.Join(err, made.Close())
	}
	return made, nil
}

// replace puts a new file in the place of the one that is there.
func (p place) replace(made *os.File) error {
	if err := giveTo(made, p.path); err != nil && !missing(p.path) {
		return err
	}
	if err := os.Rename(made.Name(), p.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(p.path))
}

// migrate makes a file of this format of an older one, which is kept as a snapshot.
func (p place) migrate(old *os.File, s survey) (*os.File, error) {
	from := make([]*survey, len(portions))
	for n := range from {
		from[n] = &s
	}
	made, err := build(p.path, from, nil)
	if err != nil {
		return old, err
	}
	kept, err := p.keepOld(old, s.format)
	if err == nil {
		err = p.replace(made)
	}
	if err != nil {
		return old, errors.Join(fmt.Errorf("migrate from format %d to %d: %w", s.format, format, err), made.Close(), removeTemporary(made))
	}
	_ = old.Close()
	p.log.Info("store migrated", "file", p.path, "from", s.format, "to", format, "kept", kept)
	return made, nil
}

// keepOld keeps the file as it is among the snapshots.
func (p place) keepOld(old *os.File, format uint32) (string, error) {
	if err := p.makeFolder(); err != nil {
		return "", err
	}
	name := filepath.Join(p.snapshots, fmt.Sprintf("%s-%s.format-%d", filepath.Base(p.path), time.Now().UTC().Format(stamp), format))
	to, err := temporary(p.snapshots)
	if err != nil {
		return "", err
	}
	err = giveTo(to, p.path)
	if err == nil {
		_, err = io.Copy(to, io.NewSectionReader(old, 0, 1<<62))
	}
	return name, p.finish(to, name, err)
}

// temporary makes a file that is renamed when it is complete.
func temporary(folder string) (*os.File, error) {
	return os.CreateTemp(folder, temporaryMark+"*")
}

// temporaryMark begins the names of files that are not complete.
const temporaryMark = ".clearline-new-"

// removeTemporary removes a file that was not renamed.
func removeTemporary(made *os.File) error {
	if !strings.HasPrefix(filepath.Base(made.Name()), temporaryMark) || missing(made.Name()) {
		return nil
	}
	return os.Remove(made.Name())
}
