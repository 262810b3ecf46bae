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
	since time.Time // when beats was called that has not returned; zero when it has
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
// those that do not.
func (h *Heart) Beat() error {
	h.mu.Lock()
	organs := h.organs
	answers := make([]chan error, len(organs))
	for i, o := range organs {
		if o.since.IsZero() {
			answers[i] = h.ask(o)
		}
	}
	h.mu.Unlock()
	timer := time.NewTimer(h.patience)
	defer timer.Stop()
	over := false
	var stuck []error
	for i, o := range organs {
		if answers[i] != nil && !over {
			select {
			case err := <-answers[i]:
				stuck = append(stuck, err)
				continue
			case <-timer.C:
				over = true
			}
		}
		stuck = append(stuck, h.stuck(o, answers[i]))
	}
	return errors.Join(stuck...)
}

// ask calls an organ. What it does not answer now it may answer later. The lock is held.
func (h *Heart) ask(o *organ) chan error {
	answer := make(chan error, 1)
	o.since = time.Now()
	go func() {
		err := o.beats()
		h.mu.Lock()
		o.since = time.Time{}
		h.mu.Unlock()
		if err != nil {
			err = fmt.Errorf("%s: %w", o.name, err)
		}
		answer <- err
	}()
	return answer
}

// stuck says for how long an organ has not answered, unless it has just now.
func (h *Heart) stuck(o *organ, answer chan error) error {
	select {
	case err := <-answer:
		return err
	default:
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if o.since.IsZero() {
		return nil
	}
	return fmt.Errorf("%s: stuck for %v", o.name, time.Since(o.since).Round(time.Second/10))
}
