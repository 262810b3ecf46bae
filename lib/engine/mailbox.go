package engine

import (
	"slices"
	"sync"
	"time"

	"clearline/lib/flow"
)

// mailbox is an endless queue with one reader. Putting never waits: whoever reads
// the exchange must not be held up by a call.
type mailbox struct {
	mu    sync.Mutex
	items []item
	ready chan struct{} // holds a token while items is not empty
}

// item is an event, or, without one, the order to ask the exchange which legs of
// the call are still there.
type item struct {
	event flow.Event
	since time.Time // it waits
}

func newMailbox() *mailbox { return &mailbox{ready: make(chan struct{}, 1)} }

func (m *mailbox) put(ev flow.Event) { m.add(ev) }

// putFirst puts an event before those that wait.
func (m *mailbox) putFirst(ev flow.Event) {
	m.mu.Lock()
	m.items = slices.Insert(m.items, 0, item{ev, time.Now()})
	m.mu.Unlock()
	m.wake()
}

func (m *mailbox) checkLegs() { m.add(nil) }

func (m *mailbox) add(ev flow.Event) {
	m.mu.Lock()
	m.items = append(m.items, item{ev, time.Now()})
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
