// Package storetest holds every store to the same contract.
package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// Run checks a store. open returns the same store each time it is called within
// one test, as a restart would find it; fresh starts an empty one. fresh is called
// many times, each time after every store that was opened before is closed.
func Run(t *testing.T, fresh func(t *testing.T) (open func() store.Store)) {
	t.Helper()
	RunSmall(t, fresh)
	t.Run("a hundred thousand entries are written and read", func(t *testing.T) {
		open := fresh(t)
		manyEntries(t, func() store.Store { return patient{open()} })
	})
}

// RunSmall is Run without what takes long because it is much: for another way to a store
// that Run has checked.
func RunSmall(t *testing.T, fresh func(t *testing.T) (open func() store.Store)) {
	t.Helper()
	patiently := func(t *testing.T) func() store.Store {
		open := fresh(t)
		return func() store.Store { return patient{open()} }
	}
	cases := map[string]func(t *testing.T, open func() store.Store){
		"an empty store holds nothing":                            empty,
		"what was applied survives a restart":                     survives,
		"applying changes again changes nothing":                  again,
		"a dropped call is gone and its record stays":             drops,
		"what becomes of a message is kept":                       messageKept,
		"records that point to a recording are told apart":        recordedApart,
		"a call saved and dropped at once is gone":                dropsAtOnce,
		"records come latest first and no more than asked":        ordered,
		"a context that is done prevents the write":               cancelled,
		"a closed store says so":                                  closes,
		"a hundred goroutines may write and read at once":         crowd,
		"strange text is kept to the letter":                      strange,
		"odd names of lines are kept apart":                       oddLines,
		"an entry is told by line, list and pattern":              entriesApart,
		"the later of two entries of a key stays":                 entryAgain,
		"what is removed and put at once is there":                removedAndPut,
		"an entry that is over stays for a month":                 entryLapses,
		"reading the lists stops when it is told to":              entriesStop,
		"a change of the lists is told to whoever watches":        watched,
		"changes by a hundred goroutines are told in their order": watchedCrowd,
		"a watch ends with its context, or with the store":        watchEnds,
		"changes of many lines are applied with one call":         manyLines,
		"a big batch is written and read":                         big,
		"times keep their fractions and their zone":               fractions,
		"what is older than the retention is not returned":        retention,
		"an attempt is replaced by a later one":                   attemptReplaced,
		"an outcome is never taken back":                          outcomeStays,
		"attempts come latest first and no more than asked":       attemptsOrdered,
		"attempts are counted for one line from a moment on":      counting,
		"of equal windows the longest stays":                      longestWindow,
		"windows differ by line, kind and number":                 windowsApart,
		"a window that is over is not returned":                   windowOver,
		"the unknown caller whose call ended last is the last":    lastUnknown,
		"blocked, stray and crowded-out callers are not the last": lastUnknownCauses,
		"each line has its own last unknown caller":               lastUnknownOfEach,
		"the history is read page by page, to its end":            pages,
		"the history of some lines is read page by page":          pagesOfLines,
		"the record of a call is found, of whatever line":         recordFound,
		"the audit log grows, and is read from its end":           auditGrows,
		"a crowd may write into the audit log at once":            auditCrowd,
		"a store that is closed takes nothing into its audit log": auditRefused,
		"documents are kept by folder and name":                   documentsKept,
		"strange names of folders and documents are kept apart":   documentsStrange,
		"a crowd may write documents at once":                     documentsCrowd,
		"a store that is closed takes no documents":               documentsRefused,
		"letters outlive a restart, taken ones among them":        mailKept,
		"a letter is handed to one of many who ask":               mailTakenOnce,
		"urgent letters go first, each to its receiver":           mailUrgentFirst,
		"a letter waits as long as it should":                     mailWaits,
		"a letter that was given back is handed out as it is now": mailReturned,
		"a letter that was removed does not come back":            mailRemoved,
		"strange letters are kept to the letter":                  mailStrange,
		"everything about a number is forgotten":                  forgets,
		"what is forgotten is nothing of anybody else's":          forgetsNobody,
		"who watches is told what is to be forgotten":             forgettingIsTold,
		"nothing is lost that is written while one is forgotten":  forgetsWhileOthersWrite,
	}
	for name, check := range cases {
		t.Run(name, func(t *testing.T) { check(t, patiently(t)) })
	}
	t.Run("any changes in any order leave what the contract says", func(t *testing.T) { anyChanges(t, patiently) })
}

