package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

func empty(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	if got := contents(t, s); got != nothing {
		t.Errorf("an empty store holds %s", got)
	}
	if n, err := s.CountAttempts(t.Context(), "flat-1", time.Time{}); n != 0 || err != nil {
		t.Errorf("an empty store counts %d attempts, error %v", n, err)
	}
	apply(t, s, store.Changes{})
}

func survives(t *testing.T, open func() store.Store) {
	s := open()
	apply(t, s, some())
	before := contents(t, s)
	must(t, s.Close())
	s = opened(t, open)
	if after := contents(t, s); after != before {
		t.Errorf("after a restart the store holds\n%s, before\n%s", after, before)
	}
	calls, err := s.Saved(t.Context())
	must(t, err)
	if len(calls) != 2 || calls[0].ID != "0001" || calls[0].Line != "flat-1" || string(calls[1].State) != `{"n":3}` {
		t.Errorf("saved calls are %+v", calls)
	}
}

func again(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	apply(t, s, some())
	once := contents(t, s)
	apply(t, s, some())
	if twice := contents(t, s); twice != once {
		t.Errorf("applied twice the store holds\n%s, once\n%s", twice, once)
	}
}

func drops(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	apply(t, s, store.Changes{Save: []store.Saved{saved(1)}})
	apply(t, s, store.Changes{
		Drop:    []store.Drop{drop(1), {ID: "never-there", Line: "flat-9"}},
		Records: []call.Record{record(1)},
	})
	calls, err := s.Saved(t.Context())
	must(t, err)
	records, err := s.Records(t.Context(), 10)
	must(t, err)
	if len(calls) != 0 || len(records) != 1 || records[0] != record(1) {
		t.Errorf("calls %+v, records %+v", calls, records)
	}
}

func dropsAtOnce(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	apply(t, s, store.Changes{Save: []store.Saved{saved(1)}, Drop: []store.Drop{drop(1)}})
	if got := contents(t, s); got != nothing {
		t.Errorf("the store holds %s", got)
	}
}

