package redisstore_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/redisstore"
	"clearline/lib/store/storetest"
	"clearline/lib/testbed/redisserver"
)

// known is the nth contact of a line.
func known(n int) call.Entry {
	return call.Entry{Line: "flat-1", List: call.Contacts, Pattern: fmt.Sprintf("+44163296%04d", n), Name: "Ann", Since: time.Unix(1e9, 0).UTC()}
}

func puts(entries ...call.Entry) store.Changes { return store.Changes{Put: entries} }

func TestAnotherProcessLearnsOfAChangeAtOnce(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	cluster := redisserver.ClusterFor(t, redisserver.Options{Address: "127.0.88.6"})
	for name, address := range map[string]string{
		"one server": server.URL(), "a cluster": cluster.URL(), "sentinels": redisserver.SentinelFor(t, server).SentinelURL(),
	} {
		t.Run(name, func(t *testing.T) {
			daemon, command := opened(t, address), opened(t, address)
			apply(t, command, puts(known(1)))
			w := storetest.Watch(t, daemon)
			w.Knows(t, known(1))
			for n := 2; n < 20; n++ {
				begun := time.Now()
				apply(t, command, store.Changes{Put: []call.Entry{known(n)}, Remove: []call.EntryKey{known(n - 1).Key()}})
				w.Knows(t, known(n))
				if took := time.Since(begun); took > time.Second {
					t.Errorf("a change was known after %v", took)
				}
			}
			if n := w.Reloads(); n != 1 {
				t.Errorf("the lists were read %d times", n)
			}
			apply(t, command, store.Changes{Remove: []call.EntryKey{known(19).Key()}})
			w.Knows(t)
			other := change(1)
			other.Put = nil
			other.Windows = []call.Window{{Line: "flat-1", Kind: call.UnderAttack, Until: other.Records[0].Ended.Add(time.Hour)}}
			apply(t, command, other)
			w.Hears(t, other.Windows[0], other.Attempts[0], other.Records[0])
		})
	}
}

func TestTheListsAreReadAgainWhenSomethingWasMissed(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	do := func(words ...any) func() error {
		return func() error { _, err := s.Do(t.Context(), words...); return err }
	}
	apply(t, s, puts(known(1)))
	text, err := s.Do(t.Context(), "HGET", redisstore.Key("flat-1", "entries"), "contacts\x00"+known(1).Pattern)
	if err != nil {
		t.Fatal(err)
	}
	field := "contacts\x00" + known(2).Pattern
	secretly := do("HSET", redisstore.Key("flat-1", "entries"), field, text)
	for name, c := range map[string]struct {
		happens func() error
		want    []call.Entry
	}{
		"Redis was started again, empty": {func() error {
			if err := server.Stop(); err != nil {
				return err
			}
			return server.Restart(t.Context())
		}, nil},
		"Redis was emptied": {func() error { return server.Empty(t.Context()) }, nil},
		"a notice was lost": {both(secretly, do("INCR", redisstore.Key("flat-1", "revision"))), []call.Entry{known(1), known(2), known(9)}},
		"a notice is ahead": {both(secretly, do("PUBLISH", "clearline:lists", "flat-1 9999 ")), []call.Entry{known(1), known(2), known(9)}},
		"a notice is nonsense": {
			both(secretly, do("PUBLISH", "clearline:lists", "flat-1 3 p99999:x")), []call.Entry{known(1), known(2), known(9)},
		},
		"a notice is late, of what was there before": {
			do("PUBLISH", "clearline:lists", fmt.Sprintf("flat-1 3 b3:1.2p%d:%s=%d:%s", len(field), field, len(text.(string)), text)),
			[]call.Entry{known(1), known(9)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := server.Empty(t.Context()); err != nil {
				t.Fatal(err)
			}
			apply(t, s, puts(known(1)))
			apply(t, s, puts(known(9)))
			w := storetest.Watch(t, s)
			w.Knows(t, known(1), known(9))
			if err := c.happens(); err != nil {
				t.Fatal(err)
			}
			w.Reads(t, 2)
			w.Knows(t, c.want...)
			if lost := w.Lost(); (len(lost) == 1 && lost[0] == "flat-1") != (c.want == nil) {
				t.Errorf("lost are %v", lost)
			}
		})
	}
}

func TestALineThatIsLostAndWrittenByAnotherIsLost(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s, other := opened(t, server.URL()), opened(t, server.URL())
	apply(t, s, puts(known(1)))
	w := storetest.Watch(t, s)
	if err := both(server.Stop, func() error { return server.Restart(t.Context()) })(); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		apply(t, other, puts(known(n+2)))
	}
	w.Knows(t, known(2), known(3), known(4), known(5), known(6))
	if lost := w.Lost(); len(lost) != 1 || lost[0] != "flat-1" {
		t.Errorf("lost are %v", lost)
	}
}

