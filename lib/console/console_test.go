package console_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"clearline/lib/call"
	"clearline/lib/console"
	"clearline/lib/desk"
	"clearline/lib/feed"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
	"clearline/lib/users"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// floor is an engine of which a test says what goes on.
type floor struct {
	mu     sync.Mutex
	calls  []call.Underway
	decide func(call.ID, call.Decision) call.Decided
	paused map[call.LineID]bool
	erased []call.ID
}

func (f *floor) Underway() []call.Underway {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]call.Underway{}, f.calls...)
}

func (f *floor) LineOf(id call.ID) (call.LineID, bool, bool) {
	for _, u := range f.Underway() {
		if u.Call == id {
			return u.Line, true, true
		}
	}
	return "", false, false
}

func (f *floor) Decide(_ context.Context, id call.ID, d call.Decision) (call.Decided, error) {
	return f.decide(id, d), nil
}

func (f *floor) Erase(id call.ID) error {
	f.erased = append(f.erased, id)
	return nil
}

func (f *floor) Pause(line call.LineID, on bool) { f.paused[line] = on }

func (f *floor) PausedUntil(line call.LineID) time.Time {
	if !f.paused[line] {
		return time.Time{}
	}
	return night.Add(2 * time.Hour)
}

// lists are those of a store.
type lists struct{ *boltstore.Store }

func (l lists) Change(ctx context.Context, put []call.Entry, remove []call.EntryKey) error {
	return l.Apply(ctx, store.Changes{Put: put, Remove: remove})
}

// office is a console with two lines, three users and a call of each line.
type office struct {
	t      *testing.T
	floor  *floor
	kept   *boltstore.Store
	feed   *feed.Hub
	log    *log
	mux    *http.ServeMux
	server *httptest.Server
}

// log is what was logged.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

const password = "correct horse battery"

// hostile is what a stranger may send as a name.
const hostile = `=cmd()<script>alert(1)</script><style>*{display:none}</style>"'onload=x`

var night = time.Now().Add(-time.Hour).Truncate(time.Second).UTC()

// record is a call on a line, with something that was said.
func record(id call.ID, line call.LineID) call.Record {
	return call.Record{
		ID: id, Line: line, Arrived: night, Ended: night.Add(time.Minute), Cause: call.Refused, DecidedBy: call.ByResident, Decided: night.Add(20 * time.Second),
		From:      call.Caller{Number: "+447700900123", Name: hostile, Presentation: call.Allowed, Trunk: "trunk"},
		Recording: call.RecordingID(string(id) + "-purpose-1"),
	}
}

