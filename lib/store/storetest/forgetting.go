package storetest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// Traces implements store.Forgetter.
func (p patient) Traces(ctx context.Context, number string) (call.Traces, error) {
	return waiting(ctx, func() (call.Traces, error) { return p.Store.(store.Forgetter).Traces(ctx, number) })
}

// Forget implements store.Forgetter.
func (p patient) Forget(ctx context.Context, o store.Oblivion) (call.Traces, error) {
	return waiting(ctx, func() (call.Traces, error) { return p.Store.(store.Forgetter).Forget(ctx, o) })
}

// Forgotten is the number that Remembered tells of.
const Forgotten = "+441632960277"

// Remembered is everything that can be kept about Forgotten, among other things.
func Remembered() store.Changes {
	gone := call.Caller{Number: Forgotten, Name: "Ms Forgotten", Presentation: call.Withheld, Trunk: "main"}
	first, last := record(1), record(2)
	last.From, last.Ended = gone, first.Ended.Add(time.Minute)
	alone := record(3)
	alone.Line, alone.From = "flat-2", gone
	suspected, other := attempt(1), attempt(2)
	suspected.Suspect, suspected.Outcome = gone, call.OutcomeCleared
	shut := window(time.Hour)
	shut.Number = Forgotten
	known, blocked := entry(1), entry(2)
	known.Pattern = Forgotten
	blocked.Line, blocked.List, blocked.Pattern = "", call.Blocks, Forgotten
	talks := saved(4)
	talks.State = []byte(`{"Arrival":{"From":{"Number":"` + Forgotten + `"}}}`)
	return store.Changes{
		Save:    []store.Saved{talks, saved(5)},
		Records: []call.Record{first, last, alone}, Attempts: []call.Attempt{suspected, other},
		Windows: []call.Window{shut, window(time.Hour)}, Put: []call.Entry{known, blocked, entry(3)},
	}
}

func forgets(t *testing.T, open func() store.Store) {
	s := open()
	all := Remembered()
	apply(t, s, all)
	memory := s.(store.Forgetter)
	letters := box{t, s.(patient).Store.(store.Outbox)}
	letters.post(store.Letter{ID: "1", To: "desk", Text: "01632 960 277 rang"}, store.Letter{ID: "2", To: "desk", Text: "somebody rang"})
	audit := s.(patient).Store.(store.Audit)
	for _, to := range []string{Forgotten, "+441632960200"} {
		must(t, audit.AddDeed(t.Context(), store.Deed{At: at, By: "ann", Did: "block", To: to}))
	}
	want := call.Traces{
		Calls: []call.ID{"0002", "0003"}, Suspect: []call.ID{"0001"}, Windows: 1, Entries: all.Put[:2], Letters: 1, Deeds: 1, UnderWay: []call.ID{"0004"},
	}
	found, err := memory.Traces(t.Context(), Forgotten)
	must(t, err)
	same := func(when string, got call.Traces) {
		t.Helper()
		slices.Sort(got.Calls)
		got.Entries = sorted(t, got.Entries)
		want.Entries = sorted(t, want.Entries)
		if text(t, got) != text(t, want) {
			t.Errorf("%s there is\n%s, want\n%s", when, text(t, got), text(t, want))
		}
	}
	same("at first", found)

	forgotten, err := memory.Forget(t.Context(), store.Oblivion{Number: Forgotten})
	must(t, err)
	same("forgotten", forgotten)
	want = call.Traces{Entries: want.Entries, UnderWay: want.UnderWay}
	if found, err = memory.Traces(t.Context(), Forgotten); err != nil {
		t.Fatal(err)
	}
	same("without the lists", found)
	taken, err := letters.o.TakeMail(t.Context(), "desk", time.Minute, 9)
	must(t, err)
	for _, l := range taken {
		if _, said := store.Discreet(l, Forgotten); said || len(taken) != 2 {
			t.Errorf("the letters are %+v", taken)
		}
	}
	deeds, err := audit.Deeds(t.Context(), 0, 9)
	must(t, err)
	if len(deeds) != 2 || deeds[0].To != "+441632960200" || deeds[1].ID != 1 || deeds[1].By != "ann" || strings.Contains(deeds[1].To, Forgotten[1:]) {
		t.Errorf("the audit log is %+v", deeds)
	}
	left := listed(t, all.Save, all.Records[:1], map[string]call.Record{"flat-1": all.Records[0]},
		[]call.Attempt{all.Attempts[1], store.Unsuspected(all.Attempts[0])}, all.Windows[1:], sorted(t, all.Put))
	if got := contents(t, s); got != left {
		t.Errorf("the store holds\n%s, want\n%s", got, left)
	}

	must(t, func() error {
		_, err := memory.Forget(t.Context(), store.Oblivion{Number: Forgotten, Lists: true})
		return err
	}())
	holds(t, s, all.Put[2])
	apply(t, s, store.Changes{Drop: []store.Drop{{ID: "0004", Line: "flat-1"}}})
	before := contents(t, s)
	must(t, s.Close())
	s = opened(t, open)
	if found, err := s.(store.Forgetter).Traces(t.Context(), Forgotten); err != nil || !found.None() {
		t.Errorf("after a restart there is %+v, error %v", found, err)
	}
	if got := contents(t, s); got != before {
		t.Errorf("after a restart the store holds\n%s, want\n%s", got, before)
	}
}

func forgetsNobody(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	memory := s.(store.Forgetter)
	apply(t, s, some())
	before := contents(t, s)
	for _, number := range []string{"+441632960299", "+44163296020", "960200", "quarantine", "flat-1"} {
		found, err := memory.Forget(t.Context(), store.Oblivion{Number: number, Lists: true})
		if err != nil || !found.None() {
			t.Errorf("of %s there was %+v, error %v", number, found, err)
		}
	}
	if got := contents(t, s); got != before {
		t.Errorf("the store holds\n%s, want\n%s", got, before)
	}
}

func forgettingIsTold(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	w := Watch(t, s)
	all := Remembered()
	apply(t, s, all)
	w.Knows(t, all.Put...)
	must(t, func() error {
		_, err := s.(store.Forgetter).Forget(t.Context(), store.Oblivion{Number: Forgotten, Lists: true})
		return err
	}())
	w.Knows(t, all.Put[2])
	w.until(t, "word of what is to be forgotten", func() bool { return slices.Contains(w.rest.Forgotten, Forgotten) })
}

func forgetsWhileOthersWrite(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	const writes = 40
	apply(t, s, Remembered())
	done := make(chan error, 1)
	go func() {
		for n := range writes {
			if err := s.Apply(context.Background(), store.Changes{Records: []call.Record{record(10 + n)}}); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 5 {
		must(t, func() error {
			_, err := s.(store.Forgetter).Forget(t.Context(), store.Oblivion{Number: Forgotten, Lists: true})
			return err
		}())
	}
	must(t, <-done)
	records, err := s.Records(t.Context(), 1000)
	must(t, err)
	if len(records) != writes+1 {
		t.Errorf("%d records are left, want %d", len(records), writes+1)
	}
}
