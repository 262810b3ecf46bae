package boltstore_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
)

func TestTheHistoryIsReadWithoutATrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s, now := open(t, path), time.Now()
	err := s.Apply(t.Context(), store.Changes{
		Records:  []call.Record{{ID: "0001", Line: "flat-1", Arrived: now, Ended: now, Cause: call.Refused}},
		Attempts: []call.Attempt{{ID: "0002", Line: "flat-1", At: now}},
		Put:      []call.Entry{{List: call.Contacts, Pattern: "+441632960200"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := boltstore.OpenReadOnly(path, boltstore.Options{}); !errors.Is(err, boltstore.ErrHeld) {
		t.Errorf("a file that is held: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := boltstore.OpenReadOnly(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	records, err := h.Records(t.Context(), 5)
	if err != nil || len(records) != 1 || records[0].ID != "0001" {
		t.Errorf("records %+v, error %v", records, err)
	}
	attempts, err := h.Attempts(t.Context(), 5)
	if err != nil || len(attempts) != 1 || attempts[0].ID != "0002" {
		t.Errorf("attempts %+v, error %v", attempts, err)
	}
	if lists := entries(t, h); len(lists) != 1 || lists[0].Pattern != "+441632960200" {
		t.Errorf("the lists are %+v", lists)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file has changed, error %v", err)
	}
	if err := open(t, path).Close(); err != nil {
		t.Error(err)
	}
}

func TestTheHistoryOfAFileOfTheFirstForm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	firstForm(t, path, map[string]time.Duration{"0005": time.Hour})
	edit(t, path, func(tx *bbolt.Tx) error { return tx.Bucket([]byte("history")).Delete([]byte("0000")) })
	h, err := boltstore.OpenReadOnly(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if records, err := h.Records(t.Context(), 5); err != nil || len(records) != 1 {
		t.Errorf("records %+v, error %v", records, err)
	}
	if attempts, err := h.Attempts(t.Context(), 5); err != nil || len(attempts) != 0 {
		t.Errorf("attempts %+v, error %v", attempts, err)
	}
	if lists := entries(t, h); len(lists) != 1 || lists[0].Pattern != "+441632960200" || lists[0].List != call.Blocks {
		t.Errorf("the lists are %+v", lists)
	}
}

func TestWhatHoldsNoHistoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	missing, empty, other, newer := filepath.Join(dir, "missing"), filepath.Join(dir, "empty"), filepath.Join(dir, "other"), filepath.Join(dir, "newer")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	edit(t, other, func(*bbolt.Tx) error { return nil })
	if err := open(t, newer).Close(); err != nil {
		t.Fatal(err)
	}
	writeFormat(t, newer, 99)
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("letter ", 9000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		missing: "no such file", empty: "nothing was ever written", other: "not written by Clearline", newer: "newer version", text: "neither meta page is sound", dir: "it is no file",
	} {
		_, err := boltstore.OpenReadOnly(path, boltstore.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
		if errors.Is(err, fs.ErrNotExist) != (path == missing) || errors.Is(err, store.ErrNewer) != (path == newer) {
			t.Errorf("%s cannot be told: %v", path, err)
		}
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a missing file was made")
	}
}

func TestAFileThatNobodyHasWrittenToIsNotReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	o := boltstore.Options{Seen: &boltstore.Seen{}}
	s, err := boltstore.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Apply(t.Context(), happenings(1)), s.Close()); err != nil {
		t.Fatal(err)
	}
	left, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []error{nil, boltstore.ErrDamaged} {
		edit(t, path, func(tx *bbolt.Tx) error { return tx.Bucket([]byte("history")).Put([]byte("zzz"), []byte("no JSON")) })
		if want == nil { // nothing tells that somebody has written
			if err := os.Chtimes(path, left.ModTime(), left.ModTime()); err != nil {
				t.Fatal(err)
			}
		}
		h, err := boltstore.OpenReadOnly(path, o)
		if !errors.Is(err, want) {
			t.Errorf("want %v, got %v", want, err)
		}
		if err == nil {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
