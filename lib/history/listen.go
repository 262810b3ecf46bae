package history

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"
)

// connectMax bounds how long a connection on this machine may take.
const connectMax = time.Second

// socket is a listener that leaves no file behind.
type socket struct {
	*net.UnixListener
	path string
	made os.FileInfo
}

// Listen makes the socket at path, which only its owner may connect to. A socket there
// that nobody listens on any more is replaced; whatever else is there stays, and is an
// error. Close removes the socket.
func Listen(ctx context.Context, path string) (net.Listener, error) {
	if err := checkLength(path); err != nil {
		return nil, err
	}
	if err := makeRoom(ctx, path); err != nil {
		return nil, err
	}
	config := net.ListenConfig{Control: private}
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("make the socket: %w", err)
	}
	s := &socket{UnixListener: l.(*net.UnixListener), path: path}
	s.SetUnlinkOnClose(false) // it would remove whatever is there by then
	if s.made, err = os.Lstat(path); err == nil && s.made.Mode() != fs.ModeSocket|0o600 {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("keep the socket for its owner: %w", err), s.Close())
	}
	return s, nil
}

// private takes rights from the socket before it has a name: on Linux the file is made
// with what is left, so there is no moment in which others may connect.
func private(_, _ string, c syscall.RawConn) (err error) {
	failed := c.Control(func(fd uintptr) { err = syscall.Fchmod(int(fd), 0o600) })
	return errors.Join(failed, err)
}

// Close stops listening and removes the socket, unless something else has its name now.
func (s *socket) Close() error {
	err := s.UnixListener.Close()
	if now, gone := os.Lstat(s.path); gone == nil && s.made != nil && os.SameFile(now, s.made) {
		err = errors.Join(err, os.Remove(s.path))
	}
	return err
}

// makeRoom removes the socket of a process that has died.
func makeRoom(ctx context.Context, path string) error {
	found, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look for an earlier socket: %w", err)
	case found.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is no socket, and not Clearline's: move it away", path)
	}
	conn, err := connect(ctx, path)
	switch {
	case err == nil:
		return errors.Join(fmt.Errorf("another process answers at %s: is Clearline already running?", path), conn.Close())
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case !errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("see whose socket %s is: %w", path, err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the socket of an earlier run: %w", err)
	}
	return nil
}

func connect(ctx context.Context, path string) (net.Conn, error) {
	return (&net.Dialer{Timeout: connectMax}).DialContext(ctx, "unix", path)
}
