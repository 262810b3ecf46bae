// Package console serves the pages that wardens work with: who calls now, what happened, and
// who is known. Everything they see and do goes through desk, which knows what they may.
//
// The pages are made by the server and need no script. With one they follow what happens,
// and nothing else.
package console

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"clearline/lib/call"
	"clearline/lib/desk"
	"clearline/lib/store"
	"clearline/lib/users"
)

// Options are what a Console needs. Every field must be set, save where it says so.
type Options struct {
	Desk      *desk.Desk
	Users     *users.Keeper
	Documents store.Documents          // the console keeps a key in a folder of its own
	Wardens   map[string][]call.LineID // lines that somebody looks after by the configuration, besides their own; may be nil
	Parts     func() []Part            // how the parts of Clearline are
	Secure    bool                     // pages are served over TLS, here or by a proxy
	Proxy     netip.Prefix             // proxies, which say in X-Forwarded-For for whom they ask; the zero one is none
	Log       *slog.Logger
}

// Part is a part of Clearline, or something it needs, as the page about health shows it.
type Part struct {
	Name   string
	Needed bool
	Well   bool
	Since  time.Time
	Fault  string // what is wrong, or was lately; may be empty
}

// Console serves the pages.
type Console struct {
	opts     Options
	sessions *scs.SessionManager
	door     *users.Door
	gate     *gate
	requests *budget
	follows  chan struct{} // holds an item for each browser that follows what happens
	key      []byte        // of devices that have signed in
	pages    pages
	static   fs.FS
	events   chronicle
	uploads  uploads
	flashes  flashes

	done   context.Context // ends with Close
	finish context.CancelFunc
	work   sync.WaitGroup
}

// How long people stay signed in: a shift, and not without them.
const (
	sessionMax  = 12 * time.Hour
	sessionIdle = 2 * time.Hour
)

// follows that are possible at once. The server has room for a few more who ask.
const followsMost = 50

// New makes a console. It reads or makes the key of known devices.
func New(ctx context.Context, opts Options) (*Console, error) {
	c := &Console{
		opts: opts,
		door: &users.Door{Keeper: opts.Users}, gate: newGate(),
		requests: newBudget(200, time.Second/20, gateRooms),
		follows:  make(chan struct{}, followsMost),
	}
	c.key = c.deviceKey(ctx)
	var err error
	if c.pages, err = readPages(); err != nil {
		return nil, err
	}
	if c.static, err = fs.Sub(files, "static"); err != nil {
		return nil, fmt.Errorf("read the console's files: %w", err)
	}
	c.sessions = c.newSessions()
	c.done, c.finish = context.WithCancel(context.WithoutCancel(ctx))
	c.work.Go(func() { c.remember(c.done) })
	return c, nil
}

// newSessions makes the sessions by hand: scs.New begins a goroutine that nothing ends.
func (c *Console) newSessions() *scs.SessionManager {
	return &scs.SessionManager{
		Store: &memory{}, Codec: scs.GobCodec{}, HashTokenInStore: true, Lifetime: sessionMax, IdleTimeout: sessionIdle,
		Cookie: scs.SessionCookie{
			Name: c.cookieName("clearline"), Path: "/", HttpOnly: true, Secure: c.opts.Secure,
			SameSite: http.SameSiteLaxMode, // whoever follows a link in a message is signed in
		},
		ErrorFunc: func(w http.ResponseWriter, _ *http.Request, err error) {
			c.opts.Log.Error("session not kept", "err", err)
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		},
	}
}

// Close ends everything that follows what happens, and forgets who is signed in.
func (c *Console) Close() {
	c.finish()
	c.work.Wait()
}

// Mount adds the pages.
func (c *Console) Mount(mux *http.ServeMux) {
	inner := http.NewServeMux()
	c.route(inner)
	outer := c.protected(c.sessions.LoadAndSave(inner))
	for _, pattern := range []string{
		"/{$}", "/sign-in", "/sign-out", "/language", "/live", "/calls", "/calls/", "/incidents", "/incidents/",
		"/recordings/", "/people", "/people/", "/lines", "/lines/", "/users", "/users/", "/health", "/pictures", "/account",
	} {
		mux.Handle(pattern, outer)
	}
	mux.Handle("GET /static/", c.protected(http.StripPrefix("/static/", c.files())))
}

// route says who answers what. What needs somebody to be signed in goes through signedIn.
func (c *Console) route(mux *http.ServeMux) {
	mux.HandleFunc("GET /sign-in", c.asked)
	mux.HandleFunc("POST /sign-in", c.signIn)
	mux.HandleFunc("POST /language", c.language)
	for pattern, answer := range map[string]answer{
		"POST /sign-out":            c.signOut,
		"GET /{$}":                  c.now,
		"GET /live":                 c.live,
		"POST /calls/{id}/decision": c.decide,
		"GET /calls":                c.calls,
		"GET /calls/{id}":           c.call,
		"POST /calls/{id}/erase":    c.erase,
		"GET /incidents":            c.incidents,
		"GET /incidents/{id}":       c.incident,
		"GET /recordings/{id}":      c.recording,
		"GET /people":               c.people,
		"POST /people":              c.addPerson,
		"POST /people/remove":       c.removePerson,
		"POST /people/import":       c.importPeople,
		"GET /people/export":        c.exportPeople,
		"GET /lines":                c.lines,
		"POST /lines/{id}/pause":    c.pause,
		"GET /users":                c.users,
		"POST /users":               c.addUser,
		"POST /users/{name}":        c.changeUser,
		"GET /account":              c.account,
		"POST /account":             c.changeAccount,
		"GET /health":               c.health,
		"GET /pictures":             c.pictures,
	} {
		mux.Handle(pattern, c.signedIn(answer))
	}
}

// cookieName makes browsers hold a cookie to this host, where they only do so over TLS.
func (c *Console) cookieName(name string) string {
	if c.opts.Secure {
		return "__Host-" + name
	}
	return name
}
