package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// bare is the store itself, that of a patient one.
func bare[T any](t *testing.T, s store.Store) T {
	t.Helper()
	if p, ok := s.(patient); ok {
		s = p.Store
	}
	kept, ok := s.(T)
	if !ok {
		t.Fatalf("%T is no %T", s, &kept)
	}
	return kept
}

// audit is a store's audit log, asked patiently.
type audit struct {
	store.Audit
	t     *testing.T
	tries *atomic.Int64 // how often AddDeed was asked to write: what it gave up may be there all the same
}

func auditOf(t *testing.T, s store.Store) audit {
	t.Helper()
	return audit{bare[store.Audit](t, s), t, new(atomic.Int64)}
}

func (a audit) add(d store.Deed) {
	a.t.Helper()
	_, err := waiting(a.t.Context(), func() (struct{}, error) {
		a.tries.Add(1)
		return struct{}{}, a.AddDeed(a.t.Context(), d)
	})
	must(a.t, err)
}

func (a audit) read(before uint64, limit int) []store.Deed {
	a.t.Helper()
	found, err := waiting(a.t.Context(), func() ([]store.Deed, error) { return a.Deeds(a.t.Context(), before, limit) })
	must(a.t, err)
	return found
}

// deed makes the nth deed.
func deed(n int) store.Deed {
	return store.Deed{
		At: at, By: "night-desk", Did: "accept", Line: "flat-1", To: fmt.Sprintf("%04d", n), Note: hostile, Remote: "192.0.2.1",
	}
}

// placed is the nth deed where it is.
func placed(n int) store.Deed {
	d := deed(n)
	d.ID = uint64(n)
	return d
}

