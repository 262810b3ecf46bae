package asterisk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/CyCoreSystems/ari/v5/client/native"
	"github.com/coder/websocket"

	"clearline/lib/call"
)

// session is one connection: a reader that only enqueues, a pinger, and the goroutine
// of Run, which decodes and tells the sink.
type session struct {
	*Client
	conn   *websocket.Conn
	sink   Sink
	frames *queue[[]byte]
	lost   chan struct{} // closed by the reader when no frame will follow
	err    error         // why; set before lost is closed
}

func (s *session) read(ctx context.Context) {
	defer close(s.lost)
	for {
		_, frame, err := s.conn.Read(ctx)
		if err != nil {
			s.connected.Store(false)
			s.err = fmt.Errorf("read asterisk's events: %w", err)
			return
		}
		s.frames.push(frame)
	}
}

// ping proves that the connection is alive. Asterisk itself never asks, and a silent
// one looks like a quiet evening.
func (s *session) ping(ctx context.Context) {
	ticker := time.NewTicker(s.opt.PingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.lost:
			return
		case <-ticker.C:
			if err := s.pingOnce(ctx); err != nil {
				s.log.DebugContext(ctx, "asterisk's websocket is silent", "err", err)
				_ = s.conn.CloseNow() // the reader reports the loss
				return
			}
		}
	}
}

func (s *session) pingOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.opt.RequestTimeout)
	defer cancel()
	return s.conn.Ping(ctx)
}

// quieten asks Asterisk to leave out events that nobody here reads, but that come with
// every step a dialplan takes. Without that there is only more to read.
func (s *session) quieten(ctx context.Context) {
	type named struct {
		Type string `json:"type"`
	}
	filter := map[string][]named{"disallowed": {
		{"ChannelDialplan"}, {"ChannelVarset"}, {"ChannelConnectedLine"}, {"ChannelCallerId"},
	}}
	path := "/applications/" + escaped(s.opt.Application) + "/eventFilter"
	if err := s.request(ctx, http.MethodPut, path, filter); err != nil {
		s.log.WarnContext(ctx, "asterisk sends events that nobody reads", "err", err)
	}
}

// holdings asks what Asterisk holds for the application. A leg may enter between the
// opening of the websocket and this question: it is in the answer, and its StasisStart
// is on its way. The answer to a ping comes after every event sent before it, so such
// a leg's StasisStart is in the queue by then, and the leg is left to its Arrived.
func (s *session) holdings(ctx context.Context) (Holdings, error) {
	var data *ari.ApplicationData
	err := s.ask(ctx, func(r *native.Client) (err error) {
		data, err = r.Application().Data(ari.NewKey(ari.ApplicationKey, escaped(s.opt.Application)))
		return err
	})
	if err != nil {
		return Holdings{}, fmt.Errorf("list what asterisk holds for %s: %w", s.opt.Application, err)
	}
	if err := s.pingOnce(ctx); err != nil {
		return Holdings{}, fmt.Errorf("ping asterisk: %w", err)
	}
	entering := arriving(s.frames.peek())
	var held Holdings
	for _, id := range data.ChannelIDs {
		switch {
		case s.whispers.has(id): // and will be stopped
		case call.PlaybackID(id).Whispered():
			s.dropWhisper(ctx, call.LegID(id))
		case !entering[id]:
			held.Legs = append(held.Legs, call.LegID(id))
			s.legs.add(call.LegID(id))
		}
	}
	for _, id := range data.BridgeIDs {
		held.Bridges = append(held.Bridges, call.BridgeID(id))
	}
	return held, nil
}

// arriving are the channels whose arrival is among the frames.
func arriving(frames [][]byte) map[string]bool {
	ids := map[string]bool{}
	for _, frame := range frames {
		var ev struct {
			Type    string
			Args    []string
			Channel struct{ ID string }
		}
		if json.Unmarshal(frame, &ev) != nil || ev.Type != ari.Events.StasisStart {
			continue
		}
		if role, _ := cut(ev.Args); role == inbound || role == outbound {
			ids[ev.Channel.ID] = true
		}
	}
	return ids
}

// errReplaced ends a session whose events go to somebody else from now on.
var errReplaced = errors.New("another connection has taken over the application")

// deliver tells the sink everything received until the connection is lost or ctx is
// over, and everything received until then.
func (s *session) deliver(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.told.ready:
			s.deliverTold(s.sink)
		case <-s.frames.ready:
			if err := s.deliverFrames(ctx); err != nil {
				return err
			}
		case <-s.lost:
			if err := s.deliverFrames(ctx); err != nil {
				return err
			}
			return s.err
		}
	}
}

func (s *session) deliverFrames(ctx context.Context) error {
	for _, frame := range s.frames.take() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if s.tellFrame(ctx, s.sink, frame) {
			return errReplaced
		}
	}
	return nil
}
