package fastagi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const (
	answerWithin = time.Second // from the connection to the last answer, whatever either side does
	mostClients  = 256         // at once; whoever comes then is turned away
)

// Options say what a Server needs.
type Options struct {
	Listen  string // address and port: "127.0.0.1:4573"
	Policy  Policy
	Learner Learner // may be nil
	Log     *slog.Logger
	// Observe is told, from many goroutines, what became of each question and how long
	// that took from its connection: the verdict that was told, or none when a question
	// was not answered. It returns at once. May be nil.
	Observe func(Verdict, time.Duration)
}

// Server answers the exchange.
type Server struct {
	listener net.Listener
	policy   Policy
	learner  Learner
	log      *slog.Logger
	observe  func(Verdict, time.Duration)
	ended    atomic.Bool // Serve has returned
	within   time.Duration
	clients  chan struct{} // holds one for each connection
	work     sync.WaitGroup
	closing  atomic.Bool
	failures throttle
}

// New takes the address. Whoever connects waits for Serve; Close gives the address back.
func New(opt Options) (*Server, error) {
	if opt.Observe == nil {
		opt.Observe = func(Verdict, time.Duration) {}
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", opt.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for the exchange's questions on %s: %w", opt.Listen, err)
	}
	return &Server{
		listener: listener, policy: opt.Policy, learner: opt.Learner, log: opt.Log,
		observe: opt.Observe, within: answerWithin, clients: make(chan struct{}, mostClients),
	}, nil
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serving says whether whoever connects is answered, now or once Serve is called.
func (s *Server) Serving() bool { return !s.ended.Load() && !s.closing.Load() }

// Close lets nobody in any more, and makes Serve return. Questions under way are answered.
func (s *Server) Close() {
	if s.closing.CompareAndSwap(false, true) {
		_ = s.listener.Close() // nothing is written by it that could be lost
	}
}

// Serve answers until Close or the end of ctx. It returns when the last question is
// answered, or its connection closed: one second later at most, and at worst with an error
// because a Policy does not return.
func (s *Server) Serve(ctx context.Context) error {
	defer s.ended.Store(true)
	stop := context.AfterFunc(ctx, s.Close)
	defer stop()
	for {
		conn, err := s.listener.Accept()
		if err == nil {
			s.admit(conn)
			continue
		}
		if s.closing.Load() || errors.Is(err, net.ErrClosed) {
			return s.wait()
		}
		s.failed(ctx, "question from the exchange not taken", err)
		pause(ctx, 10*time.Millisecond) // handles have run out, say: they come back
	}
}

// wait waits for all connections.
func (s *Server) wait() error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.work.Wait()
	}()
	timer := time.NewTimer(s.within + s.within/2)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
		return fmt.Errorf("end the verdict server: %d answers of the policy are still awaited", len(s.clients))
	}
}

// admit serves a connection, unless there are too many.
func (s *Server) admit(conn net.Conn) {
	select {
	case s.clients <- struct{}{}:
	default:
		_ = conn.Close()
		s.observe("", 0)
		s.failed(context.Background(), "question from the exchange turned away", fmt.Errorf("%d are under way", mostClients))
		return
	}
	s.work.Go(func() {
		defer func() { <-s.clients }()
		s.attend(conn)
	})
}

// attend bounds one connection in time, and contains what goes wrong in it.
func (s *Server) attend(conn net.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), s.within)
	defer cancel()
	defer func() { _ = conn.Close() }()
	// Closed also while a policy does not return: the exchange is not to wait for it.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	begun := time.Now()
	defer func() {
		if p := recover(); p != nil {
			s.observe("", time.Since(begun))
			s.log.ErrorContext(ctx, "question from the exchange not answered", "err", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	in := newLines(conn)
	h, err := readHeader(in)
	if err == nil {
		err = s.answer(ctx, begun, h, newDialogue(conn, in))
	}
	if err != nil {
		s.observe("", time.Since(begun))
		s.failed(ctx, "question from the exchange not answered", err)
	}
}

// answer does what the dialplan asks for.
func (s *Server) answer(ctx context.Context, begun time.Time, h header, d *dialogue) error {
	path, said := h.script()
	switch {
	case path == "verdict":
		arrival := h.arrival(said)
		arrival.At = begun
		return s.verdict(ctx, arrival, d)
	case path == "dialled" && s.learner != nil:
		dialling := h.dialling(said)
		dialling.At = begun
		s.learner.Dialled(ctx, dialling)
		return nil
	}
	return fmt.Errorf("no script %.40q: want verdict or dialled", path)
}

// verdict asks the policy, and tells the dialplan.
func (s *Server) verdict(ctx context.Context, arrival Arrival, d *dialogue) error {
	answer := s.policy.Verdict(ctx, arrival)
	switch answer.Verdict {
	case Trusted, Blocked, Unknown:
	default:
		return fmt.Errorf("the policy has no answer for leg %s", arrival.Leg)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("ask about leg %s: %w", arrival.Leg, err)
	}
	if answer.Line == "" {
		answer.Line = arrival.Line
	}
	err := d.set(
		variable{"CLEARLINE_LINE", word(string(answer.Line))},
		variable{"CLEARLINE_REASON", plain(answer.Reason)},
		variable{"CLEARLINE_VERDICT", string(answer.Verdict)}, // last: it vouches for the others
	)
	if err != nil {
		return fmt.Errorf("answer for leg %s: %w", arrival.Leg, err)
	}
	s.observe(answer.Verdict, time.Since(arrival.At))
	s.log.DebugContext(ctx, "verdict told", "leg", arrival.Leg, "line", answer.Line, "verdict", answer.Verdict, "took", time.Since(arrival.At))
	return nil
}

// failed logs what went wrong, but no more often than once a second: a client can fail as
// often as it likes.
func (s *Server) failed(ctx context.Context, what string, err error) {
	if more, now := s.failures.pass(time.Now()); now {
		s.log.WarnContext(ctx, "verdict server", "what", what, "err", err, "before", more)
	}
}

// throttle lets one through in each second.
type throttle struct {
	mu    sync.Mutex
	next  time.Time
	count int // held back since
}

// pass says whether one may pass at now, and how many were held back before.
func (t *throttle) pass(now time.Time) (held int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Before(t.next) {
		t.count++
		return 0, false
	}
	held, t.count, t.next = t.count, 0, now.Add(time.Second)
	return held, true
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
