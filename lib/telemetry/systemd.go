package telemetry

import (
	"context"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Systemd tells the service manager how the service is, where there is one that wants to
// know: NOTIFY_SOCKET and WATCHDOG_USEC of sd_notify(3). Elsewhere it does nothing.
type Systemd struct {
	log *slog.Logger

	mu     sync.Mutex
	status string
	failed bool // the last message was not taken
}

// NewSystemd makes the teller.
func NewSystemd(log *slog.Logger) *Systemd { return &Systemd{log: log} }

// Ready says that the service has started.
func (s *Systemd) Ready() { s.send(daemon.SdNotifyReady) }

// Stopping says that the service ends.
func (s *Systemd) Stopping() { s.send(daemon.SdNotifyStopping) }

// Status shows a line in "systemctl status".
func (s *Systemd) Status(line string) {
	line = strings.Join(strings.Fields(line), " ") // what follows a line break would be another message
	s.mu.Lock()
	same := s.status == line
	s.status = line
	s.mu.Unlock()
	if !same {
		s.send("STATUS=" + line)
	}
}

// Watch tells the watchdog that the service works, at half of the time after which it
// would kill the service, for as long as beat returns nil, until ctx is done. Without a
// watchdog it returns at once.
func (s *Systemd) Watch(ctx context.Context, beat func() error) {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		s.log.ErrorContext(ctx, "watchdog not fed", "err", err)
	}
	if limit <= 0 {
		return
	}
	ticker := time.NewTicker(limit / 2)
	defer ticker.Stop()
	for {
		if err := beat(); err != nil {
			s.log.ErrorContext(ctx, "stuck: systemd starts the service anew unless this passes", "err", err)
		} else {
			s.send(daemon.SdNotifyWatchdog)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// sendMax bounds one message: a manager that does not read must not hold the service up.
// That is why daemon.SdNotify, which waits without end, does not send.
const sendMax = 200 * time.Millisecond

// send sends a message. That it is not taken is said once.
func (s *Systemd) send(message string) {
	err := notify(message)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && !s.failed {
		s.log.Warn("systemd not told how the service is", "err", err)
	}
	s.failed = err != nil
}

// notify sends a datagram to where the environment says.
func notify(message string) error {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // what was written is with the kernel
	if err := conn.SetWriteDeadline(time.Now().Add(sendMax)); err != nil {
		return err
	}
	_, err = conn.Write([]byte(message))
	return err
}
