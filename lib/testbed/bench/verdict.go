package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"clearline/lib/testbed"
)

//go:embed direct.conf
var directDialplan string

type verdictOptions struct {
	Calls int  `help:"How many calls of either kind are measured." default:"200" placeholder:"N"`
	Rate  int  `help:"How many calls of either kind begin each second, 1 to 50." default:"20" placeholder:"N"`
	JSON  bool `help:"Print every sample as JSON."`
}

// Help implements kong's HelpProvider.
func (verdictOptions) Help() string { return verdictHelp }

// Validate is called by kong.
func (o verdictOptions) Validate() error {
	if o.Calls < 1 {
		return fmt.Errorf("--calls %d: want 1 or more", o.Calls)
	}
	if o.Rate < 1 || o.Rate > 50 {
		return fmt.Errorf("--rate %d: want 1 to 50", o.Rate)
	}
	return nil
}

// direct is what a trusted caller is compared with.
const direct system = "plain Dial"

// warmUp is how many calls of either kind come first and count for nothing.
const warmUp = 20

// openVerdictHall opens a hall with Clearline in it, in which every caller is a contact.
func openVerdictHall(ctx context.Context, size int, progress *progress) (_ *hall, err error) {
	h, err := openHall(ctx, hallOptions{size: size, dialplan: directDialplan}, progress)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if err := h.beginAnew(ctx); err != nil {
		return nil, err
	}
	everybody := h.pairs[0].callerNumber(size) + "-" + h.pairs[size-1].callerNumber(size)
	add := exec.CommandContext(ctx, h.binary, "contact", "add", "--config", h.house.ConfigPath, "--name", "known", everybody)
	if out, err := add.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make the callers contacts: %w\n%s", err, out)
	}
	return h, nil
}

// Run measures and prints.
func (o verdictOptions) Run(ctx context.Context) (err error) {
	progress := newProgress(os.Stderr)
	h, err := openVerdictHall(ctx, mostCalls, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	watch := watchStandstills()
	defer watch.close()
	r := &ringReport{asterisk: h.house.Bed.Asterisk.Install.Version, rate: o.Rate, loadBefore: load()}
	progress.say("%d calls of either kind to warm up", warmUp)
	if _, err := h.ringMany(ctx, warmUp, o.Rate); err != nil {
		return err
	}
	progress.say("%d calls of either kind, %d a second of each", o.Calls, o.Rate)
	if r.rings, err = h.ringMany(ctx, o.Calls, o.Rate); err != nil {
		return err
	}
	for i, x := range r.rings {
		r.rings[i].disturbed = !x.missed && watch.during(x.begun, x.begun.Add(x.took))
	}
	r.loadAfter = load()
	r.standstills, r.longest = watch.longest()
	if o.JSON {
		return r.json(os.Stdout)
	}
	return r.table(os.Stdout)
}

// ring is one call and how long it took until the telephone had its INVITE.
type ring struct {
	system    system
	begun     time.Time
	took      time.Duration
	missed    bool // the telephone did not ring within ringWithin
	disturbed bool // the machine stood still meanwhile
}

// ringWithin is how long a telephone may take to ring. Calls that are delivered unscreened
// ring before it too; they are told by the name the telephone shows.
const ringWithin = 5 * time.Second

// ringMany begins calls of both kinds by turns, at fixed times, and waits for the last.
// Calls that follow each other are on different lines.
func (h *hall) ringMany(ctx context.Context, calls, rate int) ([]ring, error) {
	rings := make([]ring, 2*calls)
	errs := make([]error, len(rings))
	var wg sync.WaitGroup
	apart := time.Second / time.Duration(2*rate)
	begun := time.Now()
	for i := range rings {
		if err := pause(ctx, time.Until(begun.Add(time.Duration(i)*apart))); err != nil {
			wg.Wait()
			return nil, err
		}
		p, with := h.pairs[i/2%len(h.pairs)], clearline
		if i%2 == 1 {
			p, with = h.pairs[(i/2+len(h.pairs)/2)%len(h.pairs)], direct
		}
		wg.Go(func() { rings[i], errs[i] = ringOnce(ctx, p, with) })
	}
	wg.Wait()
	return rings, errors.Join(errs...)
}

// ringOnce lets a caller ring, and gives up when the telephone rings.
func ringOnce(ctx context.Context, p *pair, with system) (ring, error) {
	number := p.guardedNumber()
	if with == direct {
		number = p.plainNumber()
	}
	ctx, cancel := context.WithTimeout(ctx, setUpWithin)
	defer cancel()
	call, err := p.caller.Call(ctx, number)
	if err != nil {
		return ring{}, err
	}
	rung, err := rings(ctx, p)
	if err != nil {
		return ring{}, err
	}
	r := ring{system: with, begun: call.Started(), missed: rung == nil}
	if rung != nil {
		r.took = rung.Started().Sub(call.Started())
		if rung.FarName != "" {
			return r, fmt.Errorf("the call on %s was not trusted: it shows %q", p.line, rung.FarName)
		}
	}
	if err := call.HangUp(ctx); err != nil {
		return r, err
	}
	for _, c := range []*testbed.Call{call, rung} {
		if c == nil {
			continue
		}
		if _, err := c.WaitEnded(ctx); err != nil {
			return r, err
		}
	}
	return r, nil
}

// rings waits for the resident's telephone; nil when it does not ring.
func rings(ctx context.Context, p *pair) (*testbed.Call, error) {
	soon, cancel := context.WithTimeout(ctx, ringWithin)
	defer cancel()
	rung, err := p.resident.WaitRinging(soon)
	if err != nil && ctx.Err() == nil {
		return nil, nil
	}
	return rung, err
}
