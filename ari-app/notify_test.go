package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"clearline/lib/history"
	"clearline/lib/testbed"
)

// TestMain is the process that sends a message when the program in this test starts one.
func TestMain(m *testing.M) {
	if slices.Equal(os.Args[1:], []string{"notify", "carry"}) {
		os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// told is a message as a warden's telephone got it.
type told struct{ ID, Event, Title, Message string }

// warden is somebody's telephone: a webhook.
type warden struct {
	server *httptest.Server

	mu     sync.Mutex
	away   bool
	missed []told // while it was away
	got    []told
}

func newWarden(t *testing.T) *warden {
	t.Helper()
	w := &warden{}
	w.server = httptest.NewServer(w)
	t.Cleanup(w.server.Close)
	return w
}

func (w *warden) ServeHTTP(answer http.ResponseWriter, r *http.Request) {
	var message told
	if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.away {
		w.missed = append(w.missed, message)
		answer.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.got = append(w.got, message)
}

// receiver is the warden in a configuration, told of some events.
func (w *warden) receiver(name string, events string) string {
	return fmt.Sprintf("name = %q\nurl = \"generic+%s/s3cret?template=json\"\nevents = [%s]", name, w.server.URL, events)
}

func (w *warden) is(away bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away = away
}

// forget begins anew with a warden who was told nothing.
func (w *warden) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away, w.got, w.missed = false, nil, nil
}

// times says how often a message that has text in its title was got, and how often it was
// missed.
func (w *warden) times(text string) (got, missed int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	of := func(all []told) (n int) {
		for _, m := range all {
			if strings.Contains(m.Title, text) {
				n++
			}
		}
		return n
	}
	return of(w.got), of(w.missed)
}

// twice are messages that came more than once.
func (w *warden) twice() (again []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := map[string]bool{}
	for _, m := range w.got {
		if seen[m.ID] {
			again = append(again, m.ID)
		}
		seen[m.ID] = true
	}
	return again
}

// post is a mail server that keeps what it gets.
type post struct {
	address string

	mu      sync.Mutex
	away    bool
	refused int
	mails   []string // subjects
}

func newPost(t *testing.T) *post {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &post{address: listener.Addr().String()}
	server := smtp.NewServer(p)
	go func() { _ = server.Serve(listener) }() // until it is closed
	t.Cleanup(func() { _ = server.Close() })
	return p
}

// receiver is somebody with mail in a configuration, told of some events.
func (p *post) receiver(name string, events string) string {
	return fmt.Sprintf("name = %q\nurl = \"smtp://%s/?from=clearline@pbx.example&to=ann@example.org\"\nevents = [%s]", name, p.address, events)
}

func (p *post) is(away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = away
}

func (p *post) refusals() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refused
}

func (p *post) subjects() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.mails)
}

// NewSession implements smtp.Backend.
func (p *post) NewSession(*smtp.Conn) (smtp.Session, error) { return delivery{p}, nil }

// delivery is one connection to the mail server.
type delivery struct{ *post }

func (delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (delivery) Reset()                               {}
func (delivery) Logout() error                        { return nil }

// Rcpt refuses for the time being while the server is away.
func (d delivery) Rcpt(string, *smtp.RcptOptions) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.away {
		d.refused++
		return &smtp.SMTPError{Code: 451, Message: "try again later"}
	}
	return nil
}

func (d delivery) Data(r io.Reader) error {
	got, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mails = append(d.mails, subject)
	return err
}

