package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"clearline/lib/call"
	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// listener is a server with OpenAI's protocol that understands what it is told to, or hangs.
type listener struct {
	mu    sync.Mutex
	text  string
	hangs bool
}

func (l *listener) set(text string, hangs bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text, l.hangs = text, hangs
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, _, err := r.FormFile("file")
	if err == nil {
		_, err = io.Copy(io.Discard, file)
	}
	if err != nil {
		http.Error(w, "no file", http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	text, hangs := l.text, l.hangs
	l.mu.Unlock()
	if hangs {
		<-r.Context().Done()
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"text": text})
}

// TestTranscribed plays what a server makes of a caller's words under testdata/transcribed,
// on a real Asterisk.
func TestTranscribed(t *testing.T) {
	said := &listener{}
	server := httptest.NewServer(said)
	t.Cleanup(server.Close)
	verbs, x := testbed.NewVerbs(), &tenant{}
	err := errors.Join(
		verbs.Verb("the server understands {text:text}", func(_ context.Context, _ *testbed.Play, v testbed.Values) error {
			said.set(v["text"], false)
			return nil
		}),
		verbs.Verb("the server hangs", func(context.Context, *testbed.Play, testbed.Values) error {
			said.set("", true)
			return nil
		}),
		verbs.Verb("clearline says {text:text}", func(ctx context.Context, p *testbed.Play, v testbed.Values) error {
			return logged(ctx, p, v["text"])
		}),
		verbs.Verb("the history says {text:text}", func(ctx context.Context, _ *testbed.Play, v testbed.Values) error {
			return x.remembers(ctx, v["text"], func(found []call.Record) bool { return len(found) > 0 && found[0].Said == v["text"] })
		}),
		verbs.Verb("the history says nothing", func(ctx context.Context, _ *testbed.Play, _ testbed.Values) error {
			return x.remembers(ctx, "a call without text", func(found []call.Record) bool { return len(found) > 0 && found[0].Said == "" })
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{
		"transcribe.kind": `"openai"`, "transcribe.url": strconv.Quote(server.URL), "transcribe.timeout": `"4s"`,
	}
	for key, value := range impatient {
		settings[key] = value
	}
	x.play(t, "testdata/transcribed", verbs, house.Options{Bed: testbed.Options{Lines: flats[:1]}, Settings: settings})
}
