package boltstore_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
	"clearline/lib/store/storetest"
)

// inMemory puts the folders of a test where no write waits for a disk.
func inMemory(t *testing.T) {
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		t.Setenv("TMPDIR", memory)
	}
}

// happenings are changes of every kind to a few lines, different for each n.
func happenings(n int) store.Changes {
	line, at := call.LineID(fmt.Sprintf("flat-%d", n%3)), time.Now().Add(-time.Duration(n)*time.Minute)
	id := func(kind string) call.ID { return call.ID(fmt.Sprintf("%s%05d", kind, 99999-n)) }
	c := store.Changes{
		Records:  []call.Record{{ID: id("r"), Line: line, Arrived: at, Ended: at, Cause: call.Refused, From: call.Caller{Number: fmt.Sprintf("+44163296%04d", n), Name: strings.Repeat("x", n%50)}}},
		Attempts: []call.Attempt{{ID: id("a"), Line: line, At: at, Number: "159", Outcome: call.OutcomeCleared}},
		Windows:  []call.Window{{Line: line, Kind: call.Quarantine, Number: fmt.Sprint(n % 40), Until: time.Now().Add(time.Hour + time.Duration(n)*time.Second)}},
		Put: []call.Entry{
			{List: call.Contacts, Pattern: fmt.Sprintf("+44163296%04d", n), Name: "Ann"},
			{Line: line, List: call.Blocks, Pattern: fmt.Sprintf("+44770090%04d", n), Until: time.Now().Add(time.Hour)},
		},
	}
	if n%10 == 0 {
		c.Save = []store.Saved{{ID: id("s"), Line: line, State: json.RawMessage(`{"n":1}`), Pending: json.RawMessage(`[]`)}}
		c.Remove = []call.EntryKey{{List: call.Contacts, Pattern: fmt.Sprintf("+44163296%04d", n/2)}}
	}
	return c
}

// contents is everything a store holds, portion by portion.
func contents(t testing.TB, s *boltstore.Store) map[string]string {
	t.Helper()
	ctx := t.Context()
	found := map[string]string{}
	keep := func(name string, value any, err error) {
		t.Helper()
		text, bad := json.Marshal(value)
		if err != nil || bad != nil {
			t.Fatalf("%s: %v, %v", name, err, bad)
		}
		found[name] = string(text)
	}
	calls, err := s.Saved(ctx)
	keep("calls under way", calls, err)
	records, err := s.Records(ctx, 1e6)
	keep("history of calls", records, err)
	last, err := s.LastUnknown(ctx)
	keep("last unknown callers", last, err)
	attempts, err := s.Attempts(ctx, 1e6)
	keep("attempts", attempts, err)
	windows, err := s.Windows(ctx, time.Now())
	keep("windows", windows, err)
	var lists []call.Entry
	err = s.Entries(ctx, func(e call.Entry) error {
		lists = append(lists, e)
		return nil
	})
	keep("lists", lists, err)
	waiting, err := s.CountMail(ctx)
	keep("letters", waiting, err)
	deeds, err := s.Deeds(ctx, 0, 1e6)
	keep("audit log", deeds, err)
	return found
}

// sample is a real file as a store left it, its last snapshot, and what each holds.
type sample struct {
	file, snapshot               []byte
	name                         string // of the snapshot
	now, before, beforeTheLatest map[string]string
}

