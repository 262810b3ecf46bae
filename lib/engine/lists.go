package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
	"clearline/lib/store"
)

// lists are what residents have added to the lists and the store has not written yet.
// The lock is held while lists are made anew, which may take longer than a call can wait:
// never take it while engine.mu is held.
type lists struct {
	mu      sync.Mutex
	waiting []call.Entry
	read    chan struct{} // closed when the lists were read for the first time
}

const (
	listsMax     = 2 * time.Minute // for reading all lists; a million entries take some seconds
	listsSoon    = 5 * time.Second // a start waits so long for them
	listsRetries = 30 * time.Second
)

// follow keeps what decides as the store has it, whoever changes it, until the engine is
// closed.
func (e *Engine) follow() {
	err := e.opts.Store.Watch(e.following, func(c store.Change) {
		if c.Reload {
			e.reload(c.Lost)
			return
		}
		e.hear(c)
		if len(c.Put)+len(c.Removed) > 0 {
			e.change(c.Put, c.Removed)
		}
		for _, number := range c.Forgotten {
			e.forget(number)
		}
	})
	if err != nil && e.following.Err() == nil {
		e.opts.Log.Error("store no longer followed: changes of the lists count after a restart", "err", err)
	}
}

// reload reads anew what decides, again and again until it succeeds: the store tells of a
// change only once. What the store has lost of a line is not forgotten.
func (e *Engine) reload(lost []call.LineID) {
	pause := retryWait
	for {
		book, err := e.readAll()
		if err == nil {
			e.replace(book, lost)
			e.lists.once()
			return
		}
		if e.following.Err() != nil {
			return
		}
		e.opts.Log.Error("lists not read, trying again; those known so far hold", "err", err)
		select {
		case <-time.After(pause):
		case <-e.following.Done():
			return
		}
		pause = min(2*pause, listsRetries)
	}
}

// readAll reads the lists, and adds the rest of what decides to what is known.
func (e *Engine) readAll() (*policy.Book, error) {
	book, err := e.readBook()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(e.following, listsMax)
	defer cancel()
	var kept memory
	if err := kept.read(ctx, e.opts.Store, time.Now()); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.recall(kept)
	return book, nil
}

// replace puts the lists that were read in the place of those that decide, with what the
// store has lost of them, and lets the store have that again.
func (e *Engine) replace(book *policy.Book, lost []call.LineID) {
	var back []call.Entry
	e.rebook(func(was *policy.Book) (*policy.Book, error) {
		back = missing(was, book, lost)
		return book.Change(back, nil)
	})
	e.opts.Log.Info("lists read", "entries", book.Len())
	e.tell(call.News{Kind: call.ListsChanged})
	if len(lost) == 0 {
		return
	}
	e.opts.Log.Error("the store has lost what it kept; what is known here is written again", "lines", len(lost), "entries", len(back))
	e.giveBack(back, lost)
}

// once says that the lists have been read.
func (l *lists) once() {
	select {
	case <-l.read:
	default:
		close(l.read)
	}
}

// awaitLists gives the lists a moment to be read, so that the first callers are judged by
// them.
func (e *Engine) awaitLists(ctx context.Context) {
	patience := time.NewTimer(listsSoon)
	defer patience.Stop()
	select {
	case <-e.lists.read:
	case <-ctx.Done():
	case <-patience.C:
		e.opts.Log.Warn("lists are still being read: until then nobody is known, and nobody blocked")
	}
}

// readBook reads the lists. An entry that cannot be understood is left out and reported.
func (e *Engine) readBook() (*policy.Book, error) {
	ctx, cancel := context.WithTimeout(e.following, listsMax)
	defer cancel()
	var loader policy.Loader
	err := e.opts.Store.Entries(ctx, func(entry call.Entry) error {
		if err := loader.Add(entry); err != nil {
			e.opts.Log.Error("entry of a list is left out", "err", err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the lists: %w", err)
	}
	return loader.Book(), nil
}

// change makes changes of the lists that are in the store already.
func (e *Engine) change(put []call.Entry, removed []call.EntryKey) {
	e.lists.mu.Lock()
	for _, key := range removed {
		e.lists.written(key)
	}
	for _, entry := range put {
		e.lists.written(entry.Key())
	}
	e.lists.mu.Unlock()
	e.rebook(func(book *policy.Book) (*policy.Book, error) { return book.Change(put, removed) })
	e.opts.Log.Info("lists changed", "put", len(put), "removed", len(removed))
	e.tellLists(put, removed)
}

// add adds an entry to the lists at once, and to the store. It does not wait for that.
func (e *Engine) add(entry call.Entry) {
	e.lists.mu.Lock()
	e.lists.waiting = append(e.lists.waiting, entry)
	e.lists.mu.Unlock()
	e.rebook(func(book *policy.Book) (*policy.Book, error) { return book, nil })
	done := e.saver.listed(entry)
	e.tellLists([]call.Entry{entry}, nil)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	e.aside(func() {
		select {
		case <-done:
			e.lists.mu.Lock()
			defer e.lists.mu.Unlock()
			e.lists.written(entry.Key())
		case <-e.closing:
		}
	})
}

// written forgets what the store has, or somebody has decided otherwise about since. The
// lock is held.
func (l *lists) written(key call.EntryKey) {
	l.waiting = slices.DeleteFunc(l.waiting, func(entry call.Entry) bool { return entry.Key() == key })
}

// rebook puts other lists in the place of those that decide, with what residents have
// added and the store has not written. Calls go on meanwhile with those there were.
func (e *Engine) rebook(other func(*policy.Book) (*policy.Book, error)) {
	e.lists.mu.Lock()
	defer e.lists.mu.Unlock()
	e.mu.Lock()
	book := e.house.Book()
	e.mu.Unlock()
	book, err := other(book)
	if err != nil {
		e.opts.Log.Error("entry of a list is left out", "err", err)
	}
	if book, err = book.Change(e.lists.waiting, nil); err != nil {
		e.opts.Log.Error("entry of a list is left out", "err", err)
	}
	e.mu.Lock()
	e.house = e.house.WithBook(book)
	e.mu.Unlock()
}
