package testbed

import (
	"context"
	"os"
	"testing"
	"time"
)

func TestTryRoot(t *testing.T) {
	in, err := FindAsterisk(context.Background(), os.Stderr)
	t.Log(in, err)
	if os.Getenv("TRY") != "" {
		in, err = rootInstall(context.Background(), "/root/.cache/clearline/asterisk-try")
		if err != nil {
			t.Fatal(err)
		}
	}
	t0 := time.Now()
	a, err := StartAsterisk(context.Background(), Options{Install: &in})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("started", time.Since(t0))
	out, err := a.CLI(context.Background(), "pjsip show endpoints")
	t.Log(out, err)
	t.Log(a.lastWords())
	b, _ := os.ReadFile(a.LogPath())
	os.WriteFile("/tmp/tb/full.log", b, 0o644)
	t0 = time.Now()
	a.Stop()
	t.Log("stopped", time.Since(t0))
}
