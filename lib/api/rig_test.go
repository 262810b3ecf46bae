package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"clearline/lib/api"
	"clearline/lib/call"
	"clearline/lib/desk"
	"clearline/lib/feed"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
	"clearline/lib/tokens"
	"clearline/lib/users"
)

// house is an API that is served, with calls that a test makes.
type house struct {
	t      testing.TB
	base   string
	api    *api.API
	store  *boltstore.Store
	tokens *tokens.Keeper
	engine *engine
	feed   *feed.Hub

	admin, warden, viewer string // tokens: of everything, and two of flat-1
}

// engine stands in for calls under way.
type engine struct {
	mu     sync.Mutex
	calls  []call.Underway
	over   map[call.ID]call.LineID
	answer func(d call.Decision) call.Decided
}

func (e *engine) Underway() []call.Underway {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.calls)
}

func (e *engine) LineOf(id call.ID) (line call.LineID, goesOn, known bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, u := range e.calls {
		if u.Call == id {
			return u.Line, true, true
		}
	}
	line, known = e.over[id]
	return line, false, known
}

func (e *engine) Erase(call.ID) error { return nil }

func (e *engine) Pause(call.LineID, bool) {}

func (e *engine) PausedUntil(call.LineID) time.Time { return time.Time{} }

func (e *engine) Decide(_ context.Context, _ call.ID, d call.Decision) (call.Decided, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.answer != nil {
		return e.answer(d), nil
	}
	return call.Decided{Holds: d, Won: true}, nil
}

type lists struct{ *boltstore.Store }

func (l lists) Change(ctx context.Context, put []call.Entry, remove []call.EntryKey) error {
	return l.Apply(ctx, store.Changes{Put: put, Remove: remove})
}

var at = time.Now().Add(-time.Hour).Truncate(time.Second).UTC()

var stranger = call.Caller{Number: "+441632960200", Name: `<script>"A", =1`, Presentation: call.Allowed, Trunk: "trunk"}

func newHouse(t testing.TB) *house {
	t.Helper()
	dir := t.TempDir()
	kept, err := boltstore.Open(filepath.Join(dir, "clearline.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{
		t: t, store: kept, tokens: tokens.New(kept), feed: feed.New(20),
		engine: &engine{over: map[call.ID]call.LineID{"over": "flat-1"}},
	}
	log := slog.New(slog.DiscardHandler)
	h.api = api.New(api.Options{
		Desk: desk.New(desk.Options{
			Lines:  []desk.Line{{Line: call.Line{ID: "flat-1", Name: "Flat 1"}, Approver: call.ApproverEither}, {Line: call.Line{ID: "flat-2"}, Approver: call.ApproverResident}},
			Region: "GB", Zone: time.UTC, Engine: h.engine, Feed: h.feed, History: kept, Lists: lists{kept}, Audit: kept, Recordings: dir, Log: log,
		}),
		Tokens: h.tokens, Log: log,
	})
	mux := http.NewServeMux()
	h.api.Mount(mux)
	server := httptest.NewServer(mux)
	h.base = server.URL
	t.Cleanup(func() {
		h.feed.Close() // ends the streams
		server.Close()
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	h.furnish(dir)
	return h
}

// furnish puts something on both lines, and makes the tokens.
func (h *house) furnish(dir string) {
	h.t.Helper()
	var changes store.Changes
	for n, line := range []call.LineID{"flat-1", "flat-2"} {
		id := call.ID([]string{"ended1", "ended2"}[n])
		changes.Records = append(changes.Records, call.Record{
			ID: id, Line: line, From: stranger, Arrived: at, Ended: at.Add(time.Minute), Cause: call.RefusedBlocked, DecidedBy: "ann", Recording: id.Recording(3),
		})
		changes.Attempts = append(changes.Attempts, call.Attempt{ID: "attempt" + id, Line: line, At: at, Urgency: call.High, Suspect: stranger, Role: call.Emergency, Way: call.WayFresh, Outcome: call.OutcomeCleared})
		changes.Put = append(changes.Put, call.Entry{Line: line, List: call.Contacts, Pattern: "+441632960001", Name: "Ann", Verify: true, Word: "7426", Since: at})
		h.engine.calls = append(h.engine.calls, call.Underway{Call: call.ID([]string{"up1", "up2"}[n]), Line: line, Kind: "screening", Stage: "asking", Since: at, From: stranger, Waits: true, MayAccept: true})
		if err := os.WriteFile(filepath.Join(dir, string(id.Recording(3))+".wav"), []byte("RIFF hello"), 0o600); err != nil {
			h.t.Fatal(err)
		}
	}
	h.engine.calls = append(h.engine.calls, call.Underway{Call: "try2", Line: "flat-2", Kind: "clearing", Stage: "searching", Since: at, Attempt: call.Attempt{ID: "try2", Line: "flat-2", At: at}})
	if err := h.store.Apply(h.t.Context(), changes); err != nil {
		h.t.Fatal(err)
	}
	one := []call.LineID{"flat-1"}
	h.admin = h.token(tokens.Token{Name: "admin", Role: users.Admin})
	h.warden = h.token(tokens.Token{Name: "night", Role: users.Warden, Lines: one})
	h.viewer = h.token(tokens.Token{Name: "son", Role: users.Viewer, Lines: one})
}

func (h *house) token(t tokens.Token) string {
	h.t.Helper()
	text, err := h.tokens.Add(h.t.Context(), t)
	if err != nil {
		h.t.Fatal(err)
	}
	return text
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// kind is the last word of a problem's type.
func (a answer) kind() string {
	var p struct{ Type string }
	_ = json.Unmarshal([]byte(a.body), &p)
	return strings.TrimPrefix(p.Type, "urn:clearline:problem:")
}

// ask sends a request with a token.
func (h *house) ask(token, method, path, body string, header ...string) answer {
	h.t.Helper()
	request := h.request(h.t.Context(), token, method, path, strings.NewReader(body), header...)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(bytes.TrimSpace(text))}
}

func (h *house) request(ctx context.Context, token, method, path string, body io.Reader, header ...string) *http.Request {
	h.t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, h.base+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return request
}
