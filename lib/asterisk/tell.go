package asterisk

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"clearline/lib/call"
	"clearline/lib/callerid"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// tellFrame tells the sink what one frame says. A frame that cannot be read is
// counted and skipped. It says whether the frame ends the session.
func (c *Client) tellFrame(ctx context.Context, sink Sink, frame []byte) (replaced bool) {
	ev, err := decode(frame)
	if err != nil {
		c.skip(ctx, frame, err)
		return false
	}
	c.opt.Observe.Heard(FrameRead)
	switch ev := ev.(type) {
	case *ari.ApplicationReplaced:
		return true
	case *ari.StasisStart:
		c.tellStart(ctx, sink, ev)
	case *ari.StasisEnd:
		c.legs.left(call.LegID(ev.Channel.ID))
	case *ari.ChannelStateChange:
		if ev.Channel.State == answered {
			c.legs.pickedUp(call.LegID(ev.Channel.ID))
		}
	case *ari.ChannelDestroyed:
		c.tellGone(sink, flow.LegGone{Leg: call.LegID(ev.Channel.ID), Q850: ev.Cause})
	case *ari.ChannelEnteredBridge:
		c.tellJoined(sink, ev.Bridge, call.LegID(ev.Channel.ID))
	default:
		if fact := c.fact(ev); fact != nil {
			sink.Happened(fact)
		}
	}
	return false
}

// fact is the flow's event that an event of ARI's is by itself; nil when no flow cares.
func (c *Client) fact(ev ari.Event) flow.Event {
	switch ev := ev.(type) {
	case *ari.ChannelLeftBridge:
		return flow.LegLeft{Leg: call.LegID(ev.Channel.ID), Bridge: call.BridgeID(ev.Bridge.ID)}
	case *ari.ChannelDtmfReceived:
		if key, ok := key(ev.Digit); ok {
			return flow.DTMF{Leg: call.LegID(ev.Channel.ID), Key: key}
		}
	case *ari.ChannelTalkingStarted:
		return flow.SpeechStarted{Leg: call.LegID(ev.Channel.ID)}
	case *ari.ChannelTalkingFinished:
		return flow.SpeechEnded{Leg: call.LegID(ev.Channel.ID)}
	case *ari.PlaybackFinished:
		if leg, ok := target(ev.Playback.TargetURI); ok {
			return flow.PlaybackDone{
				Leg: c.whispers.hears(leg), Playback: call.PlaybackID(ev.Playback.ID), Failed: ev.Playback.State == "failed",
			}
		}
	case *ari.RecordingFinished:
		return c.recorded(ev.Recording, false)
	case *ari.RecordingFailed:
		return c.recorded(ev.Recording, true)
	}
	return nil
}

// tellStart tells of a leg that entered the application. By what it was started with
// it is a caller's, or one Clearline rang that has been answered.
func (c *Client) tellStart(ctx context.Context, sink Sink, ev *ari.StasisStart) {
	leg := call.LegID(ev.Channel.ID)
	role, _ := cut(ev.Args)
	switch role {
	case inbound:
		if !c.legs.calls(leg) {
			return
		}
		sink.Arrived(arrival(ev))
	case outbound:
		c.legs.arrive(leg)
		sink.Dialled(dialled(ev))
		c.watchLater(ctx, leg)
		return
	case code:
		c.legs.arrive(leg)
		sink.Dialled(dialledCode(ev))
	case consult:
		c.legs.add(leg)
		sink.Happened(flow.LegAnswered{Leg: leg})
	case whisperer:
		c.tellWhisper(ctx, leg)
		return
	default:
		c.log.WarnContext(ctx, "leg entered with unknown arguments", "leg", leg, "args", len(ev.Args))
		c.background.run(func() { c.turnOut(ctx, leg) })
		return
	}
	c.watchBehind(ctx, leg)
}

// turnOut gets rid of a leg that nobody sent here: it must not be left in silence. One
// that a dialplan not ours sent goes on there. One that a transfer has put into a bridge
// in place of another has no dialplan to go on in, and is hung up.
func (c *Client) turnOut(ctx context.Context, leg call.LegID) {
	err := c.Failsafe(ctx, leg)
	if err == nil || errors.Is(err, ErrGone) {
		return
	}
	if err := c.hangUp(ctx, flow.HangUp{Leg: leg}); err != nil {
		c.log.ErrorContext(ctx, "leg may be left in silence", "leg", leg, "err", err)
	}
}

// What a leg enters the application as: the first of Stasis's arguments.
const (
	inbound   = "inbound"
	outbound  = "outbound"
	consult   = "consult"
	whisperer = "whisper"
	code      = "code"
)

