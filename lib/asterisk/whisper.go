package asterisk

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/CyCoreSystems/ari/v5/client/native"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// A whisper is a channel of its own, which snoops on the leg in one direction only: what is
// played on it is mixed into what the leg hears. It has the id of what it says, is nobody's
// leg, and hears nothing.

// whispers remembers which channels whisper, from the order to whisper until they are taken
// away.
type whispers struct {
	mu sync.Mutex
	up map[call.PlaybackID]whispering
}

type whispering struct {
	leg     call.LegID
	started chan struct{} // closed when the channel is in the application
}

// begin notes a whisper, and returns what is closed when it can speak.
func (w *whispers) begin(id call.PlaybackID, leg call.LegID) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.up == nil {
		w.up = map[call.PlaybackID]whispering{}
	}
	if known, ok := w.up[id]; ok {
		return known.started
	}
	started := make(chan struct{})
	w.up[id] = whispering{leg, started}
	return started
}

// start says that a channel is in the application. It is false for one that nobody waits for.
func (w *whispers) start(channel call.LegID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	known, ok := w.up[call.PlaybackID(channel)]
	if !ok {
		return false
	}
	select {
	case <-known.started:
	default:
		close(known.started)
	}
	return true
}

func (w *whispers) end(id call.PlaybackID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.up, id)
}

// hears is the leg that a channel whispers to; a channel that does not whisper is that leg.
func (w *whispers) hears(channel call.LegID) call.LegID {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known, ok := w.up[call.PlaybackID(channel)]; ok {
		return known.leg
	}
	return channel
}

// has says whether a channel whispers.
func (w *whispers) has(channel string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.up[call.PlaybackID(channel)]
	return ok
}

// whisper starts the channel that whispers, and lets it speak. Its errors never say that the
// leg is gone or was taken: they may be about the other channel.
func (c *Client) whisper(ctx context.Context, e flow.Whisper) error {
	started := c.whispers.begin(e.Playback, e.Leg)
	err := c.ask(ctx, func(r *native.Client) error {
		_, err := r.Channel().Snoop(channelKey(e.Leg), escaped(e.Playback), &ari.SnoopOptions{
			App: c.opt.Application, AppArgs: whisperer, Spy: ari.DirectionNone, Whisper: ari.DirectionOut,
		})
		return err
	})
	if err != nil && status(err) != http.StatusConflict { // 409: it is there already
		return fmt.Errorf("whisper to leg %s: %s", e.Leg, err.Error())
	}
	select {
	case <-started:
	case <-ctx.Done():
		return fmt.Errorf("whisper to leg %s: await the channel: %w", e.Leg, ctx.Err())
	}
	play := flow.Play{Leg: call.LegID(e.Playback), Playback: e.Playback, Language: e.Language, Script: e.Script}
	if err := c.play(ctx, play); err != nil {
		return fmt.Errorf("whisper to leg %s: %s", e.Leg, err.Error())
	}
	return nil
}

// stopWhisper takes the channel away that whispers.
func (c *Client) stopWhisper(ctx context.Context, e flow.StopWhisper) error {
	if err := c.hangUp(ctx, flow.HangUp{Leg: call.LegID(e.Playback)}); err != nil {
		return fmt.Errorf("stop whisper: %w", err)
	}
	c.whispers.end(e.Playback)
	return nil
}

// tellWhisper tells of a channel that can speak. One that is not wanted any more came too late
// to be stopped.
func (c *Client) tellWhisper(ctx context.Context, channel call.LegID) {
	if !c.whispers.start(channel) {
		c.dropWhisper(ctx, channel)
	}
}

// dropWhisper takes away a channel that nobody will order to stop.
func (c *Client) dropWhisper(ctx context.Context, channel call.LegID) {
	c.background.run(func() {
		ctx, cancel := c.detached(ctx)
		defer cancel()
		if err := c.hangUp(ctx, flow.HangUp{Leg: channel}); err != nil {
			c.log.WarnContext(ctx, "a whisper is not stopped", "channel", channel, "err", err)
		}
	})
}
