package policy_test

import (
	"fmt"
	"testing"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/policy"
)

// manyEntries lists up to a million blocked numbers in no order, as a store might. They
// have 15 digits, so that they are nobody's.
func manyEntries(n int) []call.Entry {
	entries := make([]call.Entry, n)
	for i := range entries {
		at := i * 7_368_787 % n // a prime, so that each comes once
		entries[i] = call.Entry{List: call.Blocks, Pattern: fmt.Sprintf("+441632960%06d", at), Source: "import of blocks.csv", Since: noon}
	}
	return entries
}

func million(t testing.TB) *policy.Book {
	t.Helper()
	return load(t, manyEntries(1_000_000))
}

func load(t testing.TB, entries []call.Entry) *policy.Book {
	t.Helper()
	var l policy.Loader
	for _, e := range entries {
		if err := l.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return l.Book()
}

// questions are about callers that are on the lists, and others, in turn.
func questions() []policy.Question {
	qs := make([]policy.Question, 1024)
	for i := range qs {
		at := i * 7_368_787 % 1_000_000
		qs[i] = policy.Question{
			Line: "flat-1", At: noon, Class: number.Geographic,
			From: call.Caller{Number: fmt.Sprintf("+44163296%d%06d", i%2, at), Name: "Somebody", Presentation: call.Allowed},
		}
	}
	return qs
}

func houseOf(t testing.TB, b *policy.Book) *policy.House {
	t.Helper()
	return policy.NewHouse(policy.Residence{Line: call.Line{ID: "flat-1", Numbers: []string{"+441632960101"}}, Rules: policy.DefaultRules(), Plan: plan(t)}).WithBook(b)
}

func TestDecidingAllocatesNothing(t *testing.T) {
	entries := manyEntries(10_000)
	for _, p := range somePatterns {
		entries = append(entries, call.Entry{List: call.Blocks, Pattern: p})
	}
	book := load(t, entries)
	for _, e := range entries[:100] {
		book = book.Without(e.Key())
	}
	rules := policy.DefaultRules()
	rules.Night = []policy.Profile{{From: 22 * 60, To: 7 * 60}}
	house := policy.NewHouse(policy.Residence{Line: call.Line{ID: "flat-1"}, Rules: rules, Plan: plan(t)}).WithBook(book).
		WithWindows(policy.NewWindows([]call.Window{window(call.Quarantine, suspect, 10)}))
	qs := questions()
	for _, n := range someNumbers {
		for _, name := range someNames {
			q := qs[0]
			q.From.Number, q.From.Name = n, name
			qs = append(qs, q)
		}
	}
	if n := testing.AllocsPerRun(3, func() {
		for i := range qs {
			house.Decide(qs[i])
		}
	}); n != 0 {
		t.Errorf("%v allocations in %d decisions", n, len(qs))
	}
}

func BenchmarkDecide(b *testing.B) {
	house, qs := houseOf(b, million(b)), questions()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		house.Decide(qs[i%len(qs)])
		i++
	}
}

// BenchmarkPlainMap is the least that anybody could do.
func BenchmarkPlainMap(b *testing.B) {
	blocked, qs := plainMap(manyEntries(1_000_000)), questions()
	b.ReportAllocs()
	i, hits := 0, 0
	for b.Loop() {
		if blocked[qs[i%len(qs)].From.Number] {
			hits++
		}
		i++
	}
}

func plainMap(entries []call.Entry) map[string]bool {
	blocked := make(map[string]bool)
	for _, e := range entries {
		blocked[e.Pattern] = true
	}
	return blocked
}

func BenchmarkLoad(b *testing.B) {
	entries := manyEntries(1_000_000)
	for b.Loop() {
		load(b, entries)
	}
}

func BenchmarkLoadPlainMap(b *testing.B) {
	entries := manyEntries(1_000_000)
	for b.Loop() {
		plainMap(entries)
	}
}

func BenchmarkWith(b *testing.B) {
	book := million(b)
	e := call.Entry{List: call.Blocks, Pattern: "+441632960201"}
	for b.Loop() {
		if _, err := book.With(e); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSpans decides beside 10,000 prefixes.
func BenchmarkSpans(b *testing.B) {
	var entries []call.Entry
	for _, e := range manyEntries(10_000) {
		entries = append(entries, call.Entry{List: call.Blocks, Pattern: e.Pattern + "*"})
	}
	house, qs := houseOf(b, load(b, entries)), questions()
	i := 0
	for b.Loop() {
		house.Decide(qs[i%len(qs)])
		i++
	}
}
