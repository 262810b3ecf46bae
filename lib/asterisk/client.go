// Package asterisk translates between Clearline and Asterisk: ARI events become
// the facts a flow is told, and a flow's effects become ARI requests. Nothing else
// in the program knows ARI. It decides nothing about a call; where a rule stands
// in here, it is a rule of Asterisk's.
//
// A [Client] keeps one websocket for events and asks over HTTP. The websocket's
// reader only enqueues, because Asterisk drops an application that keeps it
// waiting; nothing received is ever dropped. Every request has a deadline.
//
// Asterisk's word for a leg is channel; it stays inside this package.
package asterisk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// Options say where Asterisk is and what it shares with Clearline.
type Options struct {
	URL                string // of ARI: "http://127.0.0.1:8088/ari"
	Application        string // name of the ARI application
	Username, Password string // of the ARI user

	// RecordingsDir is where Asterisk keeps <name>.wav: the folder recording in its
	// spool folder, under the same path for both.
	RecordingsDir string
	// Sound names the file of a prompt: an absolute path without its ending.
	Sound func(language string, name prompt.Name) string
	// ConsultContext is the dialplan context in which a leg to the resident begins,
	// at extension s. It runs Stasis with the arguments "consult" and the call's id.
	ConsultContext string
	// DialContext is the dialplan context in which a resident dials: the extension is
	// the number.
	DialContext string
	// ClearedContext is the dialplan context for a resident's leg whose line is clear.
	ClearedContext string
	// CodeContext is the dialplan context for a leg on which a code was dialled: a number as
	// its extension is dialled on.
	CodeContext string
	// FailsafeContext is the dialplan context for a leg that nobody here knows, at
	// extension s.
	FailsafeContext string

	// RequestTimeout bounds every request with its answer, the opening of the
	// websocket, and the wait for a leg to enter a bridge. Default 2 s.
	RequestTimeout time.Duration
	// PingInterval is the time between two proofs that the websocket is alive.
	// Default 5 s.
	PingInterval time.Duration
	// Retry says how long to wait before connecting again.
	Retry Retry
	// Logger defaults to slog's.
	Logger *slog.Logger
	// Observe may be left empty.
	Observe Observer
}

// Retry is a back-off: First, doubled after every failure, at most Max.
type Retry struct {
	First time.Duration // default 200 ms
	Max   time.Duration // default 3 s
}

// Client is one application's connection to one Asterisk. Its methods may be called
// from many goroutines.
type Client struct {
	opt  Options
	base *url.URL
	http *http.Transport
	log  *slog.Logger

	running   atomic.Bool
	connected atomic.Bool
	skipped   atomic.Uint64
	skips     skipLog
	pulse     atomic.Pointer[pulse] // the sink of Run; nil before

	legs     legs
	lists    lister
	blind    sync.Once // ari.conf was found not to show marks
	joins    joins
	whispers whispers
	told     *queue[told] // facts learned from answers instead of events

	background background // subscriptions and clean-ups under way
}

// New checks the options. It does not connect; [Client.Run] does.
func New(opt Options) (*Client, error) {
	base, err := url.Parse(opt.URL)
	if err != nil {
		return nil, fmt.Errorf("parse ari url: %w", err)
	}
	if (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" {
		return nil, fmt.Errorf("check ari url %q: want http://HOST:PORT/ari", base.Redacted())
	}
	for name, value := range map[string]string{
		"application": opt.Application, "username": opt.Username, "password": opt.Password,
		"consult context": opt.ConsultContext, "fail-safe context": opt.FailsafeContext,
		"code context": opt.CodeContext, "dial context": opt.DialContext, "cleared context": opt.ClearedContext,
	} {
		if value == "" {
			return nil, fmt.Errorf("check asterisk options: no %s", name)
		}
	}
	if opt.Sound == nil {
		return nil, errors.New("check asterisk options: no sound files")
	}
	if err := registerScheme(); err != nil {
		return nil, err
	}
	opt = opt.withDefaults()
	base.Path = strings.TrimSuffix(base.Path, "/")
	return &Client{
		opt: opt, base: base, http: newTransport(), log: opt.Logger, told: newQueue[told](),
	}, nil
}

func (o Options) withDefaults() Options {
	if o.RequestTimeout <= 0 {
		o.RequestTimeout = 2 * time.Second
	}
	if o.PingInterval <= 0 {
		o.PingInterval = 5 * time.Second
	}
	if o.Retry.First <= 0 {
		o.Retry.First = 200 * time.Millisecond
	}
	if o.Retry.Max < o.Retry.First {
		o.Retry.Max = max(3*time.Second, o.Retry.First)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.Observe = o.Observe.complete()
	return o
}

// Connected says whether events are flowing.
func (c *Client) Connected() bool { return c.connected.Load() }

// Skipped counts the frames that were no event this package can read.
func (c *Client) Skipped() uint64 { return c.skipped.Load() }

// Close waits for clean-ups under way and lets go of idle connections. Call it when Run
// has returned and nothing is performed any more.
func (c *Client) Close() {
	c.background.wait()
	c.http.CloseIdleConnections()
}

// detached is a context for what must be tried although the caller's is over: at
// most one request's time.
func (c *Client) detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), c.opt.RequestTimeout)
}

func (c *Client) tell(f told) { c.told.push(f) }

// told is a fact that no event brings.
type told struct {
	gone call.LegID // told once, also when an event brings it after all
	fact flow.Event // anything else
}
