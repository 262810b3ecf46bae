package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/tokens"
	"clearline/lib/users"
)

func TestWhatIsOnAnotherLineAnswersAsWhatThereIsNot(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct{ method, theirs, nothing string }{
		{"GET", "/calls/ended2", "/calls/nothing"},
		{"GET", "/calls/up2", "/calls/nothing"},
		{"POST", "/calls/up2/accept", "/calls/nothing/accept"},
		{"POST", "/calls/ended2/refuse", "/calls/nothing/refuse"},
		{"POST", "/calls/try2/block", "/calls/nothing/block"},
		{"GET", "/recordings/ended2-purpose-3", "/recordings/nothing-purpose-3"},
		{"GET", "/calls?line=flat-2", "/calls?line=flat-9"},
		{"GET", "/incidents?line=flat-2", "/incidents?line=flat-9"},
		{"GET", "/contacts?line=flat-2", "/contacts?line=flat-9"},
		{"DELETE", "/contacts?line=flat-2&number=%2B441632960001", "/contacts?line=flat-9&number=%2B441632960001"},
		{"GET", "/events?line=flat-2", "/events?line=flat-9"},
	} {
		theirs := h.ask(h.warden, c.method, "/api/v1"+c.theirs, "")
		nothing := h.ask(h.warden, c.method, "/api/v1"+c.nothing, "")
		if theirs.status != 403 || theirs.status != nothing.status || theirs.body != nothing.body {
			t.Errorf("%s: %d %s\nwhat there is not: %d %s", c.theirs, theirs.status, theirs.body, nothing.status, nothing.body)
		}
	}
	for _, path := range []string{"/lines", "/calls", "/incidents?calm=true", "/contacts", "/blocks"} {
		if got := h.ask(h.warden, "GET", "/api/v1"+path, ""); got.status != 200 || strings.Contains(got.body, "flat-2") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	body := `{"line":"flat-2","number":"01632 960123"}`
	if got := h.ask(h.warden, "POST", "/api/v1/contacts", body); got.status != 403 {
		t.Errorf("a contact of another line: %d %s", got.status, got.body)
	}
}

func TestNoIDLeadsOutOfItsFolder(t *testing.T) {
	h := newHouse(t)
	for _, id := range []string{"../clearline.db", "..", "../../etc/passwd", "/etc/passwd", `..\x`, "ended1-purpose-3.wav", "ended1-purpose-3\x00", "%2e%2e%2fx", strings.Repeat("a", 5000)} {
		for _, path := range []string{"/recordings/%s", "/calls/%s", "/calls/%s/accept"} {
			method := http.MethodGet
			if strings.HasSuffix(path, "accept") {
				method = http.MethodPost
			}
			got := h.ask(h.admin, method, "/api/v1"+fmt.Sprintf(path, url.PathEscape(id)), "")
			if got.status != 404 && got.status != 403 {
				t.Errorf("%s %s with %.40q: %d %.80s", method, path, id, got.status, got.body)
			}
		}
	}
}

func TestAnApprovalThatIsReplayedAfterTheEndIsGone(t *testing.T) {
	h := newHouse(t)
	if got := h.ask(h.warden, "POST", "/api/v1/calls/up1/accept", ""); got.status != 200 {
		t.Fatalf("the first: %d %s", got.status, got.body)
	}
	h.engine.mu.Lock()
	h.engine.calls, h.engine.over["up1"] = nil, "flat-1"
	h.engine.mu.Unlock()
	for _, id := range []string{"up1", "ended1"} { // since a moment, and in the history
		if got := h.ask(h.warden, "POST", "/api/v1/calls/"+id+"/accept", ""); got.status != 409 || got.kind() != "gone" {
			t.Errorf("%s: %d %s", id, got.status, got.body)
		}
	}
}

func TestBigBodiesAreRefused(t *testing.T) {
	h := newHouse(t)
	big := strings.Repeat("a", 10<<20)
	for path, body := range map[string]string{
		"/contacts": `{"number":"` + big + `"}`, "/blocks": big, "/calls/up1/accept": big,
	} {
		request := h.request(t.Context(), h.warden, "POST", "/api/v1"+path, strings.NewReader(body))
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			continue // the connection was cut while it was sent, which is as good
		}
		if response.StatusCode < 400 || response.StatusCode >= 500 {
			t.Errorf("10 MB for %s: %d", path, response.StatusCode)
		}
		_ = response.Body.Close()
	}
	if got := h.ask(h.warden, "POST", "/api/v1/blocks", `{"number":"`+big[:65<<10]+`"}`); got.status != 413 || got.kind() != "size" {
		t.Errorf("65 kB: %d %.80s", got.status, got.body)
	}
}

