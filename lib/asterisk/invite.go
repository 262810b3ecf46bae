package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/CyCoreSystems/ari/v5/client/native"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// Invitation is a telephone that is rung, though nobody calls.
type Invitation struct {
	Leg                call.LegID
	Endpoint           string // "PJSIP/101"
	Name               string // shown on the telephone, beside Extension
	Context, Extension string // where whoever picks up goes on, as if they had dialled that there
	Variables          map[string]string
	Patience           time.Duration // how long it rings; whole seconds
}

// ErrNotAnswered is wrapped by the errors of Invite when nobody picked up.
var ErrNotAnswered = errors.New("nobody picked up")

// inviteGap is the pause between two looks at a telephone that rings.
const inviteGap = 200 * time.Millisecond

// Invite rings a telephone and returns when somebody has picked up. Nothing else of the client
// need run. When ctx is over, the telephone stops ringing.
func (c *Client) Invite(ctx context.Context, i Invitation) error {
	err := c.ask(ctx, func(r *native.Client) error {
		_, err := r.Channel().Originate(nil, ari.OriginateRequest{
			Endpoint:  i.Endpoint,
			Timeout:   int(i.Patience.Round(time.Second).Seconds()),
			CallerID:  fmt.Sprintf("%q <%s>", i.Name, i.Extension),
			Context:   i.Context,
			Extension: i.Extension,
			Priority:  1,
			ChannelID: string(i.Leg),
			Variables: i.Variables,
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("ring %s: %w", i.Endpoint, err)
	}
	for ctx.Err() == nil {
		data, err := c.channel(ctx, i.Leg)
		switch {
		case err == nil && data.State == answered:
			return nil
		case status(err) == http.StatusNotFound:
			return fmt.Errorf("ring %s: %w", i.Endpoint, ErrNotAnswered)
		}
		select {
		case <-time.After(inviteGap): // also when Asterisk could not be asked just now
		case <-ctx.Done():
		}
	}
	ending, cancel := c.detached(ctx)
	defer cancel()
	return errors.Join(fmt.Errorf("ring %s: %w", i.Endpoint, ctx.Err()), c.hangUp(ending, flow.HangUp{Leg: i.Leg, Q850: q850Normal}))
}