func open(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	kept, err := boltstore.Open(filepath.Join(dir, "clearline.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, floor: &floor{paused: map[call.LineID]bool{}}, kept: kept, feed: feed.New(100), log: &log{}}
	logger := slog.New(slog.NewTextHandler(o.log, nil))
	changes := store.Changes{
		Records: []call.Record{record("0001", "flat-1"), record("0002", "flat-2")},
		Attempts: []call.Attempt{{
			ID: "0003", Line: "flat-1", Dialled: "159", Number: "159", Service: "Stop Scams", Role: call.Verification, Way: call.WayGuarded,
			At: night.Add(30 * time.Second), Found: 2, Gone: 2, Took: 84 * time.Millisecond, Outcome: call.OutcomeCleared,
			Suspect: record("0001", "flat-1").From, Urgency: call.High,
		}},
	}
	keeper := users.New(kept)
	o.must(kept.Apply(t.Context(), changes))
	for _, u := range []users.User{
		{Name: "ann", Role: users.Admin},
		{Name: "bob", Role: users.Warden, Lines: []call.LineID{"flat-1"}},
		{Name: "eve", Role: users.Viewer, Lines: []call.LineID{"flat-1"}},
	} {
		o.must(keeper.Add(t.Context(), u, password))
	}
	for _, r := range changes.Records {
		o.must(os.WriteFile(filepath.Join(dir, string(r.Recording)+".wav"), []byte("RIFF of "+string(r.Line)), 0o600))
	}
	o.must(os.WriteFile(filepath.Join(dir, "secret.wav"), []byte("secret"), 0o600))
	c, err := console.New(t.Context(), console.Options{
		Desk: desk.New(desk.Options{
			Lines: []desk.Line{
				{Line: call.Line{ID: "flat-1", Name: "Flat 1", Numbers: []string{"+441632960101"}, Language: "en_GB"}, Approver: call.ApproverEither},
				{Line: call.Line{ID: "flat-2", Name: "Flat 2", Language: "cy_GB"}, Approver: call.ApproverResident},
			},
			Region: "GB", Zone: time.UTC, Engine: o.floor, Feed: o.feed, History: kept, Lists: lists{kept}, Audit: kept,
			Recordings: dir, Log: logger,
		}),
		Users: keeper, Documents: kept, Log: logger, Proxy: netip.MustParsePrefix("127.0.0.1/32"),
		Parts: func() []console.Part { return []console.Part{{Name: "store", Well: true, Since: night}} },
	})
	o.must(err)
	o.mux = http.NewServeMux()
	c.Mount(o.mux)
	o.server = httptest.NewServer(o.mux)
	t.Cleanup(func() {
		o.feed.Close()
		c.Close()
		o.server.Close()
		o.must(kept.Close())
	})
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// browser is one that follows no redirect by itself.
type browser struct {
	o      *office
	client *http.Client
	from   string // the address that a proxy says it has; empty for none
}

func (o *office) browser() *browser {
	o.t.Helper()
	jar, err := cookiejar.New(nil)
	o.must(err)
	transport := &http.Transport{}
	o.t.Cleanup(transport.CloseIdleConnections)
	return &browser{o: o, client: &http.Client{
		Jar: jar, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// as is a browser in which somebody has signed in.
func (o *office) as(name string) *browser {
	o.t.Helper()
	b := o.browser()
	if status, _, to := b.signIn(name, password); status != http.StatusSeeOther || to != "/" {
		o.t.Fatalf("%s signs in: %d to %q", name, status, to)
	}
	return b
}

func (b *browser) signIn(name, password string) (status int, body, to string) {
	b.o.t.Helper()
	return b.post("/sign-in", url.Values{"name": {name}, "password": {password}})
}

func (b *browser) do(r *http.Request) (*http.Response, string) {
	b.o.t.Helper()
	if b.from != "" {
		r.Header.Set("X-Forwarded-For", "198.51.100.1, "+b.from) // the first is what the browser itself says
	}
	answer, err := b.client.Do(r)
	b.o.must(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	b.o.must(err)
	return answer, string(text)
}

func (b *browser) get(path string) (int, string) {
	b.o.t.Helper()
	r, err := http.NewRequestWithContext(b.o.t.Context(), http.MethodGet, b.o.server.URL+path, nil)
	b.o.must(err)
	answer, text := b.do(r)
	return answer.StatusCode, text
}

func (b *browser) post(path string, form url.Values) (status int, body, to string) {
	b.o.t.Helper()
	r, err := http.NewRequestWithContext(b.o.t.Context(), http.MethodPost, b.o.server.URL+path, strings.NewReader(form.Encode()))
	b.o.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, text := b.do(r)
	return answer.StatusCode, text, answer.Header.Get("Location")
}

var everyPage = []string{
	"/", "/incidents", "/incidents?calm=1", "/incidents/0003", "/calls", "/calls/0001", "/people", "/people?list=blocks",
	"/lines", "/health", "/pictures", "/account",
}

func TestEveryPageIsShownInBothLanguages(t *testing.T) {
	o := open(t)
	ann := o.as("ann")
	ann.post("/people", url.Values{"list": {"contacts"}, "line": {"flat-1"}, "number": {"01632 960123"}, "name": {"Ann"}, "until": {"2999-01-01"}})
	for _, language := range []string{"en", "cy"} {
		if status, _, _ := ann.post("/language", url.Values{"language": {language}, "then": {"/"}}); status != http.StatusSeeOther {
			t.Fatalf("choosing %s: %d", language, status)
		}
		for _, path := range append(everyPage, "/users") {
			status, text := ann.get(path)
			if status != http.StatusOK || !strings.Contains(text, `<html lang="`+language+`">`) {
				t.Errorf("%s in %s: %d %.300s", path, language, status, text)
			}
			if key := unsaid.FindString(text); key != "" || strings.Contains(text, "%!") {
				t.Errorf("%s in %s: %q has no text, or one with faults", path, language, key)
			}
		}
	}
}

func TestNothingIsShownToWhoIsNotSignedIn(t *testing.T) {
	o := open(t)
	b := o.browser()
	for _, path := range append(everyPage, "/users", "/recordings/0001-purpose-1", "/people/export?list=contacts") {
		if status, text := b.get(path); status != http.StatusSeeOther || strings.Contains(text, "Flat") {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	for _, path := range []string{"/calls/0001/decision", "/people", "/people/remove", "/people/import", "/users", "/users/ann", "/account", "/sign-out", "/lines/flat-1/pause", "/calls/0001/erase"} {
		if status, _, _ := b.post(path, nil); status != http.StatusUnauthorized {
			t.Errorf("POST %s: %d", path, status)
		}
	}
	if status, _ := b.get("/live"); status != http.StatusUnauthorized {
		t.Errorf("/live: %d", status)
	}
}

func TestNothingChangesByGET(t *testing.T) {
	o := open(t)
	ann := o.as("ann")
	for _, path := range []string{"/sign-out", "/language", "/people/remove", "/people/import", "/users/bob", "/calls/0001/decision", "/lines/flat-1/pause", "/calls/0001/erase"} {
		if status, _ := ann.get(path); status != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: %d", path, status)
		}
	}
}

func TestAnothersLineIsForbiddenEverywhere(t *testing.T) {
	o := open(t)
	o.floor.calls = []call.Underway{
		{Call: "0009", Line: "flat-2", Kind: "screening", Stage: "ringing", Waits: true, Since: night, Moved: night, From: record("0009", "flat-2").From, Recording: "0009-purpose-1"},
	}
	o.floor.decide = func(call.ID, call.Decision) call.Decided { t.Error("a decision came through"); return call.Decided{} }
	bob := o.as("bob")
	for _, path := range []string{
		"/calls/0002", "/calls/9999", "/calls?line=flat-2", "/incidents/9999", "/people?line=flat-2", "/people/export?list=contacts&line=flat-2",
		"/recordings/0002-purpose-1", "/recordings/0009-purpose-1", "/recordings/9999-purpose-1", "/users",
	} {
		if status, text := bob.get(path); status != http.StatusForbidden || strings.Contains(text, "Flat 2") || strings.Contains(text, "900123") {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if _, text := bob.get("/"); strings.Contains(text, "Flat 2") || strings.Contains(text, "0009") {
		t.Errorf("the first page shows another's line: %s", text)
	}
	number := url.Values{"list": {"blocks"}, "number": {"01632 960200"}, "line": {"flat-2"}}
	for path, form := range map[string]url.Values{
		"/calls/0009/decision": {"choice": {"accept"}},
		"/people":              number,
		"/people/remove":       {"list": {"blocks"}, "pattern": {"+441632960200"}, "line": {"flat-2"}},
		"/lines/flat-2/pause":  {"do": {"pause"}},
		"/calls/0002/erase":    {},
		"/users":               {"name": {"mal"}, "role": {"admin"}, "password": {password}},
		"/users/ann":           {"do": {"remove"}},
	} {
		if status, _, _ := bob.post(path, form); status != http.StatusForbidden {
			t.Errorf("POST %s: %d", path, status)
		}
	}
	number.Set("line", "*")
	if status, _, _ := bob.post("/people", number); status != http.StatusForbidden {
		t.Errorf("the lists of the house: %d", status)
	}
}

func TestAViewerLooksAndHearsNothing(t *testing.T) {
	o := open(t)
	o.floor.calls = []call.Underway{{Call: "0009", Line: "flat-1", Kind: "screening", Stage: "ringing", Waits: true, Since: night, Moved: night, Recording: "0009-purpose-1"}}
	o.floor.decide = func(call.ID, call.Decision) call.Decided { t.Error("a decision came through"); return call.Decided{} }
	eve := o.as("eve")
	for _, path := range []string{"/", "/calls", "/calls/0001", "/people", "/incidents/0003"} {
		status, text := eve.get(path)
		if status != http.StatusOK || strings.Contains(text, "<audio") || strings.Contains(text, `action="/calls/`) && path != "/calls" || strings.Contains(text, `method="post" action="/people`) {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if status, _ := eve.get("/recordings/0001-purpose-1"); status != http.StatusForbidden {
		t.Errorf("a recording: %d", status)
	}
	if status, _, _ := eve.post("/calls/0009/decision", url.Values{"choice": {"accept"}}); status != http.StatusForbidden {
		t.Errorf("a decision: %d", status)
	}
}

func TestARecordingIsPlayedToItsWardenInPiecesToo(t *testing.T) {
	o := open(t)
	bob := o.as("bob")
	if status, text := bob.get("/recordings/0001-purpose-1"); status != http.StatusOK || text != "RIFF of flat-1" {
		t.Errorf("%d %q", status, text)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.server.URL+"/recordings/0001-purpose-1", nil)
	o.must(err)
	r.Header.Set("Range", "bytes=0-3")
	if answer, text := bob.do(r); answer.StatusCode != http.StatusPartialContent || text != "RIFF" || answer.Header.Get("Content-Type") != "audio/wav" {
		t.Errorf("%d %q %q", answer.StatusCode, text, answer.Header)
	}
}

func TestNoIDLeadsToAnotherFile(t *testing.T) {
	o := open(t)
	ann := o.as("ann")
	for _, id := range []string{
		"secret", "..%2fsecret", "%2e%2e%2fclearline.db", "0001-purpose-1.wav", "0001-purpose-1%00", "%2fetc%2fpasswd", "..", "0001-purpose-1%2f..%2fsecret",
	} {
		for _, path := range []string{"/recordings/", "/calls/", "/incidents/", "/users/", "/static/"} {
			status, text := ann.get(path + id)
			if status == http.StatusOK || strings.Contains(text, "root:") || text == "secret" {
				t.Errorf("%s%s: %d %.100s", path, id, status, text)
			}
		}
	}
}

func TestAStrangersNameIsTextEverywhere(t *testing.T) {
	o := open(t)
	o.floor.calls = []call.Underway{{Call: "0009", Line: "flat-1", Kind: "screening", Stage: "ringing", Waits: true, Since: night, Moved: night, From: record("0009", "flat-1").From}}
	ann := o.as("ann")
	for _, path := range []string{"/", "/calls", "/calls/0001", "/incidents/0003", "/incidents"} {
		status, text := ann.get(path)
		if status != http.StatusOK || strings.Contains(text, "<script>alert") || strings.Contains(text, "<style>*") || strings.Contains(text, `"'onload`) {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if _, text := ann.get("/calls/0001"); !strings.Contains(text, "&lt;script&gt;alert(1)") {
		t.Error("the name is not shown at all")
	}
	ann.post("/people", url.Values{"list": {"contacts"}, "line": {"flat-1"}, "number": {"01632 960123"}, "name": {"=cmd()"}})
	if status, text := ann.get("/people/export?list=contacts&line=flat-1"); status != http.StatusOK || strings.Contains(text, ",=cmd") || !strings.Contains(text, "=cmd()") {
		t.Errorf("the export: %d %q", status, text)
	}
}

func TestEveryAnswerSaysWhatBrowsersMayDo(t *testing.T) {
	o := open(t)
	ann := o.as("ann")
	for _, path := range []string{"/", "/sign-in", "/static/console.css", "/calls/none"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.server.URL+path, nil)
		o.must(err)
		answer, text := ann.do(r)
		if csp := answer.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if strings.Contains(text, " style=") || strings.Contains(text, "<style") || strings.Contains(text, "onclick") || strings.Contains(text, "<script>") {
			t.Errorf("%s has script or style within", path)
		}
	}
}

func TestARequestOfAnotherSiteIsRefused(t *testing.T) {
	o := open(t)
	ann := o.as("ann")
	for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.server.URL+"/users/bob", strings.NewReader("do=remove"))
		o.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(header[0], header[1])
		if answer, _ := ann.do(r); answer.StatusCode != http.StatusForbidden {
			t.Errorf("%v: %d", header, answer.StatusCode)
		}
	}
	if all, err := users.New(o.kept).All(t.Context()); err != nil || len(all) != 3 {
		t.Errorf("there are %v, error %v", all, err)
	}
}

func TestScreeningIsPausedAndBegunAgain(t *testing.T) {
	o := open(t)
	bob, eve := o.as("bob"), o.as("eve")
	if status, _, to := bob.post("/lines/flat-1/pause", url.Values{"do": {"pause"}}); status != http.StatusSeeOther || to != "/lines" || !o.floor.paused["flat-1"] {
		t.Fatalf("pausing: %d to %q", status, to)
	}
	until := "Screening is paused until " + night.Add(2*time.Hour).Format("15:04")
	for _, page := range []string{"/lines", "/"} {
		if _, text := bob.get(page); !strings.Contains(text, until) {
			t.Errorf("%s does not say %q: %s", page, until, text)
		}
	}
	if _, text := eve.get("/lines"); !strings.Contains(text, until) || strings.Contains(text, "/pause") {
		t.Errorf("a viewer sees %s", text)
	}
	if status, _, _ := eve.post("/lines/flat-1/pause", url.Values{"do": {"resume"}}); status != http.StatusForbidden || !o.floor.paused["flat-1"] {
		t.Errorf("a viewer ends the pause: %d", status)
	}
	if status, _, _ := bob.post("/lines/flat-1/pause", url.Values{"do": {"stop"}}); status != http.StatusBadRequest {
		t.Errorf("something else: %d", status)
	}
	bob.post("/lines/flat-1/pause", url.Values{"do": {"resume"}})
	if _, text := bob.get("/lines"); o.floor.paused["flat-1"] || strings.Contains(text, "Screening is paused") {
		t.Errorf("begun again, bob sees %s", text)
	}
}

func TestPicturesShowHowLongCallersWaited(t *testing.T) {
	o := open(t) // both callers of the last hour were refused after 20 seconds
	_, text := o.as("ann").get("/pictures")
	_, waited, _ := strings.Cut(text, "How long until somebody decided")
	if !regexp.MustCompile(`(?s)15 to 30 s.{0,400}class="n">2<`).MatchString(waited) {
		t.Errorf("the picture says %s", waited)
	}
}

func TestARecordingIsErased(t *testing.T) {
	o := open(t)
	o.floor.calls = []call.Underway{{Call: "0009", Line: "flat-1"}}
	bob, eve := o.as("bob"), o.as("eve")
	if status, _, _ := eve.post("/calls/0001/erase", nil); status != http.StatusForbidden {
		t.Errorf("a viewer erases: %d", status)
	}
	if status, _, _ := bob.post("/calls/0009/erase", nil); status != http.StatusConflict {
		t.Errorf("a call that goes on: %d", status)
	}
	if len(o.floor.erased) != 0 {
		t.Fatalf("erased are %q", o.floor.erased)
	}
	if status, _, to := bob.post("/calls/0001/erase", nil); status != http.StatusSeeOther || to != "/calls/0001" || len(o.floor.erased) != 1 {
		t.Errorf("erasing: %d to %q, erased are %q", status, to, o.floor.erased)
	}
	if _, text := bob.get("/calls/0001"); !strings.Contains(text, "The recording is deleted.") {
		t.Errorf("bob sees %s", text)
	}
}

func TestTheFirstDecisionHoldsAndOthersAreTold(t *testing.T) {
	o := open(t)
	o.floor.calls = []call.Underway{{Call: "0009", Line: "flat-1", Kind: "screening", Stage: "ringing", Waits: true, Since: night, Moved: night}}
	var holds call.Decision
	o.floor.decide = func(_ call.ID, d call.Decision) call.Decided {
		if holds.By != "" {
			return call.Decided{Holds: holds, Why: call.TooLate}
		}
		holds = d
		return call.Decided{Holds: d, Won: true}
	}
	ann, bob := o.as("ann"), o.as("bob")
	if status, _, to := bob.post("/calls/0009/decision", url.Values{"choice": {"refuse"}}); status != http.StatusSeeOther || to != "/" {
		t.Errorf("bob: %d to %q", status, to)
	}
	ann.post("/calls/0009/decision", url.Values{"choice": {"accept"}})
	follow, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.server.URL+"/", nil) // by the page that is about to go
	o.must(err)
	follow.Header.Set("Clearline-Follow", "yes")
	if _, text := bob.do(follow); strings.Contains(text, "Refused. The caller is told so.") {
		t.Errorf("the page that goes is told: %s", text)
	}
	if _, text := bob.get("/"); !strings.Contains(text, "Refused. The caller is told so.") {
		t.Errorf("bob sees %s", text)
	}
	if _, text := ann.get("/"); !strings.Contains(text, "Somebody was faster: bob has refused the caller.") {
		t.Errorf("ann sees %s", text)
	}
	o.floor.calls = nil
	if status, _, _ := ann.post("/calls/0009/decision", url.Values{"choice": {"accept"}}); status != http.StatusNotFound && status != http.StatusConflict {
		t.Errorf("after the call: %d", status)
	}
	if status, _, _ := ann.post("/calls/0001/decision", url.Values{"choice": {"accept"}}); status != http.StatusConflict {
		t.Errorf("a call of the history: %d", status)
	}
}

func TestAChangeIsToldAtOnceAndOnlyToWhoMaySee(t *testing.T) {
	o := open(t)
	bob := o.as("bob")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, o.server.URL+"/live", nil)
	o.must(err)
	answer, err := bob.client.Do(r)
	o.must(err)
	defer answer.Body.Close()
	read := func() string {
		t.Helper()
		piece := make([]byte, 500)
		n, err := answer.Body.Read(piece)
		o.must(err)
		return string(piece[:n])
	}
	if text := read(); !strings.Contains(text, "retry: ") || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("it begins with %q", text)
	}
	o.feed.Tell(call.News{Kind: call.CallBegan, Line: "flat-2", Call: "0010", At: time.Now()})
	o.feed.Tell(call.News{Kind: call.CallBegan, Line: "flat-1", Call: "0011", At: time.Now()})
	if text := read(); strings.Count(text, "data: changed") != 1 || strings.Contains(text, "001") && strings.Contains(text, "flat") {
		t.Errorf("it was told %q", text)
	}
	o.must(users.New(o.kept).Remove(t.Context(), "bob"))
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		o.feed.Tell(call.News{Kind: call.CallBegan, Line: "flat-1", Call: "0012", At: time.Now()})
		if status, _ := bob.get("/"); status == http.StatusSeeOther {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("who was removed is still signed in")
		}
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the stream of who was removed: %v", err)
	}
}

func TestAFileIsLookedAtBeforeItIsImported(t *testing.T) {
	o := open(t)
	ann := o.as("ann")
	send := func(fields map[string]string, file string) (int, string, string) {
		t.Helper()
		var b strings.Builder
		for name, value := range fields {
			fmt.Fprintf(&b, "--x\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", name, value)
		}
		if file != "" {
			fmt.Fprintf(&b, "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"family.csv\"\r\n\r\n%s\r\n", file)
		}
		b.WriteString("--x--\r\n")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.server.URL+"/people/import", strings.NewReader(b.String()))
		o.must(err)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		answer, text := ann.do(r)
		return answer.StatusCode, text, answer.Header.Get("Location")
	}
	csv := "number,name\n01632 960123,Ann\n01632 960124,<b>Bob\nnonsense,Carol\n"
	status, text, _ := send(map[string]string{"list": "contacts", "line": "flat-1"}, csv)
	if status != http.StatusOK || !strings.Contains(text, "New: 2") || !strings.Contains(text, "Rows that cannot be used: 1") || strings.Contains(text, "<b>Bob") {
		t.Fatalf("the preview: %d %s", status, text)
	}
	if _, list := ann.get("/people"); strings.Contains(list, "960123") {
		t.Error("looking has imported")
	}
	token := between(text, `name="sure" value="`, `"`)
	if status, _, to := send(map[string]string{"sure": token}, ""); status != http.StatusSeeOther || !strings.HasPrefix(to, "/people") {
		t.Errorf("the import: %d to %q", status, to)
	}
	if _, list := ann.get("/people"); !strings.Contains(list, "01632 960 123") || !strings.Contains(list, "Imported: 2 new, 0 changed, 1 rows left out.") {
		t.Errorf("the list is %s", list)
	}
	if status, _, _ := send(map[string]string{"sure": token}, ""); status != http.StatusBadRequest {
		t.Errorf("the import again: %d", status)
	}
	if status, _, _ := send(map[string]string{"list": "contacts", "line": "flat-1"}, strings.Repeat("x", 10<<20)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("10 MB: %d", status)
	}
}

func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}
