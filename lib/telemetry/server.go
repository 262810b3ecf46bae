package telemetry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/net/netutil"
)

const (
	headerWithin = 5 * time.Second  // of a request, from its first byte
	readWithin   = 10 * time.Second // a whole request
	writeWithin  = 30 * time.Second // a whole answer; pages that stream set their own
	idleWithin   = time.Minute      // between two requests of a connection
	maxHeader    = 16 << 10         // bytes
	maxRequest   = 1 << 20          // bytes of its body
	maxClients   = 100              // at once; others wait
)

// Server serves pages on an address of its own.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// Place is where a Server listens.
type Place struct {
	Key     string       // of the address in the configuration
	Address string       // to listen on, with a port
	Secure  *tls.Config  // nil for no TLS
	Proxies netip.Prefix // who passes others' requests on; the zero one for nobody
}

// Listen takes an address. Whoever connects waits for Serve; Close gives it back.
func Listen(at Place, pages http.Handler, log *slog.Logger) (*Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", at.Address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: another program listens on %s already: stop it, or choose another port: %w", at.Key, at.Address, err)
	case err != nil:
		return nil, fmt.Errorf("%s: cannot listen on %s: %w", at.Key, at.Address, err)
	}
	return newServer(listener, at.Secure, unbounded(at.Proxies), pages, slog.NewLogLogger(log.Handler(), slog.LevelDebug)), nil
}

// newServer serves at most maxClients, and of those maxEach from one address that is not exempt.
func newServer(listener net.Listener, secure *tls.Config, exempt func(netip.Addr) bool, pages http.Handler, errors *log.Logger) *Server {
	listener = netutil.LimitListener(fairly(listener, exempt), maxClients)
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	return &Server{
		listener: listener,
		http: &http.Server{
			Handler:           guarded(pages),
			ReadHeaderTimeout: headerWithin, ReadTimeout: readWithin, WriteTimeout: writeWithin, IdleTimeout: idleWithin,
			MaxHeaderBytes: maxHeader,
			ErrorLog:       errors,
		},
	}
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve answers until Close.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve pages on %s: %w", s.Addr(), err)
	}
	return nil
}

// Close lets nobody in any more, waits for answers under way until ctx is done, and then
// cuts them off. A server that never served is closed as well.
func (s *Server) Close(ctx context.Context) {
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close() // what it reports was cut off
	}
	_ = s.listener.Close() // Shutdown knows it only once it serves
}

// guarded bounds the requests to pages, and tells browsers to make nothing else of the
// answers.
func guarded(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{
			"Cache-Control":                "no-store",
			"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Referrer-Policy":              "no-referrer",
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
		} {
			w.Header().Set(name, value)
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
		pages.ServeHTTP(w, r)
	})
}
