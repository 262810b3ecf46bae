package asterisk

import "sync"

// queue is an unbounded first-in first-out queue for many writers and one reader.
type queue[T any] struct {
	mu    sync.Mutex
	items []T
	ready chan struct{} // holds one token while there may be something to take
}

func newQueue[T any]() *queue[T] { return &queue[T]{ready: make(chan struct{}, 1)} }

// push never blocks.
func (q *queue[T]) push(item T) {
	q.mu.Lock()
	q.items = append(q.items, item)
	q.mu.Unlock()
	select {
	case q.ready <- struct{}{}:
	default: // the reader has been told and has not looked yet
	}
}

// take removes and returns everything queued, oldest first.
func (q *queue[T]) take() []T {
	q.mu.Lock()
	defer q.mu.Unlock()
	items := q.items
	q.items = nil
	return items
}

// peek returns a view of everything queued. The reader's; items must not be changed.
func (q *queue[T]) peek() []T {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.items[:len(q.items):len(q.items)]
}
