package telemetry

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// nobody is exempt.
func nobody(netip.Addr) bool { return false }

// from connects from an address of this machine.
func from(t *testing.T, source string, to net.Addr) net.Conn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(source)}, Timeout: 10 * time.Second}
	conn, err := dialer.DialContext(t.Context(), "tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// TestWhoSpeaksSlowlyKeepsNobodyOut opens more connections from one address than the server
// takes, on each of which a request begins and goes on byte by byte.
func TestWhoSpeaksSlowlyKeepsNobodyOut(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "well") })
	s := newServer(listener, nil, nobody, page, log.New(t.Output(), "", 0))
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	var slow []net.Conn
	for range maxClients + 20 {
		conn := from(t, "127.0.0.2", s.Addr())
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nX-A: ") // it may be closed already
		slow = append(slow, conn)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		return from(t, "127.0.0.3", s.Addr()), nil
	}}}
	for range 3 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Addr().String()+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		if err != nil || string(text) != "well" || answer.Body.Close() != nil {
			t.Errorf("others are answered %q, error %v", text, err)
		}
	}
	// Those that were let in are cut off once a request has taken too long; then others of the
	// same address have their places.
	for _, conn := range slow[:maxEach] {
		if err := conn.SetReadDeadline(time.Now().Add(headerWithin + 10*time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(conn); err != nil {
			t.Fatalf("a slow request is not cut off: %v", err)
		}
	}
	conn := from(t, "127.0.0.2", s.Addr())
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(conn); err != nil || len(text) == 0 {
		t.Errorf("who has gone still counts: %q, %v", text, err)
	}
	s.Close(t.Context())
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestWhoHasNoBound(t *testing.T) {
	exempt := unbounded(netip.MustParsePrefix("192.0.2.0/28"))
	for address, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "192.0.2.3": true, "192.0.2.16": false, "198.51.100.1": false, "2001:db8::1": false,
	} {
		if got := exempt(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	if unbounded(netip.Prefix{})(netip.MustParseAddr("0.0.0.0")) {
		t.Error("without a proxy somebody is exempt")
	}
}

func TestAddressesOfOneNetworkAreOne(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::", "2001:db8:0:1::1": "2001:db8:0:1::", "::1": "::1",
	} {
		conn := remote{addr: &net.TCPAddr{IP: net.ParseIP(address)}}
		if got := sourceOf(conn); got != netip.MustParseAddr(want) {
			t.Errorf("%s is %s", address, got)
		}
	}
}

// remote is a connection of which only the other end's address is known.
type remote struct {
	net.Conn
	addr net.Addr
}

func (r remote) RemoteAddr() net.Addr { return r.addr }
