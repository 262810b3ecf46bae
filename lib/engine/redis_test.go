package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/policy"
	"clearline/lib/store"
	"clearline/lib/store/redisstore"
	"clearline/lib/testbed/redisserver"
)

// until polls until something is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never came: %s", what)
		}
	}
}

func openRedis(t *testing.T, url string) *redisstore.Store {
	t.Helper()
	s, err := redisstore.Open(url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// observer is another process that follows what is written.
type observer struct {
	*redisstore.Store
	mu      sync.Mutex
	records []call.ID // there was word of, in order
	begun   bool
}

func observe(t *testing.T, url string) *observer {
	t.Helper()
	o := &observer{Store: openRedis(t, url)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = o.Watch(ctx, func(c store.Change) { // what it misses shows in the records
			o.mu.Lock()
			defer o.mu.Unlock()
			o.begun = o.begun || c.Reload
			for _, r := range c.Records {
				o.records = append(o.records, r.ID)
			}
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	until(t, "the beginning of what is watched", func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.begun
	})
	return o
}

// visits lets a caller ring flat-1 and hang up when the greeting plays: without the store,
// should it be in trouble.
func (r *rig) visits(t *testing.T, leg call.LegID) {
	t.Helper()
	r.Arrived(arrival(leg, "flat-1", "+441632960200"))
	until(t, "a greeting", func() bool { return newest[flow.Play](r.exchange.performed(), leg).Playback != "" })
	r.Happened(flow.LegGone{Leg: leg, Q850: 16})
	until(t, "the end of the call", func() bool { return r.Live() == 0 })
}

// lists reads the lists, or nothing from a store that is not reached.
func (o *observer) lists(t *testing.T) (patterns []string) {
	t.Helper()
	err := o.Entries(t.Context(), func(e call.Entry) error {
		patterns = append(patterns, e.Pattern)
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrUnreachable) {
		t.Fatal(err)
	}
	slices.Sort(patterns)
	return patterns
}

// trouble is something wrong on the way to a real Redis, for a time.
type trouble struct {
	begins, ends func(*redisserver.Server) error
	atStart      bool
	done         bool // what is asked for is done all the same
}

// TestWhatIsDoneInTroubleIsWrittenOnceAndInOrder lets callers ring and residents dial
// while there is trouble on the way to a real Redis, and reads there what came of it.
func TestWhatIsDoneInTroubleIsWrittenOnceAndInOrder(t *testing.T) {
	t.Parallel()
	suffer := func(troubles ...redisserver.Trouble) func(*redisserver.Server) error {
		return func(s *redisserver.Server) error { return s.Suffer(troubles...) }
	}
	restart := func(s *redisserver.Server) error { return s.Restart(t.Context()) }
	for name, trouble := range map[string]trouble{
		"down at the start":     {begins: (*redisserver.Server).Stop, ends: restart, atStart: true},
		"connection lost":       {begins: (*redisserver.Server).Stop, ends: restart},
		"half-open":             {begins: suffer(redisserver.Mute()...), ends: suffer()},
		"frozen":                {begins: (*redisserver.Server).Freeze, ends: (*redisserver.Server).Thaw},
		"slow by two seconds":   {begins: suffer(redisserver.Late(2 * time.Second)), ends: suffer()},
		"narrow":                {begins: suffer(redisserver.Narrow(1)...), ends: suffer()},
		"done and not answered": {begins: suffer(redisserver.AnswersLost("evalsha")...), ends: suffer(), done: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redisserver.For(t, redisserver.Options{Address: "127.0.88.9", Durable: true})
			trouble.strikes(t, server)
		})
	}
}

func (trouble trouble) strikes(t *testing.T, server *redisserver.Server) {
	if trouble.atStart {
		if err := trouble.begins(server); err != nil {
			t.Fatal(err)
		}
	}
	r := newRig(t, ruled(trusting), func(o *engine.Options, _ *memory) { o.Store = openRedis(t, server.URL()) })
	defer r.Close()
	var there *observer
	if !trouble.atStart {
		there = observe(t, server.Direct())
		r.visits(t, "leg-0")
		r.DialledOut("flat-1", "01632960300")
		until(t, "the first number dialled", func() bool { return len(there.lists(t)) == 1 })
		if err := trouble.begins(server); err != nil {
			t.Fatal(err)
		}
	}
	if trouble.done {
		removedMeanwhile(t, r, there)
	}
	for n := 1; n <= 5; n++ {
		r.visits(t, call.LegID(fmt.Sprint("leg-", n)))
		r.DialledOut("flat-1", fmt.Sprint("0163296030", n))
	}
	r.dials("leg-r", "999")
	until(t, "the emergency call", func() bool { _, went := r.went("leg-r"); return went })
	if err := trouble.ends(server); err != nil {
		t.Fatal(err)
	}
	if there == nil {
		there = observe(t, server.Direct())
	}
	wholeAndInOrder(t, there, map[bool]int{true: 5, false: 6}[trouble.atStart])
}

// removedMeanwhile lets a number be written without an answer, and somebody remove it.
func removedMeanwhile(t *testing.T, r *rig, there *observer) {
	t.Helper()
	r.DialledOut("flat-1", "01632960309")
	until(t, "a number that is written", func() bool { return slices.Contains(there.lists(t), "+441632960309") })
	remove := call.EntryKey{Line: "flat-1", List: call.Contacts, Pattern: "+441632960309"}
	if err := there.Apply(t.Context(), store.Changes{Remove: []call.EntryKey{remove}}); err != nil {
		t.Fatal(err)
	}
}

// wholeAndInOrder waits until so many calls, as many numbers and an attempt are written,
// and checks that this is all there is.
func wholeAndInOrder(t *testing.T, there *observer, want int) {
	t.Helper()
	var records []call.Record
	until(t, "everything written", func() bool {
		attempts, err := there.Attempts(t.Context(), 10)
		if err != nil || len(attempts) != 1 || attempts[0].Outcome == "" {
			return false
		}
		records, err = there.Records(t.Context(), 100)
		return err == nil && len(records) == want
	})
	if saved, err := there.Saved(t.Context()); err != nil || len(saved) != 0 {
		t.Errorf("%d calls are under way, error %v", len(saved), err)
	}
	if lists := there.lists(t); len(lists) != want {
		t.Errorf("the lists are %v", lists)
	}
	for n, record := range records {
		if record.Cause != call.CallerHungUp || n > 0 && record.ID >= records[n-1].ID {
			t.Errorf("record %d is %+v", n, record)
		}
	}
	there.mu.Lock()
	defer there.mu.Unlock()
	if !slices.IsSorted(there.records) || len(slices.Compact(slices.Clone(there.records))) != len(there.records) {
		t.Errorf("there was word of the calls %v", there.records)
	}
}

func TestARedisThatComesBackEmptyIsGivenWhatIsKnown(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{Address: "127.0.88.9"})
	contact := call.Entry{Line: "flat-1", List: call.Contacts, Pattern: friend, Name: "Ann"}
	everywhere := call.Entry{List: call.Blocks, Pattern: stranger}
	there := observe(t, server.Direct())
	if err := there.Apply(t.Context(), store.Changes{Put: []call.Entry{contact, everywhere}}); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(o *engine.Options, _ *memory) { o.Store = openRedis(t, server.URL()) })
	defer r.Close()
	known := func() bool { // flat-1 waits for the emergency services to ring back
		return r.Verdict(arrival("leg", "flat-1", friend)).Verdict == policy.Trusted &&
			r.Verdict(arrival("leg", "flat-2", stranger)).Verdict == policy.Blocked
	}
	until(t, "a start with lists", known)
	r.dials("leg-r", "999")
	until(t, "an attempt that is written", func() bool {
		attempts, err := there.Attempts(t.Context(), 10)
		return err == nil && len(attempts) == 1 && attempts[0].Outcome != ""
	})
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "the lists, the attempt and its windows", func() bool {
		if !known() {
			t.Fatal("the lists were forgotten meanwhile")
		}
		attempts, err := there.Attempts(t.Context(), 10)
		windows, werr := there.Windows(t.Context(), time.Now())
		return err == nil && werr == nil && len(attempts) == 1 && len(windows) == 1 && len(there.lists(t)) == 2
	})
}

func TestAFailOverLosesNothingThatIsKnown(t *testing.T) {
	t.Parallel()
	watched := redisserver.WatchedFor(t, redisserver.Options{Address: "127.0.88.10"})
	r := newRig(t, ruled(trusting), func(o *engine.Options, _ *memory) { o.Store = openRedis(t, watched.URL()) })
	defer r.Close()
	there := observe(t, watched.URL())
	r.visits(t, "leg-0")
	r.DialledOut("flat-1", "01632960300")
	until(t, "what is written before", func() bool { return len(there.lists(t)) == 1 })
	if n, err := watched.Master.Command(t.Context(), "WAIT 1 5000"); n != "1" || err != nil {
		t.Fatalf("%s replicas have it, error %v", n, err)
	}
	if err := watched.Master.Stop(); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 5; n++ {
		r.visits(t, call.LegID(fmt.Sprint("leg-", n)))
		r.DialledOut("flat-1", fmt.Sprint("0163296030", n))
	}
	r.dials("leg-r", "999")
	until(t, "the emergency call", func() bool { _, went := r.went("leg-r"); return went })
	if err := watched.FailedOver(t.Context()); err != nil {
		t.Fatal(err)
	}
	wholeAndInOrder(t, there, 6)
}
