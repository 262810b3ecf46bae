package asterisk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// gated is a sink that takes nothing before its gate opens.
type gated struct {
	*watched
	gate chan struct{}
}

func (g gated) Happened(e flow.Event) {
	<-g.gate
	g.watched.Happened(e)
}

func TestABurstIsToldInOrderAndWholeWhileTheSinkIsSlow(t *testing.T) {
	const burst = 10_000
	f := newFakeARI(t)
	sink := gated{newWatched(t), make(chan struct{})}
	run(t, f.client(nil), sink)
	s := f.socket()
	padding := strings.Repeat("x", 2000) // more than any socket buffer holds: the reader must keep reading
	for i := range burst {
		s.send(event("ChannelDtmfReceived", fmt.Sprintf(`"digit":"%d","channel":{"id":"leg-%d"},"pad":%q`, i%10, i, padding)))
	}
	close(sink.gate)
	wait[Holdings](sink.watched)
	for i := range burst {
		sink.want(flow.DTMF{Leg: call.LegID(fmt.Sprintf("leg-%d", i)), Key: rune('0' + i%10)})
	}
}

// logged is a log that several goroutines write to.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.buf.String(), text)
}

func TestFramesThatCannotBeReadAreSkippedAndCounted(t *testing.T) {
	log := &logged{}
	f := newFakeARI(t)
	c, w, s := f.connect(func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(log, nil)) })
	good := event("ChannelDtmfReceived", `"digit":"5","channel":{"id":"leg"}`)
	s.send(
		event("ChannelToldStories", `"channel":{"id":"leg"}`), event("ChannelToldStories", `"x":1`),
		good[:len(good)/2], "", "null", "[]", "\x00\xff", `{"type":7}`, `{"type":"StasisStart","args":{}}`,
		event("ChannelVarset", `"variable":"X"`), // known, and nobody's concern
		good,
	)
	w.want(flow.DTMF{Leg: "leg", Key: '5'})
	if got := c.Skipped(); got != 9 {
		t.Errorf("skipped %d frames, want 9", got)
	}
	if got := log.count("ChannelToldStories"); got != 1 {
		t.Errorf("an unknown type was logged %d times, want once:\n%s", got, log.buf.String())
	}
}

func TestALostConnectionIsToldAndMadeAgain(t *testing.T) {
	f := newFakeARI(t)
	c, w := f.client(nil), newWatched(t)
	run(t, c, w)
	s := f.socket()
	if h := wait[Holdings](w); len(h.Legs)+len(h.Bridges) != 0 {
		t.Errorf("connected with %+v, want nothing held", h)
	}
	f.on("GET /applications/clearline", answer{status: 200, body: `{"channel_ids":["a","b"],"bridge_ids":["c"]}`})
	s.send(event("ChannelDtmfReceived", `"digit":"1","channel":{"id":"a"}`))
	_ = s.conn.CloseNow()
	w.want(flow.DTMF{Leg: "a", Key: '1'})
	if _, ok := w.next().(lost); !ok {
		t.Fatal("the loss was not told")
	}
	f.socket()
	h := wait[Holdings](w)
	if fmt.Sprint(h) != "{[a b] [c]}" {
		t.Errorf("connected with %v, want what Asterisk holds", h)
	}
	if !c.Connected() {
		t.Error("not connected after Connected was told")
	}
}

func TestASilentConnectionIsLost(t *testing.T) {
	f := newFakeARI(t)
	f.mute = true
	w := newWatched(t)
	run(t, f.client(func(o *Options) {
		o.PingInterval, o.RequestTimeout = 50*time.Millisecond, 200*time.Millisecond
	}), w)
	wait[Holdings](w)
	wait[lost](w)
}

func TestAReplacedApplicationIsALostConnection(t *testing.T) {
	f := newFakeARI(t)
	_, w, s := f.connect(nil)
	s.send(event("ApplicationReplaced", `"x":1`))
	if l := wait[lost](w); !errors.Is(l.err, errReplaced) {
		t.Errorf("lost by %v, want %v", l.err, errReplaced)
	}
	f.socket()
	wait[Holdings](w)
}

// hang is an address that takes connections and never answers.
func hang(t *testing.T) (url string, taken func() int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var conns []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		for _, conn := range conns {
			_ = conn.Close()
		}
	})
	return "http://" + l.Addr().String() + "/ari", func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(conns)
	}
}

func TestAServerThatNeverAnswersCostsNoMoreThanTheDeadline(t *testing.T) {
	url, taken := hang(t)
	opt := options(url)
	opt.RequestTimeout = 50 * time.Millisecond
	c := mustNew(t, opt)
	for _, e := range orders() {
		began := time.Now()
		if err := c.Perform(context.Background(), e); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%T: %v, want the deadline", e, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%T took %s", e, took)
		}
	}
	for name, ask := range map[string]func(context.Context) error{
		"InUse":    func(ctx context.Context) error { _, err := c.InUse(ctx, []string{"PJSIP/101"}); return err },
		"Gone":     func(ctx context.Context) error { _, err := c.Gone(ctx, "leg"); return err },
		"Failsafe": func(ctx context.Context) error { return c.Failsafe(ctx, "leg") },
		"LegsOf":   func(ctx context.Context) error { _, err := c.LegsOf(ctx, call.Search{Own: "leg"}); return err },
	} {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		began := time.Now()
		if err := ask(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %v after %s, want the deadline", name, err, time.Since(began))
		}
		cancel()
	}
	began := time.Now()
	w := newWatched(t)
	before := taken()
	run(t, c, w)
	waitFor(t, "two attempts at the websocket", func() bool { return taken() >= before+2 })
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("two attempts took %s", took)
	}
	if len(w.told) > 0 {
		t.Errorf("told %#v without a connection", w.next())
	}
}

func TestPerformHonoursItsContext(t *testing.T) {
	url, taken := hang(t)
	opt := options(url)
	opt.RequestTimeout = time.Hour
	c := mustNew(t, opt)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Perform(ctx, flow.Answer{Leg: "a"}) }()
	waitFor(t, "the request", func() bool { return taken() > 0 })
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want a cancelled context", err)
		}
	case <-time.After(patience):
		t.Fatal("Perform outlived its context")
	}
}

func TestAClientRunsOnceAtATime(t *testing.T) {
	f := newFakeARI(t)
	c, _, _ := f.connect(nil)
	if err := c.Run(context.Background(), newWatched(t)); err == nil {
		t.Error("a second Run was let in")
	}
}

func TestALegThatEntersWhileHoldingsAreListedOnlyArrives(t *testing.T) {
	f := newFakeARI(t)
	sent := make(chan *socket, 1)
	f.on("GET /applications/clearline", answer{
		status: 200, body: `{"channel_ids":["old","new","consult"]}`,
		then: func() {
			s := f.socket()
			s.send(start("new", `["inbound","flat-1","101","allowed"]`), start("consult", `["consult","x"]`))
			sent <- s
		},
	})
	w := newWatched(t)
	run(t, f.client(nil), w)
	if got := fmt.Sprint(wait[Holdings](w).Legs); got != "[old consult]" {
		t.Errorf("holds %s, want [old consult]", got)
	}
	if got := wait[Arrival](w).Leg; got != "new" {
		t.Errorf("%s arrived, want new", got)
	}
	<-sent
}
