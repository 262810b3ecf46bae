// Package storetest holds every store to the same contract.
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

// Run checks a store. open returns the same store each time it is called within
// one test, as a restart would find it; fresh starts an empty one.
func Run(t *testing.T, fresh func(t *testing.T) (open func() store.Store)) {
	t.Helper()
	cases := map[string]func(t *testing.T, open func() store.Store){
		"an empty store holds nothing":                       empty,
		"what was applied survives a restart":                survives,
		"applying changes again changes nothing":             again,
		"a dropped call is gone and its record stays":        drops,
		"records come latest first and no more than asked":   ordered,
		"a context that is done prevents the write":          cancelled,
		"a closed store says so":                             closes,
		"a hundred goroutines may write and read at once":    crowd,
		"strange text is kept to the letter":                 strange,
		"a block of one line is not a block of another line": perLine,
	}
	for name, check := range cases {
		t.Run(name, func(t *testing.T) { check(t, fresh(t)) })
	}
}

var at = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func record(n int) call.Record {
	return call.Record{
		ID: call.ID(fmt.Sprintf("%04d", n)), Line: "flat-1", Dialled: "01632960101",
		From:    call.Caller{Number: "+441632960200", Presentation: call.Allowed},
		Arrived: at.Add(time.Duration(n) * time.Second), Ended: at.Add(time.Hour), Cause: call.Refused,
	}
}

