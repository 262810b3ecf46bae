package testbed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

var noLog = slog.New(slog.DiscardHandler)

// Call rings a number and returns at once; the call's methods tell what becomes of it.
func (p *Phone) Call(ctx context.Context, number string) (*Call, error) {
	c := &Call{Phone: p, Outgoing: true, Far: number, Dialled: number, settled: make(chan struct{}), started: time.Now()}
	if err := c.openMedia(); err != nil {
		return nil, fmt.Errorf("ring %s from %s: %w", number, p.Name, err)
	}
	req, err := p.invite(number, c.media.Load().LocalSDP())
	if err != nil {
		return nil, fmt.Errorf("ring %s from %s: %w", number, p.Name, err)
	}
	c.id = req.CallID().Value()
	ua := p.dialogUA()
	c.client = &sipgo.DialogClientSession{Dialog: sipgo.Dialog{InviteRequest: req}, UA: &ua}
	c.client.Init()
	waiting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.cancel = cancel
	p.add(c)
	p.note("rings %s", number)
	if err := c.client.Invite(waiting, func(*sipgo.Client, *sip.Request) error { return nil }); err != nil {
		cancel()
		c.finish(End{How: "failed", ByUs: true})
		return nil, fmt.Errorf("ring %s from %s: %w", number, p.Name, err)
	}
	go c.awaitAnswer(waiting)
	return c, nil
}

func (p *Phone) add(c *Call) {
	p.mu.Lock()
	p.calls = append(p.calls, c)
	p.mu.Unlock()
	p.bell.ring()
}

func (p *Phone) dialogUA() sipgo.DialogUA {
	return sipgo.DialogUA{Client: p.client, ContactHDR: sip.ContactHeader{
		Address: sip.Uri{Scheme: "sip", User: p.Name, Host: p.Addr.String(), Port: sipPort},
	}}
}

// invite builds the INVITE with the phone's identity.
func (p *Phone) invite(number string, description []byte) (*sip.Request, error) {
	var to sip.Uri
	if err := sip.ParseUri("sip:"+p.target, &to); err != nil {
		return nil, fmt.Errorf("read address %s: %w", p.target, err)
	}
	to.User = number
	p.mu.Lock()
	self := p.self
	p.mu.Unlock()
	from := &sip.FromHeader{
		DisplayName: strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(self.Name),
		Address:     sip.Uri{Scheme: "sip", User: self.Number, Host: p.Addr.String()},
		Params:      sip.NewParams(),
	}
	req := sip.NewRequest(sip.INVITE, to)
	if self.Withheld {
		from.DisplayName = "Anonymous"
		from.Address = sip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}
		req.AppendHeader(sip.NewHeader("Privacy", "id"))
		if self.Number != "" {
			req.AppendHeader(sip.NewHeader("P-Asserted-Identity", fmt.Sprintf("<sip:%s@%s>", self.Number, p.Addr)))
		}
	}
	from.Params.Add("tag", sip.GenerateTagN(16))
	req.AppendHeader(from)
	ua := p.dialogUA()
	req.AppendHeader(&ua.ContactHDR)
	for _, h := range self.Headers {
		req.AppendHeader(h)
	}
	req.AppendHeader(sip.NewHeader("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE"))
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(description)
	if err := sipgo.ClientRequestBuild(p.client, req); err != nil {
		return nil, err
	}
	return req, nil
}

// awaitAnswer follows an outgoing call to its final answer.
func (c *Call) awaitAnswer(ctx context.Context) {
	p := c.Phone
	p.mu.Lock()
	answer := sipgo.AnswerOptions{OnResponse: c.onResponse, Username: p.user, Password: p.password}
	p.mu.Unlock()
	err := c.client.WaitAnswer(ctx, answer)
	var refused *sipgo.ErrDialogResponse
	switch {
	case err == nil:
		c.onAnswer()
	case errors.As(err, &refused):
		c.finish(End{At: arrival(refused.Res), How: "refused", Status: refused.Res.StatusCode, Cause: q850(refused.Res), Reason: reason(refused.Res)})
	case ctx.Err() != nil:
		if res := c.client.InviteResponse; res != nil && res.IsSuccess() {
			c.onAnswer() // the answer crossed our CANCEL; HangUp waits for either
			return
		}
		c.finish(End{How: "CANCEL", ByUs: true})
	default:
		c.finish(End{How: "failed", Reason: err.Error()})
	}
}

// onResponse sees every answer to our INVITE.
func (c *Call) onResponse(res *sip.Response) error {
	media := len(res.Body()) > 0
	if (res.StatusCode == sip.StatusRinging || res.StatusCode == sip.StatusSessionInProgress) && c.setState(Ringing, arrival(res)) {
		c.Phone.note("is told %d", res.StatusCode)
		if !media { // a telephone makes the ringing tone itself then
			now := time.Now()
			c.ringback = c.hear(Heard{What: "ringing", At: now, Until: now})
		}
	}
	if media && res.IsProvisional() {
		return c.connectMedia(res.Body())
	}
	if c.ringback != nil {
		c.ringback(time.Now())
	}
	return nil
}

