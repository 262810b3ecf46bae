package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// switchboard stands between Clearline and Asterisk and counts what Clearline asks for,
// so that the program can be stopped at the nth request, before Asterisk has it.
type switchboard struct {
	proxy *httputil.ReverseProxy

	mu    sync.Mutex
	count int    // down to the request that trips; 0 is not armed
	trip  func() // what happens to Clearline then
}

// between makes a switchboard in front of direct and returns the address to ask instead.
func (s *switchboard) between(t *testing.T, direct string) string {
	t.Helper()
	target, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	s.proxy = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: target.Scheme, Host: target.Host})
	s.proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // until it is closed
	t.Cleanup(func() { _ = server.Close() })
	target.Host = listener.Addr().String()
	return target.String()
}

func (s *switchboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	var trip func()
	if s.count > 0 {
		if s.count--; s.count == 0 {
			trip = s.trip
		}
	}
	s.mu.Unlock()
	if trip != nil { // a request that a dead program sent is forwarded all the same, and whole
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		trip()
		ctx, done := context.WithCancel(context.WithoutCancel(r.Context())) // the proxy gives up for one without end
		defer done()
		r = r.WithContext(ctx)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	s.proxy.ServeHTTP(w, r)
}

// arm lets the nth request from now trip.
func (s *switchboard) arm(n int, trip func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count, s.trip = n, trip
}

// disarm says whether the switchboard has tripped.
func (s *switchboard) disarm() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	tripped := s.count == 0
	s.count = 0
	return tripped
}

// What is played before help is dialled, and how. armed comes right before the last
// action of the resident's.
const (
	besideAScreening = `
phone caller is 01632 960200
phone resident is line flat-1
phone exchange is the exchange
caller rings 01632 960101
caller hears screening/greeting
armed
resident rings 999
`
	insideTheCall = `
phone caller is 01632 960200
phone resident is line flat-1
phone exchange is the exchange
caller rings 01632 960101
caller hears screening/ask-purpose
wait 900ms
caller says tone 620 for 2500ms
caller presses #
resident rings
resident answers
resident hears consult/call-from
resident presses 5
caller and resident hear each other
resident presses 99
wait 200ms
armed
resident presses 9
`
	reached = `
exchange rings as 999 within 1500ms
caller is hung up within 2s
caller was hung up before exchange rang
exchange answers
resident and exchange hear each other
mended
resident presses 55
exchange got keys 55
resident stays connected for 300ms
resident hangs up
exchange is hung up
`
)

// TestHelpIsReachedWhereverClearlineBreaks kills or freezes the program at each request
// it makes while it clears a line, one run for each, until a run needs no more requests.
// Most of a run is waiting: several houses are at it at once.
func TestHelpIsReachedWhereverClearlineBreaks(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // a first build of Asterisk's root included
	defer cancel()
	binary, err := house.Build(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		before string
		breaks func(*house.Process) error
		mends  func(*house.Process) error
		houses int // that share the runs
	}{
		"killed beside a screening": {besideAScreening, kill, nil, 1},
		"frozen beside a screening": {besideAScreening, (*house.Process).Freeze, (*house.Process).Thaw, 1},
		"killed inside the call":    {insideTheCall, kill, nil, 3},
	} {
		for first := 1; first <= c.houses; first++ {
			t.Run(fmt.Sprintf("%s, from request %d", name, first), func(t *testing.T) {
				t.Parallel()
				b := newBreakdown(t, binary)
				n := first
				for ; n < 40 && b.breaks(t, c.before, n, c.breaks, c.mends); n += c.houses {
				}
				if n < 5 {
					t.Errorf("not even %d requests: the proof is void", n)
				}
				t.Logf("broken at every request before %d", n)
			})
		}
	}
}

// breakdown is a house whose Clearline breaks.
type breakdown struct {
	*switchboard
	house  *house.House
	binary string
}

func newBreakdown(t *testing.T, binary string) breakdown {
	t.Helper()
	s := &switchboard{}
	h, err := house.Open(t.Context(), house.Options{
		Bed: testbed.Options{Lines: []testbed.Line{
			{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
		}},
		ARI:      func(direct string) string { return s.between(t, direct) },
		Settings: map[string]string{"screening.human_check": "false"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return breakdown{s, h, binary}
}

func kill(p *house.Process) error { p.Kill(); return nil }

// breaks plays one call for help with a program that breaks at its nth request, and says
// whether it made so many.
func (b breakdown) breaks(t *testing.T, before string, n int, breaks, mends func(*house.Process) error) bool {
	t.Helper()
	o := &occupant{house: b.house, binary: b.binary}
	empty(t, b.house)
	if err := o.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer o.process.Kill()
	verbs := o.verbs(t)
	add := func(form string, do func() error) {
		err := verbs.Verb(form, func(context.Context, *testbed.Play, testbed.Values) error { return do() })
		if err != nil {
			t.Fatal(err)
		}
	}
	add("armed", func() error {
		b.arm(n, func() {
			if err := breaks(o.process); err != nil {
				t.Error(err)
			}
		})
		return nil
	})
	tripped := false
	add("mended", func() error {
		if tripped = b.disarm(); tripped && mends != nil {
			return mends(o.process)
		}
		return nil
	})
	b.house.Bed.Scenario(t, verbs, fmt.Sprintf("request %d", n), strings.TrimPrefix(before, "\n")+strings.TrimPrefix(reached, "\n"))
	return tripped
}
