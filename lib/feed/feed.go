// Package feed hands on what happens to everybody who watches: consoles, programs, wardens
// who are to be told. Whoever tells is never held up by who listens.
package feed

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"clearline/lib/call"
)

// ErrBehind says that a follower has missed events: it was too slow, and they are no longer
// kept. It has to begin anew.
var ErrBehind = errors.New("the follower is too far behind")

// ErrClosed says that nothing is told any more.
var ErrClosed = errors.New("the feed is closed")

// ID names an event. IDs grow, also from one run of the program to the next, and say nothing
// of how many events others see: they are microseconds since 1970, or as many more as it
// takes for no two to be the same. They are exact in a float64.
type ID int64

// Event is news with its name.
type Event struct {
	ID   ID
	News call.News
}

// Hub keeps the latest events and tells its followers of new ones. Its methods may be called
// from many goroutines at once.
type Hub struct {
	mu      sync.Mutex
	keep    int
	kept    []Event       // by ID, at least keep of them once so many were told
	dropped ID            // the latest event that is not kept any more; before the first, the moment of the start
	more    chan struct{} // closed when there is more
	closed  bool
}

// New makes a hub that keeps the latest events for those who come back or are slow: at least
// keep, and at most twice as many.
func New(keep int) *Hub {
	return &Hub{keep: keep, dropped: now() - 1, more: make(chan struct{})}
}

func now() ID { return ID(time.Now().UnixMicro()) }

// Tell tells everybody who follows. It waits for nobody.
func (h *Hub) Tell(n call.News) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	if len(h.kept) == 2*h.keep { // so many at once that moving the others costs little
		h.dropped = h.kept[h.keep-1].ID
		h.kept = slices.Delete(h.kept, 0, h.keep)
	}
	h.kept = append(h.kept, Event{max(now(), h.latest()+1), n})
	close(h.more)
	h.more = make(chan struct{})
}

// Forget takes a number, and what belongs to it, out of the events that are kept.
func (h *Hub) Forget(number string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.kept {
		n := &h.kept[i].News
		if n.From.Number == number {
			n.From, n.Recording = call.Caller{Presentation: call.Unavailable, Trunk: n.From.Trunk}, ""
			n.Said = ""
		}
		if n.Attempt.Suspect.Number == number {
			n.Attempt.Suspect = call.Caller{Presentation: call.Unavailable, Trunk: n.Attempt.Suspect.Trunk}
		}
	}
}

// latest is the newest ID. The lock is held.
func (h *Hub) latest() ID {
	if len(h.kept) == 0 {
		return h.dropped
	}
	return h.kept[len(h.kept)-1].ID
}

// Close ends all following. What is told later is told to nobody.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		close(h.more)
	}
}

// Follower reads events as they come. It belongs to one goroutine, and needs no closing.
type Follower struct {
	hub  *Hub
	last ID // that was looked at
	sees func(call.News) bool
}

// Follow reads on after an event that was read before, or from now on when that is 0. sees
// says which news the follower may see, and is called from the follower's goroutine alone.
// whole says that no event after the given one is missing: otherwise the follower begins
// with the next one, and whoever asks has to look anew at everything.
func (h *Hub) Follow(after ID, sees func(call.News) bool) (f *Follower, whole bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case after == 0:
		return &Follower{h, h.latest(), sees}, true
	case after < h.dropped || after > h.latest(): // of an earlier run, or of none
		return &Follower{h, h.latest(), sees}, false
	}
	return &Follower{h, after, sees}, true
}

// Next waits for events the follower may see, and returns them in their order. The error is
// ErrBehind, ErrClosed, or that of ctx.
func (f *Follower) Next(ctx context.Context) ([]Event, error) {
	for {
		events, more, err := f.hub.after(f.last)
		if err != nil {
			return nil, err
		}
		if len(events) > 0 {
			f.last = events[len(events)-1].ID
			events = slices.DeleteFunc(events, func(e Event) bool { return !f.sees(e.News) })
		}
		if len(events) > 0 {
			return events, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// most is how many events a follower takes at once, so that telling is not held up while
// they are copied.
const most = 64

// after returns the next events after one, or what is closed when there are any.
func (h *Hub) after(last ID) ([]Event, <-chan struct{}, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if last < h.dropped {
		return nil, nil, ErrBehind
	}
	from, found := slices.BinarySearchFunc(h.kept, last, func(e Event, id ID) int { return int(e.ID - id) })
	if found {
		from++
	}
	next := h.kept[from:]
	if len(next) == 0 && h.closed {
		return nil, nil, ErrClosed
	}
	return slices.Clone(next[:min(len(next), most)]), h.more, nil
}
