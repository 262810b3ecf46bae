package engine

import (
	"slices"
	"sync"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// mailbox is an endless queue with one reader. Putting never waits: whoever reads
// the exchange must not be held up by a call.
type mailbox struct {
	mu    sync.Mutex
	items []item
	ready chan struct{} // holds a token while items is not empty
}

// item is an event for the flow, or an order to who runs it.
type item struct {
	event flow.Event
	order order     // when there is no event
	since time.Time // it waits

	answer chan<- call.Decided // who has decided waits for it; nil for other events
}

// order is what a call is told to do, other than to step its flow.
type order int

const (
	resume   order = iota // find out what became of the legs, and go on
	bequeath              // leave the call to the next run, or end it
	rewrite               // write the state again: the store has lost it
)

func newMailbox() *mailbox { return &mailbox{ready: make(chan struct{}, 1)} }

func (m *mailbox) put(ev flow.Event) { m.add(item{event: ev}) }

func (m *mailbox) order(o order) { m.add(item{order: o}) }

// putFirst puts an event before those that wait.
func (m *mailbox) putFirst(ev flow.Event) {
	m.mu.Lock()
	m.items = slices.Insert(m.items, 0, item{event: ev, since: time.Now()})
	m.mu.Unlock()
	m.wake()
}

func (m *mailbox) add(next item) {
	next.since = time.Now()
	m.mu.Lock()
	m.items = append(m.items, next)
	m.mu.Unlock()
	m.wake()
}

func (m *mailbox) wake() {
	select {
	case m.ready <- struct{}{}:
	default:
	}
}

// rest returns what nobody will take any more.
func (m *mailbox) rest() []item {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.items
}

// take waits for the next item.
func (m *mailbox) take() item {
	for {
		m.mu.Lock()
		if len(m.items) > 0 {
			next := m.items[0]
			m.items[0] = item{}
			m.items = m.items[1:]
			m.mu.Unlock()
			return next
		}
		m.mu.Unlock()
		<-m.ready
	}
}
