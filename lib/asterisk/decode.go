package asterisk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/CyCoreSystems/ari/v5"
)

// decode reads a frame. Asterisk grows new types of events; whether the decoder answers
// one it does not know with an error, with nothing or with a panic, that ends here, with
// the frame.
func decode(frame []byte) (ev ari.Event, err error) {
	defer func() {
		if p := recover(); p != nil {
			ev, err = nil, fmt.Errorf("decode event: %v", p)
		}
	}()
	ev, err = ari.DecodeEvent(frame)
	switch {
	case err != nil:
		return nil, fmt.Errorf("decode event: %w", err)
	case ev == nil:
		return nil, errors.New("decode event: unknown type")
	}
	return ev, nil
}

// skip counts a frame that cannot be read. Each reason is logged once.
func (c *Client) skip(ctx context.Context, frame []byte, err error) {
	c.opt.Observe.Heard(skipped(frame))
	total := c.skipped.Add(1)
	if c.skips.first(err.Error()) {
		c.log.WarnContext(ctx, "event skipped", "err", err, "skipped", total)
	}
}

// skipped says what a frame is that could not be decoded.
func skipped(frame []byte) Frame {
	var named struct{ Type string }
	if json.Unmarshal(frame, &named) != nil || named.Type == "" {
		return FrameUnreadable
	}
	return FrameUnknown
}

// skipLog remembers why frames were skipped. An unknown type is one reason.
type skipLog struct {
	mu     sync.Mutex
	logged map[string]bool
}

// maxReasons bounds the log lines that unreadable frames can cause.
const maxReasons = 64

// first says whether a reason is new.
func (l *skipLog) first(reason string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.logged[reason] || len(l.logged) >= maxReasons {
		return false
	}
	if l.logged == nil {
		l.logged = map[string]bool{}
	}
	l.logged[reason] = true
	return true
}
