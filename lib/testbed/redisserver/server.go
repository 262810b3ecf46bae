// Package redisserver runs a real Redis for tests: private, on a loopback address, and
// able to fail in the ways a Redis fails.
package redisserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// ErrMissing is returned when the machine has no redis-server.
var ErrMissing = errors.New("redis-server is not on PATH; scripts/setup installs it")

// Options say how a server is run. The zero value is a server on 127.0.0.1 that asks
// for no password and keeps everything in memory.
type Options struct {
	Address  string // of 127.0.0.0/8
	Password string // that clients must give; letters and digits
	Durable  bool   // write every change to the disk before it is answered

	clustered bool
	copied    *Server // by this one, which is its replica then
	watched   *Server // by this one, which is a Sentinel then
	quorum    int     // how many Sentinels must find it down
}

// Server is one running Redis, and a proxy in front of it that makes trouble.
// Its methods may be called from many goroutines.
type Server struct {
	Home string // its folder: configuration, log, data

	opt    Options
	port   int // of Redis itself
	bus    int // where the nodes of a cluster talk to each other
	front  *proxy
	unbind func() bool // from the context whose end ends the server

	mu  sync.Mutex // held while the process is started or ended
	run *process
}

// Start runs a server and waits until it answers. It is closed when ctx ends, and the
// kernel ends it with the process that started it. A missing program is ErrMissing.
func Start(ctx context.Context, opt Options) (*Server, error) {
	if opt.Address == "" {
		opt.Address = "127.0.0.1"
	}
	if ip := net.ParseIP(opt.Address); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("start redis: %q is no loopback address", opt.Address)
	}
	if _, err := exec.LookPath("redis-server"); err != nil {
		return nil, ErrMissing
	}
	home, err := os.MkdirTemp("", "clearline-redis-")
	if err != nil {
		return nil, fmt.Errorf("make redis's folder: %w", err)
	}
	s := &Server{Home: home, opt: opt}
	if err := s.begin(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start redis: %w", err), s.end())
	}
	s.unbind = context.AfterFunc(ctx, func() { _ = s.end() })
	return s, nil
}

// begin looks for a port until the server can have it, and puts the proxy in front.
func (s *Server) begin(ctx context.Context) error {
	var err error
	for range 5 { // somebody else may take the port first
		if s.port, err = freePort(ctx, s.opt.Address); err != nil {
			return err
		}
		if s.bus, err = freePort(ctx, s.opt.Address); err != nil {
			return err
		}
		if err = s.Restart(ctx); err == nil || !errors.Is(err, errTaken) {
			break
		}
	}
	if err != nil {
		return err
	}
	s.front, err = newProxy(s.opt.Address, s.address())
	return err
}

func freePort(ctx context.Context, address string) (int, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

// bootTime bounds a start on a busy machine.
const bootTime = 15 * time.Second

// Restart ends the process when it runs, starts it again at the same place and waits
// until it answers. Without Durable it comes back empty. Fail is off again.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Stop(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	path, err := s.writeConfig()
	if err != nil {
		return fmt.Errorf("configure redis: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	if s.run, err = startProcess(s.words(path), filepath.Join(s.Home, "redis.log")); err != nil {
		return err
	}
	for {
		info, err := s.Command(ctx, "INFO")
		if err == nil && s.run.wrote(info) {
			return nil
		}
		select {
		case <-s.run.done:
			return s.run.lastWords()
		case <-ctx.Done():
			return fmt.Errorf("wait for redis: %w", errors.Join(ctx.Err(), err))
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Stop ends the process. Clients see their connections end; what they try afterwards
// fails until Restart. Stopping a stopped server does nothing.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return nil
	}
	err := s.run.end()
	s.run = nil
	return err
}

// Close ends the process and the proxy for good and removes the folder.
func (s *Server) Close() error {
	s.unbind()
	return s.end()
}

func (s *Server) end() error {
	err := s.Stop()
	if s.front != nil {
		s.front.close()
	}
	return errors.Join(err, os.RemoveAll(s.Home))
}

// Freeze holds the process still: it accepts connections and never answers.
func (s *Server) Freeze() error { return s.signal(stopSignal) }

// Thaw lets a frozen process go on.
func (s *Server) Thaw() error { return s.signal(continueSignal) }

func (s *Server) signal(signal os.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return errors.New("redis does not run")
	}
	return s.run.signal(signal)
}

// Suffer makes trouble on the way of those who come by URL, in the place of what trouble
// there was; without any it ends.
func (s *Server) Suffer(troubles ...Trouble) error { return s.front.suffer(troubles) }

// Fail makes the server refuse to write, for want of replicas, or write again. It goes
// on answering reads.
func (s *Server) Fail(ctx context.Context, fail bool) error {
	_, err := s.Command(ctx, "CONFIG SET min-replicas-to-write "+map[bool]string{true: "1", false: "0"}[fail])
	return err
}

// Empty removes everything the server holds, and the scripts it knows.
func (s *Server) Empty(ctx context.Context) error {
	_, err := s.Command(ctx, "FLUSHALL")
	if err == nil {
		_, err = s.Command(ctx, "SCRIPT FLUSH")
	}
	return err
}

// URL is where clients reach the server, through the proxy.
func (s *Server) URL() string { return s.url(s.front.address()) }

// Direct is where clients reach the server without the proxy: a stopped server
// refuses connections there.
func (s *Server) Direct() string { return s.url(s.address()) }

func (s *Server) url(host string) string { return "redis://" + s.userinfo() + host }

// userinfo is the part of a URL that carries the password.
func (s *Server) userinfo() string {
	if s.opt.Password == "" {
		return ""
	}
	return ":" + s.opt.Password + "@"
}

func (s *Server) address() string { return net.JoinHostPort(s.opt.Address, fmt.Sprint(s.port)) }
