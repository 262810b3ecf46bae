package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"clearline/lib/store"
)

// How often a letter that could not be sent is tried again.
const (
	againFirst = 5 * time.Second
	againMost  = 10 * time.Minute
	unwell     = 3 // tries in a row that failed
)

// again is how long to wait after so many tries.
func again(tries int) time.Duration {
	if tries > 8 { // twice as long each time would be longer
		return againMost
	}
	return min(againFirst<<(tries-1), againMost)
}

// courier sends the letters to one receiver, one at a time.
type courier struct {
	Receiver
	n     *Notifier
	woken chan struct{}

	mu     sync.Mutex
	failed int   // tries in a row
	why    error // of the last of them
}

func newCourier(n *Notifier, r Receiver) *courier {
	return &courier{Receiver: r, n: n, woken: make(chan struct{}, 1)}
}

// wake says that there may be a letter.
func (c *courier) wake() {
	select {
	case c.woken <- struct{}{}:
	default:
	}
}

// run sends until it is stopped.
func (c *courier) run(ctx context.Context) {
	for !c.stopped(ctx) {
		letter, found := c.n.box.take(ctx, c.Name)
		wait := pollEvery
		if found {
			wait = 0
			if !c.deliver(ctx, letter) {
				wait = pause
			}
		} else {
			c.count(ctx)
		}
		c.rest(ctx, wait)
	}
}

func (c *courier) stopped(ctx context.Context) bool {
	select {
	case <-c.n.stopping:
		return true
	default:
		return ctx.Err() != nil
	}
}

// rest waits, and not any longer once there is a letter, unless a try has just failed.
func (c *courier) rest(ctx context.Context, wait time.Duration) {
	woken := c.woken
	if wait == pause {
		woken = nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-woken:
	case <-c.n.stopping:
	case <-ctx.Done():
	}
}

// count tells how many letters wait, of all receivers: the first courier does.
func (c *courier) count(ctx context.Context) {
	if c == c.n.couriers[0] {
		c.n.opts.Observe.Waiting(c.n.box.waiting(ctx))
	}
}

// deliver sends a letter and reports whether the next one may follow at once.
func (c *courier) deliver(ctx context.Context, l store.Letter) bool {
	if c.n.box.wasSent(l) { // the store could not be told
		c.n.box.remove(ctx, l)
		return true
	}
	if time.Now().After(l.Until) {
		c.abandon(ctx, l, errors.New("it could not be sent before it meant nothing any more"))
		return true
	}
	bounded, cancel := context.WithTimeout(ctx, SendMax)
	err := c.Send(bounded, l)
	cancel()
	switch {
	case err == nil:
		c.noted(nil)
		c.n.box.sent(ctx, l)
		c.n.opts.Observe.Sent(Event(l.Event))
		c.n.opts.Log.Info("message sent", "to", c.Name, "event", l.Event, "message", l.ID, "tries", l.Tries+1)
		return true
	case ctx.Err() != nil: // Clearline ends: the next run tries again
		c.n.box.giveBack(context.WithoutCancel(ctx), l)
		return false
	}
	c.noted(err)
	c.n.opts.Observe.Failed(Event(l.Event))
	l.Tries++
	l.Wait = again(l.Tries)
	if time.Now().Add(l.Wait).After(l.Until) {
		c.abandon(ctx, l, err)
		return false
	}
	c.n.opts.Log.Warn("message not sent", "to", c.Name, "event", l.Event, "message", l.ID, "tries", l.Tries, "again_in", l.Wait, "err", err)
	c.n.box.giveBack(ctx, l)
	return false
}

// abandon gives a letter up.
func (c *courier) abandon(ctx context.Context, l store.Letter, why error) {
	c.n.opts.Log.Error("message given up", "to", c.Name, "event", l.Event, "message", l.ID, "tries", l.Tries, "err", why)
	c.n.opts.Observe.GivenUp(Event(l.Event))
	c.n.box.remove(ctx, l)
}

// noted keeps in mind how the last try went.
func (c *courier) noted(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why = err; err == nil {
		c.failed = 0
		return
	}
	c.failed++
}

// failing says why the receiver is not reached, once that has been so for a while.
func (c *courier) failing() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed < unwell {
		return nil
	}
	return fmt.Errorf("%s was not reached %d times in a row: %w", c.Name, c.failed, c.why)
}
