package telemetry

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// Heart finds out whether the process works at all, whatever it needs from elsewhere. A
// process whose heart stands still is of no use until it is started anew.
type Heart struct {
	patience time.Duration

	mu     sync.Mutex
	organs []*organ
}

// organ is something that must go on.
type organ struct {
	name  string
	beats func() error
	last  *beat // nil before the first
}

// beat is an organ that was called.
type beat struct {
	since time.Time
	done  chan struct{} // closed when it has answered
	err   error         // its answer; read after done
}

// beatMax is more than any lock is held.
const beatMax = time.Second

// NewHeart makes a heart without organs.
func NewHeart() *Heart { return &Heart{patience: beatMax} }

// Add makes an organ known. beats returns at once while the organ works. When it does not
// return at all, as when it waits for a lock, the organ is stuck.
func (h *Heart) Add(name string, beats func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.organs = append(h.organs, &organ{name: name, beats: beats})
}

// Beat returns nil when every organ works, within a second. Otherwise the error names
// those that do not. Any number may ask at a time: an organ is called once.
func (h *Heart) Beat() error {
	h.mu.Lock()
	organs := h.organs
	beats := make([]*beat, len(organs))
	for i, o := range organs {
		beats[i] = o.ask()
	}
	h.mu.Unlock()
	var stuck []error
	for i, o := range organs {
		if err := beats[i].wait(h.patience); err != nil {
			stuck = append(stuck, fmt.Errorf("%s: %w", o.name, err))
		}
	}
	return errors.Join(stuck...)
}

// ask calls the organ, unless it has yet to answer. The lock is held.
func (o *organ) ask() *beat {
	if o.last != nil && !o.last.over() {
		return o.last
	}
	b := &beat{since: time.Now(), done: make(chan struct{})}
	o.last = b
	go func() {
		defer close(b.done)
		b.err = o.beats()
	}()
	return b
}

func (b *beat) over() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// wait waits for the answer, until so long after the question.
func (b *beat) wait(patience time.Duration) error {
	timer := time.NewTimer(patience - time.Since(b.since))
	defer timer.Stop()
	select {
	case <-b.done:
		return b.err
	case <-timer.C:
	}
	if b.over() {
		return b.err
	}
	return fmt.Errorf("stuck for %v", time.Since(b.since).Round(time.Second/10))
}
