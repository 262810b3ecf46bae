package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"clearline/lib/call"
)

const (
	askMax    = 8 * time.Second // for a whole answer; longer than a server may take
	answerMax = 64 << 20        // bytes
)

// Client is a Reader that asks a running Clearline. Every question has a connection of
// its own: nothing is left open.
type Client struct{ Path string } // of the socket

var _ Reader = Client{}

// Records implements Reader. The error wraps ErrNobody when nobody listens.
func (c Client) Records(ctx context.Context, limit int) ([]call.Record, error) {
	return ask[call.Record](ctx, c, "calls", limit)
}

// Attempts implements Reader. The error wraps ErrNobody when nobody listens.
func (c Client) Attempts(ctx context.Context, limit int) ([]call.Attempt, error) {
	return ask[call.Attempt](ctx, c, "incidents", limit)
}

func ask[T any](ctx context.Context, c Client, what string, limit int) ([]T, error) {
	if err := checkLength(c.Path); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNobody, err)
	}
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://clearline/%s?limit=%d", what, limit), nil)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return connect(ctx, c.Path) },
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, c.meaning(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, answerMax))
	if err != nil {
		return nil, c.meaning(err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the running Clearline cannot read its history: %s", strings.TrimSpace(string(text)))
	}
	var list []T
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("understand the running Clearline: %w; is it another version than this command?", err)
	}
	return list, nil
}

// meaning says in an operator's words what went wrong between here and the socket.
func (c Client) meaning(err error) error {
	var slow net.Error
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w at %s", ErrNobody, c.Path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the socket %s is for the user Clearline runs as, and root: run the command as one of them", c.Path)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return fmt.Errorf("the running Clearline does not answer at %s: run the command again; if it stays so, Clearline hangs, and its log says why", c.Path)
	}
	return fmt.Errorf("ask the running Clearline at %s: %w; run the command again", c.Path, err)
}
