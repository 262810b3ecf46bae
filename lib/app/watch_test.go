package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"clearline/lib/asterisk"
	"clearline/lib/config"
	"clearline/lib/engine"
	"clearline/lib/prompt"
	"clearline/lib/telemetry"
)

// alone is a configuration with which Clearline runs beside others, and reaches no
// Asterisk.
func alone(t *testing.T) *config.Config {
	t.Helper()
	dir := t.TempDir()
	for _, a := range (&prompt.Folder{Dir: filepath.Join(dir, "sounds")}).Missing(prompt.DefaultLanguage) {
		file := filepath.Join(dir, "sounds", a.Language, string(a.Name)+".wav")
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "clearline.toml")
	text := fmt.Sprintf(`
[ari]
url = "http://127.0.0.1:1/ari"
password = "example"
[store]
url = "file:%[1]s/clearline.db"
[prompts]
dir = "%[1]s/sounds"
[recordings]
dir = "%[1]s"
[[line]]
id = "flat-1"
numbers = ["01632 960101"]
endpoints = ["PJSIP/101"]
`, dir)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, faults := config.Load(path)
	if config.Broken(faults) {
		t.Fatal(faults)
	}
	cfg.AGI.Listen, cfg.Console.Listen = "127.0.0.1:0", "127.0.0.1:0"
	return cfg
}

// living starts a Clearline that reaches no Asterisk, and stops it at the end.
func living(t *testing.T, log slog.Handler) *App {
	t.Helper()
	a, err := New(alone(t), slog.New(log))
	if err != nil {
		t.Fatal(err)
	}
	a.watch.patience = 10 * time.Millisecond
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := a.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return a
}

// page reads one of the pages.
func (a *App) page(t *testing.T, path string) (status int, text string) {
	t.Helper()
	resp, err := http.Get("http://" + a.watch.server.Addr().String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// notified listens where systemd would.
func notified(t *testing.T) func() string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", path)
	told, ended := make(chan string, 10_000), make(chan struct{})
	go func() { // at once, as systemd does: what finds no room is lost
		defer close(ended)
		buffer := make([]byte, 64<<10)
		for {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			told <- string(buffer[:n])
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-ended
	})
	return func() string {
		t.Helper()
		select {
		case message := <-told:
			return message
		case <-time.After(20 * time.Second):
			t.Fatal("systemd is told nothing")
			return ""
		}
	}
}

func TestAServiceWhoseAsteriskIsDownStartsAndSaysSo(t *testing.T) {
	next := notified(t)
	var told []string
	a := living(t, slog.DiscardHandler)
	for !slices.Contains(told, "READY=1") {
		told = append(told, next())
	}
	all := strings.Join(told, "\n")
	if !strings.Contains(all, "STATUS=NOT READY; callers screened 0, guarded calls 0, lines being cleared 0; ari") {
		t.Errorf("before it is ready, systemd is told:\n%s", all)
	}
	status, text := a.page(t, "/readyz")
	if status != http.StatusServiceUnavailable || !strings.HasPrefix(text, "not ready: ari\n") {
		t.Errorf("readyz answers %d: %s", status, text)
	}
	for _, part := range []string{"store       ok", "agi         ok", "prompts     ok", "recordings  ok", "calls       ok"} {
		if !strings.Contains(text, "\n"+part) {
			t.Errorf("readyz does not say %q:\n%s", part, text)
		}
	}
	if status, text := a.page(t, "/healthz"); status != http.StatusOK {
		t.Errorf("healthz answers %d: %s", status, text)
	}
}

// clogged is a log that takes nothing any more once a message has come.
type clogged struct {
	slog.Handler
	message string
	full    chan struct{} // closed when it has come
	cleared chan struct{}
	once    *sync.Once
}

func (c clogged) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == c.message {
		c.once.Do(func() { close(c.full) })
		<-c.cleared
	}
	return nil
}

func (c clogged) Enabled(context.Context, slog.Level) bool { return true }
func (c clogged) WithAttrs([]slog.Attr) slog.Handler       { return c }
func (c clogged) WithGroup(string) slog.Handler            { return c }

