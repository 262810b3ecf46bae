package testbed

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// ariClient asks Asterisk about itself over HTTP, apart from the program under test.
type ariClient struct {
	base, user, password string
	http                 *http.Client
}

func newARIClient(base, user, password string) *ariClient {
	// No kept connections: they would look like handles Asterisk leaks.
	return &ariClient{base, user, password, &http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: true},
	}}
}

func (c *ariClient) close() { c.http.CloseIdleConnections() }

func (c *ariClient) get(ctx context.Context, path string, into any) error {
	return c.do(ctx, http.MethodGet, path, nil, into)
}

func (c *ariClient) do(ctx context.Context, method, path string, body, into any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return fmt.Errorf("ask ari: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("ask ari: %w", err)
	}
	req.SetBasicAuth(c.user, c.password)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask ari: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("ask ari %s: %w", path, err)
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("ask ari %s %s: %s: %s", method, path, res.Status, bytes.TrimSpace(answer))
	}
	if into == nil || len(answer) == 0 {
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("ask ari %s: %w", path, err)
	}
	return nil
}

// ARI makes one request, such as ARI(ctx, "POST", "/bridges?type=mixing", nil, &bridge).
// Body and into may be nil; a status outside 2xx is an error.
func (a *Asterisk) ARI(ctx context.Context, method, path string, body, into any) error {
	return a.ari.do(ctx, method, path, body, into)
}
