package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// Watcher follows the lists of a store as a running Clearline does.
type Watcher struct {
	store store.Store
	done  chan error // of Watch

	mu      sync.Mutex
	lists   map[call.EntryKey]call.Entry
	reloads int
	lost    []call.LineID // of the last reload
	rest    store.Change  // windows, attempts and records there have been word of
}

// Watch follows the lists until the test is over.
func Watch(t *testing.T, s store.Store) *Watcher {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	w := &Watcher{store: s, done: make(chan error, 1)}
	go func() {
		w.done <- s.Watch(ctx, func(c store.Change) { w.changed(ctx, c) })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-w.done; err != nil && !errors.Is(err, store.ErrClosed) {
			t.Errorf("Watch gives %v", err)
		}
	})
	w.Reads(t, 1)
	return w
}

func (w *Watcher) changed(ctx context.Context, c store.Change) {
	lists := map[call.EntryKey]call.Entry{}
	for c.Reload {
		clear(lists)
		err := w.store.Entries(ctx, func(e call.Entry) error {
			lists[e.Key()] = e
			return nil
		})
		if err == nil || ctx.Err() != nil || !errors.Is(err, store.ErrUnreachable) {
			break
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.Reload {
		w.lists = lists
		w.reloads++
		w.lost = c.Lost
	}
	w.rest.Windows = append(w.rest.Windows, c.Windows...)
	w.rest.Attempts = append(w.rest.Attempts, c.Attempts...)
	w.rest.Records = append(w.rest.Records, c.Records...)
	w.rest.Forgotten = append(w.rest.Forgotten, c.Forgotten...)
	for _, k := range c.Removed {
		delete(w.lists, k)
	}
	for _, e := range c.Put {
		w.lists[e.Key()] = e
	}
}

// Reloads is how often the lists were read from the store.
func (w *Watcher) Reloads() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reloads
}

// Reads waits until the lists were read from the store so often.
func (w *Watcher) Reads(t *testing.T, times int) {
	t.Helper()
	w.until(t, fmt.Sprintf("%d readings", times), func() bool { return w.reloads >= times })
}

// Knows waits until the lists that are followed are what they should be.
func (w *Watcher) Knows(t *testing.T, want ...call.Entry) {
	t.Helper()
	wanted := map[call.EntryKey]call.Entry{}
	for _, e := range want {
		wanted[e.Key()] = e
	}
	w.until(t, fmt.Sprintf("the lists %+v", want), func() bool { return maps.Equal(w.lists, wanted) })
}

// Lost are the lines that were lost before the lists were last read from the store.
func (w *Watcher) Lost() []call.LineID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lost
}

// Hears waits until there was word of a window, an attempt and a record.
func (w *Watcher) Hears(t *testing.T, window call.Window, attempt call.Attempt, record call.Record) {
	t.Helper()
	w.until(t, "word of a window, an attempt and a record", func() bool {
		return slices.Contains(w.rest.Windows, window) && slices.Contains(w.rest.Attempts, attempt) && slices.Contains(w.rest.Records, record)
	})
}

func (w *Watcher) until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(time.Millisecond) {
		w.mu.Lock()
		done, reloads, lists := reached(), w.reloads, len(w.lists)
		w.mu.Unlock()
		if done {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("never came: %s; there were %d readings, and %d entries are known", what, reloads, lists)
		}
	}
}

func watched(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	apply(t, s, store.Changes{Put: []call.Entry{entry(1)}})
	w := Watch(t, s)
	w.Knows(t, entry(1))
	second := Watch(t, s)
	elsewhere, everywhere := entry(3), entry(4)
	elsewhere.Line, everywhere.Line = hostile, ""
	apply(t, s, store.Changes{Put: []call.Entry{entry(2), elsewhere, everywhere}})
	w.Knows(t, entry(1), entry(2), elsewhere, everywhere)
	later := entry(2)
	later.Name = hostile
	apply(t, s, store.Changes{Remove: []call.EntryKey{entry(1).Key(), later.Key()}, Put: []call.Entry{later}})
	w.Knows(t, later, elsewhere, everywhere)
	second.Knows(t, later, elsewhere, everywhere)
	var many []call.Entry
	for n := range 5000 {
		many = append(many, entry(100+n))
	}
	apply(t, s, store.Changes{Put: many})
	w.Knows(t, append(many, later, elsewhere, everywhere)...)
}

func watchedCrowd(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	w := Watch(t, s)
	var group sync.WaitGroup
	for n := range 100 {
		group.Go(func() {
			mine, shared := entry(n+10), entry(1)
			shared.Name = fmt.Sprint(n)
			if err := s.Apply(t.Context(), store.Changes{Put: []call.Entry{mine, shared, entry(2)}}); err != nil {
				t.Errorf("apply %d: %v", n, err)
			}
			if err := s.Apply(t.Context(), store.Changes{Remove: []call.EntryKey{mine.Key(), entry(2).Key()}}); err != nil {
				t.Errorf("apply %d: %v", n, err)
			}
		})
	}
	group.Wait()
	w.Knows(t, entriesOf(t, s)...)
}

func watchEnds(t *testing.T, open func() store.Store) {
	s := open()
	ctx, cancel := context.WithCancel(t.Context())
	begun, done := make(chan struct{}, 2), make(chan error, 2)
	watch := func(ctx context.Context) {
		done <- s.Watch(ctx, func(store.Change) { begun <- struct{}{} })
	}
	go watch(ctx)
	<-begun
	cancel()
	if err := <-done; err != nil {
		t.Errorf("with a context that is done Watch gives %v", err)
	}
	go watch(t.Context())
	<-begun
	must(t, s.Close())
	if err := <-done; !errors.Is(err, store.ErrClosed) {
		t.Errorf("when the store is closed Watch gives %v", err)
	}
}
