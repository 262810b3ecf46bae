package history

import (
	"bufio"
	"bytes"
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

// Client is a Reader and Lists that asks a running Clearline. Every question has a connection of
// its own: nothing is left open.
type Client struct{ Path string } // of the socket

var _ Kept = Client{}

// Records implements Reader. The error wraps ErrNobody when nobody listens.
func (c Client) Records(ctx context.Context, limit int) ([]call.Record, error) {
	return ask[call.Record](ctx, c, "calls", limit)
}

// Attempts implements Reader. The error wraps ErrNobody when nobody listens.
func (c Client) Attempts(ctx context.Context, limit int) ([]call.Attempt, error) {
	return ask[call.Attempt](ctx, c, "incidents", limit)
}

func ask[T any](ctx context.Context, c Client, what string, limit int) ([]T, error) {
	return askList[T](ctx, c, fmt.Sprintf("%s?limit=%d", what, limit))
}

func askList[T any](ctx context.Context, c Client, what string) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	answer, err := c.request(ctx, http.MethodGet, what, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer, answerMax))
	if err != nil {
		return nil, c.meaning(err)
	}
	var list []T
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, misunderstood(err)
	}
	return list, nil
}

// Entries implements Lists. The error wraps ErrNobody when nobody listens; nothing was
// handed over then.
func (c Client) Entries(ctx context.Context, each func(call.Entry) error) error {
	ctx, cancel := context.WithTimeout(ctx, streamMax)
	defer cancel()
	answer, err := c.request(ctx, http.MethodGet, "entries", nil)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Close() }()
	for decoder := json.NewDecoder(bufio.NewReaderSize(answer, 64<<10)); ; {
		var e call.Entry
		err := decoder.Decode(&e)
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &syntax), errors.As(err, &kind):
			return misunderstood(err)
		case err != nil:
			return c.meaning(err)
		}
		if err := each(e); err != nil {
			return err
		}
	}
}

// Change implements Lists. The error wraps ErrNobody when nobody listens.
func (c Client) Change(ctx context.Context, put []call.Entry, remove []call.EntryKey) error {
	body, err := json.Marshal(change{put, remove})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	answer, err := c.request(ctx, http.MethodPost, "entries", body)
	if err != nil {
		return err
	}
	return answer.Close()
}

// request sends a request and returns the body of its answer. Only an answer that says
// it was done is none of the errors.
func (c Client) request(ctx context.Context, method, what string, body []byte) (io.ReadCloser, error) {
	if err := checkLength(c.Path); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNobody, err)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://clearline/"+what, bytes.NewReader(body))
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
	if response.StatusCode == http.StatusOK || response.StatusCode == http.StatusNoContent {
		return response.Body, nil
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return nil, c.meaning(err)
	}
	did := "read what it keeps"
	switch {
	case what == "snapshots":
		did = "make a snapshot"
	case what == "documents":
		did = "change what it keeps"
	case what == "forget":
		did = "forget"
	case what == "traces":
	case method == http.MethodPost:
		did = "change its lists"
	}
	return nil, fmt.Errorf("the running Clearline cannot %s: %s", did, strings.TrimSpace(string(text)))
}

func misunderstood(err error) error {
	return fmt.Errorf("understand the running Clearline: %w; is it another version than this command?", err)
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