func ordered(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	for _, n := range []int{2, 9, 4, 1} {
		one := record(n)
		one.Line = call.LineID(fmt.Sprintf("flat-%d", n%2))
		apply(t, s, store.Changes{Records: []call.Record{one}})
	}
	for limit, want := range map[int][]call.ID{0: nil, 1: {"0009"}, 3: {"0009", "0004", "0002"}, 50: {"0009", "0004", "0002", "0001"}} {
		records, err := s.Records(t.Context(), limit)
		must(t, err)
		var got []call.ID
		for _, one := range records {
			got = append(got, one.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the last %d records are %v, want %v", limit, got, want)
		}
	}
}

func cancelled(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Apply(ctx, some()); !errors.Is(err, context.Canceled) {
		t.Errorf("Apply with a cancelled context gives %v", err)
	}
	if _, err := s.Windows(ctx, at); !errors.Is(err, context.Canceled) {
		t.Errorf("Windows with a cancelled context gives %v", err)
	}
	if got := contents(t, s); got != nothing {
		t.Errorf("the store holds %s", got)
	}
}

func closes(t *testing.T, open func() store.Store) {
	s := open()
	must(t, s.Close())
	ctx := t.Context()
	for name, use := range map[string]func() error{
		"Apply":         func() error { return s.Apply(ctx, some()) },
		"Saved":         func() error { _, err := s.Saved(ctx); return err },
		"Records":       func() error { _, err := s.Records(ctx, 1); return err },
		"LastUnknown":   func() error { _, err := s.LastUnknown(ctx); return err },
		"Attempts":      func() error { _, err := s.Attempts(ctx, 1); return err },
		"CountAttempts": func() error { _, err := s.CountAttempts(ctx, "flat-1", at); return err },
		"Windows":       func() error { _, err := s.Windows(ctx, at); return err },
		"Entries":       func() error { return s.Entries(ctx, func(call.Entry) error { return nil }) },
		"Watch":         func() error { return s.Watch(ctx, func(store.Change) {}) },
	} {
		if err := use(); !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s after Close gives %v", name, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("a second Close gives %v", err)
	}
}

func crowd(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	var group sync.WaitGroup
	for n := range 100 {
		group.Go(func() { one(t, s, n) })
	}
	group.Wait()
	calls, err := s.Saved(t.Context())
	must(t, err)
	records, err := s.Records(t.Context(), 1000)
	must(t, err)
	attempts, err := s.CountAttempts(t.Context(), "flat-1", at)
	must(t, err)
	if len(calls) != 0 || len(records) != 100 || attempts != 100 {
		t.Errorf("%d calls, %d records and %d attempts are left", len(calls), len(records), attempts)
	}
}

// one goes through a call as the engine does.
func one(t *testing.T, s store.Store, n int) {
	changes := store.Changes{
		Save: []store.Saved{saved(n)}, Records: []call.Record{record(n)},
		Attempts: []call.Attempt{attempt(n)}, Windows: []call.Window{window(time.Duration(n) * time.Minute)},
	}
	if err := s.Apply(t.Context(), changes); err != nil {
		t.Errorf("apply %d: %v", n, err)
	}
	if _, err := s.Records(t.Context(), 5); err != nil {
		t.Errorf("read records %d: %v", n, err)
	}
	if _, err := s.Attempts(t.Context(), 5); err != nil {
		t.Errorf("read attempts %d: %v", n, err)
	}
	if err := s.Apply(t.Context(), store.Changes{Drop: []store.Drop{drop(n)}}); err != nil {
		t.Errorf("drop %d: %v", n, err)
	}
}

// hostile is what a stranger might send as a name.
const hostile = "\"Bobby\"; </script> ${SHELL(id)} \u202e =cmd() ]] redis.call('FLUSHALL') \x00\r\n*1\r\n$8\r\nFLUSHALL\r\n"

func strange(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	odd, tried, shut := record(1), attempt(1), window(time.Hour)
	odd.From.Name, odd.From.Number = hostile, hostile
	tried.Dialled, tried.Suspect.Name = hostile, hostile
	shut.Number = hostile
	blocked := call.Entry{Line: "flat-1", List: call.Blocks, Pattern: hostile, Name: hostile, Word: hostile, Source: hostile, Since: at}
	kept := saved(1)
	kept.State = json.RawMessage(text(t, hostile))
	apply(t, s, store.Changes{
		Save: []store.Saved{kept}, Records: []call.Record{odd}, Attempts: []call.Attempt{tried},
		Windows: []call.Window{shut}, Put: []call.Entry{blocked},
	})
	want := listed(t, []store.Saved{kept}, []call.Record{odd}, map[string]call.Record{"flat-1": odd},
		[]call.Attempt{tried}, []call.Window{shut}, []call.Entry{blocked})
	if got := contents(t, s); got != want {
		t.Errorf("the store holds\n%s, want\n%s", got, want)
	}
}

func oddLines(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	lines := []call.LineID{"", "{", "}", "{}", "a}b", "{a}", "a b", "a%20b", "line:", "flat 1 \u00e9", "*", "a:b"}
	var changes store.Changes
	for n, line := range lines {
		done, tried, under, shut := record(n), attempt(n), saved(n), window(time.Hour)
		done.Line, tried.Line, under.Line, shut.Line = line, line, line, line
		changes.Records = append(changes.Records, done)
		changes.Attempts = append(changes.Attempts, tried)
		changes.Save = append(changes.Save, under)
		changes.Windows = append(changes.Windows, shut)
		changes.Put = append(changes.Put, call.Entry{Line: line, List: call.Contacts, Pattern: "+441632960200"})
	}
	apply(t, s, changes)
	holds(t, s, changes.Put...)
	last, err := s.LastUnknown(t.Context())
	must(t, err)
	for n, line := range lines {
		if last[line] != changes.Records[n] {
			t.Errorf("the last unknown caller of line %q is %+v", line, last[line])
		}
		count, err := s.CountAttempts(t.Context(), line, at)
		must(t, err)
		if count != 1 {
			t.Errorf("line %q has %d attempts", line, count)
		}
	}
	windows, err := s.Windows(t.Context(), at)
	must(t, err)
	calls, err := s.Saved(t.Context())
	must(t, err)
	if len(windows) != len(lines) || len(calls) != len(lines) || len(last) != len(lines) {
		t.Errorf("%d windows, %d calls and %d last unknown callers of %d lines", len(windows), len(calls), len(last), len(lines))
	}
}

func manyLines(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	const lines = 40
	var changes store.Changes
	for n := range lines {
		done, under := record(n), saved(n)
		done.Line, under.Line = call.LineID(fmt.Sprintf("flat-%d", n)), call.LineID(fmt.Sprintf("flat-%d", n))
		changes.Records, changes.Save = append(changes.Records, done), append(changes.Save, under)
	}
	apply(t, s, changes)
	once := contents(t, s)
	apply(t, s, changes)
	if twice := contents(t, s); twice != once {
		t.Errorf("applied twice the store holds\n%s, once\n%s", twice, once)
	}
	calls, err := s.Saved(t.Context())
	must(t, err)
	records, err := s.Records(t.Context(), 1000)
	must(t, err)
	if len(calls) != lines || len(records) != lines || calls[7].ID != "0007" || records[0].ID != "0039" {
		t.Errorf("%d calls and %d records of %d lines", len(calls), len(records), lines)
	}
}

func big(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	const many = 2000
	var changes store.Changes
	for n := range many {
		changes.Records = append(changes.Records, record(n))
		changes.Attempts = append(changes.Attempts, attempt(n))
		changes.Save = append(changes.Save, saved(n))
	}
	apply(t, s, changes)
	records, err := s.Records(t.Context(), many)
	must(t, err)
	attempts, err := s.Attempts(t.Context(), many)
	must(t, err)
	calls, err := s.Saved(t.Context())
	must(t, err)
	if len(records) != many || len(attempts) != many || len(calls) != many {
		t.Fatalf("%d records, %d attempts and %d calls", len(records), len(attempts), len(calls))
	}
	if records[0] != record(many-1) || attempts[many-1] != attempt(0) {
		t.Errorf("first record %+v, last attempt %+v", records[0], attempts[many-1])
	}
}
