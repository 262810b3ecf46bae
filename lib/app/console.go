package app

import (
	"context"
	"crypto/tls"
	"os"
	"sync"
	"time"

	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/console"
	"clearline/lib/telemetry"
	"clearline/lib/users"
)

// newConsole makes the pages that wardens work with.
func (a *App) newConsole(cfg *config.Config) (*console.Console, error) {
	ctx, cancel := context.WithTimeout(context.Background(), openMax)
	defer cancel()
	wardens := map[string][]call.LineID{}
	for _, l := range cfg.Lines {
		for _, name := range l.Wardens {
			wardens[name] = append(wardens[name], l.ID)
		}
	}
	return console.New(ctx, console.Options{
		Desk: a.desk, Users: users.New(a.store), Documents: a.store, Wardens: wardens,
		Parts:  func() []console.Part { return partsForPeople(a.watch.health.Check()) },
		Secure: cfg.Console.Secure(), Proxy: cfg.Console.BehindProxy, Log: a.log,
	})
}

// partsForPeople are the parts as the page about health shows them.
func partsForPeople(parts []telemetry.Part) []console.Part {
	shown := make([]console.Part, 0, len(parts))
	for _, p := range parts {
		shown = append(shown, console.Part{
			Name: p.Name, Needed: p.Needed, Well: p.State == telemetry.Well, Since: p.Since, Fault: p.LastError,
		})
	}
	return shown
}

// certificate is the console's own, read again when its file has changed: it is renewed
// every few weeks.
type certificate struct {
	cert, key string

	mu   sync.Mutex
	read time.Time // of the file that was read: when it was written
	pair *tls.Certificate
}

// secure is how the console's pages are encrypted; nil when they are not.
func secure(c config.Console) *tls.Config {
	if c.Cert == "" {
		return nil
	}
	own := &certificate{cert: c.Cert, key: c.Key}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return own.now() },
	}
}

// now is the certificate as it is now. One that cannot be read leaves the last one in place.
func (c *certificate) now() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.cert)
	if err == nil && (c.pair == nil || !info.ModTime().Equal(c.read)) {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.cert, c.key); err == nil {
			c.pair, c.read = &pair, info.ModTime()
		}
	}
	if c.pair == nil {
		return nil, err
	}
	return c.pair, nil
}
