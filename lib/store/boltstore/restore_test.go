package boltstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"clearline/lib/store"
	"clearline/lib/store/boltstore"
)

type tx = bbolt.Tx

// owner is who a file belongs to.
func owner(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	of := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d", of.Uid, of.Gid)
}

func TestASnapshotIsRestored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := filled(t, path, 10)
	want := contents(t, s)
	made, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(t.Context(), happenings(11)); err != nil {
		t.Fatal(err)
	}
	if _, err := boltstore.Restore(path, made.Path, boltstore.Options{}); !errors.Is(err, boltstore.ErrHeld) {
		t.Errorf("while it is in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(path, 1234, 1234); err != nil {
			t.Fatal(err)
		}
	}
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	of := owner(t, path)
	before, err := boltstore.Restore(path, made.Path, boltstore.Options{})
	if err != nil || !strings.HasPrefix(before, path+".before-restore-") {
		t.Fatalf("%q, error %v", before, err)
	}
	if kept, err := os.ReadFile(before); err != nil || !bytes.Equal(kept, was) {
		t.Errorf("what was there is not kept: %v", err)
	}
	if got := owner(t, path); got != of {
		t.Errorf("the file belongs to %s now, not to %s", got, of)
	}
	s = open(t, path)
	defer s.Close()
	for portion, text := range contents(t, s) {
		if text != want[portion] {
			t.Errorf("%s are not those of the snapshot", portion)
		}
	}
	if found := boltstore.Snapshots(path, boltstore.Options{}); len(found) != 1 || found[0] != made {
		t.Errorf("there are the snapshots %v", found)
	}
}

func TestASnapshotIsRestoredWhereThereIsNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := filled(t, path, 3)
	made, err := s.Snapshot(t.Context())
	if err := errors.Join(err, s.Close(), os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	if before, err := boltstore.Restore(path, made.Path, boltstore.Options{}); err != nil || before != "" {
		t.Fatalf("%q, error %v", before, err)
	}
	if holds, err := boltstore.Examine(path); err != nil || holds.Calls != 3 || holds.Contacts != 3 || holds.Blocks != 3 || holds.Attempts != 3 {
		t.Errorf("%+v, error %v", holds, err)
	}
}

func TestWhatIsNoGoodSnapshotIsNotRestored(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "clearline.db")
	s := filled(t, path, 10)
	made, err := s.Snapshot(t.Context())
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(made.Path)
	if err != nil {
		t.Fatal(err)
	}
	cut, newer := filepath.Join(dir, "cut"), filepath.Join(dir, "newer")
	write(t, cut, text[:len(text)-pageSize])
	write(t, newer, text)
	writeFormat(t, newer, 99)
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for snapshot, want := range map[string]error{cut: boltstore.ErrDamaged, newer: store.ErrNewer, filepath.Join(dir, "none"): fs.ErrNotExist, path: nil, dir: nil} {
		before, err := boltstore.Restore(path, snapshot, boltstore.Options{})
		if err == nil || want != nil && !errors.Is(err, want) || before != "" {
			t.Errorf("%s: %q, error %v", snapshot, before, err)
		}
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, was) {
		t.Errorf("the file has changed, error %v", err)
	}
	if found := names(t, dir); len(found) != 4 {
		t.Errorf("something is left: %q", found)
	}
}
