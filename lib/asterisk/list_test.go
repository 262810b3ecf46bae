package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// numbered is a fake whose nth listing shows one channel, n.
type numbered struct {
	*fakeARI
	begun atomic.Int64  // listings asked for
	held  chan struct{} // every listing waits for one word; nil waits for nothing
}

func newNumbered(t *testing.T, held chan struct{}) *numbered {
	n := &numbered{fakeARI: newFakeARI(t), held: held}
	n.on("GET /bridges", answer{status: 200, body: "[]"})
	n.prepare(1)
	return n
}

func (n *numbered) prepare(number int64) {
	n.on("GET /channels", answer{status: 200, body: fmt.Sprintf(`[{"id":"%d"}]`, number), then: func() {
		if before := n.begun.Swap(number); before != number-1 {
			n.t.Errorf("listing %d began after listing %d", number, before)
		}
		n.prepare(number + 1)
		if n.held != nil {
			<-n.held
		}
	}})
}

// number is which listing it is, once it is made.
func (n *numbered) number(l *listing) int64 {
	n.t.Helper()
	<-l.done
	if l.err != nil || len(l.channels) != 1 {
		n.t.Errorf("listed %v, %v", l.channels, l.err)
		return 0
	}
	number, err := strconv.ParseInt(l.channels[0].ID, 10, 64)
	if err != nil {
		n.t.Error(err)
	}
	return number
}

func TestManyShareAListingThatBeganAfterTheyAsked(t *testing.T) {
	held := make(chan struct{})
	n := newNumbered(t, held)
	c := n.client(nil)
	first := c.nextList()
	waitFor(t, "the first listing", func() bool { return n.begun.Load() == 1 })
	var later []*listing
	for range 50 {
		later = append(later, c.nextList())
	}
	held <- struct{}{}
	if number := n.number(first); number != 1 {
		t.Errorf("who asked first got listing %d", number)
	}
	held <- struct{}{}
	for _, l := range later {
		if number := n.number(l); number != 2 {
			t.Errorf("who asked while the first was made got listing %d", number)
		}
	}
	if begun := n.begun.Load(); begun != 2 {
		t.Errorf("51 questions cost %d listings", begun)
	}
}

func TestNobodyGetsAListingThatBeganBeforeTheQuestion(t *testing.T) {
	n := newNumbered(t, nil)
	c := n.client(nil)
	const askers, each = 50, 20
	var wg sync.WaitGroup
	for range askers {
		wg.Go(func() {
			for range each {
				before := n.begun.Load()
				if number := n.number(c.nextList()); number <= before {
					t.Errorf("got listing %d; %d had begun before the question", number, before)
				}
			}
		})
	}
	wg.Wait()
	if asked := n.begun.Load(); asked > askers*each/4 {
		t.Errorf("%d questions cost %d listings", askers*each, asked)
	}
}

func TestAListingThatFailsFailsForAll(t *testing.T) {
	for _, broken := range []string{"/channels", "/bridges"} {
		for body, want := range map[string]int{`{"error":"Allocation failed"}`: 500, "[{": 0, `{"id":"no list"}`: 0} {
			t.Run(broken+" "+body, func(t *testing.T) {
				held := make(chan struct{})
				f := newFakeARI(t)
				f.on("GET /channels", answer{status: 200, body: "[]"})
				f.on("GET /bridges", answer{status: 200, body: "[]"})
				f.on("GET "+broken, answer{status: max(200, want), body: body, then: func() { <-held }})
				c := f.client(nil)
				first := c.nextList()
				var later []*listing
				waitFor(t, "the first listing", func() bool { return len(f.requests()) == 2 })
				for range 10 {
					later = append(later, c.nextList())
				}
				close(held)
				for _, l := range append(later, first) {
					if <-l.done; l.err == nil || status(l.err) != want {
						t.Errorf("got %v", l.err)
					}
				}
				f.on("GET "+broken, answer{status: 200, body: "[]"})
				if _, err := c.LegsOf(t.Context(), searched{}.search()); !errors.Is(err, ErrGone) {
					t.Errorf("the next listing: %v, want %v", err, ErrGone)
				}
			})
		}
	}
}

func TestAListingThatFailsIsNotWaitedForTwice(t *testing.T) {
	f := newFakeARI(t)
	held := make(chan struct{})
	f.on("GET /bridges", answer{status: 200, body: "[]", then: func() { <-held }})
	f.on("GET /channels", answer{status: http.StatusServiceUnavailable})
	c := f.client(func(o *Options) { o.RequestTimeout = time.Hour })
	defer close(held)
	if _, err := c.LegsOf(t.Context(), searched{}.search()); status(err) != http.StatusServiceUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestAnAskerWhoseContextEndsIsFree(t *testing.T) {
	held := make(chan struct{})
	n := newNumbered(t, held)
	c := n.client(nil)
	ctx, cancel := context.WithCancel(t.Context())
	freed := make(chan error, 1)
	go func() { _, err := c.LegsOf(ctx, searched{}.search()); freed <- err }()
	waitFor(t, "the listing", func() bool { return n.begun.Load() == 1 })
	stays := c.nextList()
	cancel()
	select {
	case err := <-freed:
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "flat-1") {
			t.Errorf("got %v, want a cancelled context", err)
		}
	case <-time.After(patience):
		t.Fatal("the asker outlived its context")
	}
	var answered atomic.Bool
	closed := make(chan bool, 1)
	go func() { c.Close(); closed <- answered.Load() }()
	held <- struct{}{} // the listing of the one who left
	answered.Store(true)
	held <- struct{}{}
	if number := n.number(stays); number != 2 {
		t.Errorf("who stayed got listing %d", number)
	}
	if !<-closed {
		t.Error("Close did not wait for a listing under way")
	}
}
