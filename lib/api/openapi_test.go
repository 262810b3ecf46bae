package api_test

import (
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"clearline/lib/call"
)

func TestEverythingDescribedIsServedAndNothingElse(t *testing.T) {
	h := newHouse(t)
	d := described(t)
	for path := range d.Paths {
		methods := slices.Collect(maps.Keys(d.operations(t, path)))
		answer := h.ask(h.admin, http.MethodTrace, "/api/v1"+strings.ReplaceAll(path, "{id}", "nothing"), "")
		if answer.status != http.StatusMethodNotAllowed {
			t.Errorf("%s is described and not served: %d", path, answer.status)
			continue
		}
		if slices.Contains(methods, http.MethodGet) {
			methods = append(methods, http.MethodHead)
		}
		slices.Sort(methods)
		if served := answer.header.Get("Allow"); served != strings.Join(methods, ", ") {
			t.Errorf("%s knows %s, and %v are described", path, served, methods)
		}
	}
	for _, path := range h.api.Paths() {
		if d.Paths[path] == nil {
			t.Errorf("%s is served and not described", path)
		}
	}
}

func TestEveryAnswerIsAsDescribed(t *testing.T) {
	h := newHouse(t)
	d := described(t)
	draft := `{"line":"flat-1","number":"01632 960123","name":"Siân","word":"7426","expires":"2999-01-01T00:00:00Z"}`
	for _, c := range []struct {
		token, method, path, body string
		status                    int
	}{
		{h.admin, "GET", "/lines", "", 200},
		{h.viewer, "GET", "/lines", "", 200},
		{h.admin, "GET", "/calls", "", 200},
		{h.admin, "GET", "/calls?state=ended&limit=1&line=flat-1&line=flat-2", "", 200},
		{h.admin, "GET", "/calls?text=1632&cause=refused-blocked&recorded=true&since=2020-01-01T00:00:00Z", "", 200},
		{h.warden, "GET", "/calls?limit=nothing", "", 400},
		{h.warden, "GET", "/calls/ended1", "", 200},
		{h.warden, "GET", "/calls/up1", "", 200},
		{h.warden, "GET", "/calls/ended2", "", 403},
		{h.admin, "GET", "/calls/nothing", "", 404},
		{h.warden, "POST", "/calls/up1/accept", "", 200},
		{h.warden, "POST", "/calls/up1/refuse", "", 200},
		{h.warden, "POST", "/calls/up1/block", "", 200},
		{h.warden, "POST", "/calls/over/accept", "", 409},
		{h.viewer, "POST", "/calls/up1/accept", "", 403},
		{h.warden, "GET", "/recordings/ended1-purpose-3", "", 200},
		{h.viewer, "GET", "/recordings/ended1-purpose-3", "", 403},
		{h.admin, "GET", "/incidents?calm=true", "", 200},
		{h.warden, "POST", "/contacts", draft, 200},
		{h.warden, "POST", "/contacts", `{"number":"hello","line":"flat-1"}`, 400},
		{h.warden, "GET", "/contacts", "", 200},
		{h.warden, "DELETE", "/contacts?line=flat-1&number=01632+960123", "", 204},
		{h.admin, "POST", "/blocks", `{"number":"+44*"}`, 400},
		{h.admin, "POST", "/blocks", `{"number":"name:*parcel*"}`, 200},
		{h.admin, "GET", "/blocks?house=true", "", 200},
		{h.admin, "DELETE", "/blocks?number=name:*parcel*", "", 204},
		{h.admin, "DELETE", "/blocks?number=name:*parcel*", "", 404},
		{h.admin, "GET", "/audit", "", 200},
		{h.warden, "GET", "/audit", "", 403},
		{h.admin, "GET", "/events?line=flat-9", "", 404},
		{"", "GET", "/lines", "", 401},
	} {
		got := h.ask(c.token, c.method, "/api/v1"+c.path, c.body)
		if got.status != c.status {
			t.Errorf("%s %s: %d, want %d: %s", c.method, c.path, got.status, c.status, got.body)
		}
		path, _, _ := strings.Cut(c.path, "?")
		for _, id := range []string{"/ended1-purpose-3", "/ended1", "/ended2", "/nothing", "/up1", "/over"} {
			path = strings.Replace(path, id, "/{id}", 1)
		}
		if err := d.check(d.operations(t, path)[c.method], got); err != nil {
			t.Errorf("%s %s: %v", c.method, c.path, err)
		}
	}
}

func TestTheDescriptionIsServedToAnybody(t *testing.T) {
	h := newHouse(t)
	want, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	got := h.ask("", "GET", "/api/v1/openapi.json", "")
	if got.status != 200 || got.body != strings.TrimSpace(string(want)) || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("%d, %s, %d bytes", got.status, got.header.Get("Content-Type"), len(got.body))
	}
	if got := h.ask("", "POST", "/api/v1/openapi.json", ""); got.status != 405 {
		t.Errorf("POST gives %d", got.status)
	}
}

func TestCallsUnderWayComeFirst(t *testing.T) {
	h := newHouse(t)
	for path, want := range map[string]string{
		"/calls": "up2 up1 ended2 ended1", "/calls?state=underway": "up2 up1", "/calls?state=ended": "ended2 ended1",
		"/calls?line=flat-1": "up1 ended1", "/calls?cause=refused": "", "/calls?text=parcel": "",
	} {
		var ids []string
		for piece := range strings.SplitSeq(h.ask(h.admin, "GET", "/api/v1"+path, "").body, `{"id":"`) {
			if id, rest, ok := strings.Cut(piece, `","line"`); ok && rest != "" {
				ids = append(ids, id)
			}
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestADecisionThatIsTooLateSaysWhoseHolds(t *testing.T) {
	h := newHouse(t)
	for why, want := range map[call.Unheeded]struct {
		status int
		kind   string
	}{
		call.TooLate: {409, "decided"}, call.NotWaiting: {409, "not-waiting"}, call.NotAllowed: {403, "residents-choice"},
	} {
		h.engine.mu.Lock()
		h.engine.answer = func(call.Decision) call.Decided {
			return call.Decided{Holds: call.Decision{By: "resident", Choice: call.Block}, Why: why}
		}
		h.engine.mu.Unlock()
		got := h.ask(h.warden, "POST", "/api/v1/calls/up1/accept", "")
		if got.status != want.status || got.kind() != want.kind || !strings.Contains(got.body, `"decision":{"by":"resident","choice":"block"}`) {
			t.Errorf("%s: %d %s", why, got.status, got.body)
		}
	}
}
