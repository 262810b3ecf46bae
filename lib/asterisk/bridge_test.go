package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"clearline/lib/flow"
)

var guardedCall = flow.Bridge{Bridge: "b", Caller: "one", Resident: "two"}

// bridging is a fake whose bridge b lets legs in as told, within a client's patience.
func bridging(t *testing.T, patience time.Duration, enters func(s *socket, leg string)) (*fakeARI, *Client, *watched) {
	t.Helper()
	f := newFakeARI(t)
	f.on("GET /bridges/b", answer{status: 200, body: `{"id":"b","technology":"simple_bridge"}`})
	c, w, s := f.connect(func(o *Options) { o.RequestTimeout = patience })
	var joins int
	f.on("POST /bridges/b/addChannel", answer{status: http.StatusNoContent, then: func() {
		joins++
		leg := "one"
		if joins == 2 {
			leg = "two"
		}
		enters(s, leg)
	}})
	return f, c, w
}

func joined(s *socket, leg string) { s.send(entered("b", leg, "simple_bridge")) }

func TestABridgeIsDoneWhenBothLegsAreIn(t *testing.T) {
	f, c, w := bridging(t, patience, joined)
	if err := c.Perform(context.Background(), guardedCall); err != nil {
		t.Fatal(err)
	}
	w.want(flow.LegJoined{Leg: "one", Bridge: "b"}, flow.LegJoined{Leg: "two", Bridge: "b"})
	wantAsked(t, f.requests()[1:], []asked{ // the first listed what is held
		{"POST", "/bridges/b", `{"bridgeId":"b","type":"mixing,dtmf_events"}`},
		{"GET", "/bridges/b", ""},
		{"POST", "/bridges/b/addChannel", `{"absorbDTMF":true,"channel":"one"}`},
		{"POST", "/bridges/b/addChannel", `{"absorbDTMF":true,"channel":"two"}`},
		{"GET", "/bridges/b", ""},
	})
	if n := len(c.joins.waiting); n > 0 {
		t.Errorf("%d joins are waited for still", n)
	}
}

func TestARepeatedBridgeTellsWhoIsInIt(t *testing.T) {
	f, c, w := bridging(t, patience, joined)
	f.on("POST /bridges/b", answer{status: http.StatusConflict, body: `{"message":"Bridge with id 'b' already exists"}`})
	f.on("GET /bridges/b", answer{status: 200, body: `{"technology":"simple_bridge","channels":["two","one"]}`})
	if err := c.Perform(context.Background(), guardedCall); err != nil {
		t.Fatal(err)
	}
	w.want(flow.LegJoined{Leg: "one", Bridge: "b"}, flow.LegJoined{Leg: "two", Bridge: "b"})
	for _, a := range f.requests() {
		if strings.HasSuffix(a.uri, "/addChannel") {
			t.Error("a leg was taken out and put in again")
		}
	}
}

func TestARefusedJoinIsAnErrorAndUndone(t *testing.T) {
	f, c, _ := bridging(t, 500*time.Millisecond, func(s *socket, leg string) {
		if leg == "one" {
			joined(s, leg)
		}
	})
	f.on("GET /channels/two", answer{status: 200, body: `{"id":"two"}`})
	err := c.Perform(context.Background(), guardedCall)
	if err == nil || !strings.Contains(err.Error(), "refused join") {
		t.Errorf("got %v, want a refused join", err)
	}
	if errors.Is(err, ErrGone) {
		t.Errorf("got %v for a leg that is up", err)
	}
	f.waitAsked("DELETE", "/bridges/b")
	if n := len(c.joins.waiting); n > 0 {
		t.Errorf("%d joins are waited for still", n)
	}
}

func TestALegThatEndsWhileItJoinsIsGone(t *testing.T) {
	f, c, _ := bridging(t, 500*time.Millisecond, func(*socket, string) {})
	f.on("GET /channels/one", answer{status: 404, body: `{}`})
	if err := c.Perform(context.Background(), guardedCall); !errors.Is(err, ErrGone) {
		t.Errorf("got %v, want %v", err, ErrGone)
	}
	f.waitAsked("DELETE", "/bridges/b")
}

func TestABridgeThatPassesDigitsByIsAnErrorAndUndone(t *testing.T) {
	var f *fakeARI
	f, c, w := bridging(t, patience, func(s *socket, leg string) {
		if leg == "two" { // Asterisk changes the technology when the second leg enters
			f.on("GET /bridges/b", answer{status: 200, body: `{"technology":"native_rtp","channels":["one","two"]}`})
		}
		joined(s, leg)
	})
	err := c.Perform(context.Background(), guardedCall)
	if err == nil || !strings.Contains(err.Error(), unguarded) {
		t.Errorf("got %v, want the technology refused", err)
	}
	f.waitAsked("DELETE", "/bridges/b")
	w.want(flow.LegJoined{Leg: "one", Bridge: "b"}, flow.LegJoined{Leg: "two", Bridge: "b"})
}

func TestABridgeThatCannotBeMade(t *testing.T) {
	for i, refused := range []string{"POST /bridges/b", "GET /bridges/b", "POST /bridges/b/addChannel"} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			f, c, _ := bridging(t, patience, joined)
			f.on(refused, answer{status: 500, body: `{"message":"Internal Server Error"}`})
			if err := c.Perform(context.Background(), guardedCall); status(err) != 500 {
				t.Errorf("got %v, want Asterisk's refusal", err)
			}
			f.waitAsked("DELETE", "/bridges/b")
		})
	}
}

func TestWaitingForAJoinEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f, c, _ := bridging(t, patience, func(_ *socket, leg string) {
		if leg == "two" {
			cancel()
		}
	})
	if err := c.Perform(ctx, guardedCall); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a cancelled context", err)
	}
	f.waitAsked("DELETE", "/bridges/b")
}
