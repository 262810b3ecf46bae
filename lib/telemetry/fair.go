package telemetry

import (
	"net"
	"net/netip"
	"sync"
)

// maxEach is how many of maxClients may come from one address.
const maxEach = 30

// fair lets nobody take every connection: what is beyond maxEach from one address is closed
// at once. This machine and whoever is exempt have no such bound, because behind a proxy
// there is everybody.
type fair struct {
	net.Listener
	exempt func(netip.Addr) bool

	mu   sync.Mutex
	open map[netip.Addr]int
}

func fairly(listener net.Listener, exempt func(netip.Addr) bool) *fair {
	return &fair{Listener: listener, exempt: exempt, open: map[netip.Addr]int{}}
}

// unbounded is who may take as many connections as there are.
func unbounded(proxies netip.Prefix) func(netip.Addr) bool {
	return func(a netip.Addr) bool { return a.IsLoopback() || proxies.IsValid() && proxies.Contains(a) }
}

// Accept implements net.Listener.
func (f *fair) Accept() (net.Conn, error) {
	for {
		conn, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := sourceOf(conn)
		if f.exempt(from) {
			return conn, nil
		}
		if f.enter(from) {
			return &counted{Conn: conn, leave: sync.OnceFunc(func() { f.leave(from) })}, nil
		}
		_ = conn.Close() // nothing was said
	}
}

// sourceOf is where a connection comes from; of IPv6 the network, which is one house's.
func sourceOf(conn net.Conn) netip.Addr {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	from := tcp.AddrPort().Addr().Unmap()
	if from.Is6() && !from.IsLoopback() {
		network, _ := from.WithZone("").Prefix(64) // of an IPv6 address there is one
		return network.Addr()
	}
	return from
}

func (f *fair) enter(from netip.Addr) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open[from] >= maxEach {
		return false
	}
	f.open[from]++
	return true
}

func (f *fair) leave(from netip.Addr) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open[from]--; f.open[from] == 0 {
		delete(f.open, from)
	}
}

// counted is a connection that counts until it is closed.
type counted struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}