func saved(n int) store.Saved {
	return store.Saved{
		ID: call.ID(fmt.Sprintf("%04d", n)), Line: "flat-1",
		State:   json.RawMessage(fmt.Sprintf(`{"n":%d}`, n)),
		Pending: json.RawMessage(`[]`),
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func shut(t *testing.T, s store.Store) {
	t.Helper()
	must(t, s.Close())
}

// contents is everything a store holds, in a form that can be compared.
func contents(t *testing.T, s store.Store) string {
	t.Helper()
	calls, err := s.Saved(t.Context())
	must(t, err)
	records, err := s.Records(t.Context(), 1000)
	must(t, err)
	blocks, err := s.Blocks(t.Context())
	must(t, err)
	slices.SortFunc(blocks, func(a, b store.Block) int {
		return slices.Compare([]string{string(a.Line), a.Number}, []string{string(b.Line), b.Number})
	})
	text, err := json.Marshal([]any{calls, records, blocks})
	must(t, err)
	return string(text)
}

func empty(t *testing.T, open func() store.Store) {
	s := open()
	defer shut(t, s)
	if got := contents(t, s); got != "[null,null,null]" {
		t.Errorf("an empty store holds %s", got)
	}
}

var some = store.Changes{
	Save:    []store.Saved{saved(3), saved(1)},
	Records: []call.Record{record(7)},
	Blocks:  []store.Block{{Line: "flat-1", Number: "+441632960200", Since: at}},
}

func survives(t *testing.T, open func() store.Store) {
	s := open()
	must(t, s.Apply(t.Context(), some))
	before := contents(t, s)
	must(t, s.Close())
	s = open()
	defer shut(t, s)
	if after := contents(t, s); after != before {
		t.Errorf("after a restart the store holds\n%s, before\n%s", after, before)
	}
	calls, err := s.Saved(t.Context())
	must(t, err)
	if len(calls) != 2 || calls[0].ID != "0001" || string(calls[1].State) != `{"n":3}` {
		t.Errorf("saved calls are %+v", calls)
	}
}

func again(t *testing.T, open func() store.Store) {
	s := open()
	defer shut(t, s)
	must(t, s.Apply(t.Context(), some))
	once := contents(t, s)
	must(t, s.Apply(t.Context(), some))
	if twice := contents(t, s); twice != once {
		t.Errorf("applied twice the store holds\n%s, once\n%s", twice, once)
	}
}

func drops(t *testing.T, open func() store.Store) {
	s := open()
	defer shut(t, s)
	must(t, s.Apply(t.Context(), store.Changes{Save: []store.Saved{saved(1)}}))
	must(t, s.Apply(t.Context(), store.Changes{Drop: []store.Drop{{ID: "0001", Line: "flat-1"}, {ID: "never-there", Line: "flat-9"}}, Records: []call.Record{record(1)}}))
	calls, err := s.Saved(t.Context())
	must(t, err)
	records, err := s.Records(t.Context(), 10)
	must(t, err)
	if len(calls) != 0 || len(records) != 1 || records[0] != record(1) {
		t.Errorf("calls %+v, records %+v", calls, records)
	}
}

func ordered(t *testing.T, open func() store.Store) {
	s := open()
	defer shut(t, s)
	for _, n := range []int{2, 9, 4, 1} {
		must(t, s.Apply(t.Context(), store.Changes{Records: []call.Record{record(n)}}))
	}
	records, err := s.Records(t.Context(), 3)
	must(t, err)
	if want := []call.Record{record(9), record(4), record(2)}; !slices.Equal(records, want) {
		t.Errorf("records are %+v", records)
	}
}

func cancelled(t *testing.T, open func() store.Store) {
	s := open()
	defer shut(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Apply(ctx, some); !errors.Is(err, context.Canceled) {
		t.Errorf("Apply with a cancelled context gives %v", err)
	}
	if got := contents(t, s); got != "[null,null,null]" {
		t.Errorf("the store holds %s", got)
	}
}

func closes(t *testing.T, open func() store.Store) {
	s := open()
	must(t, s.Close())
	if err := s.Apply(t.Context(), some); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Apply after Close gives %v", err)
	}
	if _, err := s.Records(t.Context(), 1); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Records after Close gives %v", err)
	}
}

func crowd(t *testing.T, open func() store.Store) {
	s := open()
	defer shut(t, s)
	var group sync.WaitGroup
	for n := range 100 {
		group.Go(func() {
			changes := store.Changes{Save: []store.Saved{saved(n)}, Records: []call.Record{record(n)}}
			if err := s.Apply(t.Context(), changes); err != nil {
				t.Errorf("apply %d: %v", n, err)
			}
			if _, err := s.Records(t.Context(), 5); err != nil {
				t.Errorf("read %d: %v", n, err)
			}
			if err := s.Apply(t.Context(), store.Changes{Drop: []store.Drop{{ID: saved(n).ID, Line: saved(n).Line}}}); err != nil {
				t.Errorf("drop %d: %v", n, err)
			}
		})
	}
	group.Wait()
	calls, err := s.Saved(t.Context())
	must(t, err)
	records, err := s.Records(t.Context(), 1000)
	must(t, err)
	if len(calls) != 0 || len(records) != 100 {
		t.Errorf("%d calls and %d records are left", len(calls), len(records))
	}
}

func strange(t *testing.T, open func() store.Store) {
	s := open()
	defer shut(t, s)
	odd := record(1)
	odd.From.Name = "\"Bobby\"; </script> ${SHELL(id)} \u202e =cmd()"
	must(t, s.Apply(t.Context(), store.Changes{Records: []call.Record{odd}}))
	records, err := s.Records(t.Context(), 1)
	must(t, err)
	if len(records) != 1 || records[0] != odd {
		t.Errorf("the record became %+v", records)
	}
}

func perLine(t *testing.T, open func() store.Store) {
	s := open()
	defer shut(t, s)
	blocks := []store.Block{
		{Line: "flat-1", Number: "+441632960200", Since: at},
		{Line: "flat-2", Number: "+441632960200", Since: at},
		{Line: "", Number: "+441632960200", Since: at},
	}
	must(t, s.Apply(t.Context(), store.Changes{Blocks: blocks}))
	got, err := s.Blocks(t.Context())
	must(t, err)
	if len(got) != len(blocks) {
		t.Errorf("blocks are %+v", got)
	}
}
