package asterisk

import (
	"sync"

	"clearline/lib/call"
)

// joins lets a request wait for the event that proves a leg is in a bridge.
type joins struct {
	mu      sync.Mutex
	waiting map[join][]chan struct{}
}

type join struct {
	bridge call.BridgeID
	leg    call.LegID
}

// expect returns a channel that is closed when j happens. The caller calls forget
// when it no longer waits.
func (w *joins) expect(j join) (entered <-chan struct{}, forget func()) {
	ch := make(chan struct{})
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting == nil {
		w.waiting = map[join][]chan struct{}{}
	}
	w.waiting[j] = append(w.waiting[j], ch)
	return ch, func() { w.forget(j, ch) }
}

func (w *joins) forget(j join, ch chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := w.waiting[j][:0]
	for _, other := range w.waiting[j] {
		if other != ch {
			rest = append(rest, other)
		}
	}
	if len(rest) == 0 {
		delete(w.waiting, j)
		return
	}
	w.waiting[j] = rest
}

// happened wakes everyone who waits for j.
func (w *joins) happened(j join) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, ch := range w.waiting[j] {
		close(ch)
	}
	delete(w.waiting, j)
}
