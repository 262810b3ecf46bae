package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace bounds how often each of many may do something.
type pace struct {
	every rate.Limit
	burst int

	mu   sync.Mutex
	each map[string]*rate.Limiter
}

// known is how many are kept count of. When there are more, those are forgotten who may do
// as much as if they had never come.
const known = 1000

func newPace(every rate.Limit, burst int) *pace {
	return &pace{every: every, burst: burst, each: map[string]*rate.Limiter{}}
}

func (p *pace) of(name string) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.each[name]
	if l != nil {
		return l
	}
	if len(p.each) >= known {
		now := time.Now()
		for other, l := range p.each {
			if l.TokensAt(now) >= float64(p.burst) {
				delete(p.each, other)
			}
		}
	}
	l = rate.NewLimiter(p.every, p.burst)
	p.each[name] = l
	return l
}

// take counts one time, and reports whether it was not one too many.
func (p *pace) take(name string) bool { return p.of(name).Allow() }

// may reports whether count was not called too often.
func (p *pace) may(name string) bool {
	p.mu.Lock()
	l := p.each[name]
	p.mu.Unlock()
	return l == nil || l.Tokens() >= 1
}

// count counts one time.
func (p *pace) count(name string) { p.of(name).Allow() }

// crowd bounds how many may be somewhere at once, in all and of one name.
type crowd struct {
	all, one int

	mu   sync.Mutex
	in   int
	each map[string]int
}

func newCrowd(all, one int) *crowd { return &crowd{all: all, one: one, each: map[string]int{}} }

// enter lets one more in, who has to leave, and reports whether there was room.
func (c *crowd) enter(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.in == c.all || c.each[name] == c.one {
		return false
	}
	c.in++
	c.each[name]++
	return true
}

func (c *crowd) leave(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in--
	if c.each[name]--; c.each[name] == 0 {
		delete(c.each, name)
	}
}
