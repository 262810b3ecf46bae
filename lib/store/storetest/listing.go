package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// entry makes the nth entry of flat-1: a contact, one of two with everything set.
func entry(n int) call.Entry {
	e := call.Entry{Line: "flat-1", List: call.Contacts, Pattern: fmt.Sprintf("+44163296%04d", n), Since: at}
	if n%2 == 1 {
		e.Name, e.Verify, e.Word, e.Until, e.Source = "Siân", true, "7426", at.Add(48*time.Hour), "by hand"
	}
	return e
}

// entriesOf reads the lists of a store.
func entriesOf(t testing.TB, s store.Store) (all []call.Entry) {
	t.Helper()
	must(t, s.Entries(t.Context(), func(e call.Entry) error {
		all = append(all, e)
		return nil
	}))
	return all
}

// holds checks what the lists of a store are.
func holds(t testing.TB, s store.Store, want ...call.Entry) {
	t.Helper()
	if got := sorted(t, entriesOf(t, s)); text(t, got) != text(t, sorted(t, want)) {
		t.Errorf("the lists hold\n%s, want\n%s", text(t, got), text(t, sorted(t, want)))
	}
}

func entriesApart(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	elsewhere, everywhere, other, blocked, odd := entry(1), entry(1), entry(1), entry(1), entry(1)
	elsewhere.Line, everywhere.Line, other.Pattern, blocked.List = "flat-2", "", "+441632*", call.Blocks
	odd.Line, odd.Pattern, odd.Name, odd.Word, odd.Source = hostile, hostile, hostile, hostile, hostile
	apply(t, s, store.Changes{Put: []call.Entry{entry(1), elsewhere, everywhere, other, blocked, odd}})
	holds(t, s, entry(1), elsewhere, everywhere, other, blocked, odd)
	apply(t, s, store.Changes{Remove: []call.EntryKey{entry(1).Key(), odd.Key(), entry(7).Key(), {Line: "nowhere"}}})
	holds(t, s, elsewhere, everywhere, other, blocked)
}

func entryAgain(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	later, last := entry(1), entry(1)
	later.Name, later.Verify, later.Until = "Ann", false, time.Time{}
	last.Until = at.Add(72 * time.Hour)
	apply(t, s, store.Changes{Put: []call.Entry{entry(1)}})
	apply(t, s, store.Changes{Put: []call.Entry{later}})
	holds(t, s, later)
	apply(t, s, store.Changes{Put: []call.Entry{entry(1), later, last}})
	holds(t, s, last)
}

func removedAndPut(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	later := entry(1)
	later.Name = "Ann"
	apply(t, s, store.Changes{Put: []call.Entry{entry(1)}})
	changes := store.Changes{Put: []call.Entry{later}, Remove: []call.EntryKey{later.Key()}}
	apply(t, s, changes)
	holds(t, s, later)
	apply(t, s, changes)
	holds(t, s, later)
}

func entryLapses(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	over, lapsed, replaced := entry(1), entry(3), entry(5)
	over.Until = time.Now().Add(-store.Lapse + time.Hour).UTC()
	lapsed.Until = time.Now().Add(-store.Lapse - time.Minute).UTC()
	apply(t, s, store.Changes{Put: []call.Entry{over, lapsed, replaced}})
	holds(t, s, over, replaced)
	replaced.Until = lapsed.Until
	apply(t, s, store.Changes{Put: []call.Entry{replaced}})
	holds(t, s, over)
}

func entriesStop(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	apply(t, s, store.Changes{Put: []call.Entry{entry(1), entry(2), entry(3)}})
	enough, seen := errors.New("enough"), 0
	err := s.Entries(t.Context(), func(call.Entry) error {
		if seen++; seen == 2 {
			return enough
		}
		return nil
	})
	if err != enough || seen != 2 { //nolint:errorlint // it is returned as it is
		t.Errorf("%d entries were handed over, error %v", seen, err)
	}
	must(t, s.Entries(t.Context(), func(e call.Entry) error { // what is handed over may be changed at once
		return s.Apply(t.Context(), store.Changes{Remove: []call.EntryKey{e.Key()}})
	}))
	holds(t, s)
}

func manyEntries(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	const many, batch = 100_000, 2000
	for first := 0; first < many; first += batch {
		var changes store.Changes
		for n := first; n < first+batch; n++ {
			changes.Put = append(changes.Put, entry(n))
		}
		apply(t, s, changes)
	}
	seen := map[string]call.Entry{}
	for _, e := range entriesOf(t, s) {
		seen[e.Pattern] = e
	}
	if len(seen) != many || seen[entry(1).Pattern] != entry(1) || seen[entry(many-2).Pattern] != entry(many-2) {
		t.Errorf("%d entries are there", len(seen))
	}
}
