package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var discard = slog.New(slog.DiscardHandler)

// logged is a log that one goroutine writes to.
func logged() (*slog.Logger, *bytes.Buffer) {
	var text bytes.Buffer
	return slog.New(slog.NewTextHandler(&text, nil)), &text
}

// served is a server with pages about something.
type served struct {
	t       *testing.T
	heart   *Heart
	health  *Health
	metrics *Metrics
	base    string
}

func serve(t *testing.T) *served { return serveMetrics(t, NewMetrics()) }

func serveMetrics(t *testing.T, m *Metrics) *served {
	t.Helper()
	s := &served{t: t, heart: NewHeart(), health: NewHealth(func(Part) {}), metrics: m}
	s.heart.patience, s.health.fresh = 50*time.Millisecond, 0
	mux := http.NewServeMux()
	Mount(mux, s.heart, s.health, s.metrics, discard)
	server, err := Listen(Place{Key: "console.listen", Address: "127.0.0.1:0"}, mux, discard)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve() }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		server.Close(ctx)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	s.base = "http://" + server.Addr().String()
	return s
}

// ask makes a request and returns the answer with its text.
func (s *served) ask(method, path, accept string) (*http.Response, string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp, string(body)
}

// exposition is what Prometheus reads.
func exposition(t *testing.T, m *Metrics) string {
	t.Helper()
	resp, text := serveMetrics(t, m).ask(http.MethodGet, "/metrics", "")
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("metrics answer %s: %s", resp.Status, text)
	}
	return text
}

func TestAliveAsLongAsTheHeartBeats(t *testing.T) {
	s := serve(t)
	var lock sync.Mutex
	s.heart.Add("engine", func() error { lock.Lock(); defer lock.Unlock(); return nil })
	s.heart.Add("events", func() error { return nil })
	if resp, text := s.ask(http.MethodGet, "/healthz", ""); resp.StatusCode != http.StatusOK || text != "alive\n" {
		t.Errorf("a process that works answers %s: %s", resp.Status, text)
	}
	lock.Lock()
	resp, text := s.ask(http.MethodGet, "/healthz", "")
	if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, "engine: stuck for") || strings.Contains(text, "events") {
		t.Errorf("a process with its lock held answers %s: %s", resp.Status, text)
	}
	_, text = s.ask(http.MethodGet, "/healthz", "application/json")
	var answer struct {
		Alive bool
		Stuck []string
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.Alive || len(answer.Stuck) != 1 {
		t.Errorf("as JSON: %s (%v)", text, err)
	}
	lock.Unlock()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if resp, text = s.ask(http.MethodGet, "/healthz", ""); resp.StatusCode == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a process that works again answers %s: %s", resp.Status, text)
		}
	}
}

