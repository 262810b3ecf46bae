// Package broker runs a real MQTT broker, Debian's mosquitto, for tests.
package broker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Broker is a mosquitto on a loopback address. It forgets everything when it ends.
type Broker struct {
	address string
	config  string
	cmd     *exec.Cmd
}

// startMax bounds how long it may take until the broker answers.
const startMax = 20 * time.Second

// For runs a broker until the test ends, for one user with a password. The test is skipped
// with -short, and fails where there is no mosquitto.
func For(t testing.TB, user, password string) *Broker {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real mosquitto")
	}
	b, err := prepare(t.Context(), t.TempDir(), user, password)
	if err == nil {
		err = b.Start(t.Context())
	}
	if err != nil {
		t.Fatalf("%v; scripts/setup installs mosquitto", err)
	}
	t.Cleanup(b.Stop)
	return b
}

func prepare(ctx context.Context, dir, user, password string) (*Broker, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &Broker{address: listener.Addr().String(), config: filepath.Join(dir, "mosquitto.conf")}
	if err := listener.Close(); err != nil {
		return nil, err
	}
	passwords := filepath.Join(dir, "passwords")
	made := exec.CommandContext(ctx, "mosquitto_passwd", "-b", "-c", passwords, user, password)
	if out, err := made.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make the broker's passwords: %w: %s", err, out)
	}
	host, port, err := net.SplitHostPort(b.address)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("listener %s %s\nallow_anonymous false\npassword_file %s\npersistence false\nuser %s\n", port, host, passwords, owner())
	return b, os.WriteFile(b.config, []byte(text), 0o600)
}

// owner is whom the broker runs as: it would be another user than root otherwise, who cannot
// read its files.
func owner() string {
	if os.Getuid() == 0 {
		return "root"
	}
	return strconv.Itoa(os.Getuid()) // not heeded then
}

// URL is where clients reach the broker.
func (b *Broker) URL() string { return "mqtt://" + b.address }

// Start runs the broker and waits until it answers.
func (b *Broker) Start(ctx context.Context) error {
	b.cmd = exec.CommandContext(context.WithoutCancel(ctx), program(), "-c", b.config)
	if err := b.cmd.Start(); err != nil {
		return fmt.Errorf("start mosquitto: %w", err)
	}
	dialer := net.Dialer{Timeout: time.Second}
	for deadline := time.Now().Add(startMax); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		conn, err := dialer.DialContext(ctx, "tcp", b.address)
		if err == nil {
			return conn.Close()
		}
	}
	b.Stop()
	return errors.New("start mosquitto: it does not answer")
}

// Stop ends the broker, which says goodbye to nobody.
func (b *Broker) Stop() {
	_ = b.cmd.Process.Kill()
	_ = b.cmd.Wait() // it was killed
}

// program is where Debian puts it: not everybody has that in PATH.
func program() string {
	const there = "/usr/sbin/mosquitto"
	if _, err := os.Stat(there); err == nil {
		return there
	}
	return "mosquitto"
}