func TestALineThatHasLostItsLastChangesIsLost(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	apply(t, s, puts(known(1)))
	w := storetest.Watch(t, s)
	apply(t, s, puts(known(2)))
	w.Knows(t, known(1), known(2))
	for _, words := range [][]any{ // as a replica that has become the master before it had all
		{"HDEL", redisstore.Key("flat-1", "entries"), "contacts\x00" + known(2).Pattern},
		{"DECR", redisstore.Key("flat-1", "revision")},
	} {
		if _, err := s.Do(t.Context(), words...); err != nil {
			t.Fatal(err)
		}
	}
	w.Reads(t, 2)
	w.Knows(t, known(1))
	if lost := w.Lost(); len(lost) != 1 || lost[0] != "flat-1" {
		t.Errorf("lost are %v", lost)
	}
}

func TestAWatchBeginsWhenRedisIsReached(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(300*time.Millisecond, func() {
		if err := server.Restart(t.Context()); err != nil {
			t.Error(err)
		}
	})
	storetest.Watch(t, s).Knows(t)
}

func TestAFrozenRedisIsReadAgain(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	apply(t, s, puts(known(1)))
	w := storetest.Watch(t, s)
	if err := server.Freeze(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(3*time.Second, func() {
		if err := server.Thaw(); err != nil {
			t.Error(err)
		}
	})
	w.Reads(t, 2)
	apply(t, s, puts(known(2)))
	w.Knows(t, known(1), known(2))
}

func TestWhoMayNotListenOrPublishLearnsAllTheSame(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	if _, err := server.Command(t.Context(), "ACL SETUSER silent on >sesame ~* +@all resetchannels"); err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword("silent", "sesame")
	s := opened(t, address.String())
	w := storetest.Watch(t, s)
	apply(t, s, puts(known(1)))
	w.Knows(t, known(1))
}

func TestBlocksOfEarlierVersionsAreEntries(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	apply(t, s, store.Changes{Drop: []store.Drop{{ID: "0000", Line: "flat-1"}}}) // makes the line known
	old := func(n int) call.Entry {
		return call.Entry{
			Line: "flat-1", List: call.Blocks, Pattern: fmt.Sprintf("+4416329602%02d", n),
			Since: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Source: "the resident blocked the caller",
		}
	}
	for n := range 3 {
		text := fmt.Sprintf(`{"Line":"flat-1","Number":%q,"Since":"2026-01-02T03:04:05Z"}`, old(n).Pattern)
		if _, err := s.Do(t.Context(), "HSET", redisstore.Key("flat-1", "blocks"), old(n).Pattern, text); err != nil {
			t.Fatal(err)
		}
	}
	w := storetest.Watch(t, s)
	w.Knows(t, old(0), old(1), old(2))
	named := old(1)
	named.Name = "Parcel scam"
	apply(t, s, store.Changes{Remove: []call.EntryKey{old(0).Key()}, Put: []call.Entry{named}})
	w.Knows(t, named, old(2))
	if n, err := s.Do(t.Context(), "HLEN", redisstore.Key("flat-1", "blocks")); n != int64(1) || err != nil {
		t.Errorf("%v blocks are where they were, error %v", n, err)
	}
	if found, err := lists(t, s); len(found) != 2 || err != nil {
		t.Errorf("the lists are %+v, error %v", found, err)
	}
}

func TestEntriesThatLapsedGoAway(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	ends, stays := known(1), known(2)
	ends.Until = time.Now().Add(-store.Lapse + 50*time.Millisecond)
	stays.Until = time.Now().Add(time.Hour)
	apply(t, s, puts(ends, stays, known(3)))
	retry(t, func() error { // until it has lapsed
		apply(t, s, puts(known(4)))
		n, err := s.Do(t.Context(), "HLEN", redisstore.Key("flat-1", "entries"))
		if n != int64(3) {
			return store.ErrUnreachable
		}
		return err
	})
	if n, err := s.Do(t.Context(), "ZCARD", redisstore.Key("flat-1", "ends")); n != int64(1) || err != nil {
		t.Errorf("%v ends are left, error %v", n, err)
	}
}

func FuzzNotices(f *testing.F) {
	f.Add("r20:contacts\x00+441632*")
	f.Add("p20:contacts\x00+441632*=21:" + strings.Repeat("0", 21))
	f.Add("=99999999999:x")
	f.Add("b3:1.2r20:contacts\x00+441632*")
	f.Add(`w17:{"Line":"flat-1"}a2:{}h4:null`)
	f.Fuzz(func(t *testing.T, text string) {
		born, change, err := redisstore.ReadNotice("flat-1", text)
		for _, e := range change.Put {
			if e.Line != "flat-1" {
				t.Errorf("an entry of line %q", e.Line)
			}
		}
		if n := len(change.Put) + len(change.Removed) + len(change.Windows) + len(change.Attempts) + len(change.Records); err != nil && (n != 0 || born != "") {
			t.Errorf("%d changes, born %q, in spite of %v", n, born, err)
		}
	})
}
