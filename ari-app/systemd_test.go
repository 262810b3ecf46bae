package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"clearline/lib/store"
)

// idleAsterisk is the address of an Asterisk on which nothing happens.
func idleAsterisk(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/ari/events", func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err == nil {
			_, _, _ = conn.Read(context.Background()) // answers pings until the connection is over
		}
	})
	mux.HandleFunc("/ari/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"name":"clearline"}`) })
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL + "/ari"
}

// manager stands in for systemd, which listens for datagrams.
type manager struct {
	t    *testing.T
	path string
	told chan string
}

func newManager(t *testing.T) *manager {
	t.Helper()
	m := &manager{t: t, path: filepath.Join(t.TempDir(), "notify"), told: make(chan string, 10_000)}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buffer := make([]byte, 64<<10)
		for {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			m.told <- string(buffer[:n])
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-ended
	})
	return m
}

// wait waits for a message, and returns those before it.
func (m *manager) wait(message string) (before []string) {
	m.t.Helper()
	patience := time.After(20 * time.Second)
	for {
		select {
		case got := <-m.told:
			if got == message {
				return before
			}
			before = append(before, got)
		case <-patience:
			m.t.Fatalf("no %s after %q", message, before)
		}
	}
}

func TestSystemdIsToldOfStartWorkAndEnd(t *testing.T) {
	config, _ := configureStore(t, store.Changes{})
	pages := runnable(t, config, idleAsterisk(t))
	systemd := newManager(t)
	cmd := program(t, "run", "-c", config)
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+systemd.path, "WATCHDOG_USEC=300000")
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	told := strings.Join(systemd.wait("READY=1"), "\n")
	if !strings.Contains(told, "STATUS=") || strings.Contains(told, "STOPPING") {
		t.Errorf("before it is ready, systemd is told %q", told)
	}
	systemd.wait("WATCHDOG=1")
	systemd.wait("WATCHDOG=1")
	resp, err := http.Get("http://" + pages + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("a program that works answers %s", resp.Status)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	systemd.wait("STOPPING=1")
	if err := cmd.Wait(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestPagesOnAnAddressThatIsTakenAreAClearError(t *testing.T) {
	config, _ := configureStore(t, store.Changes{})
	pages := runnable(t, config, nowhere)
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", pages)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	out, err := program(t, "run", "-c", config).CombinedOutput()
	if !strings.Contains(string(out), "clearline: console.listen: another program listens on "+pages+" already") {
		t.Errorf("it says %s", out)
	}
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() != exitFailed {
		t.Errorf("it ends with %v", err)
	}
}