func TestOnlyATokenOpensTheAPI(t *testing.T) {
	h := newHouse(t)
	for name, header := range map[string]string{
		"none": "", "an empty one": "Bearer ", "one for Basic": "Basic " + h.admin, "one without a scheme": h.admin,
		"one with a letter more": "Bearer " + h.admin + "A", "two of them": "Bearer " + h.admin + " " + h.admin,
	} {
		got := h.ask("", "GET", "/api/v1/lines", "", "Authorization", header)
		if got.status != 401 || got.kind() != "token" || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := h.ask(h.admin, "GET", "/api/v1/lines?access_token="+h.admin, ""); got.status != 400 {
		t.Errorf("a token in the address is taken: %d", got.status)
	}
	for path, want := range map[string]int{"/api/v1/nothing": 404, "/api/": 404, "/api/v2/lines": 404} {
		if got := h.ask(h.admin, "GET", path, ""); got.status != want || got.kind() != "path" {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestWhoTriesManyTokensIsNotListenedTo(t *testing.T) {
	h := newHouse(t)
	refused := 0
	for n := range 40 {
		if got := h.ask(fmt.Sprintf("clearline_aaaaaaaaaa_%d", n), "GET", "/api/v1/lines", ""); got.status == 429 {
			refused++
		}
	}
	if refused < 10 {
		t.Errorf("%d of 40 attempts are turned away", refused)
	}
}

func TestAProgramThatAsksWithoutEndIsSlowedDown(t *testing.T) {
	h := newHouse(t)
	for n := range 1000 {
		if got := h.ask(h.admin, "GET", "/api/v1/calls/nothing", ""); got.status == 429 {
			if n < 50 || got.header.Get("Retry-After") == "" || got.kind() != "pace" {
				t.Errorf("after %d requests: %s", n, got.body)
			}
			return
		}
	}
	t.Error("a thousand requests at once are answered")
}

func TestWhatAStrangerSaysStaysData(t *testing.T) {
	h := newHouse(t)
	got := h.ask(h.admin, "GET", "/api/v1/calls", "")
	if strings.Contains(got.body, "<script>") || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("%s: %s", got.header.Get("Content-Type"), got.body)
	}
}

func TestARecordingIsPlayedInPieces(t *testing.T) {
	h := newHouse(t)
	got := h.ask(h.warden, "GET", "/api/v1/recordings/ended1-purpose-3", "", "Range", "bytes=5-9")
	if got.status != 206 || got.body != "hello" || got.header.Get("Content-Type") != "audio/wav" {
		t.Errorf("%d %q", got.status, got.body)
	}
}

// listener reads events.
type listener struct {
	t     testing.TB
	lines *bufio.Scanner
	stop  context.CancelFunc
	ended bool
}

// follow begins to follow, and returns when the stream has begun.
func (h *house) follow(token, query string, header ...string) *listener {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 30*time.Second)
	response, err := http.DefaultClient.Do(h.request(ctx, token, "GET", "/api/v1/events"+query, nil, header...))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		cancel()
		_ = response.Body.Close()
	})
	if response.StatusCode != http.StatusOK {
		h.t.Fatalf("events: %d", response.StatusCode)
	}
	l := &listener{t: h.t, lines: bufio.NewScanner(response.Body), stop: cancel}
	if got := l.next(); got != "retry: 2000" {
		h.t.Fatalf("the stream begins with %q", got)
	}
	return l
}

// next is the next event, without its end.
func (l *listener) next() string {
	var text []string
	for l.lines.Scan() {
		if line := l.lines.Text(); line != "" {
			text = append(text, line)
			continue
		}
		return strings.Join(text, "\n")
	}
	l.ended = true
	return strings.Join(text, "\n")
}

func idOf(event string) string {
	_, rest, _ := strings.Cut(event, "id: ")
	id, _, _ := strings.Cut(rest, "\n")
	return id
}

func TestEventsComeAsTheyHappenAndAreReplayed(t *testing.T) {
	h := newHouse(t)
	l := h.follow(h.warden, "")
	h.feed.Tell(call.News{Kind: call.CallWaits, Line: "flat-2", Call: "theirs"})
	h.feed.Tell(call.News{Kind: call.CallWaits, Line: "flat-1", Call: "first", From: stranger})
	first := l.next()
	if !strings.Contains(first, "event: call-waits\ndata: {") || !strings.Contains(first, `"call":"first"`) || strings.Contains(first, "theirs") {
		t.Fatalf("told %s", first)
	}
	l.stop()
	h.feed.Tell(call.News{Kind: call.CallEnded, Line: "flat-1", Call: "second", Cause: call.Refused})
	h.feed.Tell(call.News{Kind: call.CallEnded, Line: "flat-2", Call: "theirs"})
	again := h.follow(h.warden, "", "Last-Event-ID", idOf(first))
	if second := again.next(); !strings.Contains(second, `"call":"second"`) {
		t.Errorf("who comes back is told %s", second)
	}
	h.feed.Tell(call.News{Kind: call.CallBegan, Line: "flat-1", Call: "third"})
	if third := again.next(); !strings.Contains(third, `"call":"third"`) {
		t.Errorf("and then %s", third)
	}
}

