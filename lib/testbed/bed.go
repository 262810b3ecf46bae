package testbed

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bed is a running Asterisk with everything around it.
type Bed struct {
	Asterisk *Asterisk // nil where it is somebody else's: see [Visit]
	Prompts  *Prompts
	Tones    *Tones
	Timeline *Timeline
	Pacer    *Pacer

	hub      *hub
	cancel   context.CancelFunc
	follow   chan struct{}
	stamping *stampedSocket

	mu      sync.Mutex
	phones  map[string]*Phone
	stopped []*Phone // of which something may be left
}

// Open starts an Asterisk and what phones need. The caller closes the bed.
func Open(ctx context.Context, opt Options) (*Bed, error) {
	opt = opt.withDefaults()
	prompts, err := NewPrompts(opt.Prompts)
	if err != nil {
		return nil, err
	}
	a, err := StartAsterisk(ctx, opt)
	if err != nil {
		return nil, err
	}
	stamping, err := keepStamping(ctx, a.at.asterisk())
	if err != nil {
		a.Stop()
		return nil, err
	}
	b := newBed(prompts, stamping)
	b.Asterisk = a
	following, cancel := context.WithCancel(context.WithoutCancel(ctx))
	b.cancel = cancel
	go func() {
		defer close(b.follow)
		err := a.FollowLog(following, func(at time.Time, text string) { b.Timeline.AddAt(at, "asterisk", text) })
		if err != nil {
			b.Timeline.Add("asterisk", "cannot follow the log: %v", err)
		}
	}()
	return b, nil
}

func newBed(prompts *Prompts, stamping *stampedSocket) *Bed {
	b := &Bed{
		Prompts: prompts, Tones: &Tones{}, Timeline: NewTimeline(), Pacer: NewPacer(),
		follow: make(chan struct{}), stamping: stamping, phones: map[string]*Phone{},
	}
	b.hub = &hub{b.Pacer, b.Prompts, b.Tones, b.Timeline}
	return b
}

// Close stops all phones and Asterisk.
func (b *Bed) Close() {
	b.StopPhones()
	if b.Asterisk != nil {
		b.Asterisk.Stop()
	}
	b.cancel()
	<-b.follow
	b.Pacer.Close()
	_ = b.stamping.Close()
}

// Caller opens a phone in the public network behind a trunk; an empty trunk means the
// first. Its calls come in from the trunk's addresses.
func (b *Bed) Caller(ctx context.Context, name, trunk string, self Identity) (*Phone, error) {
	net, err := b.trunkNet(trunk)
	if err != nil {
		return nil, fmt.Errorf("open phone %s: %w", name, err)
	}
	return b.open(name, func() (*Phone, error) {
		return newPhone(ctx, b.hub, name, b.Asterisk.at.fresh(net), b.Asterisk.SIPAddress(), self)
	})
}

// Exchange opens the phone that answers what Asterisk sends out by a trunk; an empty
// trunk means the first. It stands for everybody who is rung there.
func (b *Bed) Exchange(ctx context.Context, name, trunk string) (*Phone, error) {
	net, err := b.trunkNet(trunk)
	if err != nil {
		return nil, fmt.Errorf("open phone %s: %w", name, err)
	}
	return b.open(name, func() (*Phone, error) {
		p, err := newPhone(ctx, b.hub, name, b.Asterisk.at.host(net, 1), b.Asterisk.SIPAddress(), Identity{Number: name})
		if err == nil {
			p.trunk = b.Asterisk.opt.Trunks[net-firstTrunkNet]
		}
		return p, err
	})
}

// Resident opens the phone of an endpoint.
func (b *Bed) Resident(ctx context.Context, name, endpoint string) (*Phone, error) {
	host := 0
	for _, line := range b.Asterisk.opt.Lines {
		for _, e := range line.Endpoints {
			host++
			if e == endpoint {
				return b.open(name, func() (*Phone, error) {
					return newPhone(ctx, b.hub, name, b.Asterisk.at.host(residentNet, host), b.Asterisk.SIPAddress(), Identity{Number: endpoint})
				})
			}
		}
	}
	return nil, fmt.Errorf("open phone %s: no endpoint %q", name, endpoint)
}

// Line returns the line with this id.
func (b *Bed) Line(id string) (Line, bool) {
	for _, line := range b.Asterisk.opt.Lines {
		if line.ID == id {
			return line, true
		}
	}
	return Line{}, false
}

func (b *Bed) trunkNet(trunk string) (byte, error) {
	if trunk == "" {
		return trunkNet(0), nil
	}
	i := slices.Index(b.Asterisk.opt.Trunks, trunk)
	if i < 0 {
		return 0, fmt.Errorf("no trunk %q; there are %s", trunk, strings.Join(b.Asterisk.opt.Trunks, ", "))
	}
	return trunkNet(i), nil
}

func (b *Bed) open(name string, connect func() (*Phone, error)) (*Phone, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.phones[name] != nil {
		return nil, fmt.Errorf("open phone %s: the name is taken", name)
	}
	p, err := connect()
	if err == nil {
		b.phones[name] = p
	}
	return p, err
}

// Phone returns an open phone by name, or nil.
func (b *Bed) Phone(name string) *Phone {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.phones[name]
}

// openPhones returns all phones that are open.
func (b *Bed) openPhones() []*Phone {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Collect(maps.Values(b.phones))
}

// StopPhones hangs up and closes all phones, all at once.
func (b *Bed) StopPhones() {
	b.mu.Lock()
	phones := b.phones
	b.phones = map[string]*Phone{}
	b.stopped = slices.AppendSeq(b.stopped, maps.Values(phones))
	b.mu.Unlock()
	var wg sync.WaitGroup
	for _, p := range phones {
		wg.Go(p.Stop)
	}
	wg.Wait()
}

// closeStopped closes again what phones that were stopped have opened since: the SIP
// library opens a socket of its own for a message that it had read before its end and
// handles behind it.
func (b *Bed) closeStopped() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.stopped {
		_ = p.ua.Close()
	}
}

// forgetStopped is called when nothing is left of them.
func (b *Bed) forgetStopped() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopped = nil
}
