package policy_test

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/policy"
)

// The books of tests: lines, patterns and callers are few, so that they meet.
var (
	someLines    = []call.LineID{"", "flat-1", "flat-2"}
	someLists    = []call.List{call.Contacts, call.Blocks}
	somePatterns = []string{
		"+441632960201", "+441632960202", "+441632960203", "+44163296020", "159", "0159", "999",
		"+44*", "+441632*", "+44163296020*", "+441632960201*", "+1*", "+441632960200-+441632960209",
		"+441632960100-+441632960299", "+441632960201-+441632960202", "name:*parcel*", "name:parcel", "name:*el",
	}
	someNumbers = []string{"+441632960201", "+441632960202", "+441632960203", "+441632960209", "+44163296020", "+4416329602011", "159", "0159", "999", "+12025550100", "+", ""}
	someNames   = []string{"", "Parcel", "YOUR PARCEL OFFICE", "Angel", strings.Repeat("parcel ", 12), "\xff\xfe", "Ann"}
)

func drawEntry(t *rapid.T) call.Entry {
	e := call.Entry{
		Line:    rapid.SampledFrom(someLines).Draw(t, "line"),
		List:    rapid.SampledFrom(someLists).Draw(t, "list"),
		Pattern: rapid.SampledFrom(somePatterns).Draw(t, "pattern"),
		Name:    rapid.SampledFrom([]string{"", "Ann", "Bob"}).Draw(t, "name"),
		Verify:  rapid.Bool().Draw(t, "verify"),
		Source:  rapid.SampledFrom([]string{"", "by hand", "import of a.csv"}).Draw(t, "source"),
		Since:   noon.Add(-time.Hour),
	}
	if strings.HasPrefix(e.Pattern, "name:") {
		e.List = call.Blocks
	}
	if e.Verify {
		e.Word = rapid.SampledFrom([]string{"", "1234"}).Draw(t, "word")
	}
	if hours := rapid.IntRange(-1, 2).Draw(t, "until"); hours != 0 {
		e.Until = noon.Add(time.Duration(hours) * time.Hour)
	}
	return e
}

// model is a book as one would write it first.
type model map[call.EntryKey]call.Entry

// entry is what a list says about a caller: the narrowest that holds.
func (m model) entry(line call.LineID, list call.List, from call.Caller, now time.Time) (best call.Entry, found bool) {
	if from.Presentation != call.Allowed {
		return best, false
	}
	k, _ := number.KeyOf(from.Number)
	for _, e := range m {
		p, _ := number.Canonical(e.Pattern)
		if e.Line != line || e.List != list || !e.Holds(now) || !p.HasKey(k) && !p.HasName(from.Name) {
			continue
		}
		if !found || narrower(e, best) {
			best, found = e, true
		}
	}
	return best, found
}

func narrower(e, other call.Entry) bool {
	return cmp.Or(cmp.Compare(rank(e), rank(other)), cmp.Compare(width(e), width(other)),
		-cmp.Compare(len(e.Pattern), len(other.Pattern)), strings.Compare(e.Pattern, other.Pattern)) < 0
}

func rank(e call.Entry) int {
	p, _ := number.Canonical(e.Pattern)
	return map[number.Kind]int{number.Exact: 0, number.Prefix: 1, number.Range: 1, number.Name: 2}[p.Kind()]
}

func width(e call.Entry) number.Key {
	p, _ := number.Canonical(e.Pattern)
	first, last := p.Bounds()
	return last - first
}

// verdict is that of a house with nothing but lists.
func (m model) verdict(line call.LineID, from call.Caller, now time.Time) (policy.Rule, call.Entry) {
	for _, each := range []struct {
		rule policy.Rule
		line call.LineID
		list call.List
	}{
		{policy.RuleLineContact, line, call.Contacts},
		{policy.RuleHouseContact, "", call.Contacts},
		{policy.RuleLineBlock, line, call.Blocks},
		{policy.RuleHouseBlock, "", call.Blocks},
	} {
		if e, found := m.entry(each.line, each.list, from, now); found {
			return each.rule, e
		}
	}
	return policy.RuleDefault, call.Entry{}
}

