package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/policy"
	"clearline/lib/policy/situation"
)

// mostEntries is how many numbers of 15 digits begin with those set aside for drama.
const mostEntries = 1_000_000

// listMeasure is what one way to keep the lists costs.
type listMeasure struct {
	LoadSeconds float64 `json:"load_seconds"`
	Heap        int64   `json:"heap_bytes"`
	Nanoseconds float64 `json:"ns_per_question"` // the median of the rounds
	Allocations float64 `json:"allocations_per_question"`
}

// measureLists fills both ways with the same numbers and asks both the same.
func measureLists(n int) (book, plain listMeasure, err error) {
	var house *policy.House
	book, err = measureFill(n, func(entries []call.Entry) error {
		house, err = fillHouse(entries)
		return err
	})
	if err != nil {
		return book, plain, err
	}
	var blocked map[string]bool
	plain, err = measureFill(n, func(entries []call.Entry) error {
		blocked = make(map[string]bool)
		for _, e := range entries {
			blocked[e.Pattern] = true
		}
		return nil
	})
	ask := askers(n)
	const rounds = 5
	var ofBook, ofMap []float64
	for range rounds { // by turns, so that both have the same from other work on the machine
		var one float64
		one, book.Allocations = askAll(ask, func(q policy.Question) bool { return house.Decide(q).Verdict == policy.Blocked })
		ofBook = append(ofBook, one)
		one, plain.Allocations = askAll(ask, func(q policy.Question) bool { return blocked[q.From.Number] })
		ofMap = append(ofMap, one)
	}
	slices.Sort(ofBook)
	slices.Sort(ofMap)
	book.Nanoseconds, plain.Nanoseconds = ofBook[rounds/2], ofMap[rounds/2]
	return book, plain, err
}

func fillHouse(entries []call.Entry) (*policy.House, error) {
	plan, err := situation.Plan()
	if err != nil {
		return nil, err
	}
	var lists policy.Loader
	for _, e := range entries {
		if err := lists.Add(e); err != nil {
			return nil, err
		}
	}
	line := call.Line{ID: "flat-1", Numbers: []string{"+441632960101"}}
	return policy.NewHouse(policy.Residence{Line: line, Rules: policy.DefaultRules(), Plan: plan}).WithBook(lists.Book()), nil
}

// measureFill measures how long fill takes, and what stays on the heap when the entries
// it was given are gone.
func measureFill(n int, fill func([]call.Entry) error) (listMeasure, error) {
	before := heapInUse()
	entries := blockedNumbers(n)
	begun := time.Now()
	if err := fill(entries); err != nil {
		return listMeasure{}, fmt.Errorf("fill the lists: %w", err)
	}
	m := listMeasure{LoadSeconds: time.Since(begun).Seconds()}
	clear(entries)
	m.Heap = heapInUse() - before
	return m, nil
}

// blockedNumbers lists n numbers in no order. They have 15 digits, so that they are
// nobody's.
func blockedNumbers(n int) []call.Entry {
	entries := make([]call.Entry, n)
	now := time.Now()
	for i, at := range rand.New(rand.NewPCG(1, 2)).Perm(n) {
		entries[i] = call.Entry{List: call.Blocks, Pattern: fmt.Sprintf("+441632960%06d", at), Since: now, Source: "import of blocks.csv"}
	}
	return entries
}

// askers are questions about callers of whom every other one is blocked.
func askers(n int) []policy.Question {
	chance := rand.New(rand.NewPCG(3, 4))
	qs := make([]policy.Question, 1<<14)
	for i := range qs {
		shown := fmt.Sprintf("+44163296%d%06d", i%2, chance.IntN(n))
		qs[i] = policy.Question{
			Line: "flat-1", At: time.Now(), Class: number.Geographic,
			From: call.Caller{Number: shown, Name: "Somebody", Presentation: call.Allowed, Trunk: "trunk"},
		}
	}
	return qs
}

// askAll asks everything often enough, and returns nanoseconds and allocations of one.
func askAll(qs []policy.Question, ask func(policy.Question) bool) (nanoseconds, allocations float64) {
	const times = 16
	blocked := 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun := time.Now()
	for range times {
		for i := range qs {
			if ask(qs[i]) {
				blocked++
			}
		}
	}
	took := time.Since(begun)
	runtime.ReadMemStats(&after)
	if blocked != times*len(qs)/2 {
		panic(fmt.Sprintf("%d of %d callers are blocked, want half", blocked, times*len(qs)))
	}
	n := float64(times * len(qs))
	return float64(took.Nanoseconds()) / n, float64(after.Mallocs-before.Mallocs) / n
}

// heapInUse is what is on the heap and needed.
func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
