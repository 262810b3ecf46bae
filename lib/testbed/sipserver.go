package testbed

import (
	"context"
	"fmt"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// onInvite takes a new call, or a re-INVITE of one. It stays until the INVITE has its
// final answer, because the transaction ends with it.
func (p *Phone) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	if _, again := req.To().Params.Get("tag"); again {
		p.onReinvite(req, tx)
		return
	}
	c := &Call{Phone: p, Dialled: req.Recipient.User, id: req.CallID().Value(), settled: make(chan struct{}), started: arrival(req)}
	if from := req.From(); from != nil {
		c.Far, c.FarName = from.Address.User, from.DisplayName
	}
	if told := req.GetHeader(toldHeader); told != nil {
		c.Told = told.Value()
	}
	p.mu.Lock()
	code := p.refuseWith
	p.mu.Unlock()
	ua := p.dialogUA()
	server, err := ua.ReadInvite(req, tx)
	if err != nil {
		p.note("cannot read INVITE: %v", err)
		_ = tx.Respond(sip.NewResponseFromRequest(req, sip.StatusBadRequest, "Bad Request", nil))
		return
	}
	c.server = server
	if code != 0 {
		p.add(c)
		_ = server.Respond(code, "Refused", nil)
		c.finish(End{How: "refused", ByUs: true, Status: code})
		return
	}
	if err = c.openMedia(); err == nil {
		err = c.ringUs(req, tx)
	}
	if err != nil {
		p.note("cannot ring: %v", err)
		_ = server.Respond(sip.StatusInternalServerError, "Broken Phone", nil)
		c.finish(End{How: "failed", ByUs: true, Reason: err.Error()})
	}
	select {
	case <-c.settled:
	case <-tx.Done():
	}
}

// ringUs shows an incoming call and says so to the far end.
func (c *Call) ringUs(req *sip.Request, tx sip.ServerTransaction) error {
	tx.OnCancel(func(cancel *sip.Request) {
		c.finish(End{At: arrival(cancel), How: "CANCEL", Cause: q850(cancel), Reason: reason(cancel)})
	})
	if err := c.connectMedia(req.Body()); err != nil {
		return err
	}
	c.Phone.hub.pacer.drop(c.mouth) // a phone that rings says nothing yet
	if err := c.server.Respond(sip.StatusRinging, "Ringing", nil); err != nil {
		return fmt.Errorf("say ringing: %w", err)
	}
	c.Phone.note("is rung by %q %q as %s", c.Far, c.FarName, c.Dialled)
	c.Phone.add(c)
	c.setState(Ringing, c.started)
	return nil
}

// Answer answers a call that rings.
func (c *Call) Answer(ctx context.Context) error {
	if c.Outgoing || c.State() != Ringing {
		return fmt.Errorf("answer %s: its call is %s", c.Phone.Name, c.State())
	}
	c.Phone.note("answers")
	at := time.Now()
	c.Phone.hub.pacer.add(c.mouth)
	answered := make(chan error, 1)
	go func() { answered <- c.server.RespondSDP(c.media.Load().LocalSDP()) }()
	select {
	case err := <-answered:
		if err != nil {
			return fmt.Errorf("answer %s: %w", c.Phone.Name, err)
		}
	case <-ctx.Done():
		return fmt.Errorf("answer %s: no ACK: %w", c.Phone.Name, ctx.Err())
	}
	c.setState(Answered, at)
	c.settle()
	return nil
}

// Refuse refuses a call that rings with a status such as 486.
func (c *Call) Refuse(_ context.Context, code int) error {
	if c.Outgoing || c.State() != Ringing {
		return fmt.Errorf("refuse at %s: its call is %s", c.Phone.Name, c.State())
	}
	c.Phone.note("refuses with %d", code)
	err := c.server.Respond(code, "Refused", nil)
	c.finish(End{How: "refused", ByUs: true, Status: code})
	if err != nil {
		return fmt.Errorf("refuse at %s: %w", c.Phone.Name, err)
	}
	return nil
}

// byID finds the call a request belongs to.
func (p *Phone) byID(req *sip.Request) *Call {
	id := req.CallID().Value()
	return p.latest(func(c *Call) bool { return c.id == id })
}

func (p *Phone) onAck(req *sip.Request, tx sip.ServerTransaction) {
	if c := p.byID(req); c != nil && c.server != nil {
		_ = c.server.ReadAck(req, tx) // a late one of an earlier re-INVITE is no matter
	}
}

func (p *Phone) onBye(req *sip.Request, tx sip.ServerTransaction) {
	c := p.byID(req)
	if c == nil {
		_ = tx.Respond(sip.NewResponseFromRequest(req, sip.StatusCallTransactionDoesNotExists, "No Such Call", nil))
		return
	}
	c.dismiss(arrival(req))
	p.mu.Lock()
	deaf := p.deaf
	p.mu.Unlock()
	if deaf {
		p.note("ignores BYE")
		return
	}
	var err error
	if c.Outgoing {
		err = c.client.ReadBye(req, tx)
	} else {
		err = c.server.ReadBye(req, tx)
	}
	if err != nil {
		p.note("cannot read BYE: %v", err)
	}
	c.finish(End{At: arrival(req), How: "BYE", Cause: q850(req), Reason: reason(req)})
}

func (p *Phone) onInfo(req *sip.Request, tx sip.ServerTransaction) {
	p.mu.Lock()
	p.infos++
	p.mu.Unlock()
	p.note("is sent INFO: %s", req.Body())
	p.onOther(req, tx)
}

func (p *Phone) onOther(req *sip.Request, tx sip.ServerTransaction) {
	_ = tx.Respond(sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil))
}

// onReinvite agrees to whatever the far end proposes for a call.
func (p *Phone) onReinvite(req *sip.Request, tx sip.ServerTransaction) {
	c := p.byID(req)
	if c == nil || c.State() == Ended {
		_ = tx.Respond(sip.NewResponseFromRequest(req, sip.StatusCallTransactionDoesNotExists, "No Such Call", nil))
		return
	}
	dialog := p.dialogOf(c)
	if err := dialog.ReadRequest(req, tx); err != nil {
		p.note("cannot read re-INVITE: %v", err)
	}
	if body := req.Body(); len(body) > 0 {
		if err := c.connectMedia(body); err != nil {
			p.note("cannot read re-INVITE: %v", err)
		}
	}
	p.note("is sent a re-INVITE")
	res := sip.NewSDPResponseFromRequest(req, c.media.Load().LocalSDP())
	ua := p.dialogUA()
	res.AppendHeader(&ua.ContactHDR)
	_ = tx.Respond(res)
}

func (p *Phone) dialogOf(c *Call) *sipgo.Dialog {
	if c.Outgoing {
		return &c.client.Dialog
	}
	return &c.server.Dialog
}
