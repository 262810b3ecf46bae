package console

import (
	"sync"
	"time"
)

// budget says how often each of many may do something: so many times at once, and one more
// each time a while has passed. It remembers at most so many of them; with more, those who
// have most left are forgotten, which gives them no more than they nearly have.
type budget struct {
	burst float64
	every time.Duration
	most  int

	mu   sync.Mutex
	left map[string]account
}

// account is what is left to one of them, as of a moment.
type account struct {
	left float64
	at   time.Time
}

func newBudget(burst int, every time.Duration, most int) *budget {
	return &budget{burst: float64(burst), every: every, most: most, left: map[string]account{}}
}

// as is what an account has now. The lock is held.
func (b *budget) as(who string, now time.Time) float64 {
	a, known := b.left[who]
	if !known {
		return b.burst
	}
	return min(b.burst, a.left+float64(now.Sub(a.at))/float64(b.every))
}

// spend takes one from an account, or says after which time there is one to take.
func (b *budget) spend(who string) (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	left := b.as(who, now)
	if left < 1 {
		return time.Duration((1 - left) * float64(b.every)), false
	}
	if _, known := b.left[who]; !known && len(b.left) >= b.most {
		b.forget(now)
	}
	b.left[who] = account{left - 1, now}
	return 0, true
}

// untouched reports whether nothing is missing from an account.
func (b *budget) untouched(who string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.as(who, time.Now()) >= b.burst
}

// restore fills an account.
func (b *budget) restore(who string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.left, who)
}

// forget makes room: it drops every account that is full, and when none is, any other one.
// The lock is held.
func (b *budget) forget(now time.Time) {
	for who := range b.left {
		if b.as(who, now) >= b.burst {
			delete(b.left, who)
		}
	}
	for who := range b.left {
		if len(b.left) < b.most {
			return
		}
		delete(b.left, who)
	}
}