func auditGrows(t *testing.T, open func() store.Store) {
	s := open()
	a := auditOf(t, s)
	if found := a.read(0, 10); len(found) != 0 {
		t.Errorf("an empty log holds %+v", found)
	}
	for n := 1; n <= 5; n++ {
		d := deed(n)
		d.ID = 77 // is not the caller's to say
		a.add(d)
	}
	must(t, s.Close())
	a = auditOf(t, opened(t, open))
	a.add(deed(6))
	for _, c := range []struct {
		name   string
		before uint64
		limit  int
		want   []store.Deed
	}{
		{"the latest", 0, 2, []store.Deed{placed(6), placed(5)}},
		{"those before", 5, 2, []store.Deed{placed(4), placed(3)}},
		{"the first", 3, 10, []store.Deed{placed(2), placed(1)}},
		{"nothing before the first", 1, 10, nil},
		{"everything before what is not there yet", 1 << 63, 10, []store.Deed{placed(6), placed(5), placed(4), placed(3), placed(2), placed(1)}},
		{"none when none is asked for", 0, 0, nil},
	} {
		if got := a.read(c.before, c.limit); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func auditCrowd(t *testing.T, open func() store.Store) {
	a := auditOf(t, opened(t, open))
	const many = 50
	var group sync.WaitGroup
	for n := range many {
		group.Go(func() { a.add(deed(n)) })
	}
	group.Wait()
	seen, found := map[string]bool{}, a.read(0, 1000)
	if len(found) < many || len(found) > int(a.tries.Load()) {
		t.Errorf("%d deeds are kept, of %d that were tried %d times", len(found), many, a.tries.Load())
	}
	for i, d := range found {
		if want := uint64(len(found) - i); d.ID != want {
			t.Errorf("deed %d has the place %d, want %d", i, d.ID, want)
		}
		seen[d.To] = true
	}
	if len(seen) != many {
		t.Errorf("%d of %d deeds are kept", len(seen), many)
	}
}

func auditRefused(t *testing.T, open func() store.Store) {
	s := open()
	a := auditOf(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.AddDeed(ctx, deed(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("AddDeed with a cancelled context gives %v", err)
	}
	if found := a.read(0, 10); len(found) != 0 {
		t.Errorf("it was written all the same: %+v", found)
	}
	must(t, s.Close())
	if err := a.AddDeed(t.Context(), deed(1)); !errors.Is(err, store.ErrClosed) {
		t.Errorf("AddDeed after Close gives %v", err)
	}
	if _, err := a.Deeds(t.Context(), 0, 1); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Deeds after Close gives %v", err)
	}
}

// page reads a page of something, patiently.
func page[T any](t *testing.T, read func(context.Context, []call.LineID, store.Place, int) ([]T, error), lines []call.LineID, place store.Place, limit int) []T {
	t.Helper()
	found, err := waiting(t.Context(), func() ([]T, error) { return read(t.Context(), lines, place, limit) })
	must(t, err)
	return found
}

func pages(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	var changes store.Changes
	const many = 25
	for n := range many {
		r, a := record(n), attempt(n)
		r.Line = []call.LineID{"flat-1", "flat-2", ""}[n%3]
		a.Line = r.Line
		a.At = at.Add(time.Duration(n/3) * time.Minute) // three at a time are made in the same moment
		changes.Records, changes.Attempts = append(changes.Records, r), append(changes.Attempts, a)
	}
	apply(t, s, changes)
	kept := bare[store.Pages](t, s)
	wantRecords, err := s.Records(t.Context(), many)
	must(t, err)
	wantAttempts, err := s.Attempts(t.Context(), many)
	must(t, err)
	var records []call.Record
	for place := (store.Place{}); ; place = store.PlaceOf(records[len(records)-1]) {
		next := page(t, kept.RecordsAfter, nil, place, 4)
		if records = append(records, next...); len(next) < 4 {
			break
		}
	}
	var attempts []call.Attempt
	for place := (store.Place{}); ; place = store.PlaceOfAttempt(attempts[len(attempts)-1]) {
		next := page(t, kept.AttemptsAfter, nil, place, 4)
		if attempts = append(attempts, next...); len(next) < 4 {
			break
		}
	}
	if got, want := listed(t, records, attempts), listed(t, wantRecords, wantAttempts); got != want || len(records) != many {
		t.Errorf("page by page it is\n%s, want\n%s", got, want)
	}
	gone := store.Place{At: record(10).Arrived, ID: record(10).ID + "-"} // a place that holds nothing
	if next := page(t, kept.RecordsAfter, nil, gone, 1); len(next) != 1 || next[0].ID != record(10).ID {
		t.Errorf("from a place between two records the next is %+v", next)
	}
}

func pagesOfLines(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	var changes store.Changes
	for n := range 30 {
		r, a := record(n), attempt(n)
		r.Line = []call.LineID{"flat-1", "flat-2", ""}[n%3]
		a.Line = r.Line
		changes.Records, changes.Attempts = append(changes.Records, r), append(changes.Attempts, a)
	}
	apply(t, s, changes)
	kept := bare[store.Pages](t, s)
	for _, c := range []struct {
		name  string
		lines []call.LineID
		want  []call.ID
	}{
		{"all", nil, []call.ID{"0025", "0024", "0023", "0022"}},
		{"of one", []call.LineID{"flat-2"}, []call.ID{"0025", "0022", "0019", "0016"}},
		{"of two", []call.LineID{"flat-2", "flat-1"}, []call.ID{"0025", "0024", "0022", "0021"}},
		{"of one that has none", []call.LineID{"flat-9"}, nil},
		{"of none", []call.LineID{}, nil},
	} {
		var records, attempts []call.ID
		for _, r := range page(t, kept.RecordsAfter, c.lines, store.PlaceOf(record(26)), 4) {
			records = append(records, r.ID)
		}
		for _, a := range page(t, kept.AttemptsAfter, c.lines, store.PlaceOfAttempt(attempt(26)), 4) {
			attempts = append(attempts, a.ID)
		}
		if !slices.Equal(records, c.want) || !slices.Equal(attempts, c.want) {
			t.Errorf("%s: records %v, attempts %v, want %v", c.name, records, attempts, c.want)
		}
	}
}

func recordFound(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	old, other := record(1), record(2)
	old.Arrived, old.Ended = at.Add(-store.Retention), at.Add(-store.Retention)
	other.Line = "flat-2"
	apply(t, s, store.Changes{Records: []call.Record{record(7), other, old}})
	kept := bare[store.Pages](t, s)
	for id, want := range map[call.ID]*call.Record{
		"0002": &other, "0007": new(record(7)), "0001": nil, "0003": nil, "": nil, hostile: nil,
	} {
		type answer struct {
			record call.Record
			found  bool
		}
		got, err := waiting(t.Context(), func() (answer, error) {
			r, found, err := kept.Record(t.Context(), id)
			return answer{r, found}, err
		})
		must(t, err)
		switch {
		case got.found != (want != nil):
			t.Errorf("the record of %q is there: %v", id, got.found)
		case want != nil && text(t, got.record) != text(t, *want):
			t.Errorf("the record of %q is %+v", id, got.record)
		case want == nil && got.record != (call.Record{}):
			t.Errorf("there is none of %q, and it is %+v", id, got.record)
		}
	}
}
