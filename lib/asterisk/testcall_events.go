package asterisk

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"clearline/lib/call"
)

// unheard is the cause of an end that nobody has told of.
const unheard = -1

var errLost = errors.New("the connection to asterisk is lost, or taken over by another test call")

// listen takes the events of the call until the connection is over.
func (t *TestCall) listen() {
	defer close(t.read)
	defer t.over(unheard)
	for {
		_, frame, err := t.conn.Read(context.Background()) // Close ends it
		if err != nil {
			return
		}
		var ev testEvent
		if json.Unmarshal(frame, &ev) != nil {
			continue
		}
		if ev.Type == "ApplicationReplaced" {
			return
		}
		t.hear(ev)
	}
}

// testEvent is what a test call reads of an event.
type testEvent struct {
	Type      string
	Channel   struct{ ID string }
	Digit     string
	Cause     int
	Playback  struct{ ID string }
	Recording struct{ Name string }
}

func (t *TestCall) hear(ev testEvent) {
	switch ev.Type {
	case ari.Events.PlaybackFinished:
		t.ended(ev.Playback.ID)
	case ari.Events.RecordingFinished, ari.Events.RecordingFailed:
		t.ended(ev.Recording.Name)
	}
	if ev.Channel.ID != t.channel {
		return
	}
	switch ev.Type {
	case ari.Events.StasisStart:
		once(t.picked)
	case ari.Events.ChannelDtmfReceived:
		if k, ok := key(ev.Digit); ok {
			select {
			case t.keys <- k:
			default: // nobody presses so many
			}
		}
	case ari.Events.ChannelDestroyed:
		t.over(ev.Cause)
	case ari.Events.StasisEnd: // its end follows, but is not told any more
		t.over(0)
	}
}

// once closes a channel that only the reader closes.
func once(c chan struct{}) bool {
	select {
	case <-c:
		return false
	default:
		close(c)
		return true
	}
}

// over notes the end of the call, by the first cause that is told.
func (t *TestCall) over(cause int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if once(t.gone) {
		t.cause = cause
		close(t.keys)
	}
}

// expect is closed when the playback or recording has ended.
func (t *TestCall) expect(id string) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ends[id] = make(chan struct{})
	return t.ends[id]
}

func (t *TestCall) ended(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if end, known := t.ends[id]; known {
		delete(t.ends, id)
		close(end)
	}
}

// await waits for an end, the end of the call, or that of ctx. What is over time is an end:
// Asterisk tells none of a file that it cannot read.
func (t *TestCall) await(ctx context.Context, ended <-chan struct{}, most time.Duration) error {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ended:
		return nil
	case <-timer.C:
		return nil
	case <-t.gone:
		return call.ErrLegGone
	case <-ctx.Done():
		return ctx.Err()
	}
}