// onAnswer acknowledges a 200 and begins to talk, also when the call has been given up
// meanwhile: only an acknowledged call can be hung up.
func (c *Call) onAnswer() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := c.connectMedia(c.client.InviteResponse.Body())
	if ackErr := c.client.Ack(ctx); err == nil {
		err = ackErr
	}
	if err != nil {
		_ = c.bye(ctx)
		c.finish(End{How: "failed", ByUs: true, Reason: err.Error()})
		return
	}
	c.Phone.note("is answered")
	c.setState(Answered, arrival(c.client.InviteResponse))
	c.settle()
}

// HangUp ends the call: BYE, CANCEL or a refusal, as its state demands. A call that has
// ended stays so.
func (c *Call) HangUp(ctx context.Context) error {
	switch state := c.State(); {
	case state == Ended:
		return nil
	case state == Answered:
		return c.bye(ctx)
	case c.Outgoing:
		c.Phone.note("gives up")
		c.cancel()
		if err := c.Phone.until(ctx, "give up", func() bool { return c.State() >= Answered }); err != nil {
			return err
		}
		if c.State() == Answered {
			return c.bye(ctx)
		}
		return nil
	default:
		return c.Refuse(ctx, sip.StatusBusyHere)
	}
}

// bye sends BYE and ends the call whatever comes back.
func (c *Call) bye(ctx context.Context) error {
	c.Phone.note("hangs up")
	bye := c.request(sip.BYE)
	var err error
	if c.Outgoing {
		err = c.client.WriteBye(ctx, bye)
	} else {
		err = c.server.WriteBye(ctx, bye)
	}
	c.finish(End{How: "BYE", ByUs: true})
	if err != nil {
		return fmt.Errorf("hang up %s: %w", c.Phone.Name, err)
	}
	return nil
}

// request builds a request within the dialog, from the phone's own address.
func (c *Call) request(method sip.RequestMethod) *sip.Request {
	var to sip.Uri
	if c.Outgoing {
		to = c.client.InviteRequest.Recipient
		if contact := c.client.InviteResponse.Contact(); contact != nil {
			to = contact.Address
		}
	} else {
		to = c.server.InviteRequest.Contact().Address
	}
	req := sip.NewRequest(method, *to.Clone())
	req.Laddr = sip.Addr{IP: c.Phone.Addr.AsSlice(), Port: sipPort}
	return req
}

// hold sends a re-INVITE that puts the call on hold or takes it back.
func (c *Call) hold(ctx context.Context, on bool) error {
	if c.State() != Answered {
		return fmt.Errorf("hold %s: %w", c.Phone.Name, errNotAnswered)
	}
	next := c.media.Load().Fork()
	next.Mode = "sendrecv"
	if on {
		next.Mode = "sendonly"
	}
	req := c.request(sip.INVITE)
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(next.LocalSDP())
	c.Phone.note("hold: %t", on)
	dialog := c.dialog()
	res, err := dialog.Do(ctx, req)
	if err != nil {
		return fmt.Errorf("hold %s: %w", c.Phone.Name, err)
	}
	if !res.IsSuccess() {
		return fmt.Errorf("hold %s: refused with %d", c.Phone.Name, res.StatusCode)
	}
	if err := dialog.WriteRequest(c.request(sip.ACK)); err != nil {
		return fmt.Errorf("hold %s: acknowledge: %w", c.Phone.Name, err)
	}
	if err := next.RemoteSDP(res.Body()); err != nil {
		return fmt.Errorf("hold %s: read sdp: %w", c.Phone.Name, err)
	}
	c.media.Store(next)
	return nil
}

// dialog sends requests within the call's dialog.
func (c *Call) dialog() dialog {
	if c.Outgoing {
		return c.client
	}
	return c.server
}

type dialog interface {
	Do(ctx context.Context, req *sip.Request) (*sip.Response, error)
	WriteRequest(req *sip.Request) error
}

var q850Cause = regexp.MustCompile(`(?i)Q\.850\s*;\s*cause\s*=\s*(\d+)`)

type headed interface {
	GetHeaders(name string) []sip.Header
}

// reason joins the Reason headers of a message.
func reason(m headed) string {
	var all []string
	for _, h := range m.GetHeaders("Reason") {
		all = append(all, h.Value())
	}
	return strings.Join(all, ", ")
}

// q850 is the cause in the Reason headers of a message; 0 where there is none.
func q850(m headed) int {
	if found := q850Cause.FindStringSubmatch(reason(m)); found != nil {
		n, _ := strconv.Atoi(found[1])
		return n
	}
	return 0
}
