package redisstore_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"clearline/lib/store"
	"clearline/lib/store/redisstore"
	"clearline/lib/testbed/redisserver"
)

// ear hears what nodes say.
type ear struct {
	mu    sync.Mutex
	heard []string
	began int
}

func (e *ear) note(word string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, word)
}

func listen(t *testing.T, s *redisstore.Store, node string) *ear {
	t.Helper()
	e := &ear{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	began := func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.began++
	}
	go func() {
		done <- s.Listen(ctx, node, began, func(node, run string) { e.note("here " + node + " " + run) },
			func(node string) { e.note("gone " + node) }, func(text []byte) { e.note("post " + string(text)) })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	e.begins(t, 1)
	return e
}

func (e *ear) begins(t *testing.T, times int) {
	t.Helper()
	e.until(t, "the beginning", func() bool { return e.began >= times })
}

func (e *ear) hears(t *testing.T, word string) {
	t.Helper()
	e.until(t, word, func() bool { return slices.Contains(e.heard, word) })
}

func (e *ear) until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		e.mu.Lock()
		done, heard := so(), slices.Clone(e.heard)
		e.mu.Unlock()
		if done {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("never came: %s; heard was %q", what, heard)
		}
	}
}

func TestNodesHearEachOther(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	cluster := redisserver.ClusterFor(t, redisserver.Options{Address: "127.0.88.8"})
	for name, address := range map[string]string{
		"one server": server.URL(), "a cluster": cluster.URL(), "sentinels": redisserver.SentinelFor(t, server).SentinelURL(),
	} {
		t.Run(name, func(t *testing.T) {
			a, b := opened(t, address), opened(t, address)
			here, there := listen(t, a, "pbx-a"), listen(t, b, "pbx-b")
			announced(t, a, "pbx-a", time.Minute)
			live := announced(t, b, "pbx-b", time.Minute)
			if slices.Sort(live); !slices.Equal(live, []string{"pbx-a", "pbx-b"}) {
				t.Errorf("those that live are %v", live)
			}
			here.hears(t, "here pbx-b this run")
			there.hears(t, "here pbx-a this run")
			retry(t, func() error { return a.Post(t.Context(), "pbx-b", "id 1", []byte("for b"), time.Minute) })
			there.hears(t, "post for b")
			here.mu.Lock()
			if slices.Contains(here.heard, "post for b") {
				t.Error("what is for pbx-b comes to pbx-a")
			}
			here.mu.Unlock()
			retry(t, func() error { return b.Withdraw(t.Context(), "pbx-b") })
			here.hears(t, "gone pbx-b")
			if live := announced(t, a, "pbx-a", time.Minute); !slices.Equal(live, []string{"pbx-a"}) {
				t.Errorf("after that those that live are %v", live)
			}
			retry(t, func() error { return a.Withdraw(t.Context(), "pbx-a") })
		})
	}
}

func announced(t *testing.T, s *redisstore.Store, node string, lasts time.Duration) (live []string) {
	t.Helper()
	retry(t, func() (err error) {
		live, err = s.Announce(t.Context(), node, "this run", lasts)
		return err
	})
	return live
}

func TestANodeThatSaysNoMoreIsDeadAfterItsTime(t *testing.T) {
	t.Parallel()
	s := opened(t, redisserver.For(t, redisserver.Options{}).URL())
	announced(t, s, "pbx-b", 50*time.Millisecond)
	retry(t, func() error {
		if live := announced(t, s, "pbx-a", time.Minute); !slices.Equal(live, []string{"pbx-a"}) {
			return store.ErrUnreachable
		}
		return nil
	})
}

func TestWhatWasLeftForAFrozenNodeIsNotReadTooLate(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	node, other := opened(t, server.URL()), opened(t, server.Direct())
	e := listen(t, node, "pbx-b")
	if err := server.Suffer(redisserver.Late(200 * time.Millisecond)); err != nil { // it hears of it late
		t.Fatal(err)
	}
	retry(t, func() error { return other.Post(t.Context(), "pbx-b", "1", []byte("old"), 20*time.Millisecond) })
	retry(t, func() error { return other.Post(t.Context(), "pbx-b", "2", []byte("new"), time.Minute) })
	e.hears(t, "post new")
	e.mu.Lock()
	defer e.mu.Unlock()
	if slices.Contains(e.heard, "post old") {
		t.Error("what means nothing any more is read")
	}
}

func TestAListenerConnectsAgain(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	e := listen(t, s, "pbx-b")
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.begins(t, 2)
	retry(t, func() error { return s.Post(t.Context(), "pbx-b", "1", []byte("after"), time.Minute) })
	e.hears(t, "post after")
}
