package testbed

import (
	"slices"
	"sync"
	"time"
)

// sounds are the times in which packets with more than silence came.
type sounds struct {
	mu    sync.Mutex
	spans []span
}

type span struct{ from, until time.Time }

// soundGap is the longest pause between two packets of one span.
const soundGap = 100 * time.Millisecond

func (s *sounds) add(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.spans); n > 0 && at.Sub(s.spans[n-1].until) < soundGap {
		s.spans[n-1].until = at
		return
	}
	s.spans = append(s.spans, span{at, at})
}

// within says whether a packet with sound came between two times.
func (s *sounds) within(from, until time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.spans, func(each span) bool {
		return !each.until.Before(from) && !each.from.After(until)
	})
}
