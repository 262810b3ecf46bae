package testbed

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Start opens a bed for a test and closes it at the end; a test that failed prints the
// timeline. Under -short it skips the test; a missing Asterisk fails it.
func Start(t testing.TB, opt Options) *Bed {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	if opt.Progress == nil {
		opt.Progress = logWriter{t}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // a first build of the root included
	defer cancel()
	b, err := Open(ctx, opt)
	if err != nil {
		t.Fatalf("open testbed: %v", err)
	}
	t.Cleanup(func() {
		b.Close()
		if t.Failed() {
			var text strings.Builder
			b.Timeline.Print(&text, time.Time{})
			t.Logf("timeline:\n%s", text.String())
		}
	})
	return b
}

// logWriter hands lines to the test's log.
type logWriter struct{ t testing.TB }

func (w logWriter) Write(b []byte) (int, error) {
	w.t.Logf("%s", bytes.TrimRight(b, "\n"))
	return len(b), nil
}

// Must unwraps what cannot fail in a working test.
func Must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Scenario performs a scenario as part of a test. When it fails, the test shows the
// timeline of this scenario only.
func (b *Bed) Scenario(t testing.TB, verbs *Verbs, name, text string) {
	t.Helper()
	s, err := verbs.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := b.Perform(t.Context(), s, nil); err != nil {
		var text strings.Builder
		b.Timeline.Print(&text, begun)
		t.Fatalf("%v\ntimeline:\n%s", err, text.String())
	}
}

// Scenarios performs every scenario of a folder, each as a test of its own. after is
// called behind each with whether it failed; it may be nil.
func (b *Bed) Scenarios(t *testing.T, verbs *Verbs, folder string, after func(failed bool)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios in %s: %v", folder, err)
	}
	for _, file := range files {
		passed := t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			b.Scenario(t, verbs, file, string(text))
		})
		if after != nil {
			after(!passed)
		}
	}
}
