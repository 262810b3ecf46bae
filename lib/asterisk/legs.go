package asterisk

import (
	"maps"
	"slices"
	"sync"

	"clearline/lib/call"
)

// legs remembers which legs are up, so that each arrives once and is gone once; one that the
// dialplan has had in between may arrive again. A leg is forgotten when it is gone.
type legs struct {
	mu sync.Mutex
	up map[call.LegID]legState
}

type legState struct {
	arrived bool // it came in from the dialplan
	told    bool // Arrived was told, and it has not left since
	up      bool // its party was seen to pick up
}

// add notes a leg; a leg already known stays as it is.
func (l *legs) add(id call.LegID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.up[id]; !known {
		l.set(id, legState{})
	}
}

// arrive notes that a leg came in from the dialplan.
func (l *legs) arrive(id call.LegID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.up[id]
	s.arrived = true
	l.set(id, s)
}

// calls notes that a leg came in as a caller's, and says whether Arrived is to be told.
func (l *legs) calls(id call.LegID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.up[id]
	first := !s.told
	s.arrived, s.told = true, true
	l.set(id, s)
	return first
}

// left notes that the dialplan has a leg again.
func (l *legs) left(id call.LegID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s, known := l.up[id]; known {
		s.told = false
		l.set(id, s)
	}
}

// pickedUp notes that a known leg was answered.
func (l *legs) pickedUp(id call.LegID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s, known := l.up[id]; known {
		s.up = true
		l.set(id, s)
	}
}

// arrived says whether the leg came in from the dialplan.
func (l *legs) arrived(id call.LegID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.up[id].arrived
}

// drop forgets a leg, and returns what was known of it, if it was.
func (l *legs) drop(id call.LegID) (was legState, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was, known = l.up[id]
	delete(l.up, id)
	return was, known
}

// all returns the legs that are up, sorted.
func (l *legs) all() []call.LegID {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.up))
}

func (l *legs) set(id call.LegID, s legState) {
	if l.up == nil {
		l.up = map[call.LegID]legState{}
	}
	l.up[id] = s
}
