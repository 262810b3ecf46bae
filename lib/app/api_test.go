package app

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/tokens"
	"clearline/lib/users"
)

func TestAProgramUsesARunningClearline(t *testing.T) {
	a := living(t, slog.DiscardHandler)
	token, err := tokens.New(a.store).Add(t.Context(), tokens.Token{Name: "home", Role: users.Admin})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path string) *http.Response {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, "http://"+a.watch.server.Addr().String()+"/api/v1"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = response.Body.Close() })
		return response
	}
	events := bufio.NewScanner(ask("GET", "/events").Body)
	events.Scan() // the stream has begun
	if put := ask("POST", "/contacts"); put.StatusCode != http.StatusBadRequest {
		t.Errorf("an entry that is none: %d", put.StatusCode)
	}
	e := call.Entry{Line: "flat-1", List: call.Blocks, Pattern: "+441632960999"}
	if err := (served{a.store}).Change(t.Context(), []call.Entry{e}, nil); err != nil {
		t.Fatal(err)
	}
	for events.Scan() && !strings.Contains(events.Text(), `"line":"flat-1"`) { // the lists are read first
	}
	if !strings.Contains(events.Text(), `"kind":"lists-changed"`) {
		t.Errorf("told %q, %v", events.Text(), events.Err())
	}
	text, err := io.ReadAll(ask("GET", "/blocks").Body)
	if err != nil || !strings.Contains(string(text), e.Pattern) {
		t.Errorf("the blocks are %s, %v", text, err)
	}
	deeds, err := a.store.Deeds(t.Context(), 0, 10)
	if err != nil || len(deeds) != 0 {
		t.Errorf("noted %+v, %v", deeds, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // a stream holds up no end
	defer cancel()
	if err := a.feedEnds(ctx, events); err != nil {
		t.Error(err)
	}
}

// feedEnds closes the feed, and waits until who follows is told no more.
func (a *App) feedEnds(ctx context.Context, events *bufio.Scanner) error {
	a.feed.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for events.Scan() {
		}
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
