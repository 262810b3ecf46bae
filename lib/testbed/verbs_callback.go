package testbed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emiago/diago/media"
	"github.com/emiago/sipgo/sip"
	"github.com/pion/rtp"
)

// callBackVerbs are what a hostile phone does with a call that is over.
var callBackVerbs = []builtin{
	{`{who:phone} call(s) back into the ended call`, each(func(ctx context.Context, _ *Play, p *Phone, _ Values) error {
		c := p.latest(func(c *Call) bool { return !c.dismissed.IsZero() && !c.answered.IsZero() })
		if c == nil {
			return fmt.Errorf("no call of it was hung up; %s", p.describe())
		}
		return c.callBack(ctx)
	})},
}

// unheeded is how long an INVITE goes without an answer before that is one. Asterisk says
// nothing to an INVITE of a dialog that is no more, however often it is repeated.
const unheeded = 2 * time.Second

// callBack sends a re-INVITE in the call's dialog, as if it were up, with a port of its
// own for audio. It fails when Asterisk agrees, or sends audio there; a refusal and no
// answer are right. While a phone withholds its answer to the BYE, Asterisk agrees to
// anything, without a channel behind it: then only the audio counts.
func (c *Call) callBack(ctx context.Context) error {
	p := c.Phone
	offer, socket, err := openRTP(p.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = offer.Close() }()
	req := c.request(sip.INVITE)
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(offer.LocalSDP())
	p.note("sends a re-INVITE into the ended call")
	dialog := c.dialog()
	bounded, cancel := context.WithTimeout(ctx, unheeded)
	defer cancel()
	res, err := dialog.Do(bounded, req)
	switch {
	case err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		p.note("gets no answer")
	case err != nil:
		return fmt.Errorf("call back from %s: %w", p.Name, err)
	case res.IsSuccess():
		_ = dialog.WriteRequest(c.request(sip.ACK))
		if c.State() == Ended || c.DismissedAt().IsZero() {
			return fmt.Errorf("call back from %s: it was not refused, but answered with %d", p.Name, res.StatusCode)
		}
	}
	if res != nil {
		p.note("is answered with %d", res.StatusCode)
	}
	if err := socket.SetReadDeadline(time.Now().Add(quietTime)); err != nil {
		return fmt.Errorf("call back from %s: %w", p.Name, err)
	}
	if _, err := offer.ReadRTP(make([]byte, media.RTPBufSize), &rtp.Packet{}); err == nil {
		return fmt.Errorf("call back from %s: audio came", p.Name)
	}
	return nil
}
