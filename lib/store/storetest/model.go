package storetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/store"
)

// model is the contract in its plainest form. Its windows are keyed by what
// makes them the same.
type model struct {
	saved    map[call.ID]store.Saved
	records  map[call.ID]call.Record
	attempts map[call.ID]call.Attempt
	windows  map[call.Window]call.Window
	entries  map[call.EntryKey]call.Entry
}

func newModel() *model {
	return &model{
		saved: map[call.ID]store.Saved{}, records: map[call.ID]call.Record{}, attempts: map[call.ID]call.Attempt{},
		windows: map[call.Window]call.Window{}, entries: map[call.EntryKey]call.Entry{},
	}
}

func (m *model) apply(changes store.Changes) {
	for _, s := range changes.Save {
		m.saved[s.ID] = s
	}
	for _, d := range changes.Drop {
		delete(m.saved, d.ID)
	}
	for _, r := range changes.Records {
		m.records[r.ID] = r
	}
	for _, a := range changes.Attempts {
		if m.attempts[a.ID].Outcome == "" || a.Outcome != "" {
			m.attempts[a.ID] = a
		}
	}
	for _, w := range changes.Windows {
		key := call.Window{Line: w.Line, Kind: w.Kind, Number: w.Number}
		if w.Until.After(m.windows[key].Until) {
			m.windows[key] = w
		}
	}
	for _, k := range changes.Remove {
		delete(m.entries, k)
	}
	for _, e := range changes.Put {
		m.entries[e.Key()] = e
	}
}

func (m *model) forget(o store.Oblivion) {
	maps.DeleteFunc(m.records, func(_ call.ID, r call.Record) bool { return r.From.Number == o.Number })
	maps.DeleteFunc(m.windows, func(_, w call.Window) bool { return w.Number == o.Number })
	maps.DeleteFunc(m.entries, func(k call.EntryKey, _ call.Entry) bool { return o.Lists && k.Pattern == o.Number })
	for id, a := range m.attempts {
		if a.Suspect.Number == o.Number {
			m.attempts[id] = store.Unsuspected(a)
		}
	}
}

func (m *model) lastUnknown() map[call.LineID]call.Record {
	last := map[call.LineID]call.Record{}
	for _, r := range slices.SortedFunc(maps.Values(m.records), func(a, b call.Record) int {
		return cmp.Or(a.Ended.Compare(b.Ended), cmp.Compare(a.ID, b.ID))
	}) {
		if store.Unknown(r) {
			last[r.Line] = r
		}
	}
	return last
}

// check compares what a store returns with the model.
func (m *model) check(t *rapid.T, s store.Store) {
	ctx := t.Context()
	same := func(what string, got any, err error, want any) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got, want := rendered(got), rendered(want); got != want {
			t.Fatalf("%s:\n%s, want\n%s", what, got, want)
		}
	}
	limit := rapid.IntRange(0, 12).Draw(t, "limit")
	calls, err := s.Saved(ctx)
	same("saved", calls, err, slices.SortedFunc(maps.Values(m.saved), func(a, b store.Saved) int { return cmp.Compare(a.ID, b.ID) }))
	records, err := s.Records(ctx, limit)
	same("records", records, err, first(limit, slices.SortedFunc(maps.Values(m.records), func(a, b call.Record) int {
		return cmp.Compare(b.ID, a.ID)
	})))
	last, err := s.LastUnknown(ctx)
	same("last unknown", last, err, m.lastUnknown())
	attempts, err := s.Attempts(ctx, limit)
	same("attempts", attempts, err, first(limit, slices.SortedFunc(maps.Values(m.attempts), func(a, b call.Attempt) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID))
	})))
	line, since := lineOf(rapid.IntRange(0, 2).Draw(t, "line")), someTime(t, "since")
	count, err := s.CountAttempts(ctx, line, since)
	want := 0
	for _, a := range m.attempts {
		if a.Line == line && !a.At.Before(since) {
			want++
		}
	}
	same("count", count, err, want)
	now := at.Add(time.Hour + time.Duration(rapid.IntRange(0, 5).Draw(t, "now"))*time.Minute)
	windows, err := s.Windows(ctx, now)
	same("windows", inOrder(windows), err, inOrder(slices.DeleteFunc(slices.Collect(maps.Values(m.windows)), func(w call.Window) bool {
		return !w.Until.After(now)
	})))
	var entries []call.Entry
	err = s.Entries(ctx, func(e call.Entry) error {
		entries = append(entries, e)
		return nil
	})
	same("entries", inOrder(entries), err, inOrder(slices.Collect(maps.Values(m.entries))))
}

