package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/CyCoreSystems/ari/v5/client/native"

	"clearline/lib/call"
	"clearline/lib/flow"
)

const (
	// guarded is the only type of bridge in which a leg's digits can be kept from
	// the other (docs/asterisk.md, keypad digits in a bridge).
	guarded = "mixing,dtmf_events"
	// unguarded is the technology that passes digits by.
	unguarded = "native_rtp"
)

// bridge joins two legs and returns when both are in and their digits are held back.
// If that fails, the bridge is taken apart again.
func (c *Client) bridge(ctx context.Context, e flow.Bridge) error {
	if err := c.joinBoth(ctx, e); err != nil {
		ctx, cancel := c.detached(ctx)
		defer cancel()
		return errors.Join(err, c.unbridge(ctx, e.Bridge))
	}
	return nil
}

func (c *Client) joinBoth(ctx context.Context, e flow.Bridge) error {
	err := c.ask(ctx, func(r *native.Client) error {
		_, err := r.Bridge().Create(bridgeKey(e.Bridge), guarded, "")
		return err
	})
	if err != nil && status(err) != http.StatusConflict { // 409: it is there already
		return fmt.Errorf("create bridge %s: %w", e.Bridge, err)
	}
	before, err := c.members(ctx, e.Bridge)
	if err != nil {
		return err
	}
	var pending []pendingJoin
	for _, leg := range []call.LegID{e.Caller, e.Resident} {
		if slices.Contains(before, string(leg)) {
			c.tell(told{fact: flow.LegJoined{Leg: leg, Bridge: e.Bridge}})
			continue
		}
		p := pendingJoin{leg: leg}
		p.entered, p.forget = c.joins.expect(join{bridge: e.Bridge, leg: leg})
		defer p.forget()
		if err := c.add(ctx, e.Bridge, leg); err != nil {
			return err
		}
		pending = append(pending, p)
	}
	if err := c.awaitJoins(ctx, e.Bridge, pending); err != nil {
		return err
	}
	_, err = c.members(ctx, e.Bridge)
	return err
}

type pendingJoin struct {
	leg     call.LegID
	entered <-chan struct{}
	forget  func()
}

// awaitJoins waits until every leg has entered. Asterisk accepts a join before it
// knows whether it can be done, and says nothing when it cannot.
func (c *Client) awaitJoins(ctx context.Context, bridge call.BridgeID, pending []pendingJoin) error {
	timer := time.NewTimer(c.opt.RequestTimeout)
	defer timer.Stop()
	for _, p := range pending {
		select {
		case <-p.entered:
		case <-timer.C:
			return c.refusedJoin(ctx, bridge, p.leg)
		case <-ctx.Done():
			return fmt.Errorf("join leg %s to bridge %s: %w", p.leg, bridge, ctx.Err())
		}
	}
	return nil
}

func (c *Client) refusedJoin(ctx context.Context, bridge call.BridgeID, leg call.LegID) error {
	if gone, err := c.Gone(ctx, leg); err == nil && gone {
		return fmt.Errorf("join leg %s to bridge %s: %w", leg, bridge, ErrGone)
	}
	return fmt.Errorf("join leg %s to bridge %s: refused join: it was accepted and never happened", leg, bridge)
}

// add orders one leg into the bridge. absorbDTMF holds for this one join.
func (c *Client) add(ctx context.Context, bridge call.BridgeID, leg call.LegID) error {
	err := c.ask(ctx, func(r *native.Client) error {
		return r.Bridge().AddChannelWithOptions(bridgeKey(bridge), string(leg),
			&ari.BridgeAddChannelOptions{AbsorbDTMF: true})
	})
	return c.legError(ctx, leg, "join to bridge "+string(bridge)+" leg", err)
}

// members returns who is in a bridge. One whose technology passes digits by is an
// error.
func (c *Client) members(ctx context.Context, bridge call.BridgeID) ([]string, error) {
	var data *ari.BridgeData
	err := c.ask(ctx, func(r *native.Client) (err error) {
		data, err = r.Bridge().Data(bridgeKey(bridge))
		return err
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("look up bridge %s: %w", bridge, err)
	case data.Technology == unguarded:
		return nil, fmt.Errorf("look up bridge %s: technology %s passes digits by", bridge, data.Technology)
	}
	return data.ChannelIDs, nil
}

func (c *Client) unbridge(ctx context.Context, bridge call.BridgeID) error {
	err := c.ask(ctx, func(r *native.Client) error { return r.Bridge().Delete(bridgeKey(bridge)) })
	if orMissing(err) != nil {
		return fmt.Errorf("take apart bridge %s: %w", bridge, err)
	}
	return nil
}