// at is an hour ago, so that nothing is past its retention.
var at = time.Now().Add(-time.Hour).Truncate(time.Second).UTC()

// record makes the record of the nth call to flat-1.
func record(n int) call.Record {
	return call.Record{
		ID: call.ID(fmt.Sprintf("%04d", n)), Line: "flat-1", Dialled: "01632960101",
		From:    call.Caller{Number: "+441632960200", Presentation: call.Allowed},
		Arrived: at.Add(time.Duration(n) * time.Second), Ended: at.Add(time.Hour), Cause: call.Refused,
	}
}

// saved makes the nth call under way, every other one a named node's.
func saved(n int) store.Saved {
	return store.Saved{
		ID: call.ID(fmt.Sprintf("%04d", n)), Line: "flat-1", Node: []string{"", "pbx-a"}[n%2],
		State:   json.RawMessage(fmt.Sprintf(`{"n":%d}`, n)),
		Pending: json.RawMessage(`[]`),
	}
}

func drop(n int) store.Drop { return store.Drop{ID: saved(n).ID, Line: saved(n).Line} }

// attempt makes the nth attempt of flat-1, under way.
func attempt(n int) call.Attempt {
	return call.Attempt{
		ID: call.ID(fmt.Sprintf("%04d", n)), Line: "flat-1", Dialled: "159", Number: "159", Service: "Stop Scams",
		Role: call.Verification, Way: call.WayGuarded, At: at.Add(time.Duration(n) * time.Second), Found: 2,
		Suspect: call.Caller{Number: "+447700900123", Presentation: call.Allowed}, Urgency: call.High,
	}
}

// window makes a quarantine on flat-1 that ends a time after the tests began.
func window(after time.Duration) call.Window {
	return call.Window{
		Line: "flat-1", Kind: call.Quarantine, Number: "+447700900123", Since: at, Until: at.Add(time.Hour + after),
	}
}

// some has one of everything.
func some() store.Changes {
	return store.Changes{
		Save:     []store.Saved{saved(3), saved(1)},
		Records:  []call.Record{record(7)},
		Attempts: []call.Attempt{attempt(5)},
		Windows:  []call.Window{window(time.Hour)},
		Remove:   []call.EntryKey{entry(8).Key()},
		Put:      []call.Entry{entry(1), entry(2)},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func apply(t testing.TB, s store.Store, changes store.Changes) {
	t.Helper()
	must(t, s.Apply(t.Context(), changes))
}

// opened opens a store and closes it at the end of the test.
func opened(t *testing.T, open func() store.Store) store.Store {
	t.Helper()
	s := open()
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// nothing is what contents makes of an empty store.
const nothing = "[[],[],{},[],[],[]]"

// contents is everything a store holds, in a form that can be compared.
func contents(t testing.TB, s store.Store) string {
	t.Helper()
	ctx := t.Context()
	calls, err := s.Saved(ctx)
	must(t, err)
	records, err := s.Records(ctx, 100_000)
	must(t, err)
	last, err := s.LastUnknown(ctx)
	must(t, err)
	attempts, err := s.Attempts(ctx, 100_000)
	must(t, err)
	windows, err := s.Windows(ctx, at.Add(time.Hour))
	must(t, err)
	return listed(t, calls, records, last, attempts, sorted(t, windows), sorted(t, entriesOf(t, s)))
}

// listed puts lists side by side, as text. No list and an empty one look the same.
func listed(t testing.TB, lists ...any) string {
	t.Helper()
	var loose []any
	must(t, json.Unmarshal([]byte(text(t, lists)), &loose))
	for i, list := range loose {
		if list == nil {
			loose[i] = []any{}
		}
	}
	return text(t, loose)
}

func text(t testing.TB, value any) string {
	t.Helper()
	made, err := json.Marshal(value)
	must(t, err)
	return string(made)
}

// sorted puts values that come in no order into one.
func sorted[T any](t testing.TB, values []T) []T {
	t.Helper()
	return slices.SortedFunc(slices.Values(values), func(a, b T) int { return strings.Compare(text(t, a), text(t, b)) })
}
