package testbed

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/emiago/sipgo/sip"
)

// transferVerbs hand calls to somebody else. Asterisk agrees only where the options allow
// transfers.
var transferVerbs = []builtin{
	{`{who:phone} transfer(s) the caller to {number:tel} [within {within:time}]`, each(func(ctx context.Context, _ *Play, p *Phone, v Values) error {
		c, err := p.need("transfer")
		if err != nil {
			return err
		}
		return c.Transfer(ctx, v.Tel("number"))
	})},
	{`{who:phone} tries to transfer the caller to {number:tel} [within {within:time}]`, each(func(ctx context.Context, _ *Play, p *Phone, v Values) error {
		c, err := p.need("transfer")
		if err != nil {
			return err
		}
		return c.TryTransfer(ctx, v.Tel("number"))
	})},
	{`{who:phone} join(s) both calls [within {within:time}]`, each(func(ctx context.Context, _ *Play, p *Phone, _ Values) error {
		first, second, err := p.two()
		if err != nil {
			return err
		}
		return first.Join(ctx, second)
	})},
	{`{who:phone} is refused the transfer to {number:tel}`, each(func(ctx context.Context, _ *Play, p *Phone, v Values) error {
		c, err := p.need("transfer")
		if err != nil {
			return err
		}
		return refusal(c.refer(ctx, c.at(v.Tel("number"))))
	})},
	{`{who:phone} is refused to join both calls`, each(func(ctx context.Context, _ *Play, p *Phone, _ Values) error {
		first, second, err := p.two()
		if err != nil {
			return err
		}
		return refusal(first.refer(ctx, second.replaced()))
	})},
}

// refusal turns the answer to a request that should be refused into an error.
func refusal(status int, err error) error {
	if err == nil && status < 300 {
		err = fmt.Errorf("it was not refused, but answered with %d", status)
	}
	return err
}

// two returns the two latest calls that are answered, the earlier first.
func (p *Phone) two() (first, second *Call, err error) {
	second = p.latest(func(c *Call) bool { return c.state == Answered })
	first = p.latest(func(c *Call) bool { return c.state == Answered && c != second })
	if first == nil {
		return nil, nil, fmt.Errorf("it has not two calls; %s", p.describe())
	}
	return first, second, nil
}

// Transfer sends the far end to a number, without asking there (a blind transfer),
// waits until Asterisk says that it has done so, and hangs up.
func (c *Call) Transfer(ctx context.Context, number string) error {
	c.Phone.note("transfers %q to %s", c.Far, number)
	return c.transfer(ctx, c.at(number))
}

// TryTransfer does so where somebody takes the far end away meanwhile. Asterisk then says
// that the transfer failed if that was before any sound had passed, and otherwise that it
// was done; both are fine.
func (c *Call) TryTransfer(ctx context.Context, number string) error {
	c.Phone.note("tries to transfer %q to %s", c.Far, number)
	if _, err := c.transferred(ctx, c.at(number)); err != nil {
		return err
	}
	return c.HangUp(ctx)
}

// Join connects the far end with that of another call of this phone (an attended
// transfer), waits until Asterisk says that it has done so, and hangs up.
func (c *Call) Join(ctx context.Context, other *Call) error {
	c.Phone.note("joins %q and %q", c.Far, other.Far)
	return c.transfer(ctx, other.replaced())
}

func (c *Call) transfer(ctx context.Context, to string) error {
	status, err := c.transferred(ctx, to)
	if err != nil {
		return err
	}
	if status >= 300 {
		return fmt.Errorf("transfer at %s: it failed with %d", c.Phone.Name, status)
	}
	return c.HangUp(ctx) // Asterisk leaves that to who asked for the transfer
}

// transferred asks for a transfer and returns the status it ends with, as Asterisk tells.
func (c *Call) transferred(ctx context.Context, to string) (int, error) {
	p := c.Phone
	status, err := c.refer(ctx, to)
	if err != nil {
		return 0, err
	}
	if status != sip.StatusAccepted {
		return 0, fmt.Errorf("transfer at %s: refused with %d", p.Name, status)
	}
	err = p.until(ctx, "be told of the transfer", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return c.referred >= 200
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	return c.referred, err
}

// refer sends REFER and returns the status that answers it.
func (c *Call) refer(ctx context.Context, to string) (int, error) {
	p := c.Phone
	if c.State() != Answered {
		return 0, fmt.Errorf("transfer at %s: %w", p.Name, errNotAnswered)
	}
	p.mu.Lock()
	c.referred = 0
	p.mu.Unlock()
	req := c.request(sip.REFER)
	req.AppendHeader(sip.NewHeader("Refer-To", to))
	req.AppendHeader(sip.NewHeader("Referred-By", fmt.Sprintf("<sip:%s@%s>", p.Name, p.Addr)))
	res, err := c.dialog().Do(ctx, req)
	if err != nil {
		return 0, fmt.Errorf("transfer at %s: %w", p.Name, err)
	}
	return res.StatusCode, nil
}

// at is the address of a number at Asterisk.
func (c *Call) at(number string) string { return fmt.Sprintf("<sip:%s@%s>", number, c.Phone.target) }

// replaced is the address that stands for this call: whoever is sent there takes its
// place (RFC 3891). Its tags are seen from Asterisk's end.
func (c *Call) replaced() string {
	dialog := c.Phone.dialogOf(c)
	asked, _ := dialog.InviteRequest.From().Params.Get("tag")
	answered, _ := dialog.InviteResponse.To().Params.Get("tag")
	own, theirs := asked, answered
	if !c.Outgoing {
		own, theirs = answered, asked
	}
	which := fmt.Sprintf("%s;to-tag=%s;from-tag=%s", c.id, theirs, own)
	return fmt.Sprintf("<sip:%s@%s?Replaces=%s>", c.Far, c.Phone.target, url.QueryEscape(which))
}

// onNotify agrees to news, and reads those about a transfer: a status line of SIP
// (RFC 3515).
func (p *Phone) onNotify(req *sip.Request, tx sip.ServerTransaction) {
	if event := req.GetHeader("Event"); event != nil && event.Value() == messageSummary {
		p.onMessages(req, tx)
		return
	}
	c := p.byID(req)
	if c == nil {
		_ = tx.Respond(sip.NewResponseFromRequest(req, sip.StatusCallTransactionDoesNotExists, "No Such Call", nil))
		return
	}
	p.onOther(req, tx)
	rest, ok := bytes.CutPrefix(req.Body(), []byte("SIP/2.0 "))
	status, err := strconv.Atoi(string(rest[:min(3, len(rest))]))
	if !ok || err != nil {
		return
	}
	p.note("is told of the transfer: %d", status)
	p.mu.Lock()
	c.referred = max(c.referred, status) // two on their way may be read in either order
	p.mu.Unlock()
	p.bell.ring()
}