// until polls for something to be true.
func until(ctx context.Context, is func() bool) error {
	for !is() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// verbs are what scenarios can say about the warden.
func (w *warden) verbs(t *testing.T, verbs *testbed.Verbs) {
	t.Helper()
	add := func(form string, do func(context.Context, testbed.Values) error) {
		err := verbs.Verb(form, func(ctx context.Context, _ *testbed.Play, v testbed.Values) error { return do(ctx, v) })
		if err != nil {
			t.Fatal(err)
		}
	}
	add("the warden is away", func(context.Context, testbed.Values) error { w.is(true); return nil })
	add("the warden is back", func(context.Context, testbed.Values) error { w.is(false); return nil })
	add("the warden misses {title:text} [within {within:time}]", func(ctx context.Context, v testbed.Values) error {
		return until(ctx, func() bool { _, missed := w.times(v["title"]); return missed > 0 })
	})
	add("the warden is told {title:text} [within {within:time}]", func(ctx context.Context, v testbed.Values) error {
		return until(ctx, func() bool { got, _ := w.times(v["title"]); return got > 0 })
	})
	add("the warden was told nothing twice", func(context.Context, testbed.Values) error {
		if again := w.twice(); len(again) > 0 {
			return fmt.Errorf("twice came %q", again)
		}
		return nil
	})
}

// withReceivers is a configuration with people to be told.
func withReceivers(t *testing.T, receivers ...string) (config, file string) {
	t.Helper()
	config, file = configureStore(t, callsBefore)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range receivers {
		text = append(text, "\n[[notify]]\n"+r+"\n"...)
	}
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return config, file
}

func TestPeopleAreToldOnceAlthoughTheProgramIsKilled(t *testing.T) {
	w, post := newWarden(t), newPost(t)
	w.is(true)
	post.is(true)
	config, file := withReceivers(t, w.receiver("night-desk", `"health"`), post.receiver("carer", `"health"`))
	runnable(t, config, nowhere)
	first := started(t, config, history.Socket(file))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	// Neither Asterisk is reached, nor is there a folder for recordings.
	tried := func() bool { _, missed := w.times("has failed"); return missed >= 2 && post.refusals() >= 2 }
	if err := until(ctx, tried); err != nil {
		t.Fatal("nobody tries to tell what has failed")
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait() // it was killed
	w.is(false)
	post.is(false)
	second := started(t, config, history.Socket(file))
	told := func() bool { got, _ := w.times("has failed"); return got >= 4 && len(post.subjects()) >= got }
	if err := until(ctx, told); err != nil {
		t.Fatalf("told is %+v, and by mail %q", w.got, post.subjects())
	}
	if err := second.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := second.Wait(); err != nil {
		t.Error(err)
	}
	if again := w.twice(); len(again) > 0 || !slices.Contains(w.got, w.missed[0]) || !slices.Contains(w.got, w.missed[1]) {
		t.Errorf("told is %+v, which has %q twice, want %+v", w.got, again, w.missed)
	}
	var titles []string
	for _, m := range w.got {
		titles = append(titles, m.Title)
	}
	mails := post.subjects()
	slices.Sort(titles)
	slices.Sort(mails)
	if !slices.Equal(mails, titles) {
		t.Errorf("told by mail is %q, by webhook %q", mails, titles)
	}
}

func TestMessagesAreTried(t *testing.T) {
	t.Setenv("GORACE", "atexit_sleep_ms=0") // of the processes that send
	well, away := newWarden(t), newWarden(t)
	away.is(true)
	config, _ := withReceivers(t, well.receiver("night-desk", `"pin"`), away.receiver("carer", `"pin"`))
	fill(t, filepath.Join(filepath.Dir(config), "sounds"))
	out := says(t, exitFailed, "night-desk: ok\ncarer: fail: ", "notify", "test", "-c", config)
	if strings.Contains(out, "s3cret") || !strings.Contains(out, "503") {
		t.Errorf("it says %q", out)
	}
	if got, _ := well.times("this is a test"); got != 1 {
		t.Errorf("the night desk is told %+v", well.got)
	}
	says(t, exitDone, "night-desk: ok\n", "notify", "test", "night-desk", "-c", config)
	says(t, exitUsage, `there is no receiver "nobody"`, "notify", "test", "nobody", "-c", config)
	says(t, exitUsage, "there is nobody to tell", "notify", "test", "-c", func() string { c, _ := withReceivers(t); return c }())
}

func TestAddressesOfReceiversAreChecked(t *testing.T) {
	config, _ := withReceivers(t, `url = "pigeon://s3cret@loft"`)
	fill(t, filepath.Join(filepath.Dir(config), "sounds"))
	out := says(t, exitUsage, `notify.url: "pigeon" is no service that is known; see docs/notifications.md`, "check", "-c", config)
	if strings.Contains(out, "s3cret") {
		t.Errorf("it says %q", out)
	}
}