func rendered(value any) string { return fmt.Sprintf("%+v", value) }

func first[T any](limit int, values []T) []T { return values[:min(limit, len(values))] }

func inOrder[T any](values []T) []T {
	return slices.SortedFunc(slices.Values(values), func(a, b T) int { return strings.Compare(rendered(a), rendered(b)) })
}

// lineOf says which line call n belongs to; one of three has none.
func lineOf(n int) call.LineID { return []call.LineID{"", "flat-1", "flat-2"}[n%3] }

// someNumbers are those of callers, of which one may be forgotten, and none.
var someNumbers = []string{"+441632960000", "+447700900123", ""}

func someTime(t *rapid.T, label string) time.Time {
	return at.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, label)) * time.Second)
}

// someChanges draws changes that meet each other: few ids, numbers and moments. A
// record is the same each time it is drawn, as each call has one.
func someChanges(t *rapid.T) store.Changes {
	var c store.Changes
	for range rapid.IntRange(0, 6).Draw(t, "changes") {
		n := rapid.IntRange(0, 8).Draw(t, "n")
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 0:
			one := saved(n)
			one.Line = lineOf(n)
			c.Save = append(c.Save, one)
		case 1:
			c.Drop = append(c.Drop, store.Drop{ID: saved(n).ID, Line: lineOf(n)})
		case 2:
			one := record(n)
			one.Line, one.Ended = lineOf(n), at.Add(time.Duration(n/3%2)*time.Minute) // calls 0 and 6 end at once, as do 1 and 7
			one.From.Number = someNumbers[n%2]
			one.Cause = []call.Cause{
				call.Refused, call.Completed, call.Blocked, call.Lost, call.Crowded, call.NoAnswer, call.Completed, call.Lost, call.NoLine,
			}[n]
			c.Records = append(c.Records, one)
		case 3:
			one := attempt(n)
			one.Line, one.At, one.Suspect.Number = lineOf(n), someTime(t, "at"), someNumbers[n%3%2]
			one.Outcome = rapid.SampledFrom([]call.Outcome{"", "", call.OutcomeCleared, call.OutcomeAbandoned}).Draw(t, "outcome")
			c.Attempts = append(c.Attempts, one)
		case 4:
			one := window(time.Duration(rapid.IntRange(-30, 5).Draw(t, "minutes")) * time.Minute)
			one.Line, one.Since = lineOf(n), someTime(t, "since")
			one.Number = rapid.SampledFrom(someNumbers).Draw(t, "number")
			c.Windows = append(c.Windows, one)
		case 5:
			c.Remove = append(c.Remove, someEntry(t, n).Key())
		default:
			c.Put = append(c.Put, someEntry(t, n))
		}
	}
	return c
}

func someEntry(t *rapid.T, n int) call.Entry {
	e := call.Entry{
		Line: lineOf(n), List: call.Contacts, Pattern: fmt.Sprintf("+44163296000%d", n%2), Since: someTime(t, "since"),
		Name: rapid.SampledFrom([]string{"", "Ann"}).Draw(t, "name"), Verify: rapid.Bool().Draw(t, "verify"),
	}
	if n > 5 {
		e.List = call.Blocks
	}
	if rapid.Bool().Draw(t, "ends") {
		e.Until = someTime(t, "until")
	}
	return e
}

func anyChanges(t *testing.T, fresh func(t *testing.T) (open func() store.Store)) {
	rapid.Check(t, func(rt *rapid.T) {
		open := fresh(t)
		s, want := open(), newModel()
		defer func() {
			if err := s.Close(); err != nil {
				rt.Fatalf("close: %v", err)
			}
		}()
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			changes := someChanges(rt)
			for range rapid.IntRange(1, 2).Draw(rt, "times") {
				if err := s.Apply(rt.Context(), changes); err != nil {
					rt.Fatalf("apply: %v", err)
				}
			}
			want.apply(changes)
			if rapid.IntRange(0, 3).Draw(rt, "forget") == 0 {
				o := store.Oblivion{Number: rapid.SampledFrom(someNumbers[:2]).Draw(rt, "whom"), Lists: rapid.Bool().Draw(rt, "lists")}
				if _, err := s.(store.Forgetter).Forget(rt.Context(), o); err != nil {
					rt.Fatalf("forget: %v", err)
				}
				want.forget(o)
			}
			if rapid.IntRange(0, 4).Draw(rt, "restart") == 0 {
				if err := s.Close(); err != nil {
					rt.Fatalf("close: %v", err)
				}
				s = open()
			}
			want.check(rt, s)
		}
	})
}
