package console

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"clearline/lib/call"
	"clearline/lib/desk"
	"clearline/lib/feed"
	"clearline/lib/users"
)

const (
	chronicleMost = 300 // moments kept of a line
)

// chronicle remembers what has lately happened on each line, second by second. What is older
// is in the history, in fewer words.
type chronicle struct {
	mu    sync.Mutex
	lines map[call.LineID][]call.News
}

func (c *chronicle) add(n call.News) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lines == nil {
		c.lines = map[call.LineID][]call.News{}
	}
	kept := append(c.lines[n.Line], n)
	c.lines[n.Line] = kept[max(0, len(kept)-chronicleMost):]
}

// of are the moments of a line within a time, in their order.
func (c *chronicle) of(line call.LineID, from, to time.Time) []call.News {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []call.News
	for _, n := range c.lines[line] {
		if !n.At.Before(from) && !n.At.After(to) {
			found = append(found, n)
		}
	}
	return slices.Clone(found)
}

// remember follows every line until ctx is done.
func (c *Console) remember(ctx context.Context) {
	everybody := desk.Person{Name: "console", Role: users.Admin}
	follower, _ := c.opts.Desk.Follow(everybody, 0)
	for {
		events, err := follower.Next(ctx)
		switch {
		case errors.Is(err, feed.ErrBehind):
			follower, _ = c.opts.Desk.Follow(everybody, 0)
		case err != nil:
			return
		}
		for _, e := range events {
			c.events.add(e.News)
		}
	}
}
