package feed_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clearline/lib/call"
	"clearline/lib/feed"
)

func all(call.News) bool { return true }

// of lets see what happens on a line.
func of(line call.LineID) func(call.News) bool {
	return func(n call.News) bool { return n.Line == line }
}

func news(n int) call.News {
	return call.News{Kind: call.CallMoved, Line: "flat-1", Call: call.ID(fmt.Sprint(n))}
}

// calls names the calls that events are about.
func calls(events []feed.Event) []call.ID {
	var ids []call.ID
	for _, e := range events {
		ids = append(ids, e.News.Call)
	}
	return ids
}

// next reads what there is to read now.
func next(t *testing.T, f *feed.Follower) ([]feed.Event, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // of the bubble
	defer cancel()
	return f.Next(ctx)
}

// must reads what there is to read now.
func must(t *testing.T, f *feed.Follower) []feed.Event {
	t.Helper()
	events, err := next(t, f)
	if err != nil {
		t.Fatalf("read on: %v", err)
	}
	return events
}

func TestEveryFollowerReadsEveryEventInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := feed.New(100)
		a, _ := hub.Follow(0, all)
		hub.Tell(news(1))
		b, _ := hub.Follow(0, all)
		hub.Tell(news(2))
		hub.Tell(news(3))
		events := must(t, a)
		if got := calls(events); !slices.Equal(got, []call.ID{"1", "2", "3"}) {
			t.Errorf("the first follower reads %v", got)
		}
		if got := calls(must(t, b)); !slices.Equal(got, []call.ID{"2", "3"}) {
			t.Errorf("who came after the first event reads %v", got)
		}
		if !slices.IsSortedFunc(events, func(a, b feed.Event) int { return int(a.ID - b.ID) }) || events[0].ID == events[1].ID {
			t.Errorf("ids do not grow: %v", events)
		}
		if _, err := next(t, a); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with nothing new to read: %v", err)
		}
	})
}

func TestWhoWaitsIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := feed.New(100)
		f, _ := hub.Follow(0, of("flat-1"))
		read := make(chan []feed.Event, 1)
		go func() {
			events, _ := f.Next(t.Context())
			read <- events
		}()
		synctest.Wait()
		hub.Tell(call.News{Line: "flat-2", Call: "other"})
		synctest.Wait()
		hub.Tell(news(1))
		if got := calls(<-read); !slices.Equal(got, []call.ID{"1"}) {
			t.Errorf("woken with %v", got)
		}
	})
}

func TestIDsSayNothingOfOtherLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := feed.New(100)
		f, _ := hub.Follow(0, of("flat-1"))
		hub.Tell(news(1))
		time.Sleep(time.Second)
		for range 50 {
			hub.Tell(call.News{Line: "flat-2"})
		}
		time.Sleep(time.Second)
		hub.Tell(news(2))
		events := must(t, f)
		if apart := events[1].ID - events[0].ID; apart != 2_000_000 {
			t.Errorf("two events two seconds apart have ids %d apart, want as many as microseconds", apart)
		}
	})
}