// cut splits off the first argument; it is empty when there is none.
func cut(args []string) (first string, rest []string) {
	if len(args) == 0 {
		return "", nil
	}
	return args[0], args[1:]
}

// What the arguments begin with that say what the caller's network found out, and what
// kind of telephone or person calls.
const (
	attested = "attested:"
	category = "category:"
)

// arrival reads inbound,LINE,DIALLED,PRESENTATION,attested:WORD,category:WORD, the last two
// where the dialplan says them. DIALLED is a stranger's: a comma in it makes more arguments, but moves
// none of its neighbours.
func arrival(ev *ari.StasisStart) Arrival {
	_, args := cut(ev.Args)
	line, args := cut(args)
	args, kind := cutSaid(args, category)
	args, word := cutSaid(args, attested)
	var pres string
	if n := len(args); n > 1 {
		pres, args = args[n-1], args[:n-1]
	}
	return Arrival{
		Leg:     call.LegID(ev.Channel.ID),
		Line:    call.LineID(callerid.Text(line)),
		Dialled: callerid.Number(strings.Join(args, "")),
		From: call.Caller{
			Number:       callerid.Number(ev.Channel.GetCaller().GetNumber()),
			Name:         callerid.Text(ev.Channel.GetCaller().GetName()),
			Presentation: callerid.Presentation(pres, ev.Channel.GetCaller().GetNumber()),
			Trunk:        callerid.Endpoint(ev.Channel.Name),
			Attested:     callerid.Attestation(word, pres),
			Category:     callerid.Text(kind),
		},
		At: when(ev),
	}
}

// cutSaid splits off what the dialplan says of the caller. Only the last argument can be
// it: a number dialled never is, as the presentation stands behind it.
func cutSaid(args []string, prefix string) (rest []string, word string) {
	if n := len(args); n > 2 {
		if word, ok := strings.CutPrefix(args[n-1], prefix); ok {
			return args[:n-1], word
		}
	}
	return args, ""
}

// dialled reads outbound,LINE,DIALLED.
func dialled(ev *ari.StasisStart) Dialled {
	_, args := cut(ev.Args)
	line, args := cut(args)
	return Dialled{
		Leg:     call.LegID(ev.Channel.ID),
		Line:    call.LineID(callerid.Text(line)),
		Dialled: callerid.Number(strings.Join(args, "")),
		At:      when(ev),
	}
}

// dialledCode reads code,LINE,CODE,PROMPT.
func dialledCode(ev *ari.StasisStart) Dialled {
	_, args := cut(ev.Args)
	line, args := cut(args)
	said, args := cut(args)
	keyed, _ := cut(args)
	wanted, _ := prompt.Numbered(keyed)
	keys := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || r == '*' || r == '#' {
			return r
		}
		return -1
	}, said)
	return Dialled{
		Leg: call.LegID(ev.Channel.ID), Line: call.LineID(callerid.Text(line)),
		Dialled: keys[:min(len(keys), callerid.MaxNumber)], Code: true, Prompt: wanted, At: when(ev),
	}
}

func when(ev *ari.StasisStart) time.Time {
	if at := time.Time(ev.Timestamp); !at.IsZero() {
		return at
	}
	return time.Now()
}

// answered is the state of a channel whose party has picked up.
const answered = "Up"

// tellGone tells the end of a leg, once. Asterisk gives no cause for one that was put down
// before it entered the application, right after it was picked up: that is a normal end.
func (c *Client) tellGone(sink Sink, fact flow.LegGone) {
	was, known := c.legs.drop(fact.Leg)
	if fact.Q850 == 0 && was.up {
		fact.Q850 = q850Normal
	}
	if known {
		sink.Happened(fact)
	}
}

const q850Normal = 16 // ITU-T Q.850, normal call clearing

// tellJoined tells that a leg is in a bridge. The technology may change with every leg
// that enters; the event shows it as it is with this one.
func (c *Client) tellJoined(sink Sink, bridge ari.BridgeData, leg call.LegID) {
	id := call.BridgeID(bridge.ID)
	c.joins.happened(join{bridge: id, leg: leg})
	sink.Happened(flow.LegJoined{Leg: leg, Bridge: id})
	if bridge.Technology == unguarded {
		sink.Happened(flow.BridgeUnguarded{Bridge: id})
	}
}

// deliverTold tells the facts that no event brings.
func (c *Client) deliverTold(sink Sink) {
	for _, f := range c.told.take() {
		if f.gone != "" {
			c.tellGone(sink, flow.LegGone{Leg: f.gone})
			continue
		}
		sink.Happened(f.fact)
	}
}
