package telemetry

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// systemd listens where the service manager would, for datagrams.
func systemd(t *testing.T) <-chan string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", path)
	told, done := make(chan string, 1000), make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 64<<10)
		for {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			told <- string(buffer[:n])
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return told
}

// next is the next message.
func next(t *testing.T, told <-chan string) string {
	t.Helper()
	select {
	case message := <-told:
		return message
	case <-time.After(20 * time.Second):
		t.Fatal("systemd is told nothing")
		return ""
	}
}

func TestSystemdIsToldHowTheServiceIs(t *testing.T) {
	told := systemd(t)
	s := NewSystemd(discard)
	s.Status("waits for\nAsterisk\r\nREADY=1")
	s.Status("waits for Asterisk READY=1")
	s.Ready()
	s.Stopping()
	for _, want := range []string{"STATUS=waits for Asterisk READY=1", "READY=1", "STOPPING=1"} {
		if got := next(t, told); got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
}

func TestTheWatchdogIsFedOnlyWhileTheHeartBeats(t *testing.T) {
	told := systemd(t)
	t.Setenv("WATCHDOG_USEC", "40000")
	var stuck atomic.Bool
	misses := make(chan struct{})
	s := NewSystemd(discard)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Watch(ctx, func() error {
			if !stuck.Load() {
				return nil
			}
			misses <- struct{}{}
			return errors.New("engine: stuck")
		})
	}()
	for range 3 {
		if got := next(t, told); got != "WATCHDOG=1" {
			t.Errorf("told %q", got)
		}
	}
	stuck.Store(true)
	<-misses
	s.Status("stuck") // messages come in the order in which they were sent
	for range 4 {
		<-misses
	}
	s.Status("still stuck")
	stuck.Store(false)
	for got := ""; got != "STATUS=stuck"; {
		got = next(t, told)
	}
	for _, want := range []string{"STATUS=still stuck", "WATCHDOG=1"} {
		if got := next(t, told); got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	cancel()
	<-ended
}

func TestWithoutSystemdNothingIsSaid(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	s := NewSystemd(discard)
	s.Ready()
	s.Watch(t.Context(), func() error { t.Error("the heart is asked for nobody"); return nil })
}

func TestASystemdThatDoesNotReadHoldsNothingUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	t.Setenv("NOTIFY_SOCKET", path)
	log, text := logged()
	s := NewSystemd(log)
	for n := 0; !strings.Contains(text.String(), "systemd not told"); n++ {
		if n == 10_000 {
			t.Fatal("everything was taken")
		}
		s.Ready()
	}
}

func TestASystemdThatDoesNotListenIsReportedOnce(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	log, text := logged()
	s := NewSystemd(log)
	s.Ready()
	s.Status("well")
	if n := strings.Count(text.String(), "systemd not told"); n != 1 {
		t.Errorf("reported %d times:\n%s", n, text)
	}
}
