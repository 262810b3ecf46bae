package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestTenMegabytesAreTooMuch sends every form ten megabytes.
func TestTenMegabytesAreTooMuch(t *testing.T) {
	o := open(t)
	large := url.Values{"name": {strings.Repeat("x", 10<<20)}}.Encode()
	ann := o.as("ann")
	answered := 0
	for _, path := range []string{
		"/calls/0001/decision", "/calls/0001/erase", "/people", "/people/remove", "/people/import", "/lines/flat-1/pause",
		"/users", "/users/bob", "/account", "/language", "/sign-in",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.server.URL+path, strings.NewReader(large))
		o.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := ann.client.Do(r)
		if err != nil {
			continue // it was cut off while it was sent, which is as good
		}
		o.must(answer.Body.Close())
		if answer.StatusCode != http.StatusRequestEntityTooLarge && answer.StatusCode != http.StatusBadRequest {
			t.Errorf("POST %s: %s", path, answer.Status)
		}
		answered++
	}
	t.Logf("%d were answered, the others cut off", answered)
	if len(o.floor.erased) > 0 || o.floor.paused["flat-1"] {
		t.Error("something was done")
	}
	if status, _ := ann.get("/people"); status != http.StatusOK {
		t.Errorf("afterwards: %d", status)
	}
}
