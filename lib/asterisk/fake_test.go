package asterisk

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"clearline/lib/flow"
	"clearline/lib/prompt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what should happen at once, on a slow and busy machine.
const patience = 20 * time.Second

// fakeARI speaks as much of ARI as the client asks for.
type fakeARI struct {
	t   *testing.T
	srv *httptest.Server

	mu      sync.Mutex
	answers map[string]answer // "METHOD URI" below /ari to an answer; others get 204
	asked   []asked

	sockets chan *websocket.Conn // every websocket opened
	mute    bool                 // websockets answer no ping after the first
}

type answer struct {
	status int
	body   string
	then   func() // runs before the answer
}

type asked struct{ method, uri, body string }

func newFakeARI(t *testing.T) *fakeARI {
	t.Helper()
	f := &fakeARI{
		t: t, sockets: make(chan *websocket.Conn, 100),
		answers: map[string]answer{"GET /applications/clearline": {status: 200, body: `{"name":"clearline"}`}},
	}
	f.srv = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(func() {
		f.srv.CloseClientConnections()
		f.srv.Close()
	})
	return f
}

func (f *fakeARI) on(request string, a answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[request] = a
}

func (f *fakeARI) serve(w http.ResponseWriter, r *http.Request) {
	if user, password, _ := r.BasicAuth(); user != "clearline" || password != "secret" {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	uri := strings.TrimPrefix(r.RequestURI, "/ari")
	if strings.HasPrefix(uri, "/events?") {
		f.events(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	if !strings.HasSuffix(uri, "/eventFilter") { // every connection asks that
		f.asked = append(f.asked, asked{r.Method, uri, strings.TrimSpace(string(body))})
	}
	a, ok := f.answers[r.Method+" "+uri]
	f.mu.Unlock()
	if !ok {
		a = answer{status: http.StatusNoContent}
		if strings.Contains(uri, "/play") && r.Method == http.MethodGet {
			a = answer{status: http.StatusNotFound, body: `{"message":"Playback not found"}`}
		}
		if r.Method == http.MethodPost && (uri == "/channels" || strings.HasSuffix(uri, "/record")) {
			a = answer{status: http.StatusOK, body: `{}`}
		}
	}
	if a.then != nil {
		a.then()
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

func (f *fakeARI) events(w http.ResponseWriter, r *http.Request) {
	if got := r.URL.Query(); got.Get("app") != "clearline" || got.Has("subscribeAll") {
		f.t.Errorf("websocket opened with %q", r.URL.RawQuery)
	}
	pings := 0
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{OnPingReceived: func(context.Context, []byte) bool {
		pings++
		return !f.mute || pings == 1 // the first opens the session
	}})
	if err != nil {
		return
	}
	f.sockets <- conn
	_, _, _ = conn.Read(context.Background()) // answers pings until the connection is over
}

// socket is the next websocket the client opens.
func (f *fakeARI) socket() *socket {
	f.t.Helper()
	select {
	case conn := <-f.sockets:
		return &socket{f.t, conn}
	case <-time.After(patience):
		f.t.Fatal("the client opened no websocket")
		return nil
	}
}

func (f *fakeARI) requests() []asked {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]asked(nil), f.asked...)
}

// waitAsked waits until a request was made.
func (f *fakeARI) waitAsked(method, uri string) asked {
	f.t.Helper()
	var found asked
	waitFor(f.t, method+" "+uri, func() bool {
		for _, a := range f.requests() {
			if a.method == method && a.uri == uri {
				found = a
				return true
			}
		}
		return false
	})
	return found
}

type socket struct {
	t    *testing.T
	conn *websocket.Conn
}

func (s *socket) send(frames ...string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, frame := range frames {
		if err := s.conn.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
			s.t.Fatalf("send event: %v", err)
		}
	}
}

// event is a frame with the fields every event has.
func event(kind, rest string) string {
	return fmt.Sprintf(`{"type":%q,"application":"clearline","timestamp":"2026-11-22T02:16:26.029+0000",%s}`, kind, rest)
}

func start(leg, args string) string {
	return event("StasisStart", fmt.Sprintf(`"args":%s,"channel":{"id":%q,"name":"PJSIP/trunk-a-00000001"}`, args, leg))
}

func destroyed(leg string, cause int) string {
	return event("ChannelDestroyed", fmt.Sprintf(`"cause":%d,"channel":{"id":%q}`, cause, leg))
}

func entered(bridge, leg, technology string) string {
	return event("ChannelEnteredBridge", fmt.Sprintf(
		`"bridge":{"id":%q,"technology":%q},"channel":{"id":%q}`, bridge, technology, leg))
}

// watched is a sink that keeps what it was told.
type watched struct {
	t    *testing.T
	told chan any
}

func newWatched(t *testing.T) *watched { return &watched{t, make(chan any, 20_000)} }

func (w *watched) Arrived(a Arrival)     { w.told <- a }
func (w *watched) Dialled(d Dialled)     { w.told <- d }
func (w *watched) Happened(e flow.Event) { w.told <- e }
func (w *watched) Connected(h Holdings)  { w.told <- h }
func (w *watched) Disconnected(e error)  { w.told <- lost{e} }

type lost struct{ err error }

// next is what the sink was told next.
func (w *watched) next() any {
	w.t.Helper()
	select {
	case v := <-w.told:
		return v
	case <-time.After(patience):
		w.t.Fatal("the sink was told nothing")
		return nil
	}
}

// want fails unless the sink is told exactly these facts next.
func (w *watched) want(facts ...any) {
	w.t.Helper()
	for _, want := range facts {
		if got := w.next(); got != want {
			w.t.Fatalf("told %#v, want %#v", got, want)
		}
	}
}

// wait skips to the next fact of a kind.
func wait[T any](w *watched) T {
	w.t.Helper()
	for {
		if v, ok := w.next().(T); ok {
			return v
		}
	}
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	waitForOr(t, func() string { return "waited in vain for " + what }, done)
}

// waitForOr says at last what went wrong.
func waitForOr(t *testing.T, wrong func() string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for !done() {
		if time.Now().After(deadline) {
			t.Fatal(wrong())
		}
		<-ticker.C
	}
}

func options(url string) Options {
	return Options{
		URL: url, Application: "clearline", Username: "clearline", Password: "secret",
		RecordingsDir:  "/nonexistent",
		Sound:          func(language string, n prompt.Name) string { return "/sounds/" + language + "/" + string(n) },
		ConsultContext: "clearline-consult", FailsafeContext: "clearline-failsafe",
		CodeContext: "clearline-code", DialContext: "clearline-outbound", ClearedContext: "clearline-cleared",
		Retry:  Retry{First: time.Millisecond, Max: 20 * time.Millisecond},
		Logger: slog.New(slog.DiscardHandler),
	}
}

// client makes a client; change may adapt its options.
func (f *fakeARI) client(change func(*Options)) *Client {
	f.t.Helper()
	opt := options(f.srv.URL + "/ari")
	if change != nil {
		change(&opt)
	}
	return mustNew(f.t, opt)
}

func mustNew(t *testing.T, opt Options) *Client {
	t.Helper()
	c, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// run runs a client until the test ends.
func run(t *testing.T, c *Client, sink Sink) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx, sink) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run returned %v", err)
			}
		case <-time.After(patience):
			t.Error("Run did not return")
		}
	})
}

// connect runs a client and waits until it is connected.
func (f *fakeARI) connect(change func(*Options)) (*Client, *watched, *socket) {
	f.t.Helper()
	c, w := f.client(change), newWatched(f.t)
	run(f.t, c, w)
	s := f.socket()
	wait[Holdings](w)
	return c, w, s
}
