package testbed

import (
	"context"
	"sync"
	"time"
)

// poll asks done at once and then every interval until it says yes, fails, or ctx ends,
// in which case it returns the context's error.
func poll(ctx context.Context, every time.Duration, done func() (bool, error)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// bell wakes everybody who waits for something to change. The zero value works.
type bell struct {
	mu sync.Mutex
	ch chan struct{}
}

// ring wakes all waiters.
func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}

// next returns a channel that is closed at the next ring.
func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

// until waits for holds to say yes, asking again at each ring. It returns the context's
// error when ctx ends first.
func (b *bell) until(ctx context.Context, holds func() bool) error {
	for {
		ch := b.next() // taken before asking, so no ring between the two is lost
		if holds() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ch:
		}
	}
}