func newSample(t *testing.T) sample {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := open(t, path)
	const n = 40 // a few pages in each bucket
	var x sample
	for i := range n {
		switch i {
		case n / 2:
			made, err := s.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			x.before, x.name = contents(t, s), filepath.Base(made.Path)
			if x.snapshot, err = os.ReadFile(made.Path); err != nil {
				t.Fatal(err)
			}
		case n - 1:
			x.beforeTheLatest = contents(t, s)
		default:
			mailed := s.Mail(t.Context(), store.Letter{ID: fmt.Sprint(i), To: "warden", Text: "Flat 1"})
			noted := s.AddDeed(t.Context(), store.Deed{By: "warden", Did: "accept", To: fmt.Sprint(i)})
			if err := errors.Join(mailed, noted); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Apply(t.Context(), happenings(i)); err != nil {
			t.Fatal(err)
		}
	}
	x.now = contents(t, s)
	whole, err := s.Snapshot(t.Context()) // the file itself has room behind its pages, where damage does no harm
	if err == nil {
		x.file, err = os.ReadFile(whole.Path)
	}
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return x
}

// damages are the ways in which a file is damaged. Each owns the bytes it is given.
var damages = []struct {
	name string
	do   func(r *rand.Rand, b []byte) []byte
}{
	{"one byte flipped", func(r *rand.Rand, b []byte) []byte { return flip(r, b, 1) }},
	{"some bytes flipped", func(r *rand.Rand, b []byte) []byte { return flip(r, b, 2+r.IntN(30)) }},
	{"a byte flipped near the beginning of a page", func(r *rand.Rand, b []byte) []byte {
		b[r.IntN(len(b)/pageSize)*pageSize+r.IntN(96)] ^= byte(1 + r.IntN(255))
		return b
	}},
	{"a sector of zeros", func(r *rand.Rand, b []byte) []byte {
		at := r.IntN(len(b)/512) * 512
		clear(b[at : at+512])
		return b
	}},
	{"a page in the place of another one", func(r *rand.Rand, b []byte) []byte {
		from, to := r.IntN(len(b)/pageSize)*pageSize, r.IntN(len(b)/pageSize)*pageSize
		copy(b[to:to+pageSize], bytes.Clone(b[from:from+pageSize]))
		return b
	}},
	{"cut off", func(r *rand.Rand, b []byte) []byte { return b[:r.IntN(len(b))] }},
	{"cut off and filled with zeros", func(r *rand.Rand, b []byte) []byte {
		clear(b[r.IntN(len(b)):])
		return b
	}},
	{"garbage behind the end", func(r *rand.Rand, b []byte) []byte { return append(b, noise(r, r.IntN(9000))...) }},
	{"nothing but garbage", func(r *rand.Rand, b []byte) []byte { return noise(r, len(b)) }},
	{"empty", func(*rand.Rand, []byte) []byte { return nil }},
}

var pageSize = os.Getpagesize()

func flip(r *rand.Rand, b []byte, n int) []byte {
	for range n {
		b[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
	}
	return b
}

func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func write(t testing.TB, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestADamagedFileNeverKeepsTheStoreFromOpening damages a real file in random places. Each
// portion of what the store then holds is to the letter that of the file, or that of the
// snapshot; what was there is put aside, byte for byte.
func TestADamagedFileNeverKeepsTheStoreFromOpening(t *testing.T) {
	inMemory(t)
	x, seed := newSample(t), uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	root := t.TempDir()
	repaired, untouched := 0, 0
	for n := range 320 {
		kind := damages[n%len(damages)]
		dir := filepath.Join(root, fmt.Sprint(n))
		path := filepath.Join(dir, "clearline.db")
		damaged := kind.do(rand.New(rand.NewPCG(seed, uint64(n))), bytes.Clone(x.file))
		write(t, path, damaged)
		write(t, filepath.Join(dir, "snapshots", x.name), x.snapshot)
		s, err := boltstore.Open(path, boltstore.Options{})
		if err != nil {
			t.Fatalf("case %d, %s: %v", n, kind.name, err)
		}
		if problem := x.compare(t, s, damaged); problem != "" {
			t.Fatalf("case %d, %s: %s; %+v", n, kind.name, problem, s.Repaired())
		}
		if s.Repaired() != nil {
			repaired++
		} else {
			untouched++
		}
		usable(t, path, s)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d files were repaired, of %d nothing that matters was damaged", repaired, untouched)
	if repaired < 160 || untouched == 0 {
		t.Error("the damage is not of all kinds")
	}
}

// compare says what a store holds that it should not, and what is not there any more.
func (x sample) compare(t *testing.T, s *boltstore.Store, damaged []byte) string {
	repair := s.Repaired()
	got := contents(t, s)
	if repair == nil {
		if !maps.Equal(got, x.now) {
			return "nothing was repaired, and something is not as it was"
		}
		return ""
	}
	if kept, err := os.ReadFile(repair.Damaged); err != nil || !bytes.Equal(kept, damaged) {
		return fmt.Sprintf("the damaged file is not there any more as it was: %v", err)
	}
	for name, text := range got {
		switch {
		case text == x.now[name]:
		case slices.Contains(repair.Kept, name) && strings.Contains(repair.Cause.Error(), "the last change may be missing") && text == x.beforeTheLatest[name]:
		case slices.Contains(repair.Kept, name) && name != "last unknown callers":
			return name + " were kept, and are not as they were"
		case text != x.before[name]:
			return name + " are neither those of the file nor those of the snapshot"
		}
	}
	return ""
}

// usable checks that bbolt itself finds nothing wrong, and that what is written stays.
func usable(t *testing.T, path string, s *boltstore.Store) {
	t.Helper()
	later := store.Changes{Records: []call.Record{{ID: "z1", Line: "flat-1", Arrived: time.Now(), Ended: time.Now(), Cause: call.Refused}}}
	if err := s.Apply(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		for fault := range tx.Check() {
			t.Errorf("bbolt: %v", fault)
		}
		if tx.Bucket([]byte("history")).Get([]byte("z1")) == nil {
			t.Error("what was written is not there")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestContractOfAStoreThatWasRestored(t *testing.T) {
	inMemory(t)
	storetest.RunSmall(t, func(t *testing.T) func() store.Store {
		path := filepath.Join(t.TempDir(), "clearline.db")
		s := open(t, path)
		if _, err := s.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		write(t, path, []byte("damaged"))
		first := true
		return func() store.Store {
			s := open(t, path)
			if repair := s.Repaired(); first && (repair == nil || repair.Snapshot == "") {
				t.Errorf("it was not restored: %+v", repair)
			}
			first = false
			return s
		}
	})
}
