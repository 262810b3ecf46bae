package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
	"clearline/lib/testbed/redisserver"
)

// What is played at one node while somebody dials for help at the other: "the other node"
// plays what is handed to it, with telephones of its own.
const (
	twoCallersThere = `phone caller is 01632 960200
phone second is 01632 960201
phone resident is line flat-1
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
resident holds
second rings 01632 960101
second hears screening/ask-purpose
help is called at the other node
caller is hung up
second is hung up
resident is hung up
nothing is left
phone again is 01632 960200
again rings 01632 960101
again is refused with cause 21 unanswered
nothing is left
`
	helpHere = `phone resident is line flat-1
phone exchange is the exchange
resident rings 999
exchange rings as 999 within 1500ms
exchange was rung with cleared %d incident %d
%sexchange answers
resident and exchange hear each other
resident hangs up
exchange is hung up
`
	provedThere = `exchange rang within 1s of resident's call
everybody at the other node was hung up before exchange rang
`
)

// node is one of two houses that share a Redis, with Clearline as a program of its own.
type node struct {
	*occupant
	other *node
}

// newNode builds a house whose flat-1 has one telephone of its own.
func newNode(t *testing.T, binary, name, redis string) *node {
	t.Helper()
	h, err := house.Open(t.Context(), house.Options{
		Bed: testbed.Options{Lines: []testbed.Line{
			{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
		}},
		Settings: map[string]string{
			"screening.human_check": "false", "node.name": fmt.Sprintf("%q", name), "store.url": fmt.Sprintf("%q", redis),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	n := &node{occupant: &occupant{house: h, binary: binary}}
	if err := n.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.process.Kill() })
	return n
}

// plays plays a scenario at a node. Its verbs know the other one.
func (n *node) plays(t *testing.T, name, text string, more map[string]func(*testbed.Play) error) {
	t.Helper()
	verbs := n.verbs(t)
	for form, do := range more {
		err := verbs.Verb(form, func(_ context.Context, p *testbed.Play, _ testbed.Values) error { return do(p) })
		if err != nil {
			t.Fatal(err)
		}
	}
	n.house.Bed.Scenario(t, verbs, name, text)
}

// calls dials 999 at a node, and says what the operator's context is told.
func (n *node) calls(t *testing.T, cleared, incident int, proof string) {
	t.Helper()
	n.plays(t, "help", fmt.Sprintf(helpHere, cleared, incident, proof), map[string]func(*testbed.Play) error{
		"everybody at the other node was hung up before exchange rang": n.other.allGoneBefore,
	})
}

// allGoneBefore compares stamps that one kernel has given packets of both nodes.
func (n *node) allGoneBefore(here *testbed.Play) error {
	exchange := here.Bed.Phone("exchange").Calls()
	rang := exchange[len(exchange)-1].Started()
	var late []error
	for _, name := range []string{"caller", "second", "resident"} {
		for _, c := range n.house.Bed.Phone(name).Calls() {
			if gone := c.DismissedAt(); gone.IsZero() || !gone.Before(rang) {
				late = append(late, fmt.Errorf("%s at the other node was hung up at %v, and the exchange rang at %v", name, gone, rang))
			}
		}
	}
	return errors.Join(late...)
}

// logs waits until Clearline has logged a line with every one of some texts.
func (n *node) logs(t *testing.T, since time.Time, texts ...string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		for _, m := range n.house.Bed.Timeline.Moments(since) {
			found := m.Who == "clearline"
			for _, text := range texts {
				found = found && strings.Contains(m.What, text)
			}
			if found {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("never logged: %q", texts)
		}
	}
}

// TestTwoNodes plays calls for help at one of two Asterisks, each with a Clearline of its
// own, that share a Redis.
func TestTwoNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // a first build of Asterisk's root included
	defer cancel()
	binary, err := house.Build(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	redis := redisserver.For(t, redisserver.Options{})
	begun := time.Now()
	a := newNode(t, binary, "pbx-a", redis.Direct())
	b := newNode(t, binary, "pbx-b", redis.Direct())
	a.other, b.other = b, a
	a.logs(t, begun, "other nodes that live", "[pbx-b]")
	b.logs(t, begun, "other nodes that live", "[pbx-a]")

	t.Run("who is up at the other node is gone before help is rung", func(t *testing.T) {
		b.plays(t, "callers", twoCallersThere, map[string]func(*testbed.Play) error{
			"help is called at the other node": func(*testbed.Play) error {
				a.calls(t, 1, 1, provedThere)
				return nil
			},
		})
	})
	t.Run("a node that is frozen holds nobody up, and is named", func(t *testing.T) {
		begun := time.Now()
		if err := b.process.Freeze(); err != nil {
			t.Fatal(err)
		}
		thaw := sync.OnceFunc(func() {
			if err := b.process.Thaw(); err != nil {
				t.Error(err)
			}
		})
		defer thaw() // or nobody could stop it any more
		a.calls(t, 0, 1, "")
		thaw()
		a.logs(t, begun, "line not proved clear at other nodes", "[pbx-b]")
		a.calls(t, 1, 1, "")
	})
	t.Run("a node that was stopped is not waited for", func(t *testing.T) {
		begun := time.Now()
		if err := b.process.Stop(); err != nil {
			t.Fatal(err)
		}
		a.logs(t, begun, "other nodes that live", "nodes=[]")
		a.calls(t, 1, 1, "")
		if err := b.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.logs(t, begun, "other nodes that live", "nodes=[pbx-b]")
	})
	t.Run("a Redis that is down holds nobody up", func(t *testing.T) {
		if err := redis.Stop(); err != nil {
			t.Fatal(err)
		}
		a.calls(t, 0, 1, "")
	})
}
