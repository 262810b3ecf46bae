package engine

import (
	"context"
	"fmt"
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
)

// readBook reads the lists. An entry that cannot be understood is left out and reported.
func (e *Engine) readBook(ctx context.Context) (*policy.Book, error) {
	var lists policy.Loader
	err := e.opts.Store.Entries(ctx, func(entry call.Entry) error {
		if err := lists.Add(entry); err != nil {
			e.opts.Log.Error("entry of a list is left out", "err", err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the lists: %w", err)
	}
	return lists.Book(), nil
}

// listsMax bounds reading the lists anew; a million entries take some seconds.
const listsMax = 2 * time.Minute

// follow keeps the lists as the store has them, whoever changes them, until the engine is
// closed.
func (e *Engine) follow() {
	err := e.opts.Store.Watch(e.following, func(put []call.Entry, removed []call.EntryKey, reload bool) {
		if reload {
			e.reload()
			return
		}
		e.change(put, removed)
	})
	if err != nil && e.following.Err() == nil {
		e.opts.Log.Error("lists no longer followed: changes count after a restart", "err", err)
	}
}

// reload reads the lists anew. What cannot be read leaves them as they are: the store
// says again when they can.
func (e *Engine) reload() {
	ctx, cancel := context.WithTimeout(e.following, listsMax)
	defer cancel()
	book, err := e.readBook(ctx)
	if err != nil {
		if e.following.Err() == nil {
			e.opts.Log.Error("lists not read, those known so far hold", "err", err)
		}
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.listed(book)
	e.opts.Log.Info("lists read", "entries", e.house.Book().Len())
}

// listed takes lists that the store had, with what residents decided since the start:
// some of it may not have been written yet. The lock is held.
func (e *Engine) listed(book *policy.Book) {
	book, err := book.Change(e.blocked, nil)
	if err != nil {
		e.opts.Log.Error("entry of a list is left out", "err", err)
	}
	e.house = e.house.WithBook(book)
}

// change makes changes of the lists that are in the store already.
func (e *Engine) change(put []call.Entry, removed []call.EntryKey) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, key := range removed {
		e.blocked = withoutKey(e.blocked, key)
	}
	book, err := e.house.Book().Change(put, removed)
	if err != nil {
		e.opts.Log.Error("entry of a list is left out", "err", err)
	}
	e.house = e.house.WithBook(book)
	e.opts.Log.Info("lists changed", "put", len(put), "removed", len(removed), "entries", book.Len())
}

func withoutKey(entries []call.Entry, key call.EntryKey) []call.Entry {
	var left []call.Entry
	for _, e := range entries {
		if e.Key() != key {
			left = append(left, e)
		}
	}
	return left
}
