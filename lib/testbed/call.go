package testbed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/diago/media"
	"github.com/emiago/sipgo"
)

// CallState is how far a call has come.
type CallState int

// The states of a call, in order.
const (
	Trying CallState = iota
	Ringing
	Answered
	Ended
)

func (s CallState) String() string {
	return [...]string{"trying", "ringing", "answered", "ended"}[s]
}

// End says how a call ended.
type End struct {
	At     time.Time // when the packet arrived that ended it, or when we ended it
	ByUs   bool
	How    string // "BYE", "CANCEL", "refused", "failed"
	Status int    // SIP status that refused the call; 0 where none did
	Cause  int    // Q.850 cause of a Reason header; 0 where none was given
	Reason string // the Reason headers, as received
}

func (e End) String() string {
	s := e.How
	if e.Status != 0 {
		s += fmt.Sprintf(" %d", e.Status)
	}
	if e.Cause != 0 {
		s += fmt.Sprintf(" cause %d", e.Cause)
	}
	if e.ByUs {
		return s + " by us"
	}
	return s
}

// Call is one call of one phone.
type Call struct {
	Phone    *Phone
	Outgoing bool
	Far      string // the number rung, or the caller's number as shown here
	FarName  string // the caller's display name as shown here
	Dialled  string // the user part of the request URI
	// Told is what clearline-onward knew when it dialled out, such as "cleared=1
	// incident=0 avoid=main"; empty for other calls.
	Told string

	id     string // Call-ID
	client *sipgo.DialogClientSession
	server *sipgo.DialogServerSession
	cancel context.CancelFunc // gives an outgoing call up
	// settled closes when an INVITE has its final answer.
	settled    chan struct{}
	settleOnce sync.Once

	mouth  *mouth
	ear    *ear
	media  atomic.Pointer[media.MediaSession]
	socket *rtpSocket // of its RTP

	ringback func(until time.Time) // lengthens the ringing a 180 stands for; nil without

	packets, audio, events atomic.Int64
	// Arrivals as Unix times in nanoseconds; 0 where nothing of the kind has come.
	sounds                           sounds
	lastPacket, firstSound, firstKey atomic.Int64
	deafSince                        atomic.Int64 // when the sockets were closed, likewise
	// over is set when the call has ended and nobody listens any more.
	over      atomic.Bool
	lastEvent uint32 // RTP time stamp of the last key heard
	anyEvent  bool

	started time.Time

	// Guarded by Phone.mu.
	state    CallState
	answered time.Time
	end      End
	// dismissed is when the far end first said that the call is over: by BYE, CANCEL or a
	// refusal, whether or not this phone took notice.
	dismissed time.Time
	referred  int // status in the latest NOTIFY about a transfer; 0 without one
}

// State is how far the call has come.
func (c *Call) State() CallState {
	c.Phone.mu.Lock()
	defer c.Phone.mu.Unlock()
	return c.state
}

// End says how the call ended; ok is false while it has not.
func (c *Call) End() (end End, ok bool) {
	c.Phone.mu.Lock()
	defer c.Phone.mu.Unlock()
	return c.end, c.state == Ended
}

// Started is when the INVITE went out, or arrived here.
func (c *Call) Started() time.Time { return c.started }

// AnsweredAt is when the 200 arrived here, or was about to go out; zero where the call was
// not answered.
func (c *Call) AnsweredAt() time.Time {
	c.Phone.mu.Lock()
	defer c.Phone.mu.Unlock()
	return c.answered
}

// DismissedAt is when the far end's first BYE or CANCEL, or its refusal, arrived, whatever
// this phone made of it; zero where none did.
func (c *Call) DismissedAt() time.Time {
	c.Phone.mu.Lock()
	defer c.Phone.mu.Unlock()
	return c.dismissed
}

// dismiss notes that the far end said that the call is over.
func (c *Call) dismiss(at time.Time) {
	p := c.Phone
	p.mu.Lock()
	if c.dismissed.IsZero() {
		c.dismissed = at
	}
	p.mu.Unlock()
	p.bell.ring()
}

// Packets counts the RTP packets received: all, those with audio, and those with keys
// (telephone-event).
func (c *Call) Packets() (all, audio, keys int) {
	return int(c.packets.Load()), int(c.audio.Load()), int(c.events.Load())
}

// LastPacketAt is when the latest RTP packet arrived; zero where none has.
func (c *Call) LastPacketAt() time.Time { return stamped(&c.lastPacket) }

// stamped reads an arrival; zero where there is none.
func stamped(ns *atomic.Int64) time.Time {
	if at := ns.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// WaitState waits until the call has come at least as far as want. A call that ends
// instead is an error.
func (c *Call) WaitState(ctx context.Context, want CallState) error {
	err := c.Phone.bell.until(ctx, func() bool { return c.State() >= want })
	if err != nil {
		return fmt.Errorf("wait for %s's call to be %s: %w; %s", c.Phone.Name, want, err, c.Phone.describe())
	}
	if end, ended := c.End(); ended && want != Ended {
		return fmt.Errorf("wait for %s's call to be %s: it ended: %s", c.Phone.Name, want, end)
	}
	return nil
}

// WaitEnded waits until the call has ended and says how.
func (c *Call) WaitEnded(ctx context.Context) (End, error) {
	if err := c.WaitState(ctx, Ended); err != nil {
		return End{}, err
	}
	end, _ := c.End()
	return end, nil
}

// Press sends keys and returns when the last has been sent.
func (c *Call) Press(ctx context.Context, keys string) error {
	keys = strings.ToUpper(keys)
	if keys == "" || strings.Trim(keys, allKeys) != "" {
		return fmt.Errorf("press %q: want keys of %s", keys, allKeys)
	}
	c.Phone.note("presses %s", keys)
	select {
	case <-c.mouth.press(keys):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("press %s: %w", keys, ctx.Err())
	}
}

// setState moves the call on at a time; it never goes back.
func (c *Call) setState(s CallState, at time.Time) bool {
	p := c.Phone
	p.mu.Lock()
	moved := s > c.state
	if moved {
		c.state = s
		if s == Answered {
			c.answered = at
		}
	}
	p.mu.Unlock()
	if moved {
		p.bell.ring()
	}
	return moved
}

// linger is how long a call's sockets stay open behind its end, to see what still comes.
const linger = 2 * time.Second

// finish ends the call once and gives back what it held. An end without a time is now.
func (c *Call) finish(end End) {
	p := c.Phone
	if end.At.IsZero() {
		end.At = time.Now()
	}
	if !end.ByUs && end.How != "failed" {
		c.dismiss(end.At)
	}
	p.mu.Lock()
	if c.state == Ended {
		p.mu.Unlock()
		return
	}
	c.state, c.end = Ended, end
	p.mu.Unlock()
	p.note("call with %q ended: %s", c.Far, end)
	if c.media.Load() != nil {
		p.hub.pacer.drop(c.mouth)
		c.mouth.quiet()
		c.over.Store(true)
		time.AfterFunc(linger, c.closeMedia)
	}
	c.settle()
	p.bell.ring()
}

func (c *Call) settle() { c.settleOnce.Do(func() { close(c.settled) }) }

var errNotAnswered = errors.New("the call is not answered")
