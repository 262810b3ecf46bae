package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"clearline/lib/feed"
)

const (
	beatEvery  = 15 * time.Second // a browser hears that the connection lives
	writeMax   = 10 * time.Second // for a piece to be taken
	comesAgain = 2 * time.Second  // after which a browser that lost the connection tries
)

// live tells a browser each time that something has happened on the person's lines, as
// server-sent events. What it was stands in no event: the browser asks for its page again,
// and is shown what it may see.
func (c *Console) live(v *visit) error {
	select {
	case c.follows <- struct{}{}:
		defer func() { <-c.follows }()
	default:
		v.w.Header().Set("Retry-After", "30")
		http.Error(v.w, "too many consoles are open", http.StatusServiceUnavailable)
		return nil
	}
	last, _ := strconv.ParseInt(v.Header.Get("Last-Event-ID"), 10, 64) // none is 0
	follower, whole := c.opts.Desk.Follow(v.person, feed.ID(last))
	out := http.NewResponseController(v.w)
	if err := out.SetReadDeadline(time.Time{}); err != nil { // it is for requests, and this one is there
		return fmt.Errorf("follow: %w", err)
	}
	v.w.Header().Set("Content-Type", "text/event-stream")
	v.w.Header().Set("X-Accel-Buffering", "no") // a proxy is to hand on each event at once
	first := fmt.Sprintf("retry: %d\n\n", comesAgain.Milliseconds())
	if !whole {
		first += "data: changed\n\n"
	}
	if send(v.w, out, first) != nil {
		return nil
	}
	c.follow(v, follower, out)
	return nil
}

// follow sends until the browser goes, the person may no longer see, or the console closes.
func (c *Console) follow(v *visit, follower *feed.Follower, out *http.ResponseController) {
	ctx, cancel := context.WithCancel(v.Context())
	defer cancel()
	defer context.AfterFunc(c.done, cancel)()
	for {
		events, err := next(ctx, follower)
		if _, ok := c.whose(v.Context()); !ok || c.sessions.Deadline(v.Context()).Before(time.Now()) {
			return
		}
		text := ": beat\n\n"
		switch {
		case errors.Is(err, feed.ErrBehind):
			_ = send(v.w, out, "data: changed\n\n") // it comes again, and begins anew
			return
		case errors.Is(err, context.DeadlineExceeded):
		case err != nil:
			return
		default:
			text = fmt.Sprintf("id: %d\ndata: changed\n\n", events[len(events)-1].ID)
		}
		if send(v.w, out, text) != nil {
			return
		}
	}
}

// next waits for events, for as long as a browser may hear nothing.
func next(ctx context.Context, follower *feed.Follower) ([]feed.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, beatEvery)
	defer cancel()
	return follower.Next(ctx)
}

// send writes at once, to somebody who has to take it soon.
func send(w http.ResponseWriter, out *http.ResponseController, text string) error {
	if err := out.SetWriteDeadline(time.Now().Add(writeMax)); err != nil {
		return err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	return out.Flush()
}
