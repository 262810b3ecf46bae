package engine

import (
	"context"
	"crypto/rand"
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
// written, but never longer than saveMax; what could not be written is written when the
// store is back, in its order. Of each call only the newest state is queued. Writes of
// many calls become one.
//
// What fails may have been written all the same, and others may have written since. So it
// is tried again as it was, in its turn, until the store has it; what is queued meanwhile
// waits for the next turn.
type saver struct {
	store   Store
	node    string // whose the calls are
	writer  string // of the turns
	log     *slog.Logger
	observe Observer

	mu      sync.Mutex
	queue   batch
	writing int // how much was taken out of queue and is not written yet

	head    *batch        // whose turn it is; of the goroutine that writes
	turn    uint64        // of the head
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
		store: opts.Store, node: opts.Node, writer: rand.Text(), log: opts.Log, observe: opts.Observe, queue: newBatch(),
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

// over queues the end of a call and returns what is closed once it is written.
func (s *saver) over(record call.Record) <-chan struct{} {
	s.observe.Ended(record.Cause)
	return s.add(func(b *batch) {
		delete(b.saves, record.ID)
		b.rest.Drop = append(b.rest.Drop, store.Drop{ID: record.ID, Line: record.Line})
		b.rest.Records = append(b.rest.Records, record)
	})
}

// dismissed queues the end of a session, of which nothing remains. It does not wait.
func (s *saver) dismissed(id call.ID, line call.LineID) {
	s.add(func(b *batch) {
		delete(b.saves, id)
		b.rest.Drop = append(b.rest.Drop, store.Drop{ID: id, Line: line})
	})
}

// rewritten queues the record of a call that is long over and returns what is closed once it
// is written.
func (s *saver) rewritten(r call.Record) <-chan struct{} {
	return s.add(func(b *batch) { b.rest.Records = append(b.rest.Records, r) })
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

// again queues what the store has had before, and returns what is closed once it is
// written.
func (s *saver) again(known store.Changes) <-chan struct{} {
	return s.add(func(b *batch) {
		b.rest.Windows = append(b.rest.Windows, known.Windows...)
		b.rest.Attempts = append(b.rest.Attempts, known.Attempts...)
		b.rest.Records = append(b.rest.Records, known.Records...)
		b.rest.Put = append(b.rest.Put, known.Put...)
	})
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

// flush writes what is queued, each turn again and again until it succeeds. After close
// it tries once.
func (s *saver) flush() {
	failing := false
	for s.next() {
		err := s.write()
		if err == nil {
			if failing {
				s.log.Info("store is back, what was queued is written")
				failing = false
			}
			continue
		}
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

// next says whether there is anything to write: what has not succeeded yet, or what was
// queued since.
func (s *saver) next() bool {
	if s.head != nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue.waiting) == 0 {
		return false
	}
	head := s.queue
	s.head, s.queue = &head, newBatch()
	s.writing = head.size()
	s.turn++
	return true
}

// write tries to write the head.
func (s *saver) write() error {
	changes := s.head.rest
	changes.Save = slices.Collect(maps.Values(s.head.saves))
	changes.Turn = store.Turn{Writer: s.writer, N: s.turn}
	if err := s.apply(changes); err != nil {
		return err
	}
	s.written()
	for _, done := range s.head.waiting {
		close(done)
	}
	s.head = nil
	return nil
}

func (s *saver) apply(changes store.Changes) error {
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

// written says that the head is in the store.
func (s *saver) written() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = 0
	s.tellQueue()
}

// tellQueue tells how much is not written. The lock is held.
func (s *saver) tellQueue() { s.observe.Queued(s.writing + s.queue.size()) }

// close writes what is queued, once, and stops.
func (s *saver) close() {
	close(s.stop)
	<-s.stopped
}
