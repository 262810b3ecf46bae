package asterisk

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/CyCoreSystems/ari/v5/client/native"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// Perform does what a flow orders, as far as Asterisk is concerned; any other effect
// is an error. When it returns nil, Asterisk has accepted the order; its outcome is
// told as an event. Only for [flow.Bridge] has everything happened by then.
//
// Ending what has ended is no error. Any other order to a leg that is gone returns an
// error that wraps [ErrGone].
//
// Asterisk performs the orders to one leg one after another: an answer, a join or a
// variable waits behind a playback or a recording, and a request that waits longer
// than its time-out is an error although it takes effect later (docs/asterisk.md).
//
// Perform takes at most RequestTimeout; [flow.Bridge] takes the wait for both legs on
// top, and once more to take a bridge apart that failed.
func (c *Client) Perform(ctx context.Context, e flow.Effect) error {
	patience := c.opt.RequestTimeout
	if _, ok := e.(flow.Bridge); ok {
		patience *= 2
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	switch e := e.(type) {
	case flow.Answer:
		return c.order(ctx, e.Leg, "answer leg", func(r *native.Client, leg *ari.Key) error {
			return r.Channel().Answer(leg)
		})
	case flow.HangUp:
		return c.hangUp(ctx, e)
	case flow.Play:
		return c.play(ctx, e)
	case flow.StopPlayback:
		return c.stopPlayback(ctx, e)
	case flow.Whisper:
		return c.whisper(ctx, e)
	case flow.StopWhisper:
		return c.stopWhisper(ctx, e)
	case flow.Record:
		return c.record(ctx, e)
	case flow.FindRecording:
		return c.findRecording(ctx, e)
	case flow.DropRecording:
		return c.dropRecording(ctx, e)
	case flow.DetectSpeech:
		return c.set(ctx, e.Leg, "TALK_DETECT(set)", talkDetect)
	case flow.IgnoreSpeech:
		return c.set(ctx, e.Leg, "TALK_DETECT(remove)", "yes") // any value will do
	case flow.Louder: // transmitted: what is sent to the telephone
		return c.set(ctx, e.Leg, "VOLUME(TX)", strconv.Itoa(e.Times))
	case flow.StartRinging:
		return c.order(ctx, e.Leg, "start ringing at leg", func(r *native.Client, leg *ari.Key) error {
			return r.Channel().Ring(leg)
		})
	case flow.StopRinging:
		return c.order(ctx, e.Leg, "stop ringing at leg", func(r *native.Client, leg *ari.Key) error {
			return r.Channel().StopRing(leg)
		})
	case flow.RingResident:
		return c.ringResident(ctx, e)
	case flow.Bridge:
		return c.bridge(ctx, e)
	case flow.Unbridge:
		return c.unbridge(ctx, e.Bridge)
	case flow.Pair:
		return c.pair(ctx, e)
	case flow.Unpair:
		return c.set(ctx, e.Caller, "CLEARLINE_PEER", "")
	case flow.Redial:
		return c.goOn(ctx, e.Leg, c.opt.DialContext, e.Dialled)
	case flow.GoOn:
		return c.goOut(ctx, e)
	case flow.CallBack:
		return c.goOn(ctx, e.Leg, c.opt.CodeContext, e.Number)
	case flow.ShowMessages:
		return c.showMessages(ctx, e)
	case flow.Refuse:
		return c.set(ctx, e.Leg, "CLEARLINE_VERDICT", "refused")
	case flow.Deadman:
		return c.deadman(ctx, e)
	}
	return fmt.Errorf("perform %T: no order for asterisk", e)
}

// talkDetect is 1000 ms of silence before speech has ended, and the talking threshold.
const talkDetect = "1000,128"

// Failsafe sends a leg that nobody knows to the fail-safe context.
func (c *Client) Failsafe(ctx context.Context, leg call.LegID) error {
	return c.goOn(ctx, leg, c.opt.FailsafeContext, "s")
}

// goOn lets a leg go on in the dialplan.
func (c *Client) goOn(ctx context.Context, leg call.LegID, context, extension string) error {
	return c.order(ctx, leg, "let go on in "+context+" leg", func(r *native.Client, key *ari.Key) error {
		return r.Channel().Continue(key, context, extension, 1)
	})
}

// goOut lets a resident's leg go on to be dialled. What was found out goes along as an
// extension: two digits, cleared and incident, and the name of the trunk to avoid. It is
// one order, which is obeyed as a whole.
// The trunk to avoid is a wish: a leg that cannot be told of it is dialled all the same.
func (c *Client) goOut(ctx context.Context, e flow.GoOn) error {
	extension := []byte("00")
	if e.Cleared {
		extension[0] = '1'
	}
	if e.Incident {
		extension[1] = '1'
	}
	if plainTrunk.MatchString(e.Avoid) {
		extension = append(extension, e.Avoid...)
	} else if e.Avoid != "" {
		c.log.WarnContext(ctx, "leg may go out by the trunk to avoid: its name cannot be told to the dialplan",
			"leg", e.Leg, "trunk", e.Avoid)
	}
	return c.goOn(ctx, e.Leg, c.opt.ClearedContext, string(extension))
}

// plainTrunk is the name of a trunk that can stand in an extension.
var plainTrunk = regexp.MustCompile(`^[A-Za-z0-9_.+-]{1,60}$`)

// Gone says whether a leg no longer exists.
func (c *Client) Gone(ctx context.Context, leg call.LegID) (bool, error) {
	_, err := c.channel(ctx, leg)
	switch {
	case status(err) == http.StatusNotFound:
		return true, nil
	case err != nil:
		return false, fmt.Errorf("look up leg %s: %w", leg, err)
	}
	return false, nil
}

// InUse says whether any of the endpoints ("PJSIP/101") has a leg. One that Asterisk
// does not know has none. When none is known to have one, the first failed question is
// the error.
func (c *Client) InUse(ctx context.Context, endpoints []string) (bool, error) {
	var failed error
	for _, endpoint := range endpoints {
		var data *ari.EndpointData
		err := c.ask(ctx, func(r *native.Client) (err error) {
			data, err = r.Endpoint().Data(endpointKey(endpoint))
			return err
		})
		switch {
		case err == nil && len(data.ChannelIDs) > 0:
			return true, nil
		case orMissing(err) != nil && failed == nil:
			failed = fmt.Errorf("look up endpoint %s: %w", endpoint, err)
		}
	}
	return false, failed
}

// deadman sets the time-out of a leg. Asterisk would also set it on a leg that has gone
// on in the dialplan, and so end the call of a caller who was delivered long ago: a
// caller's leg is probed first.
func (c *Client) deadman(ctx context.Context, e flow.Deadman) error {
	if c.legs.arrived(e.Leg) {
		if err := c.probe(ctx, e.Leg); err != nil {
			return err
		}
	}
	return c.set(ctx, e.Leg, "TIMEOUT(absolute)", seconds(e.After))
}

// order makes a request about a leg.
func (c *Client) order(
	ctx context.Context, leg call.LegID, what string, do func(*native.Client, *ari.Key) error,
) error {
	err := c.ask(ctx, func(r *native.Client) error { return do(r, channelKey(leg)) })
	return c.legError(ctx, leg, what, err)
}

// legError explains why an order to a leg failed. Asterisk answers 404 where it finds
// no channel, but also 400, 409, 412 or 422 where the channel goes away meanwhile. What it
// shows of a channel is a little older than what it obeys.
func (c *Client) legError(ctx context.Context, leg call.LegID, what string, err error) error {
	switch status(err) {
	case 0:
		if err == nil {
			return nil
		}
	case http.StatusNotFound, http.StatusBadRequest, http.StatusConflict,
		http.StatusPreconditionFailed, http.StatusUnprocessableEntity:
		if why := c.whyNot(ctx, leg, err); why != nil {
			return fmt.Errorf("%s %s: %w: %w", what, leg, why, err)
		}
	}
	return fmt.Errorf("%s %s: %w", what, leg, err)
}

// whyNot says what is the matter with a leg that did not obey; nil when it is nothing of the
// leg's. A channel that takes the place of another cannot be found for a moment: what is shown
// all the same may obey in a while.
func (c *Client) whyNot(ctx context.Context, leg call.LegID, err error) error {
	absent, taken := strings.Contains(err.Error(), noChannel), strings.Contains(err.Error(), notInStasis)
	for began := time.Now(); ; {
		var shown channel
		lookErr := c.read(ctx, "/channels/"+escaped(leg), &shown)
		switch {
		case status(lookErr) == http.StatusNotFound:
			return ErrGone
		case !absent && !taken:
			return nil
		case shown.Dialplan.Exten == hangupExtension:
			return call.ErrLegEnding
		case taken && shown.Dialplan.AppName != stasis:
			return call.ErrLegTaken
		}
		if time.Since(began) > staleMax || ctx.Err() != nil {
			if taken {
				return call.ErrLegTaken
			}
			return nil
		}
		time.Sleep(stalePause)
	}
}

// How long what Asterisk shows of a channel may be older than what the channel obeys.
const (
	staleMax   = 50 * time.Millisecond
	stalePause = 5 * time.Millisecond
)

// hangupExtension is where Asterisk's dialplan sends a channel that is being hung up.
const hangupExtension = "h"

// set sets a variable or a dialplan function of a leg. ari/v5 would leave an empty value
// out.
func (c *Client) set(ctx context.Context, leg call.LegID, name, value string) error {
	err := c.request(ctx, http.MethodPost, "/channels/"+escaped(leg)+"/variable", struct {
		Name  string `json:"variable"`
		Value string `json:"value"`
	}{name, value})
	return c.legError(ctx, leg, "set "+name+" of leg", err)
}

// hangUp ends a leg with a cause; ari/v5 knows only causes by name.
func (c *Client) hangUp(ctx context.Context, e flow.HangUp) error {
	path := "/channels/" + escaped(e.Leg)
	if e.Q850 > 0 {
		path += "?reason_code=" + strconv.Itoa(e.Q850)
	}
	if err := orMissing(c.request(ctx, http.MethodDelete, path, nil)); err != nil {
		return fmt.Errorf("hang up leg %s: %w", e.Leg, err)
	}
	return nil
}

// pair writes each leg's channel name to the other. The names are asked for, as a
// transfer may have changed them.
func (c *Client) pair(ctx context.Context, e flow.Pair) error {
	var names [2]string
	for i, leg := range []call.LegID{e.Caller, e.Resident} {
		data, err := c.channel(ctx, leg)
		if err != nil {
			return c.legError(ctx, leg, "look up name of leg", err)
		}
		names[i] = data.Name
	}
	if err := c.set(ctx, e.Caller, "CLEARLINE_PEER", names[1]); err != nil {
		return err
	}
	return c.set(ctx, e.Resident, "CLEARLINE_PEER", names[0])
}

// channel is what Asterisk knows of a leg.
func (c *Client) channel(ctx context.Context, leg call.LegID) (data *ari.ChannelData, err error) {
	err = c.ask(ctx, func(r *native.Client) error {
		data, err = r.Channel().Data(channelKey(leg))
		return err
	})
	return data, err
}

// seconds writes a duration as Asterisk's TIMEOUT takes it, to the millisecond.
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Round(time.Millisecond).Seconds(), 'f', -1, 64)
}