func TestWhoComesBackReadsOn(t *testing.T) {
	for _, c := range []struct {
		name  string
		after func(told []feed.Event, before feed.ID) feed.ID
		whole bool
		want  []call.ID
	}{
		{"after an event that is kept", func(told []feed.Event, _ feed.ID) feed.ID { return told[5].ID }, true, []call.ID{"6", "7", "new"}},
		{"after the newest event", func(told []feed.Event, _ feed.ID) feed.ID { return told[7].ID }, true, []call.ID{"new"}},
		{"after an event that is no longer kept", func(told []feed.Event, _ feed.ID) feed.ID { return told[0].ID }, false, []call.ID{"new"}},
		{"after an event of an earlier run", func(_ []feed.Event, before feed.ID) feed.ID { return before }, false, []call.ID{"new"}},
		{"after an event that never was", func(told []feed.Event, _ feed.ID) feed.ID { return told[7].ID + 1e9 }, false, []call.ID{"new"}},
		{"after a negative number", func([]feed.Event, feed.ID) feed.ID { return -5 }, false, []call.ID{"new"}},
		{"without having read anything", func([]feed.Event, feed.ID) feed.ID { return 0 }, true, []call.ID{"new"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				before := feed.ID(time.Now().UnixMicro())
				time.Sleep(time.Hour)
				hub := feed.New(3)
				f, _ := hub.Follow(0, all)
				var told []feed.Event
				for n := range 8 {
					time.Sleep(time.Second)
					hub.Tell(news(n))
					told = append(told, must(t, f)...)
				}
				again, whole := hub.Follow(c.after(told, before), all)
				if whole != c.whole {
					t.Errorf("nothing is missing: %v, want %v", whole, c.whole)
				}
				hub.Tell(call.News{Call: "new"})
				if got := calls(must(t, again)); !slices.Equal(got, c.want) {
					t.Errorf("reads on with %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestWhoIsTooSlowIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := feed.New(10)
		slow, _ := hub.Follow(0, all)
		for n := range 200 { // and nobody waits for it
			hub.Tell(news(n))
		}
		if events, err := next(t, slow); !errors.Is(err, feed.ErrBehind) {
			t.Errorf("reads %v, %v; want to be told that it is behind", calls(events), err)
		}
	})
}

func TestACloseEndsFollowing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := feed.New(10)
		f, _ := hub.Follow(0, all)
		ended := make(chan error, 1)
		go func() {
			_, err := f.Next(t.Context())
			ended <- err
		}()
		synctest.Wait()
		hub.Close()
		hub.Close()
		if err := <-ended; !errors.Is(err, feed.ErrClosed) {
			t.Errorf("ended with %v", err)
		}
		hub.Tell(news(1))
		late, _ := hub.Follow(0, all)
		if events, err := next(t, late); !errors.Is(err, feed.ErrClosed) {
			t.Errorf("after the close %v is read, %v", events, err)
		}
	})
}

func TestManyTellAndManyFollow(t *testing.T) {
	const tellers, followers, each = 8, 8, 500
	hub := feed.New(tellers * each)
	var work sync.WaitGroup
	for range followers {
		f, _ := hub.Follow(0, all)
		work.Go(func() {
			var last feed.ID
			newest := map[call.LineID]call.ID{}
			for read := 0; read < tellers*each; {
				events, err := f.Next(t.Context())
				if err != nil {
					t.Errorf("after %d events: %v", read, err)
					return
				}
				for _, e := range events {
					if e.ID <= last || e.News.Call <= newest[e.News.Line] {
						t.Errorf("event %d of %s, %s comes after %d, %s", e.ID, e.News.Line, e.News.Call, last, newest[e.News.Line])
					}
					last, newest[e.News.Line] = e.ID, e.News.Call
				}
				read += len(events)
			}
		})
	}
	for teller := range tellers {
		work.Go(func() {
			for n := range each {
				hub.Tell(call.News{Line: call.LineID(fmt.Sprint(teller)), Call: call.ID(fmt.Sprintf("%05d", n+1))})
			}
		})
	}
	work.Wait()
}

func BenchmarkTell(b *testing.B) {
	hub := feed.New(4096)
	for range 5 {
		f, _ := hub.Follow(0, all)
		go func() {
			for {
				if _, err := f.Next(b.Context()); err != nil && !errors.Is(err, feed.ErrBehind) {
					return
				}
			}
		}()
	}
	b.ReportAllocs()
	for b.Loop() {
		hub.Tell(call.News{Kind: call.CallMoved, Line: "flat-1"})
	}
	hub.Close()
}

func TestANumberThatIsForgottenIsTakenOutOfWhatIsKept(t *testing.T) {
	hub := feed.New(10)
	begin, _ := hub.Follow(0, all)
	gone, other := call.Caller{Number: "+441632960277", Name: "Ann", Presentation: call.Allowed, Trunk: "main"}, call.Caller{Number: "+441632960200"}
	for _, n := range []call.News{
		{From: gone, Recording: "1-purpose-1"}, {From: gone, Attempt: call.Attempt{ID: "2", Suspect: gone}}, {From: other, Recording: "3-purpose-1"},
	} {
		hub.Tell(n)
	}
	hub.Forget(gone.Number)
	nobody := call.Caller{Presentation: call.Unavailable, Trunk: "main"}
	want := []call.News{{From: nobody}, {From: nobody, Attempt: call.Attempt{ID: "2", Suspect: nobody}}, {From: other, Recording: "3-purpose-1"}}
	events := must(t, begin)
	for i, n := range want {
		if len(events) != len(want) || events[i].News != n {
			t.Errorf("the events are %+v", events)
		}
	}
}
