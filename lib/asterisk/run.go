package asterisk

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/coder/websocket"
)

// maxFrame is the largest event that is read; a larger one ends the connection.
const maxFrame = 16 << 20

// Run connects and tells sink what happens, connecting again whenever the connection
// is lost, until ctx is over; then it returns nil, with nothing left running. It is an
// error to run a client twice at a time.
func (c *Client) Run(ctx context.Context, sink Sink) error {
	if !c.running.CompareAndSwap(false, true) {
		return errors.New("run asterisk client: it is running already")
	}
	defer c.running.Store(false)
	ctx, cancel := context.WithCancel(ctx)
	defer c.background.wait()
	defer cancel()
	p := &pulse{Sink: sink}
	c.pulse.Store(p)
	sink = p

	wait := c.opt.Retry.First
	for ctx.Err() == nil {
		began := time.Now()
		err := c.session(ctx, sink)
		if ctx.Err() != nil {
			break
		}
		switch {
		case errors.Is(err, errReplaced): // the other one may be meant to win: do not fight
			wait = c.opt.Retry.Max
		case time.Since(began) > wait: // it had worked
			wait = c.opt.Retry.First
		}
		c.log.WarnContext(ctx, "not connected to asterisk", "err", err, "retry", wait)
		c.opt.Observe.Unreached(err)
		c.rest(ctx, sink, wait)
		wait = min(2*wait, c.opt.Retry.Max)
	}
	return nil
}

// session is one connection from dialling to its loss.
func (c *Client) session(ctx context.Context, sink Sink) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	s := &session{Client: c, conn: conn, sink: sink, frames: newQueue[[]byte](), lost: make(chan struct{})}
	go s.read(ctx)
	defer func() {
		_ = conn.CloseNow() // ends the reader; an error says that it has ended
		<-s.lost
	}()
	held, err := s.holdings(ctx)
	if err != nil {
		return err
	}
	s.quieten(ctx)
	pinging := make(chan struct{})
	go func() { defer close(pinging); s.ping(ctx) }()
	defer func() { cancel(); <-pinging }()

	c.connected.Store(true)
	c.log.InfoContext(ctx, "connected to asterisk", "application", c.opt.Application)
	sink.Connected(held)
	c.watchAgain(ctx)
	err = s.deliver(ctx)
	c.connected.Store(false)
	sink.Disconnected(err)
	return err
}

// dial opens the websocket. Events of other applications are not asked for.
func (c *Client) dial(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opt.RequestTimeout)
	defer cancel()
	auth := base64.StdEncoding.EncodeToString([]byte(c.opt.Username + ":" + c.opt.Password))
	query := url.Values{"app": {c.opt.Application}}
	conn, resp, err := websocket.Dial(ctx, c.address("/events?"+query.Encode()), &websocket.DialOptions{ //nolint:bodyclose // the library closes it
		HTTPClient: &http.Client{Transport: c.http},
		HTTPHeader: http.Header{"Authorization": {"Basic " + auth}},
	})
	switch {
	case err != nil && resp != nil && resp.StatusCode != http.StatusSwitchingProtocols:
		return nil, fmt.Errorf("open asterisk's websocket: %w", refused(resp.StatusCode, nil))
	case err != nil:
		return nil, fmt.Errorf("open asterisk's websocket: %w", err)
	}
	conn.SetReadLimit(maxFrame)
	return conn, nil
}

// rest waits before the next attempt and goes on telling facts meanwhile.
func (c *Client) rest(ctx context.Context, sink Sink, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-c.told.ready:
			c.deliverTold(sink)
		}
	}
}
