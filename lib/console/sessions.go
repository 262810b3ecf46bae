package console

import (
	"sync"
	"time"
)

// sessionsMost bounds how many sessions there are at once.
const sessionsMost = 10_000

// memory keeps sessions as long as the program runs, and nowhere else: no copy of the store
// lets anybody in, and who is signed in costs no call a write. After a restart people sign
// in again. It is an scs.Store.
type memory struct {
	mu   sync.Mutex
	kept map[string]kept
	next time.Time // when those that are over are removed again
}

// kept is a session.
type kept struct {
	text  []byte
	until time.Time
	ended bool // somebody has signed out: what was under way meanwhile brings it back no more
}

// Find implements scs.Store.
func (m *memory) Find(token string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, there := m.kept[token]
	return s.text, there && !s.ended && time.Now().Before(s.until), nil
}

// Commit implements scs.Store.
func (m *memory) Commit(token string, text []byte, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.kept == nil {
		m.kept = map[string]kept{}
	}
	if now.After(m.next) || len(m.kept) >= sessionsMost {
		m.next = now.Add(time.Minute)
		for other, s := range m.kept {
			if !now.Before(s.until) {
				delete(m.kept, other)
			}
		}
	}
	for other := range m.kept {
		if len(m.kept) < sessionsMost {
			break
		}
		delete(m.kept, other)
	}
	if !m.kept[token].ended {
		m.kept[token] = kept{text: text, until: until}
	}
	return nil
}

// Delete implements scs.Store.
func (m *memory) Delete(token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, there := m.kept[token]; there {
		m.kept[token] = kept{until: s.until, ended: true}
	}
	return nil
}