func TestWhoWasAwayForTooLongIsToldSo(t *testing.T) {
	h := newHouse(t)
	for _, id := range []string{"1", "9007199254740991"} {
		if got := h.follow(h.admin, "", "Last-Event-ID", id).next(); got != "event: reset\ndata: {}" {
			t.Errorf("after event %s: %q", id, got)
		}
	}
	for _, id := range []string{"x", "-1", "0", "1e3"} {
		if got := h.ask(h.admin, "GET", "/api/v1/events", "", "Last-Event-ID", id); got.status != 400 {
			t.Errorf("after event %s: %d", id, got.status)
		}
	}
}

func TestEventsOfOneLineAreAskedFor(t *testing.T) {
	h := newHouse(t)
	l := h.follow(h.admin, "?line=flat-2")
	h.feed.Tell(call.News{Kind: call.CallWaits, Line: "flat-1", Call: "one"})
	h.feed.Tell(call.News{Kind: call.CallWaits, Line: "flat-2", Call: "two"})
	if got := l.next(); !strings.Contains(got, `"call":"two"`) {
		t.Errorf("told %s", got)
	}
}

func TestAnEventIsAsDescribed(t *testing.T) {
	h := newHouse(t)
	d := described(t)
	l := h.follow(h.admin, "")
	for _, n := range []call.News{
		{Kind: call.CallDecided, Line: "flat-1", Call: "one", Stage: "joining", From: stranger, Recording: "one-purpose-1", Decision: call.Decision{By: "ann", Choice: call.Accept}, At: at},
		{Kind: call.AttemptEnded, Line: "flat-1", Call: "two", Attempt: call.Attempt{ID: "two", Suspect: stranger, Outcome: call.OutcomeCleared}, At: at},
		{Kind: call.ListsChanged},
	} {
		h.feed.Tell(n)
		_, data, _ := strings.Cut(l.next(), "data: ")
		if err := d.fits(schema{Ref: "#/components/schemas/Event"}, decoded(t, data), "the event"); err != nil {
			t.Error(err)
		}
	}
}

func TestStreamsEndWithTheServer(t *testing.T) {
	h := newHouse(t)
	l := h.follow(h.admin, "")
	h.feed.Close()
	if got := l.next(); got != "" || !l.ended {
		t.Errorf("after the close there is %q", got)
	}
}

func TestOnlySoManyFollowWithOneToken(t *testing.T) {
	h := newHouse(t)
	for range 8 {
		h.follow(h.warden, "")
	}
	if got := h.ask(h.warden, "GET", "/api/v1/events", ""); got.status != 429 {
		t.Errorf("the ninth: %d", got.status)
	}
	h.follow(h.viewer, "") // others are not kept out
}

// TestATokenThatIsRemovedHearsNothingMore removes a token and tells of something: whoever
// follows must not hear of it once the removal is known.
func TestATokenThatIsRemovedHearsNothingMore(t *testing.T) {
	h := newHouse(t)
	token := h.token(tokens.Token{Name: "lost", Role: users.Admin})
	l := h.follow(token, "")
	if err := h.tokens.Remove(t.Context(), "lost"); err != nil {
		t.Fatal(err)
	}
	h.feed.Tell(call.News{Kind: call.CallWaits, Line: "flat-1", Call: "secret"})
	if got := l.next(); strings.Contains(got, "secret") {
		t.Errorf("told %s", got)
	}
	if got := l.next(); got != "" || !l.ended {
		t.Errorf("the stream goes on with %q", got)
	}
}

func TestAConnectionThatSendsNothingDisturbsNobody(t *testing.T) {
	h := newHouse(t)
	address := strings.TrimPrefix(h.base, "http://")
	for range 30 {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := io.WriteString(c, "GET /api/v1/lines HTTP/1.1\r\nHost: x\r\nX-A: "); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.ask(h.admin, "GET", "/api/v1/lines", ""); got.status != 200 {
		t.Errorf("others are answered %d", got.status)
	}
}
