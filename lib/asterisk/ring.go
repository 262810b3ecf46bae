package asterisk

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/CyCoreSystems/ari/v5/client/native"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// ringResident starts a leg in the consult context, not in the application itself: a
// leg needs dialplan to fall back to when Clearline dies. Its events therefore have to
// be asked for, which only works once the leg exists. Until then the endpoint's events
// bring its end: a telephone that is busy may say so at once.
func (c *Client) ringResident(ctx context.Context, e flow.RingResident) error {
	c.legs.add(e.Leg) // first: its events may overtake the answer
	forget := c.watchEndpoint(ctx, e.Endpoint)
	defer forget()
	err := c.ask(ctx, func(r *native.Client) error {
		_, err := r.Channel().Originate(nil, ari.OriginateRequest{
			Endpoint:  e.Endpoint,
			Timeout:   int(e.Patience.Round(time.Second).Seconds()),
			CallerID:  shown(e.From),
			Context:   c.opt.ConsultContext,
			Extension: "s",
			Priority:  1,
			ChannelID: string(e.Leg),
			Variables: map[string]string{"CLEARLINE_CALL": string(e.Call), "CLEARLINE_LINE": string(e.Line)},
		})
		return err
	})
	if err != nil && status(err) != http.StatusConflict { // 409: it rings already
		c.giveUp(ctx, e.Leg)
		return fmt.Errorf("ring %s as leg %s: %w", e.Endpoint, e.Leg, err)
	}
	gone, err := c.watch(ctx, e.Leg)
	if err != nil {
		c.giveUp(ctx, e.Leg)
		return err
	}
	if gone {
		c.tellLater(e.Leg)
	}
	return nil
}

// tellLater tells a leg as gone unless its own event, which knows the cause, does so
// first. The event of an end that has happened may take as long as an answer.
func (c *Client) tellLater(leg call.LegID) {
	time.AfterFunc(c.opt.RequestTimeout, func() { c.tell(told{gone: leg}) })
}

// giveUp makes sure that a leg whose start failed does not ring unobserved: the answer
// may have been lost, not the order. Nobody waits for it.
func (c *Client) giveUp(ctx context.Context, leg call.LegID) {
	c.background.run(func() {
		ctx, cancel := c.detached(ctx)
		defer cancel()
		if err := c.hangUp(ctx, flow.HangUp{Leg: leg}); err != nil {
			c.log.WarnContext(ctx, "leg may ring unobserved", "leg", leg, "err", err)
		}
		if gone, err := c.Gone(ctx, leg); err == nil && gone {
			c.tell(told{gone: leg})
		}
	})
}
