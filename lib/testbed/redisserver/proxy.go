package redisserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Trouble is something that goes wrong on the way between clients and a server.
type Trouble struct {
	kind, stream string
	attributes   map[string]any
}

// Late delays what the server says.
func Late(by time.Duration) Trouble {
	return Trouble{"latency", "downstream", map[string]any{"latency": by.Milliseconds()}}
}

// Narrow lets so many kilobytes through in a second, each way.
func Narrow(rate int) []Trouble {
	limit := map[string]any{"rate": rate}
	return []Trouble{{"bandwidth", "upstream", limit}, {"bandwidth", "downstream", limit}}
}

// Mute leaves connections open and lets nothing through, either way: what was sent
// meanwhile is lost.
func Mute() []Trouble {
	return []Trouble{{"timeout", "upstream", nil}, {"timeout", "downstream", nil}}
}

// AnswersLost waits until a client has sent what contains text. From then on connections
// end in place of answers: the server does what it is asked, and no client hears of it.
func AnswersLost(text string) []Trouble {
	gate := lastGate.Add(1)
	return []Trouble{
		{askedKind, "upstream", map[string]any{"text": text, "gate": gate}},
		{cutKind, "downstream", map[string]any{"gate": gate}},
	}
}

// proxy hands connections on to a server.
type proxy struct{ toxi *toxiproxy.Proxy }

func newProxy(address, to string) (*proxy, error) {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()) // its API is not served
	p := toxiproxy.NewProxy(server, "redis", net.JoinHostPort(address, "0"), to)
	if err := p.Start(); err != nil {
		return nil, fmt.Errorf("listen in front of redis: %w", err)
	}
	return &proxy{p}, nil
}

func (p *proxy) address() string { return p.toxi.Listen }

// suffer puts troubles in the place of those there are. With the new ones connections may end.
func (p *proxy) suffer(troubles []Trouble) error {
	p.toxi.Toxics.ResetToxics(context.Background())
	for n, t := range troubles {
		text, err := json.Marshal(map[string]any{
			"name": fmt.Sprint(n), "type": t.kind, "stream": t.stream, "attributes": t.attributes,
		})
		if err != nil {
			return fmt.Errorf("write the trouble %s: %w", t.kind, err)
		}
		if _, err := p.toxi.Toxics.AddToxicJson(strings.NewReader(string(text))); err != nil {
			return fmt.Errorf("make the trouble %s: %w", t.kind, err)
		}
	}
	return nil
}

// close ends every connection.
func (p *proxy) close() { p.toxi.Stop() }
