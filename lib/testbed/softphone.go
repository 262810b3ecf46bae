package testbed

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// Softphone opens a phone at an address that belongs to no trunk and no line, and
// registers it as one of the softphones of the options.
func (b *Bed) Softphone(ctx context.Context, name, user, password string) (*Phone, error) {
	target := b.Asterisk.opt.Listen
	if target == "" {
		target = b.Asterisk.SIPAddress()
	}
	return b.softphone(ctx, name, b.Asterisk.at.fresh(softphoneNet), target, user, password)
}

func (b *Bed) softphone(ctx context.Context, name string, at netip.Addr, target, user, password string) (*Phone, error) {
	p, err := b.open(name, func() (*Phone, error) {
		return newPhone(ctx, b.hub, name, at, target, Identity{Number: user})
	})
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.user, p.password = user, password
	p.mu.Unlock()
	return p, p.register(ctx, user, password)
}

// register tells Asterisk where the phone is, for a minute.
func (p *Phone) register(ctx context.Context, user, password string) error {
	var to sip.Uri
	if err := sip.ParseUri("sip:"+user+"@"+p.target, &to); err != nil {
		return fmt.Errorf("register %s: read address: %w", p.Name, err)
	}
	ua := p.dialogUA()
	req := sip.NewRequest(sip.REGISTER, to)
	from := &sip.FromHeader{Address: to, Params: sip.NewParams()}
	from.Params.Add("tag", sip.GenerateTagN(8))
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: to, Params: sip.NewParams()})
	req.AppendHeader(&ua.ContactHDR)
	req.AppendHeader(sip.NewHeader("Expires", "60"))
	res, err := p.client.Do(ctx, req)
	if err == nil && res.StatusCode == sip.StatusUnauthorized {
		req.RemoveHeader("Via")
		res, err = p.client.DoDigestAuth(ctx, req, res, sipgo.DigestAuth{Username: user, Password: password})
	}
	if err != nil {
		return fmt.Errorf("register %s: %w", p.Name, err)
	}
	if !res.IsSuccess() {
		return fmt.Errorf("register %s: refused with %d", p.Name, res.StatusCode)
	}
	return nil
}
