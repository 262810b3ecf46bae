package asterisk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/CyCoreSystems/ari/v5/client/native"

	"clearline/lib/callerid"
)

// ari/v5 makes its requests with an http.Client nobody can reach: without a deadline,
// without a context, on http.DefaultTransport. Its URLs therefore get a scheme of our
// own, and the transport registered for it knows by the host, which is the number of
// an exchange, whose context and limits apply. Nothing changes for other users of the
// default transport.

// scheme is registered with http.DefaultTransport.
const scheme = "clearline-ari"

// maxBody is the most of an answer that is read: some thousand channels.
const maxBody = 8 << 20

// exchange is one or several requests that belong together.
type exchange struct {
	ctx    context.Context
	client *Client
	err    error // why the last request failed; ari/v5's own error hides the status
}

var (
	exchanges    sync.Map // number as text to *exchange
	lastExchange atomic.Uint64
)

var registerScheme = sync.OnceValue(func() error {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return fmt.Errorf("register scheme %s: http.DefaultTransport is a %T", scheme, http.DefaultTransport)
	}
	t.RegisterProtocol(scheme, exchangeTransport{})
	return nil
})

func newTransport() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true}
}

// ask lets do make its requests through ari/v5's resources, within ctx and with
// RequestTimeout for each. The error is a *refusal when Asterisk refused.
func (c *Client) ask(ctx context.Context, do func(*native.Client) error) error {
	x := &exchange{ctx: ctx, client: c}
	number := strconv.FormatUint(lastExchange.Add(1), 10)
	exchanges.Store(number, x)
	defer exchanges.Delete(number)
	err := do(native.New(&native.Options{
		Application: c.opt.Application,
		URL:         scheme + "://" + number + c.base.EscapedPath(),
		Username:    c.opt.Username,
		Password:    c.opt.Password,
	}))
	if err != nil && x.err != nil {
		return x.err
	}
	return err
}

// request makes one request that ari/v5 lacks: path is escaped and below the base. A
// nil body is none; Asterisk refuses "null".
func (c *Client) request(ctx context.Context, method, path string, body any) error {
	var text io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		text = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.address(path), text)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(c.opt.Username, c.opt.Password)
	resp, err := c.roundTrip(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// address is the URL of an escaped path below the base.
func (c *Client) address(path string) string {
	return c.base.Scheme + "://" + c.base.Host + c.base.EscapedPath() + path
}

// escaped makes an id one segment of a path.
func escaped[ID ~string](id ID) string {
	if strings.Trim(string(id), ".") == "" { // a proxy would take these segments for steps
		return strings.ReplaceAll(string(id), ".", "%2E")
	}
	return url.PathEscape(string(id))
}

// exchangeTransport sends a request of the private scheme to where its exchange says.
type exchangeTransport struct{}

func (exchangeTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	found, ok := exchanges.Load(req.URL.Host)
	if !ok {
		return nil, errors.New("send request: its exchange is over")
	}
	x := found.(*exchange)
	out := req.Clone(x.ctx)
	out.URL.Scheme, out.URL.Host = x.client.base.Scheme, x.client.base.Host
	out.Host = ""
	resp, err := x.client.roundTrip(out)
	x.err = err
	return resp, err
}

// roundTrip is answer, observed.
func (c *Client) roundTrip(req *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := c.answer(req)
	c.opt.Observe.Asked(orderOf(req.Method, strings.TrimPrefix(req.URL.Path, c.base.Path)), outcomeOf(err), time.Since(began))
	return resp, err
}

// answer sends a request and reads the whole answer, within RequestTimeout. An
// answer other than success is an error.
func (c *Client) answer(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), c.opt.RequestTimeout)
	defer cancel()
	resp, err := c.http.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("reach asterisk: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // it is read to the end, or given up
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read asterisk's answer: %w", err)
	case len(body) > maxBody:
		return nil, fmt.Errorf("read asterisk's answer: more than %d bytes", maxBody)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, refused(resp.StatusCode, body)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func refused(status int, body []byte) *refusal {
	var answer struct {
		Message string `json:"message"`
		Error   string `json:"error"` // Asterisk's word for a failed allocation
	}
	_ = json.Unmarshal(body, &answer) // an answer without words is a refusal too
	if answer.Message == "" {
		answer.Message = answer.Error
	}
	return &refusal{status, callerid.Text(answer.Message)}
}
