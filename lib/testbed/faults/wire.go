package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// wire stands between Clearline and Asterisk.
type wire struct{ toxi *toxiproxy.Proxy }

// newWire listens in front of a server.
func newWire(host string) (*wire, error) {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()) // its API is not served
	p := toxiproxy.NewProxy(server, "wire", "127.0.0.1:0", host)
	if err := p.Start(); err != nil {
		return nil, fmt.Errorf("listen in front of %s: %w", host, err)
	}
	return &wire{p}, nil
}

// address is where to ask instead.
func (w *wire) address() string { return w.toxi.Listen }

// reset ends every connection; new ones are taken at once.
func (w *wire) reset() error {
	w.toxi.Stop()
	if err := w.toxi.Start(); err != nil {
		return fmt.Errorf("listen again: %w", err)
	}
	return nil
}

// mute leaves connections open and lets nothing through.
func (w *wire) mute() error {
	for _, stream := range []string{"upstream", "downstream"} {
		toxic := fmt.Sprintf(`{"name":%q,"type":"timeout","stream":%q,"attributes":{"timeout":0}}`, stream, stream)
		if _, err := w.toxi.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			return fmt.Errorf("silence a wire: %w", err)
		}
	}
	return nil
}

// heal lets everything through again.
func (w *wire) heal() error {
	w.toxi.Toxics.ResetToxics(context.Background())
	return nil
}

func (w *wire) close() { w.toxi.Stop() }
