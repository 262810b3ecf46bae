package boltstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
)

// eventually does something until it succeeds, as those do who write behind the calls.
func eventually(t *testing.T, do func() error) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		err := do()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// TestDamageWhileTheStoreIsInUse damages the file under a running store. Whoever reads or
// writes gets an error at most, and soon not even that.
func TestDamageWhileTheStoreIsInUse(t *testing.T) {
	for name, harm := range map[string]func(file *os.File, size int64) error{
		"all is overwritten with zeros": func(file *os.File, size int64) error {
			_, err := file.WriteAt(make([]byte, size), 0)
			return err
		},
		"the pages behind the first two are overwritten": func(file *os.File, size int64) error {
			_, err := file.WriteAt(slices.Repeat([]byte{0x5a}, int(size)-2*pageSize), int64(2*pageSize))
			return err
		},
		"it is cut off after two pages": func(file *os.File, _ int64) error { return file.Truncate(int64(2 * pageSize)) },
		"nothing is left":               func(file *os.File, _ int64) error { return file.Truncate(0) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "clearline.db")
			s := open(t, path)
			for n := range 40 {
				if err := s.Apply(t.Context(), happenings(n)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Snapshot(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := contents(t, s)
			reloads := watching(t, s)
			file, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			info, err := file.Stat()
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(harm(file, info.Size()), file.Close()); err != nil {
				t.Fatal(err)
			}
			eventually(t, func() error { return s.Apply(t.Context(), store.Changes{Drop: []store.Drop{{ID: "none"}}}) })
			eventually(t, func() error { _, err := s.Records(t.Context(), 5); return err })
			repair := s.Repaired()
			if repair == nil || missing(repair.Damaged) {
				t.Fatalf("the damaged file is not put aside: %+v", repair)
			}
			for portion, text := range contents(t, s) {
				if text != want[portion] {
					t.Errorf("%s are not those of the snapshot", portion)
				}
			}
			select {
			case c := <-reloads:
				if slices.Sort(c.Lost); !slices.Equal(c.Lost, []call.LineID{"", "flat-0", "flat-1", "flat-2"}) {
					t.Errorf("the lines that lost something are %q", c.Lost)
				}
			case <-time.After(10 * time.Second):
				t.Error("nobody was told that something is lost")
			}
			usable(t, path, s)
		})
	}
}

func missing(path string) bool {
	_, err := os.Lstat(path)
	return err != nil
}

// watching watches a store; each time everything is to be read again comes, but the first.
func watching(t *testing.T, s *boltstore.Store) <-chan store.Change {
	t.Helper()
	reloads, first := make(chan store.Change, 100), make(chan bool, 1)
	go func() {
		begun := false
		_ = s.Watch(t.Context(), func(c store.Change) {
			switch {
			case !begun:
				begun = true
				first <- true
			case c.Reload:
				reloads <- c
			}
		})
	}()
	<-first
	return reloads
}

func TestATurnIsTakenOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := open(t, path)
	contact := call.Entry{List: call.Contacts, Pattern: "+441632960123"}
	first := store.Changes{Turn: store.Turn{Writer: "a", N: 1}, Put: []call.Entry{contact}}
	for n, c := range []struct {
		changes store.Changes
		want    int // contacts
	}{
		{first, 1},
		{store.Changes{Remove: []call.EntryKey{contact.Key()}}, 0},
		{first, 0}, // it could not be told whether it was written, and is tried again
		{store.Changes{Turn: store.Turn{Writer: "a", N: 2}, Put: []call.Entry{contact}}, 1},
	} {
		if err := s.Apply(t.Context(), c.changes); err != nil {
			t.Fatal(err)
		}
		if n == 2 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, path)
		}
		if got := entries(t, s); len(got) != c.want {
			t.Errorf("after change %d there are %v", n, got)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOneValueThatCannotBeReadCostsOneValue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := open(t, path)
	for n := range 20 {
		if err := s.Apply(t.Context(), happenings(n)); err != nil {
			t.Fatal(err)
		}
	}
	want := contents(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, path, func(tx *bbolt.Tx) error { return tx.Bucket([]byte("history")).Put([]byte("zzz"), []byte("no JSON")) })
	s = open(t, path)
	defer s.Close()
	repair := s.Repaired()
	if repair == nil || !slices.Equal(repair.Partly, []string{"history of calls"}) || len(repair.Kept) != 8 {
		t.Errorf("%+v", repair)
	}
	for portion, text := range contents(t, s) {
		if text != want[portion] {
			t.Errorf("%s are not what they were", portion)
		}
	}
}

func TestASnapshotFindsWhatNobodyHasRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := open(t, path)
	defer s.Close()
	for n := range 40 {
		if err := s.Apply(t.Context(), happenings(n)); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	for at := range len(text) - 3 {
		if string(text[at:at+3]) != "Ann" {
			continue
		}
		if _, err := file.WriteAt([]byte("B"), int64(at)); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	made, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := boltstore.Examine(made.Path); err != nil {
		t.Error(err)
	}
	if repair := s.Repaired(); repair == nil || !slices.Equal(repair.Partly, []string{"lists"}) {
		t.Errorf("names of contacts have changed, and that is all that is said: %+v", repair)
	}
}
