package testbed

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// Identity is what a phone says about itself when it rings somebody. Nothing in it is
// checked: hostile bytes go out as they are, except that quotes and backslashes of the
// name are escaped as SIP demands, so that they arrive.
type Identity struct {
	Number   string
	Name     string // display name
	Withheld bool   // From is anonymous, Privacy says id, and the number is only asserted to the network
	Headers  []sip.Header
}

// Phone is a SIP telephone on an address of its own. It may have several calls; its
// methods mean the latest that has not ended. It sends audio all the time in every call.
type Phone struct {
	Name string
	Addr netip.Addr

	hub    *hub
	trunk  string // of which this is the exchange; empty for other phones
	target string // Asterisk's SIP address
	ua     *sipgo.UserAgent
	client *sipgo.Client
	socket *stampedSocket
	served chan struct{}
	busy   atomic.Int32 // requests being handled

	bell bell
	mu   sync.Mutex
	self Identity
	// user and password are what a softphone proves itself with; empty for other phones.
	user, password string
	// refuseWith answers every INVITE with this status; 0 rings.
	refuseWith int
	// mute sends no RTP in calls to come; deaf leaves every BYE without an answer.
	mute, deaf bool
	calls      []*Call
	heard      []*Heard
	infos      int
	light      light
}

// hub is what all phones share.
type hub struct {
	pacer    *Pacer
	prompts  *Prompts
	tones    *Tones
	timeline *Timeline
}

// The SIP library's own default would write to the program's log.
func init() { sip.SetDefaultLogger(noLog) }

// newPhone opens a phone at addr that rings through the Asterisk at target.
func newPhone(ctx context.Context, h *hub, name string, addr netip.Addr, target string, self Identity) (*Phone, error) {
	ua, err := sipgo.NewUA(sipgo.WithUserAgent(name),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(noLog)),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(noLog)))
	if err != nil {
		return nil, fmt.Errorf("open phone %s: %w", name, err)
	}
	p := &Phone{Name: name, Addr: addr, hub: h, target: target, ua: ua, self: self, served: make(chan struct{})}
	if err := p.serve(ctx); err != nil {
		p.close()
		return nil, fmt.Errorf("open phone %s at %s: %w", name, addr, err)
	}
	return p, nil
}

// serve begins to answer SIP at the phone's address.
func (p *Phone) serve(ctx context.Context) error {
	server, err := sipgo.NewServer(p.ua, sipgo.WithServerLogger(noLog))
	if err != nil {
		return err
	}
	at := netip.AddrPortFrom(p.Addr, sipPort).String()
	p.client, err = sipgo.NewClient(p.ua, sipgo.WithClientLogger(noLog), sipgo.WithClientAddr(at), sipgo.WithClientConnectionAddr(at))
	if err != nil {
		return err
	}
	server.OnInvite(p.counted(p.onInvite))
	server.OnAck(p.counted(p.onAck))
	server.OnBye(p.counted(p.onBye))
	server.OnInfo(p.counted(p.onInfo))
	server.OnUpdate(p.counted(p.onOther))
	server.OnOptions(p.counted(p.onOther))
	server.OnNotify(p.counted(p.onNotify))
	server.OnCancel(func(req *sip.Request, tx sip.ServerTransaction) {
		// One that fits an INVITE is answered below this layer.
		_ = tx.Respond(sip.NewResponseFromRequest(req, sip.StatusCallTransactionDoesNotExists, "No Such Call", nil))
	})

	socket, err := listenStamped(netip.AddrPortFrom(p.Addr, sipPort))
	if err != nil {
		return err
	}
	p.socket = socket
	go func() {
		defer close(p.served)
		_ = server.ServeUDP(sipSocket{socket}) // ends when the socket closes
	}()
	// Until the library knows the socket, it would open another for a first request.
	return poll(ctx, time.Millisecond, func() (bool, error) {
		c, notYet := p.ua.TransportLayer().GetConnection("udp", at)
		if notYet == nil {
			_, err := c.TryClose() // gives back the reference just taken
			return true, err
		}
		return false, nil
	})
}

// counted makes a handler whose requests Stop waits for: an answer that is sent after the
// socket has been closed would make the library open another.
func (p *Phone) counted(handle sipgo.RequestHandler) sipgo.RequestHandler {
	return func(req *sip.Request, tx sip.ServerTransaction) {
		p.busy.Add(1)
		defer p.busy.Add(-1)
		handle(req, tx)
	}
}

// Stop hangs up every call and closes the phone.
func (p *Phone) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, c := range p.Calls() {
		_ = c.HangUp(ctx) // what the far end makes of it is no matter now
	}
	_ = poll(ctx, time.Millisecond, func() (bool, error) { return p.busy.Load() == 0, nil })
	for _, c := range p.Calls() {
		c.closeMedia()
	}
	p.close()
}

// close ends the phone's SIP. The library is closed again behind the socket, in case an
// answer crossed its end.
func (p *Phone) close() {
	defer func() { _ = p.ua.Close() }()
	_ = p.ua.Close()
	if p.socket != nil {
		_ = p.socket.Close() // the library may have done so
		<-p.served
	}
}

// note puts a line about this phone into the timeline.
func (p *Phone) note(format string, args ...any) { p.hub.timeline.Add(p.Name, format, args...) }

