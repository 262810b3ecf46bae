package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"time"
)

// consoles are open in browsers of wardens: each follows the events and asks for its page
// again whenever there is one, as the console's script does.
type consoles struct {
	all    []*screen
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// screen is one of them.
type screen struct {
	client *http.Client
	root   string

	mu      sync.Mutex
	changed *sync.Cond
	page    string // that is shown
	shown   time.Time
	pages   int
	bytes   int64
	ended   bool
}

// openConsoles signs in and follows. The caller closes what it returns, also when it fails.
func (h *hall) openConsoles(ctx context.Context, count int) (*consoles, error) {
	ctx, cancel := context.WithCancel(ctx)
	c := &consoles{cancel: cancel}
	for range count {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return c, err
		}
		s := &screen{client: &http.Client{Jar: jar, Transport: &http.Transport{}}, root: "http://" + h.house.Config.Console.Listen}
		s.changed = sync.NewCond(&s.mu)
		if err := s.signIn(ctx); err != nil {
			return c, err
		}
		stream, err := s.get(ctx, "/live")
		if err != nil {
			return c, err
		}
		c.all = append(c.all, s)
		look := make(chan struct{}, 1)
		look <- struct{}{}
		c.work.Go(func() { follow(stream, look) })
		c.work.Go(func() { s.look(ctx, look) })
	}
	return c, nil
}

func (c *consoles) close() {
	c.cancel()
	c.work.Wait()
	for _, s := range c.all {
		s.client.CloseIdleConnections()
	}
}

// read is how many pages were asked for, and how long they were in all.
func (c *consoles) read() (pages int, bytes int64) {
	for _, s := range c.all {
		s.mu.Lock()
		pages, bytes = pages+s.pages, bytes+s.bytes
		s.mu.Unlock()
	}
	return pages, bytes
}

// expect watches for a line to be shown in a state. Without consoles there is nothing to
// watch.
func (c *consoles) expect(line, state string) *sights {
	if c == nil {
		return nil
	}
	s := &sights{at: make([]time.Time, len(c.all))}
	s.until, s.give = context.WithCancel(context.Background())
	for i, one := range c.all {
		s.wg.Go(func() {
			at := one.waitFor(s.until, line, state)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.at[i] = at
		})
	}
	return s
}

func (s *screen) signIn(ctx context.Context) error {
	form := url.Values{"name": {"warden"}, "password": {wardenPassword}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.root+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := s.client.Do(r)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK || answer.Request.URL.Path != "/" {
		return fmt.Errorf("sign in: %s at %s", answer.Status, answer.Request.URL.Path)
	}
	return nil
}

func (s *screen) get(ctx context.Context, path string) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.root+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", path, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("ask for %s: %s", path, answer.Status), answer.Body.Close())
	}
	return answer.Body, nil
}

// follow asks to look at each event, until the stream ends.
func follow(stream io.ReadCloser, look chan<- struct{}) {
	defer close(look)
	defer func() { _ = stream.Close() }()
	for lines := bufio.NewScanner(stream); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "data:") {
			continue
		}
		select {
		case look <- struct{}{}:
		default: // it is asked for already
		}
	}
}

// look asks for the page as often as it is told to.
func (s *screen) look(ctx context.Context, look <-chan struct{}) {
	for range look {
		body, err := s.get(ctx, "/")
		if err != nil {
			break
		}
		text, err := io.ReadAll(body)
		if err := errors.Join(err, body.Close()); err != nil {
			break
		}
		s.mu.Lock()
		s.page, s.shown = string(text), time.Now()
		s.pages, s.bytes = s.pages+1, s.bytes+int64(len(text))
		s.changed.Broadcast()
		s.mu.Unlock()
	}
	s.mu.Lock()
	s.ended = true
	s.changed.Broadcast()
	s.mu.Unlock()
}

// waitFor returns when the page began to show a line in a state; zero when it does not
// before the context ends.
func (s *screen) waitFor(ctx context.Context, line, state string) time.Time {
	defer context.AfterFunc(ctx, s.changed.Broadcast)()
	s.mu.Lock()
	defer s.mu.Unlock()
	for ctx.Err() == nil && !s.ended {
		if lineState(s.page, line) == state {
			return s.shown
		}
		s.changed.Wait()
	}
	return time.Time{}
}
