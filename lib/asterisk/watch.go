package asterisk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/CyCoreSystems/ari/v5/client/native"

	"clearline/lib/call"
)

// watch subscribes to a leg for good. Without it the end of Stasis would be the last
// that is heard of the leg. It says whether the leg was gone already. One that has just gone
// is shown for a moment longer than it can be watched.
func (c *Client) watch(ctx context.Context, leg call.LegID) (gone bool, err error) {
	for began := time.Now(); ; time.Sleep(stalePause) {
		err := c.ask(ctx, func(r *native.Client) error {
			return r.Application().Subscribe(
				ari.NewKey(ari.ApplicationKey, escaped(c.opt.Application)), "channel:"+string(leg))
		})
		switch status(err) {
		case http.StatusNotFound, http.StatusUnprocessableEntity: // 422: no such event source
			if gone, err := c.Gone(ctx, leg); gone || err != nil {
				return gone, err
			}
			if time.Since(began) < staleMax && ctx.Err() == nil {
				continue
			}
		}
		if err != nil {
			return false, fmt.Errorf("watch leg %s: %w", leg, err)
		}
		return false, nil
	}
}

// watchEndpoint subscribes to all legs of an endpoint until forget is called. Events of
// a leg that is watched itself may come twice meanwhile: it is for an instant, on a line
// that was free a moment ago, and an end is told once anyway.
func (c *Client) watchEndpoint(ctx context.Context, endpoint string) (forget func()) {
	app, source := ari.NewKey(ari.ApplicationKey, escaped(c.opt.Application)), "endpoint:"+endpoint
	err := c.ask(ctx, func(r *native.Client) error { return r.Application().Subscribe(app, source) })
	if err != nil {
		c.log.DebugContext(ctx, "endpoint is not watched", "endpoint", endpoint, "err", err)
		return func() {}
	}
	return func() {
		ctx, cancel := c.detached(ctx)
		defer cancel()
		err := c.ask(ctx, func(r *native.Client) error {
			return r.Application().Unsubscribe(app, url.QueryEscape(source))
		})
		if err != nil {
			c.log.WarnContext(ctx, "endpoint is still watched", "endpoint", endpoint, "err", err)
		}
	}
}

// watchBehind watches a leg without holding up the events that follow. Nothing is
// missed: a leg that ends before it is watched answers 404, and is gone by that.
func (c *Client) watchBehind(ctx context.Context, leg call.LegID) {
	c.background.run(func() { c.watchUntilSure(ctx, leg) })
}

// dialHead is the time in which a leg that dials is not asked about: every request counts
// then, and what the leg does is seen in the lists of legs as well.
const dialHead = 300 * time.Millisecond

// watchLater is watchBehind for a leg that dials.
func (c *Client) watchLater(ctx context.Context, leg call.LegID) {
	c.background.run(func() {
		timer := time.NewTimer(dialHead)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
			c.watchUntilSure(ctx, leg)
		}
	})
}

// watchAgain watches every leg known, after a connection was lost or Clearline was
// away: what ended meanwhile is told now.
func (c *Client) watchAgain(ctx context.Context) {
	known := c.legs.all()
	c.background.run(func() {
		for _, leg := range known {
			c.watchUntilSure(ctx, leg)
		}
	})
}

// watchUntilSure asks again until Asterisk has answered either way.
func (c *Client) watchUntilSure(ctx context.Context, leg call.LegID) {
	for wait := c.opt.Retry.First; ctx.Err() == nil; wait = min(2*wait, c.opt.Retry.Max) {
		gone, err := c.watch(ctx, leg)
		if err == nil {
			if gone {
				c.tell(told{gone: leg})
			}
			return
		}
		c.log.WarnContext(ctx, "leg is not watched yet", "leg", leg, "err", err, "retry", wait)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}
