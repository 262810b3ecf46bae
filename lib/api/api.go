// Package api is how programs use Clearline: JSON over HTTP with bearer tokens, as
// openapi.json beside this file describes it. What a program may see and do is the desk's to
// say.
package api

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"clearline/lib/desk"
	"clearline/lib/tokens"
	"clearline/lib/users"
)

//go:embed openapi.json
var description []byte

// Root is what the paths of the API begin with.
const Root = "/api/v1"

const (
	bodyMost   = 64 << 10         // bytes of a request
	answerMax  = 20 * time.Second // for an answer to be worked out
	streams    = 40               // who may follow events at once, in all
	streamsOne = 8                // and with one token
)

// Tokens says whose a token is.
type Tokens interface {
	Check(ctx context.Context, text string) (tokens.Token, error)
}

// Options are what an API needs. Every field must be set, save where it says so.
type Options struct {
	Desk   *desk.Desk
	Tokens Tokens
	Remote func(*http.Request) string // the address a request comes from; nil for that of its connection
	Log    *slog.Logger
}

// API serves programs.
type API struct {
	opts    Options
	routes  map[string]map[string]handler // by pattern and method
	pace    *pace                         // of each token
	strange *pace                         // of each address whose tokens are none
	streams *crowd
}

// New makes an API.
func New(opts Options) *API {
	if opts.Remote == nil {
		opts.Remote = remote
	}
	a := &API{
		opts: opts, streams: newCrowd(streams, streamsOne),
		pace: newPace(rate.Limit(20), 60), strange: newPace(rate.Every(time.Second), 20),
	}
	a.routes = a.table()
	return a
}

// remote is the address of a connection, without its port.
func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// handler answers one kind of request of somebody who has proved who they are.
type handler func(w http.ResponseWriter, r *http.Request, p desk.Person) error

// table is everything that is served but for the description.
func (a *API) table() map[string]map[string]handler {
	return map[string]map[string]handler{
		"/lines":             {http.MethodGet: a.lines},
		"/calls":             {http.MethodGet: a.calls},
		"/calls/{id}":        {http.MethodGet: a.call},
		"/calls/{id}/accept": {http.MethodPost: a.decide("accept")},
		"/calls/{id}/refuse": {http.MethodPost: a.decide("refuse")},
		"/calls/{id}/block":  {http.MethodPost: a.decide("block")},
		"/recordings/{id}":   {http.MethodGet: a.recording},
		"/incidents":         {http.MethodGet: a.incidents},
		"/contacts":          {http.MethodGet: a.entries("contacts"), http.MethodPost: a.put("contacts"), http.MethodDelete: a.remove("contacts")},
		"/blocks":            {http.MethodGet: a.entries("blocks"), http.MethodPost: a.put("blocks"), http.MethodDelete: a.remove("blocks")},
		"/audit":             {http.MethodGet: a.deeds},
		"/events":            {http.MethodGet: a.events},
	}
}

// Mount adds the API.
func (a *API) Mount(mux *http.ServeMux) {
	for path, methods := range a.routes {
		mux.HandleFunc(Root+path, a.serve(methods))
	}
	mux.HandleFunc(Root+"/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		if !reads(r.Method) {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, problemMethod)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(description)
	})
	mux.HandleFunc("/api/", a.serve(nil))
}

func reads(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// serve answers the requests to one path; nil is one where there is nothing.
func (a *API) serve(methods map[string]handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, err := a.who(w, r)
		if err != nil {
			a.fail(w, r, err)
			return
		}
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		answer, found := methods[method]
		switch {
		case methods == nil:
			refuse(w, problemPath)
			return
		case !found:
			w.Header().Set("Allow", allowed(methods))
			refuse(w, problemMethod)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyMost)
		if err := answer(w, r, p); err != nil {
			a.fail(w, r, err)
		}
	}
}

func allowed(methods map[string]handler) string {
	var all []string
	for method := range methods {
		if all = append(all, method); method == http.MethodGet {
			all = append(all, http.MethodHead)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// who finds out who asks, and whether they ask too often. Whoever tries many tokens is not
// listened to for a while: then the right one is refused as well, from that address.
func (a *API) who(w http.ResponseWriter, r *http.Request) (desk.Person, error) {
	from := a.opts.Remote(r)
	if !a.strange.may(from) {
		return desk.Person{}, problemPace
	}
	t, err := a.check(r)
	if errors.Is(err, tokens.ErrUnknown) {
		a.strange.count(from)
		a.opts.Log.Warn("token refused", "remote", from, "path", r.URL.Path)
		w.Header().Set("WWW-Authenticate", `Bearer realm="clearline"`) // RFC 6750 section 3
		return desk.Person{}, problemToken
	}
	if err != nil {
		return desk.Person{}, err
	}
	if !a.pace.take(t.ID) {
		return desk.Person{}, problemPace
	}
	return desk.Person{Name: "token:" + t.Name, Role: t.Role, Lines: t.Lines, AllLines: t.AllLines || t.Role == users.Admin, Remote: from}, nil
}

// check reads the token of a request.
func (a *API) check(r *http.Request) (tokens.Token, error) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		text = ""
	}
	return a.opts.Tokens.Check(r.Context(), strings.TrimSpace(text))
}

// Paths are the paths that are served below Root, but for the description's.
func (a *API) Paths() []string { return slices.Sorted(maps.Keys(a.routes)) }