// SetIdentity changes what the phone says about itself in later calls.
func (p *Phone) SetIdentity(self Identity) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.self = self
}

// RefuseAll answers every later INVITE with a status such as 486; 0 rings again.
func (p *Phone) RefuseAll(code int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuseWith = code
}

// Calls returns all calls of the phone, oldest first.
func (p *Phone) Calls() []*Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// Current returns the latest call that has not ended, or nil.
func (p *Phone) Current() *Call {
	return p.latest(func(c *Call) bool { return c.state != Ended })
}

// Last returns the latest call, ended or not, or nil.
func (p *Phone) Last() *Call { return p.latest(func(*Call) bool { return true }) }

func (p *Phone) latest(fits func(*Call) bool) *Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range slices.Backward(p.calls) {
		if fits(c) {
			return c
		}
	}
	return nil
}

// need is Current, or an error that says there is none.
func (p *Phone) need(what string) (*Call, error) {
	if c := p.Current(); c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("%s: %s has no call", what, p.Name)
}

// WaitRinging waits until somebody rings the phone and nobody has answered yet.
func (p *Phone) WaitRinging(ctx context.Context) (*Call, error) {
	var found *Call
	err := p.bell.until(ctx, func() bool {
		found = p.latest(func(c *Call) bool { return !c.Outgoing && c.state == Ringing })
		return found != nil
	})
	if err != nil {
		return nil, fmt.Errorf("wait for %s to ring: %w; %s", p.Name, err, p.describe())
	}
	return found, nil
}

// Answer answers the call that rings.
func (p *Phone) Answer(ctx context.Context) error {
	c, err := p.WaitRinging(ctx)
	if err != nil {
		return err
	}
	return c.Answer(ctx)
}

// Refuse refuses the call that rings with a status such as 486.
func (p *Phone) Refuse(ctx context.Context, code int) error {
	c, err := p.WaitRinging(ctx)
	if err != nil {
		return err
	}
	return c.Refuse(ctx, code)
}

// HangUp ends the current call, answered or not.
func (p *Phone) HangUp(ctx context.Context) error {
	c, err := p.need("hang up")
	if err != nil {
		return err
	}
	return c.HangUp(ctx)
}

// Hold puts the current call on hold: audio from the phone only.
func (p *Phone) Hold(ctx context.Context) error { return p.reinvite(ctx, "hold", true) }

// Unhold takes the current call back.
func (p *Phone) Unhold(ctx context.Context) error { return p.reinvite(ctx, "unhold", false) }

func (p *Phone) reinvite(ctx context.Context, what string, hold bool) error {
	c, err := p.need(what)
	if err != nil {
		return err
	}
	return c.hold(ctx, hold)
}

// Press sends keys, each of 0123456789*#ABCD, as RFC 4733 events: 100 ms down, 80 ms up.
// It returns when the last has been sent.
func (p *Phone) Press(ctx context.Context, keys string) error {
	c, err := p.need("press " + keys)
	if err != nil {
		return err
	}
	return c.Press(ctx, keys)
}

// SayTone says a tone of hz for d, or for ever where d is 0, and returns at once. The
// channel closes when it has been said.
func (p *Phone) SayTone(hz int, d time.Duration) (<-chan struct{}, error) {
	c, err := p.need("say tone")
	if err != nil {
		return nil, err
	}
	p.hub.tones.Add(hz)
	p.note("says %s", toneName(hz))
	return c.mouth.say(toneVoice(float64(hz), d)), nil
}

// SayWAV says a 16 bit mono 8 kHz file once and returns at once. The channel closes when
// it has been said.
func (p *Phone) SayWAV(path string) (<-chan struct{}, error) {
	c, err := p.need("say wav")
	if err != nil {
		return nil, err
	}
	samples, err := ReadWAV(path)
	if err != nil {
		return nil, err
	}
	p.note("says %s", path)
	return c.mouth.say(bytesVoice(encodeUlaw(samples))), nil
}

// Quiet ends what the phone says; silence goes on being sent.
func (p *Phone) Quiet() {
	if c := p.Current(); c != nil {
		c.mouth.quiet()
		p.note("is quiet")
	}
}

// Mute stops (or resumes) all RTP of the current call and of calls to come: what a broken
// router does.
func (p *Phone) Mute(on bool) {
	p.mu.Lock()
	p.mute = on
	p.mu.Unlock()
	if c := p.Current(); c != nil {
		c.mouth.setMute(on)
	}
	p.note("sends RTP: %t", !on)
}

// IgnoreBye makes the phone behave as one that has lost power: a BYE gets no answer, and
// its calls go on as far as the phone is concerned.
func (p *Phone) IgnoreBye(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = on
}

// describe is the phone's state in words, for errors.
func (p *Phone) describe() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%s has ", p.Name)
	if len(p.calls) == 0 {
		b.WriteString("no calls")
	}
	for i, c := range p.calls {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "a call with %q %s", c.Far, c.state)
		if c.state == Ended {
			fmt.Fprintf(&b, " (%s)", c.end)
		}
	}
	if len(p.heard) > 0 {
		var names []string
		for _, h := range p.heard[max(0, len(p.heard)-8):] {
			names = append(names, h.String())
		}
		fmt.Fprintf(&b, "; heard %s", strings.Join(names, ", "))
	} else {
		b.WriteString("; heard nothing")
	}
	return b.String()
}