func TestReadyNamesEveryPart(t *testing.T) {
	s := serve(t)
	var broken error
	s.health.Add("ari", true, nil)
	s.health.Add("store", true, func(context.Context) error { return broken })
	s.health.Add("recordings", false, func(context.Context) error { return errors.New("the disk is\nfull") })
	resp, text := s.ask(http.MethodGet, "/readyz", "")
	if resp.StatusCode != http.StatusServiceUnavailable || !strings.HasPrefix(text, "not ready: ari\n") || !strings.Contains(text, "\nari         starting  since 2") {
		t.Errorf("before Asterisk is reached: %s\n%s", resp.Status, text)
	}
	s.health.Report("ari", nil)
	resp, text = s.ask(http.MethodGet, "/readyz", "*/*")
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(text, "ready\n") || !strings.Contains(text, "\nrecordings  failed    since 2") || !strings.Contains(text, "the disk is full\n") {
		t.Errorf("with a part that is not needed: %s\n%s", resp.Status, text)
	}
	broken = errors.New("redis does not answer")
	resp, text = s.ask(http.MethodGet, "/readyz", "application/json")
	var answer struct {
		Ready bool
		Parts []map[string]any
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || resp.StatusCode != http.StatusServiceUnavailable || answer.Ready || len(answer.Parts) != 3 {
		t.Fatalf("with a store that is down: %s\n%s (%v)", resp.Status, text, err)
	}
	store := answer.Parts[1]
	if store["name"] != "store" || store["state"] != "failed" || store["needed"] != true || store["last_error"] != "redis does not answer" {
		t.Errorf("the store is %v", store)
	}
	for _, key := range []string{"since", "last_error_at"} {
		when, err := time.Parse(time.RFC3339Nano, store[key].(string))
		if err != nil || time.Since(when) > time.Minute || time.Since(when) < 0 {
			t.Errorf("%s is %v", key, store[key])
		}
	}
	if ari := answer.Parts[0]; ari["last_error"] != nil || ari["last_error_at"] != nil {
		t.Errorf("a part that was always well has an error: %v", ari)
	}
	broken = nil
	if _, text = s.ask(http.MethodGet, "/readyz", ""); !strings.Contains(text, "store       ok        since") || !strings.Contains(text, ": redis does not answer)") {
		t.Errorf("a store that is back: %s", text)
	}
}

func TestAcceptChoosesBetweenTextAndJSON(t *testing.T) {
	s := serve(t)
	for accept, want := range map[string]string{
		"":                                     "text/plain; charset=utf-8",
		"*/*":                                  "text/plain; charset=utf-8",
		"text/html,application/json;q=0.9":     "text/plain; charset=utf-8",
		"application/json":                     "application/json",
		"application/json; q=1, text/plain":    "application/json",
		"image/png, application/json":          "application/json",
		"nonsense//;;,,\x80, application/json": "application/json",
	} {
		resp, _ := s.ask(http.MethodGet, "/readyz", accept)
		if got := resp.Header.Get("Content-Type"); got != want || resp.Header.Get("Vary") != "Accept" {
			t.Errorf("Accept %q: %s, Vary %q", accept, got, resp.Header.Get("Vary"))
		}
	}
}

func TestPagesAreReadOnlyAndNotForFrames(t *testing.T) {
	s := serve(t)
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		resp, _ := s.ask(http.MethodHead, path, "")
		if resp.StatusCode != http.StatusOK {
			t.Errorf("HEAD %s: %s", path, resp.Status)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
			"Referrer-Policy": "no-referrer", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, http.MethodTrace} {
			if resp, _ := s.ask(method, path, ""); resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %s, Allow %q", method, path, resp.Status, resp.Header.Get("Allow"))
			}
		}
	}
	if resp, _ := s.ask(http.MethodGet, "/metrics/../etc/passwd", ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("another path: %s", resp.Status)
	}
}

func TestRequestsAreBounded(t *testing.T) {
	s := serve(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	long := "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("x", 64<<10) + "\r\n\r\n"
	_, _ = conn.Write([]byte(long)) // it may be cut off on the way
	answer, _ := io.ReadAll(conn)
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 431 ")) {
		t.Errorf("64 kB of header: %.60q", answer)
	}
}

func TestEveryWaitOfTheServerIsBounded(t *testing.T) {
	server, err := Listen(Place{Key: "console.listen", Address: "127.0.0.1:0"}, http.NotFoundHandler(), discard)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close(t.Context())
	for name, wait := range map[string]time.Duration{
		"header": server.http.ReadHeaderTimeout, "request": server.http.ReadTimeout,
		"answer": server.http.WriteTimeout, "idle": server.http.IdleTimeout,
	} {
		if wait <= 0 || wait > time.Minute {
			t.Errorf("the wait for %s is %v", name, wait)
		}
	}
}

func TestAnAddressThatIsTakenIsNamedWithItsKey(t *testing.T) {
	s := serve(t)
	address := strings.TrimPrefix(s.base, "http://")
	_, err := Listen(Place{Key: "console.listen", Address: address}, http.NotFoundHandler(), discard)
	if err == nil || !strings.HasPrefix(err.Error(), "console.listen: another program listens on "+address) {
		t.Errorf("a second server: %v", err)
	}
	_, err = Listen(Place{Key: "console.listen", Address: "192.0.2.1:8480"}, http.NotFoundHandler(), discard)
	if err == nil || !strings.HasPrefix(err.Error(), "console.listen: cannot listen on 192.0.2.1:8480") {
		t.Errorf("an address of somebody else: %v", err)
	}
}