// TestABookSaysWhatItsEntriesSay changes a book at random, one by one, in batches and
// by loading it anew, and compares it with a plain map after each step.
func TestABookSaysWhatItsEntriesSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var book *policy.Book
		m := model{}
		type moment struct {
			book  *policy.Book
			count int
		}
		var earlier []moment
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 6).Draw(t, "step") {
			case 0, 1, 2:
				e := drawEntry(t)
				var err error
				if book, err = book.With(e); err != nil {
					t.Fatal(err)
				}
				m[e.Key()] = e
			case 3:
				k := drawEntry(t).Key()
				book = book.Without(k)
				delete(m, k)
			case 4:
				book = drawBatch(t, book, m)
			case 5:
				book = reload(t, book, m)
			case 6:
				book = crowd(t, book, m)
			}
			checkBook(t, book, m)
			earlier = append(earlier, moment{book, len(m)})
		}
		for _, e := range earlier {
			if got := len(slices.Collect(e.book.Entries())); got != e.count || e.book.Len() != e.count {
				t.Fatalf("an earlier book has %d entries, or %d, and had %d", got, e.book.Len(), e.count)
			}
		}
	})
}

func drawBatch(t *rapid.T, book *policy.Book, m model) *policy.Book {
	var put []call.Entry
	var remove []call.EntryKey
	for range rapid.IntRange(0, 5).Draw(t, "removed") {
		remove = append(remove, drawEntry(t).Key())
		delete(m, remove[len(remove)-1])
	}
	for range rapid.IntRange(0, 5).Draw(t, "put") {
		put = append(put, drawEntry(t))
		m[put[len(put)-1].Key()] = put[len(put)-1]
	}
	next, err := book.Change(put, remove)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// reload makes the book anew, with some entries twice.
func reload(t *rapid.T, book *policy.Book, m model) *policy.Book {
	var l policy.Loader
	for e := range book.Entries() {
		older := e
		older.Name, older.Until = "older", noon
		for _, each := range []call.Entry{older, e} {
			if err := l.Add(each); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(m) > 0 && book.Len() == 0 {
		t.Fatal("the book is empty")
	}
	return l.Book()
}

// crowd puts and removes so many numbers that what stood beside the shelf is merged.
func crowd(t *rapid.T, book *policy.Book, m model) *policy.Book {
	put := make([]call.Entry, 600)
	remove := make([]call.EntryKey, len(put))
	for i := range put {
		put[i] = call.Entry{List: call.Blocks, Pattern: fmt.Sprintf("+4416329604%02d%d", i%100, i/100)}
		remove[i] = put[i].Key()
	}
	e := drawEntry(t)
	m[e.Key()] = e
	book, err := book.Change(append(put, e), nil)
	if err != nil {
		t.Fatal(err)
	}
	if book, err = book.Without(remove[0]).Without(remove[599]).Change(nil, remove); err != nil {
		t.Fatal(err)
	}
	return book
}

func checkBook(t *rapid.T, book *policy.Book, m model) {
	if book.Len() != len(m) {
		t.Fatalf("%d entries, want %d", book.Len(), len(m))
	}
	listed := model{}
	for e := range book.Entries() {
		listed[e.Key()] = e
	}
	for k, want := range m {
		if got, ok := book.Entry(k); !ok || got != want || listed[k] != want {
			t.Fatalf("entry %+v, listed %+v, want %+v", got, listed[k], want)
		}
	}
	if len(listed) != len(m) {
		t.Fatalf("%d entries are listed, want %d", len(listed), len(m))
	}
	house := policy.NewHouse(policy.Residence{Line: call.Line{ID: "flat-1"}}).WithBook(book)
	for range 5 {
		from := call.Caller{
			Number:       rapid.SampledFrom(someNumbers).Draw(t, "number"),
			Name:         rapid.SampledFrom(someNames).Draw(t, "name"),
			Presentation: rapid.SampledFrom([]call.Presentation{call.Allowed, call.Allowed, call.Withheld, call.Unavailable}).Draw(t, "presentation"),
		}
		now := noon.Add(time.Duration(rapid.IntRange(-2, 3).Draw(t, "hours")) * time.Hour)
		rule, entry := m.verdict("flat-1", from, now)
		d := house.Decide(policy.Question{Line: "flat-1", From: from, At: now})
		if d.Rule != rule || d.Entry != entry {
			t.Fatalf("%+v at %v: %s by %+v, want %s by %+v", from, now, d.Rule, d.Entry, rule, entry)
		}
	}
}

func TestEntriesThatNoBookTakes(t *testing.T) {
	full, err := (*policy.Book)(nil).With(call.Entry{List: call.Blocks, Pattern: "+441632960201"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		entry call.Entry
		want  string
	}{
		"no list":                    {call.Entry{Pattern: "+441632960201"}, "there are the lists contacts and blocks"},
		"no pattern":                 {call.Entry{List: call.Blocks}, "no pattern"},
		"a number as people write":   {call.Entry{List: call.Blocks, Pattern: "01632 960201"}, "no pattern"},
		"every number":               {call.Entry{List: call.Blocks, Pattern: "+*"}, "no pattern"},
		"every name":                 {call.Entry{List: call.Blocks, Pattern: "name:*"}, "no pattern"},
		"a name in capitals":         {call.Entry{List: call.Blocks, Pattern: "name:*PARCEL*"}, "no pattern"},
		"a name among the contacts":  {call.Entry{List: call.Contacts, Pattern: "name:*ann*"}, "only a number makes a contact"},
		"more digits than a number":  {call.Entry{List: call.Blocks, Pattern: "1234567890123456"}, "no pattern"},
		"a range that ends too soon": {call.Entry{List: call.Blocks, Pattern: "+441632960209-+441632960201"}, "no pattern"},
	} {
		t.Run(name, func(t *testing.T) {
			if next, err := full.With(c.entry); next != full || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("With: %v, %v", next, err)
			}
			var l policy.Loader
			if err := l.Add(c.entry); err == nil || l.Book().Len() != 0 {
				t.Errorf("Add: %v", err)
			}
			other := call.Entry{List: call.Blocks, Pattern: "+441632960202"}
			if next, err := full.Change([]call.Entry{c.entry, other}, nil); err == nil || next.Len() != 2 {
				t.Errorf("Change: %d entries, %v", next.Len(), err)
			}
			if full.Without(c.entry.Key()) != full && full.Without(c.entry.Key()).Len() != 1 {
				t.Error("Without took something else out")
			}
		})
	}
}

func TestANilBookIsEmpty(t *testing.T) {
	var b *policy.Book
	k := call.EntryKey{List: call.Blocks, Pattern: "+441632960201"}
	if _, found := b.Entry(k); found || b.Len() != 0 || len(slices.Collect(b.Entries())) != 0 || b.Without(k).Len() != 0 {
		t.Error("it is not")
	}
}

func TestEntriesStopsWhenToldTo(t *testing.T) {
	var l policy.Loader
	for _, p := range somePatterns {
		if err := l.Add(call.Entry{List: call.Blocks, Pattern: p}); err != nil {
			t.Fatal(err)
		}
	}
	b, err := l.Book().With(call.Entry{List: call.Blocks, Pattern: "+441632960204"})
	if err != nil {
		t.Fatal(err)
	}
	for n := range b.Len() + 1 {
		seen := 0
		for range b.Entries() {
			if seen == n {
				break
			}
			seen++
		}
		if seen != n && n <= b.Len() {
			t.Errorf("%d entries before the stop, want %d", seen, n)
		}
	}
}

// TestABookIsReadWhileAnotherIsMade means something under the race detector.
func TestABookIsReadWhileAnotherIsMade(t *testing.T) {
	book := load(t, manyEntries(1000))
	var readers sync.WaitGroup
	for i := range 200 {
		now := book
		readers.Go(func() {
			d := houseOf(t, now).Decide(policy.Question{Line: "flat-1", At: noon, From: shows("+441632960000007")})
			if d.Rule != policy.RuleHouseBlock || now.Len() != len(slices.Collect(now.Entries())) {
				t.Errorf("book %d: %s", i, d.Rule)
			}
		})
		var err error
		put := []call.Entry{
			{List: call.Blocks, Pattern: fmt.Sprintf("+441632961%06d", i)},
			{List: call.Blocks, Pattern: fmt.Sprintf("+441632961%04d*", i)},
			{List: call.Blocks, Pattern: fmt.Sprintf("name:*parcel %d", i)},
		}
		if book, err = book.Change(put, []call.EntryKey{{List: call.Blocks, Pattern: fmt.Sprintf("+441632960%06d", 999-i)}}); err != nil {
			t.Fatal(err)
		}
	}
	readers.Wait()
	if want := 1000 - 200 + 3*200; book.Len() != want {
		t.Errorf("%d entries, want %d", book.Len(), want)
	}
}

// TestAMillionEntriesAreSmall counts what a book of a million blocked numbers keeps.
func TestAMillionEntriesAreSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("loads a million entries")
	}
	before := heap()
	book := million(t)
	grown := heap() - before
	if grown >= 32_000_000 {
		t.Errorf("%d bytes", grown)
	}
	t.Logf("%.1f bytes an entry", float64(grown)/float64(book.Len()))
	runtime.KeepAlive(book)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
