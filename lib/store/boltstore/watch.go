package boltstore

import (
	"context"
	"slices"
	"sync"

	"clearline/lib/call"
	"clearline/lib/store"
)

// queueMost is how many entries wait for a watcher. One that is further behind reads
// the lists again.
const queueMost = 20_000

// watchers are who watches the lists. Only this process changes them while it has the
// file, so what it applies itself is all there is to tell.
type watchers struct {
	order sync.Mutex // held from before a change of the lists until it is told: changes are told in order

	mu     sync.Mutex
	all    map[*watcher]bool
	closed bool
}

// watcher is one Watch under way.
type watcher struct {
	wake   chan struct{} // holds a token while something is queued; closed with the store
	queue  []store.Change
	size   int // entries in the queue
	reload bool
	lost   []call.LineID // with reload
}

// telling runs what applies changes, and tells the watchers if it succeeds.
func (w *watchers) telling(changes store.Changes, apply func() error) error {
	if len(changes.Put)+len(changes.Remove) == 0 {
		return apply()
	}
	return w.tell(apply, func() store.Change {
		return store.Change{Put: slices.Clone(changes.Put), Removed: slices.Clone(changes.Remove)}
	})
}

// tell runs what applies a change, and tells each watcher of it if that succeeds.
func (w *watchers) tell(apply func() error, change func() store.Change) error {
	w.order.Lock()
	defer w.order.Unlock()
	if err := apply(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.all {
		one.add(change())
	}
	return nil
}

// add queues a change. The lock is held.
func (w *watcher) add(c store.Change) {
	w.queue, w.size = append(w.queue, c), w.size+len(c.Put)+len(c.Removed)
	if w.size > queueMost {
		w.queue, w.size, w.reload = nil, 0, true
	}
	w.wakeUp()
}

func (w *watcher) wakeUp() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// begin makes a watcher, unless the store is closed.
func (w *watchers) begin() *watcher {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	one := &watcher{wake: make(chan struct{}, 1), reload: true}
	one.wake <- struct{}{}
	if w.all == nil {
		w.all = map[*watcher]bool{}
	}
	w.all[one] = true
	return one
}

func (w *watchers) end(one *watcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.all, one)
}

// take empties the queue of a watcher.
func (w *watchers) take(one *watcher) (queue []store.Change, reload bool, lost []call.LineID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	queue, reload, lost = one.queue, one.reload, one.lost
	one.queue, one.size, one.reload, one.lost = nil, 0, false, nil
	return queue, reload, lost
}

// repaired tells every watcher that the file was replaced by one that lacks what there was
// of lines.
func (w *watchers) repaired(lost []call.LineID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.all {
		one.queue, one.size, one.reload, one.lost = nil, 0, true, lost
		one.wakeUp()
	}
}

func (w *watchers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for one := range w.all {
		close(one.wake)
	}
	w.all = nil
}

// Watch implements store.Store.
func (s *Store) Watch(ctx context.Context, changed func(store.Change)) error {
	one := s.watch.begin()
	if one == nil {
		return store.ErrClosed
	}
	defer s.watch.end(one)
	for {
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-one.wake:
			if !open {
				return store.ErrClosed
			}
		}
		queue, reload, lost := s.watch.take(one)
		if reload { // what is queued behind it came later
			changed(store.Change{Reload: true, Lost: lost})
		}
		for _, c := range queue {
			if ctx.Err() != nil {
				return nil
			}
			changed(c)
		}
	}
}
