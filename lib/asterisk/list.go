package asterisk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"clearline/lib/call"
)

// channel is what Asterisk shows of one.
type channel struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Dialplan struct {
		AppName string `json:"app_name"`
		Exten   string `json:"exten"`
	} `json:"dialplan"`
	Vars map[string]string `json:"channelvars"`
}

type bridge struct {
	Type    string   `json:"bridge_type"`
	Members []string `json:"channels"`
}

// listing is everything that is up at one moment.
type listing struct {
	channels []channel
	bridges  []bridge
	err      error
	done     chan struct{} // closed when the rest is set
}

func (l *listing) channel(leg call.LegID) (channel, bool) {
	for _, ch := range l.channels {
		if ch.ID == string(leg) {
			return ch, true
		}
	}
	return channel{}, false
}

// without leaves out some channels. Listings are shared: it is another one.
func (l *listing) without(out func(id string) bool) *listing {
	kept := *l
	kept.channels = slices.DeleteFunc(slices.Clone(l.channels), func(ch channel) bool { return out(ch.ID) })
	return &kept
}

// lister makes listings for many who ask at once: whoever asks while one is being made
// shares the next, which begins after the question.
type lister struct {
	mu      sync.Mutex
	running bool
	next    *listing
}

// list asks for a listing that begins now or later.
func (c *Client) list(ctx context.Context) (*listing, error) {
	l := c.nextList()
	select {
	case <-l.done:
		return l, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *Client) nextList() *listing {
	return c.lists.join(func() { c.background.run(c.makeLists) })
}

// join returns the listing to wait for, and starts the work when nobody is at it.
func (w *lister) join(start func()) *listing {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next == nil {
		w.next = &listing{done: make(chan struct{})}
	}
	if !w.running {
		w.running = true
		start()
	}
	return w.next
}

// take returns the listing to make, or nil when nobody waits for one.
func (w *lister) take() *listing {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.next
	w.next = nil
	w.running = l != nil
	return l
}

func (c *Client) makeLists() {
	for l := c.lists.take(); l != nil; l = c.lists.take() {
		l.make(c)
	}
}

func (l *listing) make(c *Client) {
	defer close(l.done)
	ctx, cancel := c.detached(context.Background())
	defer cancel()
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return c.read(ctx, "/bridges", &l.bridges) })
	both.Go(func() error { return c.read(ctx, "/channels", &l.channels) })
	l.err = both.Wait()
}

// read asks for a resource of which ari/v5 reads less, or only one by one.
func (c *Client) read(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.address(path), nil)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.SetBasicAuth(c.opt.Username, c.opt.Password)
	resp, err := c.roundTrip(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // it was read to the end
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("read asterisk's answer to %s: %w", path, err)
	}
	return nil
}