// TestAnEngineWhoseLockIsHeldIsNotAlive holds the lock the way a log does that nobody
// reads: the engine writes a line while it has it.
func TestAnEngineWhoseLockIsHeldIsNotAlive(t *testing.T) {
	next := notified(t)
	t.Setenv("WATCHDOG_USEC", "40000")
	log := clogged{slog.DiscardHandler, "number dialled", make(chan struct{}), make(chan struct{}), &sync.Once{}}
	a := living(t, log)
	for next() != "WATCHDOG=1" {
	}
	go a.engine.Dialled(engine.Dialled{Leg: "leg", Line: "flat-1", Dialled: "159", At: time.Now()})
	<-log.full
	status, text := a.page(t, "/healthz")
	if status != http.StatusServiceUnavailable || !strings.Contains(text, "engine: stuck for ") {
		t.Errorf("healthz answers %d: %s", status, text)
	}
	if status, text := a.page(t, "/metrics"); status != http.StatusOK || !strings.Contains(text, "clearline_calls{kind=\"clearing\"} 1") {
		t.Errorf("metrics answer %d: %s", status, text)
	}
	a.watch.systemd.Status("stuck") // what was sent before was fed while it worked
	if err := a.watch.heart.Beat(); err == nil {
		t.Error("the heart beats")
	}
	a.watch.systemd.Status("still stuck")
	close(log.cleared)
	for next() != "STATUS=stuck" {
	}
	for message := next(); message != "STATUS=still stuck"; message = next() {
		if message == "WATCHDOG=1" {
			t.Error("the watchdog is fed")
		}
	}
	for next() != "WATCHDOG=1" {
	}
}

func TestARecordingThatFailedShowsUntilOneIsKeptOrTimeHasPassed(t *testing.T) {
	var log strings.Builder
	w := newWatch(slog.New(slog.NewTextHandler(&log, nil)))
	w.health.Add(partRecordings, false, nil)
	full := errors.New("the disk is full")
	for range 3 {
		w.calls().Recorded(full)
	}
	now := time.Now()
	if err := w.parts.keeping(now); !errors.Is(err, full) {
		t.Errorf("after a failed recording: %v", err)
	}
	if err := w.parts.keeping(now.Add(recordingWary + time.Second)); err != nil {
		t.Errorf("long after it: %v", err)
	}
	if n := strings.Count(log.String(), `level=ERROR msg="a part has failed" part=recordings`); n != 1 {
		t.Errorf("three failures are %d alarms:\n%s", n, log.String())
	}
	w.calls().Recorded(nil)
	if err := w.parts.keeping(now); err != nil {
		t.Errorf("after one that was kept: %v", err)
	}
}

func TestAStopIsNoLossOfTheExchange(t *testing.T) {
	var text strings.Builder
	log := slog.New(slog.NewTextHandler(&text, nil))
	s := &sink{app: &App{log: log, watch: newWatch(log)}}
	s.app.watch.health.Add(partARI, true, nil)
	s.Disconnected(fmt.Errorf("read asterisk's events: %w", context.Canceled))
	if text.Len() > 0 {
		t.Errorf("a stop is told as\n%s", text.String())
	}
	s.Disconnected(errors.New("read asterisk's events: connection reset by peer"))
	if !strings.Contains(text.String(), "a part has failed") {
		t.Errorf("a loss is told as\n%s", text.String())
	}
}

func TestAStoreThatCanBeReadButNotWrittenIsNotWell(t *testing.T) {
	a := living(t, slog.DiscardHandler)
	a.watch.calls().Stored(time.Millisecond, errors.New("no space left on device"))
	if status, text := a.page(t, "/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, "no space left on device") {
		t.Errorf("readyz answers %d: %s", status, text)
	}
}

func TestTheStatusLineSaysWhatAnOperatorWantsToKnow(t *testing.T) {
	well := telemetry.Part{Name: "ari", State: telemetry.Well, Needed: true}
	for want, parts := range map[string][]telemetry.Part{
		"Ready; callers screened 2, guarded calls 1, lines being cleared 0": {well},
		"Ready, but not well; callers screened 2, guarded calls 1, lines being cleared 0; recordings: full": {
			well, {Name: "recordings", State: telemetry.Failed, LastError: "full"},
		},
		"NOT READY; callers screened 2, guarded calls 1, lines being cleared 0; ari not reached yet; store: down": {
			{Name: "ari", State: telemetry.Starting, Needed: true}, {Name: "store", State: telemetry.Failed, Needed: true, LastError: "down"},
		},
	} {
		if got := status(parts, telemetry.Calls{Screening: 2, Guarded: 1}); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestOnlyAConnectionThatIsMadeAgainCountsAsOne(t *testing.T) {
	a := living(t, slog.DiscardHandler)
	s := &sink{app: a}
	for range 3 {
		s.Connected(asterisk.Holdings{})
	}
	if _, text := a.page(t, "/metrics"); !strings.Contains(text, "\nclearline_ari_reconnects_total 2\n") {
		t.Errorf("after two reconnects the metrics are:\n%s", text)
	}
}

func TestEventsThatAreNotTakenStopTheHeart(t *testing.T) {
	if err := told(stuckAfter - 1); err != nil {
		t.Errorf("an event that has just come: %v", err)
	}
	if err := told(stuckAfter); err == nil {
		t.Error("an event nobody takes is nothing")
	}
}
