package redisstore_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/redisstore"
	"clearline/lib/store/storetest"
	"clearline/lib/testbed/redisserver"
)

func open(t testing.TB, url string) *redisstore.Store {
	t.Helper()
	s, err := redisstore.Open(url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// opened opens a store and closes it at the end of the test.
func opened(t testing.TB, url string) *redisstore.Store {
	t.Helper()
	s := open(t, url)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestContract(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{Address: "127.0.88.1", Password: "sesame"})
	storetest.Run(t, func(t *testing.T) func() store.Store {
		if err := server.Empty(t.Context()); err != nil {
			t.Fatal(err)
		}
		return func() store.Store { return open(t, server.Direct()) }
	})
}

func TestCluster(t *testing.T) {
	t.Parallel()
	cluster := redisserver.ClusterFor(t, redisserver.Options{Address: "127.0.88.2"})
	fresh := func(t *testing.T) func() store.Store {
		if err := cluster.Empty(t.Context()); err != nil {
			t.Fatal(err)
		}
		return func() store.Store { return open(t, cluster.URL()) }
	}
	t.Run("contract", func(t *testing.T) { storetest.Run(t, fresh) })
	t.Run("a frozen node is an outage, and works again after it", func(t *testing.T) {
		fresh(t)
		s := opened(t, cluster.URL())
		for n := range 20 {
			apply(t, s, change(n))
		}
		node := cluster.Nodes[1]
		if err := node.Freeze(); err != nil {
			t.Fatal(err)
		}
		if _, err := lists(t, s); !errors.Is(err, store.ErrUnreachable) {
			t.Errorf("Entries gives %v", err)
		}
		if err := node.Thaw(); err != nil {
			t.Fatal(err)
		}
		for n := range 20 {
			apply(t, s, change(n))
		}
		if blocks, err := lists(t, s); len(blocks) != 20 || err != nil {
			t.Errorf("%d blocks, error %v", len(blocks), err)
		}
	})
}

func TestSentinels(t *testing.T) {
	t.Parallel()
	watched := redisserver.WatchedFor(t, redisserver.Options{Address: "127.0.88.7", Password: "sesame"})
	fresh := func(t *testing.T) func() store.Store {
		if err := watched.Master.Empty(t.Context()); err != nil {
			t.Fatal(err)
		}
		return func() store.Store { return open(t, watched.URL()) }
	}
	t.Run("contract", func(t *testing.T) { storetest.RunSmall(t, fresh) })
	t.Run("after a fail-over the new master is used, and has what was replicated", func(t *testing.T) {
		fresh(t)
		s := opened(t, watched.URL())
		w := storetest.Watch(t, s)
		before, after := change(1), change(2)
		apply(t, s, before)
		if n, err := watched.Master.Command(t.Context(), "WAIT 1 5000"); n != "1" || err != nil {
			t.Fatalf("%s replicas have it, error %v", n, err)
		}
		if err := watched.Master.Stop(); err != nil {
			t.Fatal(err)
		}
		fails(t, s, after)
		if err := watched.FailedOver(t.Context()); err != nil {
			t.Fatal(err)
		}
		apply(t, s, after)
		w.Knows(t, before.Put[0], after.Put[0])
		if lost := w.Lost(); len(lost) > 0 {
			t.Errorf("%v count as lost", lost)
		}
	})
}

func TestASentinelLeadsToTheMaster(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{Address: "127.0.88.4", Password: "sesame"})
	s := opened(t, redisserver.SentinelFor(t, server).SentinelURL())
	apply(t, s, change(1))
	if blocks, err := lists(t, s); len(blocks) != 1 || err != nil {
		t.Errorf("blocks are %+v, error %v", blocks, err)
	}
}

func TestANewerFormatIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	if _, err := s.Do(t.Context(), "SET", "clearline:format", 2); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(t.Context(), change(1)); !errors.Is(err, store.ErrNewer) {
		t.Errorf("Apply gives %v", err)
	}
	if _, err := s.Windows(t.Context(), time.Now()); !errors.Is(err, store.ErrNewer) {
		t.Errorf("Windows gives %v", err)
	}
	if _, err := s.CountAttempts(t.Context(), "flat-1", time.Now()); !errors.Is(err, store.ErrNewer) {
		t.Errorf("CountAttempts gives %v", err)
	}
	if size, err := s.Do(t.Context(), "DBSIZE"); size != int64(1) || err != nil {
		t.Errorf("%v keys are there, error %v", size, err)
	}
	if _, err := s.Do(t.Context(), "SET", "clearline:format", "one"); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(t.Context(), change(1)); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("with a damaged format Apply gives %v", err)
	}
}

