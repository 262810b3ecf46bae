package boltstore

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"clearline/lib/store"
)

// reopenEvery bounds how often a file that fails is opened anew.
const reopenEvery = time.Second

// roomToGrow is how much of the address space is kept for the file: bbolt cannot grow
// beyond without waiting for everybody who reads, and a snapshot reads for long.
const roomToGrow = 256 << 20

// growBy is how much longer the file is made when it is too short.
const growBy = 1 << 20

// handle is the open file. bbolt panics and faults where a file is damaged, and may keep
// locks that nobody ever gives back; so everything that is done with it is done in a
// goroutine of its own, and is given up as soon as anything has panicked.
type handle struct {
	db   *bbolt.DB
	file *os.File

	busy   sync.RWMutex // read-held by whoever uses the file
	broken chan struct{}
	once   sync.Once
}

// errBroken is what those get who were using a file when it broke.
var errBroken = fmt.Errorf("%w: it was in use when it broke", ErrDamaged)

// openHandle opens a file that was checked and is locked. It owns the file.
func openHandle(file *os.File, readOnly bool) (*handle, error) {
	h := &handle{file: file, broken: make(chan struct{})}
	err := h.contain(func() (err error) {
		h.db, err = openFile(file, readOnly)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, letGo(file))
	}
	return h, nil
}

func openFile(file *os.File, readOnly bool) (*bbolt.DB, error) {
	db, err := bbolt.Open(file.Name(), 0o600, &bbolt.Options{
		ReadOnly: readOnly, InitialMmapSize: roomToGrow,
		OpenFile: func(string, int, os.FileMode) (*os.File, error) { return file, nil },
	})
	if err == nil {
		db.AllocSize = growBy
	}
	return db, err
}

// exchange makes another file of this one while nobody uses it, and goes on with that.
// another returns it checked and locked, and in the place of the old one.
func (h *handle) exchange(another func(old *os.File) (*os.File, error)) error {
	return h.contain(func() error {
		h.busy.Lock()
		defer h.busy.Unlock()
		select {
		case <-h.broken:
			return errBroken
		default:
		}
		made, err := another(h.file)
		if err != nil {
			return err
		}
		db, err := openFile(made, false)
		if err != nil { // what is in the old one's place now is opened anew
			h.once.Do(func() { close(h.broken) })
			return errors.Join(err, letGo(made))
		}
		old := h.db
		h.db, h.file = db, made
		return old.Close()
	})
}

// do does something with the file. What panics or faults is an error that wraps
// ErrDamaged, and the end of this handle.
func (h *handle) do(op func(*bbolt.DB) error) error {
	select {
	case <-h.broken:
		return errBroken
	default:
	}
	done := make(chan error, 1)
	go func() {
		done <- h.contain(func() error {
			h.busy.RLock()
			defer h.busy.RUnlock()
			return op(h.db)
		})
	}()
	select {
	case err := <-done:
		select {
		case <-h.broken: // what was written then may be in a file that is given up
			return errors.Join(err, errBroken)
		default:
			return err
		}
	case <-h.broken:
		return errBroken
	}
}

// contain makes errors of panics and of faults in what is mapped into memory.
func (h *handle) contain(op func() error) (err error) {
	before := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(before)
	defer func() {
		if r := recover(); r != nil {
			h.once.Do(func() { close(h.broken) })
			err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}()
	return op()
}

// retire waits for whoever uses the file and closes it, and remembers how it left it. A
// broken one is only let go: its memory stays mapped.
func (h *handle) retire(seen *Seen) error {
	idle := make(chan struct{})
	go func() {
		h.busy.Lock()
		defer h.busy.Unlock()
		close(idle)
	}()
	select {
	case <-idle:
	case <-h.broken:
	}
	select {
	case <-h.broken:
		return letGo(h.file)
	default:
	}
	seen.leave(h.file)
	if err := h.contain(h.db.Close); err != nil {
		return errors.Join(err, letGo(h.file))
	}
	return nil
}

// letGo gives the lock of a file back and closes it, if bbolt has not. What is mapped
// holds the lock too, and closing alone would not give it back.
func letGo(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
	if errors.Is(err, syscall.EBADF) {
		return nil
	}
	return errors.Join(err, file.Close())
}

// suspect reports whether an error is a reason to look whether the file is damaged.
func suspect(err error) bool {
	return errors.Is(err, ErrDamaged) || errors.Is(err, bolterrors.ErrInvalidMapping) || errors.Is(err, syscall.EIO)
}

// with does something with the file. When that shows damage, the file is repaired, and it
// is tried once more.
func (s *Store) with(op func(*bbolt.DB) error) error {
	h, err := s.current(nil, nil)
	if err != nil {
		return err
	}
	err = h.do(op)
	failed := h
	switch {
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen): // it was closed, or opened anew, just now
		failed = nil
	case !suspect(err) || s.place.readOnly:
		return err
	}
	h, again := s.current(failed, err)
	switch {
	case again == nil:
		return h.do(op)
	case failed == nil:
		return again
	}
	return err
}

// current is the open file. When it is the one that failed it is opened anew, which
// repairs it; not more often than reopenEvery.
func (s *Store) current(failed *handle, why error) (*handle, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, store.ErrClosed
	case s.file != nil && s.file != failed:
		return s.file, nil
	case time.Since(s.retried) < reopenEvery:
		return nil, fmt.Errorf("%w: it was looked at a moment ago", ErrDamaged)
	}
	s.retried = time.Now()
	if failed != nil {
		s.place.log.Error("store failed, looking whether its file is damaged", "file", s.place.path, "err", why)
		if err := failed.retire(nil); err != nil {
			s.place.log.Warn("store's file not closed in order", "file", s.place.path, "err", err)
		}
		s.file = nil
	}
	before := s.repair
	if err := s.open(); err != nil {
		s.place.log.Error("store not opened again, trying again when it is used", "file", s.place.path, "err", err)
		return nil, err
	}
	if s.repair != before && !s.repair.whole() {
		s.watch.repaired(slices.Collect(maps.Keys(s.lines)))
	}
	return s.file, nil
}
