package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/CyCoreSystems/ari/v5/client/native"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// Follow says where a leg is, and has its events told from now on: Clearline may have been
// away, or started anew, since it last heard of the leg.
func (c *Client) Follow(ctx context.Context, leg call.LegID) (call.Standing, error) {
	data, err := c.channel(ctx, leg)
	switch {
	case status(err) == http.StatusNotFound:
		return call.LegGone, nil
	case err != nil:
		return "", fmt.Errorf("follow leg %s: %w", leg, err)
	}
	consulted := data.Dialplan != nil && data.Dialplan.Context == c.opt.ConsultContext
	if c.legs.add(leg); data.State == answered {
		c.legs.pickedUp(leg)
	}
	switch gone, err := c.watch(ctx, leg); {
	case err != nil:
		return "", err
	case gone:
		return call.LegGone, nil
	}
	switch err := c.probe(ctx, leg); {
	case errors.Is(err, ErrGone):
		return call.LegGone, nil
	case errors.Is(err, call.ErrLegEnding):
		return call.LegHeld, nil // until its end is told
	case errors.Is(err, call.ErrLegTaken) && (consulted || ringing[data.State]):
		return call.LegRung, nil
	case errors.Is(err, call.ErrLegTaken):
		return call.LegTaken, nil
	case err != nil:
		return "", err
	}
	if !consulted {
		c.legs.arrive(leg)
	}
	return call.LegHeld, nil
}

// ringing are the states of a channel that Asterisk started and nobody has answered yet.
var ringing = map[string]bool{"Down": true, "Rsrvd": true, "OffHook": true, "Dialing": true, "Ringing": true}

// probe asks a leg to stop a silence that nobody started, which only legs in the
// application's hands accept. The error wraps call.ErrLegTaken for another.
func (c *Client) probe(ctx context.Context, leg call.LegID) error {
	return c.order(ctx, leg, "find leg", func(r *native.Client, key *ari.Key) error {
		return r.Channel().StopSilence(key)
	})
}

// findRecording tells the end of a recording once more, unless it is still being made: the
// event may have been missed.
func (c *Client) findRecording(ctx context.Context, e flow.FindRecording) error {
	err := c.ask(ctx, func(r *native.Client) error {
		_, err := r.LiveRecording().Data(ari.NewKey(ari.LiveRecordingKey, escaped(e.Recording)))
		return err
	})
	if err == nil {
		return nil // its event is to come
	}
	if orMissing(err) != nil {
		return fmt.Errorf("find recording %s: %w", e.Recording, err)
	}
	c.tell(told{fact: c.onDisk(e.Leg, string(e.Recording), 0, false)})
	return nil
}