func TestAForgottenScriptIsSentAgain(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	for n := range 3 {
		changes := change(n)
		changes.Records = append(changes.Records, change(n+10).Records...)
		apply(t, s, changes)
		if _, err := server.Command(t.Context(), "SCRIPT FLUSH"); err != nil {
			t.Fatal(err)
		}
	}
	if records, err := s.Records(t.Context(), 100); len(records) != 6 || err != nil {
		t.Errorf("%d records, error %v", len(records), err)
	}
}

func TestWhatIsOldOrTooMuchGoesAwayByItself(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	changes := change(1)
	changes.Windows = []call.Window{{Line: "flat-1", Kind: call.UnderAttack, Until: time.Now().Add(time.Hour)}}
	apply(t, s, changes)
	for kind, want := range map[string]time.Duration{
		"records": store.Retention, "arrivals": store.Retention, "last-unknown": store.Retention, "attempts": store.Retention,
		"moments": store.Retention, "windows": 2 * time.Hour, "calls": -1, "entries": -1, "ends": -1, "revision": -1,
	} {
		left, err := s.Do(t.Context(), "PTTL", redisstore.Key("flat-1", kind))
		ms, _ := left.(int64)
		if err != nil || want < 0 && ms != -1 || want > 0 && (ms > want.Milliseconds() || ms < want.Milliseconds()-60_000) {
			t.Errorf("%s lives for %v ms, error %v", kind, left, err)
		}
	}
	old := redisstore.Key("flat-1", "records")
	aged := strings.Repeat("0", 21)
	for _, words := range [][]any{ // a line nobody has called for long
		{"HSET", old, "old", aged + "{}"},
		{"ZADD", redisstore.Key("flat-1", "arrivals"), 0, aged + "old"},
		{"HSET", redisstore.Key("flat-1", "windows"), "old", aged + "{}"},
	} {
		if _, err := s.Do(t.Context(), words...); err != nil {
			t.Fatal(err)
		}
	}
	s.SweepNext()
	apply(t, s, change(2))
	for kind, want := range map[string]int64{"records": 1, "windows": 1} {
		if n, err := s.Do(t.Context(), "HLEN", redisstore.Key("flat-1", kind)); n != want || err != nil {
			t.Errorf("%v %s are left, error %v", n, kind, err)
		}
	}
}

func TestOnlySoManyRecordsOfALineAreKept(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.Direct())
	s.KeepOnly(100)
	const batch = 30
	now := time.Now().UTC()
	for first := 0; first < 150; first += batch {
		var changes store.Changes
		for n := first; n < first+batch; n++ {
			at, id := now.Add(-time.Hour+time.Duration(n)*time.Millisecond), call.ID(fmt.Sprintf("%06d", n))
			changes.Records = append(changes.Records, call.Record{ID: id, Line: "flat-1", Arrived: at, Ended: at, Cause: call.Crowded})
			changes.Attempts = append(changes.Attempts, call.Attempt{ID: id, Line: "flat-1", At: at})
		}
		apply(t, s, changes)
	}
	records, err := s.Records(t.Context(), 1000)
	if err != nil || len(records) != 100 || records[99].ID != "000050" {
		t.Errorf("%d records are left, error %v", len(records), err)
	}
	for _, kind := range []string{"records", "attempts"} {
		if n, err := s.Do(t.Context(), "HLEN", redisstore.Key("flat-1", kind)); n != int64(100) || err != nil {
			t.Errorf("%v %s are left, error %v", n, kind, err)
		}
	}
}

func TestWhatWasGivenUpIsNotWrittenLater(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	apply(t, s, change(1))
	apply(t, s, store.Changes{Drop: []store.Drop{{ID: "0001", Line: "flat-1"}}})
	if err := s.ApplyAfter(t.Context(), change(1), time.Second); !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("late, it gives %v", err)
	}
	if calls, err := s.Saved(t.Context()); len(calls) != 0 || err != nil {
		t.Errorf("calls %+v are back, error %v", calls, err)
	}
	if err := s.ApplyAfter(t.Context(), change(1), -time.Minute); err != nil {
		t.Errorf("in time, it gives %v", err)
	}
	if calls, err := s.Saved(t.Context()); len(calls) != 1 || err != nil {
		t.Errorf("calls are %+v, error %v", calls, err)
	}
}
