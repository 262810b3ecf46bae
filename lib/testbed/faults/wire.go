package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// wire stands between Clearline and Asterisk's ARI.
type wire struct{ toxi *toxiproxy.Proxy }

// newWire listens in front of the server of an address and returns the address to ask instead.
func newWire(direct string) (*wire, string, error) {
	target, err := url.Parse(direct)
	if err != nil {
		return nil, "", fmt.Errorf("read ARI's address: %w", err)
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()) // its API is not served
	p := toxiproxy.NewProxy(server, "ari", "127.0.0.1:0", target.Host)
	if err := p.Start(); err != nil {
		return nil, "", fmt.Errorf("listen in front of ARI: %w", err)
	}
	target.Host = p.Listen
	return &wire{p}, target.String(), nil
}

// reset ends every connection; new ones are taken at once.
func (w *wire) reset() error {
	w.toxi.Stop()
	if err := w.toxi.Start(); err != nil {
		return fmt.Errorf("listen in front of ARI again: %w", err)
	}
	return nil
}

// mute leaves connections open and lets nothing through.
func (w *wire) mute() error {
	for _, stream := range []string{"upstream", "downstream"} {
		toxic := fmt.Sprintf(`{"name":%q,"type":"timeout","stream":%q,"attributes":{"timeout":0}}`, stream, stream)
		if _, err := w.toxi.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			return fmt.Errorf("silence ARI: %w", err)
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
