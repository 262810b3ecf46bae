package engine

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/store"
)

const (
	saveMax   = 150 * time.Millisecond // longest a call waits for the store
	writeMax  = 5 * time.Second        // longest one write may take before it is tried again
	retryWait = 500 * time.Millisecond
)

// saver writes to the store behind the calls. A call waits until its own state is
// written, but never longer than saveMax; what could not be written stays queued
// and is written when the store is back. Of each call only the newest state is
// queued. Writes of many calls become one.
type saver struct {
	store   Store
	node    string // whose the calls are
	log     *slog.Logger
	observe Observer

	mu      sync.Mutex
	queue   batch
	writing int // how much was taken out of queue and is being written

	wake    chan struct{} // holds a token while something is queued
	stop    chan struct{} // closed by close
	stopped chan struct{} // closed when the last write is over
}

// batch is what is written together. waiting are closed once it is written.
type batch struct {
	saves   map[call.ID]store.Saved
	rest    store.Changes // everything else
	waiting []chan struct{}
}

// size is how much there is to write.
func (b *batch) size() int {
	r := &b.rest
	return len(b.saves) + len(r.Drop) + len(r.Records) + len(r.Attempts) + len(r.Windows) + len(r.Remove) + len(r.Put)
}

func newBatch() batch { return batch{saves: map[call.ID]store.Saved{}} }

func newSaver(opts Options) *saver {
	s := &saver{
		store: opts.Store, node: opts.Node, log: opts.Log, observe: opts.Observe, queue: newBatch(),
		wake: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go s.run()
	return s
}

// call queues the state of a call and waits until it is written, at most saveMax.
func (s *saver) call(id call.ID, line call.LineID, state running, pending []flow.Effect) {
	done := s.behind(id, line, state, pending)
	patience := time.NewTimer(saveMax)
	defer patience.Stop()
	select {
	case <-done:
	case <-patience.C:
		s.log.Warn("store is slow, the call goes on", "call", id)
		s.observe.Outwaited()
	}
}

// behind queues the state of a call and returns what is closed once it is written.
func (s *saver) behind(id call.ID, line call.LineID, state running, pending []flow.Effect) <-chan struct{} {
	saved, err := freeze(id, line, state, pending)
	if err != nil {
		s.log.Error("call not saved", "call", id, "err", err)
		return closed
	}
	saved.Node = s.node
	return s.add(func(b *batch) { b.saves[id] = saved })
}

// closed is what there is to wait for when nothing is written.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// over queues the end of a call. It does not wait.
func (s *saver) over(record call.Record) {
	s.observe.Ended(record.Cause)
	s.add(func(b *batch) {
		delete(b.saves, record.ID)
		b.rest.Drop = append(b.rest.Drop, store.Drop{ID: record.ID, Line: record.Line})
		b.rest.Records = append(b.rest.Records, record)
	})
}

// noted queues an attempt and the windows it opened. One that is over is dropped from
// the calls under way. It does not wait.
func (s *saver) noted(a call.Attempt, windows []call.Window) {
	s.add(func(b *batch) {
		if a.Outcome != "" {
			delete(b.saves, a.ID)
			b.rest.Drop = append(b.rest.Drop, store.Drop{ID: a.ID, Line: a.Line})
		}
		b.rest.Attempts = append(b.rest.Attempts, a)
		b.rest.Windows = append(b.rest.Windows, windows...)
	})
}

// opened queues a window. It does not wait.
func (s *saver) opened(w call.Window) {
	s.add(func(b *batch) { b.rest.Windows = append(b.rest.Windows, w) })
}

// listed queues an entry of the lists and returns what is closed once it is written.
func (s *saver) listed(entry call.Entry) <-chan struct{} {
	return s.add(func(b *batch) { b.rest.Put = append(b.rest.Put, entry) })
}

// add changes the queue and returns what is closed once the change is written.
func (s *saver) add(change func(*batch)) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.queue)
	s.tellQueue()
	done := make(chan struct{})
	s.queue.waiting = append(s.queue.waiting, done)
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return done
}

func (s *saver) run() {
	defer close(s.stopped)
	for {
		select {
		case <-s.wake:
			s.flush()
		case <-s.stop:
			s.flush()
			return
		}
	}
}

// flush writes the queue, again and again until it succeeds. After close it
// tries once.
func (s *saver) flush() {
	failing := false
	for {
		b := s.take()
		err := s.write(b)
		if err == nil {
			s.written()
			for _, done := range b.waiting {
				close(done)
			}
			if failing {
				s.log.Info("store is back, what was queued is written")
			}
			return
		}
		s.putBack(b)
		if !failing {
			s.log.Error("store not written, trying again until it is", "err", err)
			failing = true
		}
		select {
		case <-time.After(retryWait):
		case <-s.stop:
			return
		}
	}
}

func (s *saver) take() batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.queue
	s.queue = newBatch()
	s.writing = b.size()
	return b
}

// written says that what was taken is in the store.
func (s *saver) written() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = 0
	s.tellQueue()
}

// tellQueue tells how much is not written. The lock is held.
func (s *saver) tellQueue() { s.observe.Queued(s.writing + s.queue.size()) }

// putBack queues a batch that was not written, under what was queued since.
func (s *saver) putBack(b batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	newer := s.queue
	maps.Copy(b.saves, newer.saves)
	b.rest.Drop = append(b.rest.Drop, newer.rest.Drop...)
	b.rest.Records = append(b.rest.Records, newer.rest.Records...)
	b.rest.Attempts = append(b.rest.Attempts, newer.rest.Attempts...)
	b.rest.Windows = append(b.rest.Windows, newer.rest.Windows...)
	b.rest.Put = append(b.rest.Put, newer.rest.Put...)
	for _, drop := range newer.rest.Drop {
		delete(b.saves, drop.ID)
	}
	b.waiting = append(b.waiting, newer.waiting...)
	s.queue, s.writing = b, 0
	s.tellQueue()
}

func (s *saver) write(b batch) error {
	changes := b.rest
	changes.Save = slices.Collect(maps.Values(b.saves))
	if changes.Empty() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeMax)
	defer cancel()
	began := time.Now()
	err := s.store.Apply(ctx, changes)
	s.observe.Stored(time.Since(began), err)
	return err
}

// close writes what is queued, once, and stops.
func (s *saver) close() {
	close(s.stop)
	<-s.stopped
}
