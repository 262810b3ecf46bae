package main

import (
	"sync"
	"time"
)

// standstills notes when this program was not run for a while although it wanted to be:
// the machine, or its host, did something else. What was under way then took longer for
// no fault of its own.
type standstills struct {
	stop, done chan struct{}

	mu   sync.Mutex
	seen []span
}

type span struct{ from, to time.Time }

// standstill is longer than anything that is measured makes this program wait.
const standstill = 100 * time.Millisecond

func watchStandstills() *standstills {
	s := &standstills{stop: make(chan struct{}), done: make(chan struct{})}
	go s.run()
	return s
}

func (s *standstills) run() {
	defer close(s.done)
	tick := time.NewTicker(often)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		now := time.Now()
		if now.Sub(last) > standstill {
			s.mu.Lock()
			s.seen = append(s.seen, span{last, now})
			s.mu.Unlock()
		}
		last = now
	}
}

func (s *standstills) close() {
	close(s.stop)
	<-s.done
}

// during says whether there was one between two times.
func (s *standstills) during(from, to time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.seen {
		if x.from.Before(to) && from.Before(x.to) {
			return true
		}
	}
	return false
}

// longest is how many there were, and how long the longest was.
func (s *standstills) longest() (count int, longest time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.seen {
		longest = max(longest, x.to.Sub(x.from))
	}
	return len(s.seen), longest
}
