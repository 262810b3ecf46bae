package notify

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"clearline/lib/store"
)

// shelfMax is how many letters a shelf holds.
const shelfMax = 500

// Shelf is an outbox in memory.
type Shelf struct {
	mu      sync.Mutex
	letters []shelved
	removed map[string]time.Time
}

var _ store.Outbox = (*Shelf)(nil)

type shelved struct {
	store.Letter
	due time.Time
}

// NewShelf makes an empty shelf.
func NewShelf() *Shelf { return &Shelf{removed: map[string]time.Time{}} }

func nameOf(l store.Letter) string { return l.To + "\x00" + l.ID }

// Mail implements store.Outbox. It fails when the shelf is full.
func (s *Shelf) Mail(_ context.Context, letters ...store.Letter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, l := range letters {
		if !s.removed[nameOf(l)].IsZero() {
			continue
		}
		s.letters = slices.DeleteFunc(s.letters, func(kept shelved) bool { return nameOf(kept.Letter) == nameOf(l) })
		if len(s.letters) >= shelfMax {
			return errors.New("too many letters wait, and the store takes none")
		}
		s.letters = append(s.letters, shelved{l, now.Add(l.Wait)})
	}
	return nil
}

// has reports whether a letter is on the shelf.
func (s *Shelf) has(l store.Letter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.letters, func(kept shelved) bool { return nameOf(kept.Letter) == nameOf(l) })
}

// TakeMail implements store.Outbox.
func (s *Shelf) TakeMail(_ context.Context, to string, lease time.Duration, limit int) ([]store.Letter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	slices.SortStableFunc(s.letters, func(a, b shelved) int {
		switch {
		case a.Urgent == b.Urgent:
			return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.ID, b.ID))
		case a.Urgent:
			return -1
		}
		return 1
	})
	var taken []store.Letter
	for i, l := range s.letters {
		if l.To == to && !l.due.After(now) && len(taken) < limit {
			s.letters[i].due = now.Add(lease)
			taken = append(taken, l.Letter)
		}
	}
	return taken, nil
}

// ReturnMail implements store.Outbox.
func (s *Shelf) ReturnMail(ctx context.Context, letter store.Letter) error {
	return s.Mail(ctx, letter)
}

// RemoveMail implements store.Outbox.
func (s *Shelf) RemoveMail(_ context.Context, letter store.Letter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.letters = slices.DeleteFunc(s.letters, func(kept shelved) bool { return nameOf(kept.Letter) == nameOf(letter) })
	now := time.Now()
	for name, at := range s.removed {
		if now.Sub(at) > store.Recall {
			delete(s.removed, name)
		}
	}
	s.removed[nameOf(letter)] = now
	return nil
}

// CountMail implements store.Outbox.
func (s *Shelf) CountMail(context.Context) (map[string]int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := map[string]int{}
	for _, l := range s.letters {
		count[l.To]++
	}
	return count, nil
}
