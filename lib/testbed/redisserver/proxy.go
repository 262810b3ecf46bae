package redisserver

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// proxy hands connections on to Redis, and its answers back after a delay.
type proxy struct {
	to       string
	listener net.Listener
	delay    atomic.Int64 // of answers, in nanoseconds

	quit   chan struct{} // closed by close
	mu     sync.Mutex
	ends   map[net.Conn]bool // of connections under way
	closed bool
	all    sync.WaitGroup
}

func newProxy(ctx context.Context, address, to string) (*proxy, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		return nil, fmt.Errorf("listen in front of redis: %w", err)
	}
	p := &proxy{to: to, listener: listener, quit: make(chan struct{}), ends: map[net.Conn]bool{}}
	p.all.Go(p.accept)
	return p, nil
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.all.Go(func() { p.serve(client) })
	}
}

func (p *proxy) serve(client net.Conn) {
	dialer := net.Dialer{Timeout: time.Second}
	server, err := dialer.DialContext(context.Background(), "tcp", p.to)
	if err != nil {
		_ = client.Close()
		return
	}
	if !p.hold(client, server) {
		return
	}
	defer p.let(client, server)
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	})
	both.Go(func() {
		p.answers(client, server)
		_ = client.Close()
	})
	both.Wait()
}

// chunk is a part of an answer, and when it is due.
type chunk struct {
	bytes []byte
	due   time.Time
}

// answers copies what the server says, each part late by the delay there was when it came.
func (p *proxy) answers(client io.Writer, server io.Reader) {
	said := make(chan chunk, 1024)
	go func() {
		defer close(said)
		for {
			buffer := make([]byte, 32*1024)
			n, err := server.Read(buffer)
			if err != nil {
				return
			}
			said <- chunk{buffer[:n], time.Now().Add(time.Duration(p.delay.Load()))}
		}
	}()
	for part := range said {
		select {
		case <-time.After(time.Until(part.due)):
		case <-p.quit:
		}
		if _, err := client.Write(part.bytes); err != nil {
			break
		}
	}
	for range said { // the client is gone: let the reader end
	}
}

func (p *proxy) hold(ends ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, end := range ends {
		if p.closed {
			_ = end.Close()
			continue
		}
		p.ends[end] = true
	}
	return !p.closed
}

func (p *proxy) let(ends ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, end := range ends {
		_ = end.Close()
		delete(p.ends, end)
	}
}

// close ends every connection and waits until nothing of the proxy runs.
func (p *proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	if !p.closed {
		close(p.quit)
	}
	p.closed = true
	for end := range p.ends {
		_ = end.Close()
	}
	p.mu.Unlock()
	p.all.Wait()
}
