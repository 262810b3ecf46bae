package asterisk

import (
	"maps"
	"slices"
	"sync"

	"clearline/lib/call"
)

// legs remembers which legs are up, so that each arrives once and is gone once. A leg
// is forgotten when it is gone.
type legs struct {
	mu sync.Mutex
	up map[call.LegID]legState
}

type legState struct {
	arrived bool // Arrived was told
}

// add notes a leg; a leg already known stays as it is.
func (l *legs) add(id call.LegID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.up[id]; !known {
		l.set(id, legState{})
	}
}

// arrive notes a leg's arrival and says whether it is the first.
func (l *legs) arrive(id call.LegID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := !l.up[id].arrived
	l.set(id, legState{arrived: true})
	return first
}

// arrived says whether the leg came in from the dialplan.
func (l *legs) arrived(id call.LegID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.up[id].arrived
}

// drop forgets a leg and says whether it was known.
func (l *legs) drop(id call.LegID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, known := l.up[id]
	delete(l.up, id)
	return known
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
