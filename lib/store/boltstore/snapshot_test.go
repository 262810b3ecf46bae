package boltstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
)

// names lists a folder.
func names(t *testing.T, dir string) (found []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, file := range files {
		found = append(found, file.Name())
	}
	return found
}

// filled is a store that holds something.
func filled(t *testing.T, path string, n int) *boltstore.Store {
	t.Helper()
	s := open(t, path)
	for i := range n {
		letter := store.Letter{ID: fmt.Sprint(i), To: fmt.Sprint("warden-", i%3), Text: "Flat 1"}
		if err := errors.Join(s.Apply(t.Context(), happenings(i)), s.Mail(t.Context(), letter)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestASnapshotHoldsWhatThereWasWhileOthersWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := filled(t, path, 20)
	defer s.Close()
	const perSnapshot = 30 // without a bound there is more to copy the longer a copy takes
	written, turns := make(chan error, 1), make(chan struct{}, perSnapshot)
	go func() {
		n, err := 20, error(nil)
		for range turns {
			if err == nil {
				err = s.Apply(context.Background(), happenings(n))
				n++
			}
		}
		written <- err
	}()
	for range 10 {
		for range perSnapshot {
			turns <- struct{}{}
		}
		before, err := s.Records(t.Context(), 1e6)
		if err != nil {
			t.Fatal(err)
		}
		made, err := s.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		after, err := s.Records(t.Context(), 1e6)
		if err != nil {
			t.Fatal(err)
		}
		holds, err := boltstore.Examine(made.Path)
		if err != nil || holds.Calls < len(before) || holds.Calls > len(after) || holds.Calls != holds.Attempts {
			t.Errorf("between %d and %d calls: %+v, error %v", len(before), len(after), holds, err)
		}
	}
	close(turns)
	if err := <-written; err != nil {
		t.Error(err)
	}
	if found := names(t, filepath.Join(filepath.Dir(path), "snapshots")); len(found) != 10 {
		t.Errorf("there are %q", found)
	}
}

func TestASnapshotThatIsNotWantedAnyMoreLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := filled(t, path, 1)
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Snapshot(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if found := names(t, filepath.Join(filepath.Dir(path), "snapshots")); len(found) != 0 {
		t.Errorf("it leaves %q", found)
	}
}

func TestSnapshotsAreForTheOwnerOfTheStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := filled(t, path, 1)
	defer s.Close()
	if os.Geteuid() == 0 {
		if err := os.Chown(path, 1234, 1234); err != nil {
			t.Fatal(err)
		}
	}
	made, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []string{made.Path, filepath.Dir(made.Path)} {
		if got, want := owner(t, one), owner(t, path); got != want {
			t.Errorf("%s belongs to %s, the file to %s", one, got, want)
		}
	}
	if info, err := os.Stat(made.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, error %v", info.Mode(), err)
	}
	// Root may write into any folder: its rights say whether the owner may.
	if info, err := os.Stat(filepath.Dir(made.Path)); err != nil || info.Mode().Perm()&0o707 != 0o700 {
		t.Errorf("the folder: %v, error %v", info.Mode(), err)
	}
}

// TestASnapshotEveryDayAndSevenKept lets ten days pass.
func TestASnapshotEveryDayAndSevenKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	folder := filepath.Join(filepath.Dir(path), "snapshots")
	synctest.Test(t, func(t *testing.T) {
		s := filled(t, path, 3)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan bool)
		go func() {
			s.KeepSnapshots(ctx, 7)
			close(ended)
		}()
		time.Sleep(59 * time.Second)
		if found := names(t, folder); len(found) != 0 {
			t.Errorf("at once there is %q", found)
		}
		for day := 1; day <= 10; day++ {
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if found := names(t, folder); len(found) != min(day, 7) {
				t.Errorf("on day %d there are %q", day, found)
			}
			time.Sleep(24*time.Hour - 2*time.Second)
		}
		s.KeepSnapshot(ctx, 7) // of the same day as the last
		if found := names(t, folder); len(found) != 7 || !slices.IsSorted(found) {
			t.Errorf("at last there are %q", found)
		}
		cancel()
		<-ended
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestOnlySnapshotsOfTheFileAreRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	folder := filepath.Join(filepath.Dir(path), "snapshots")
	s := filled(t, path, 1)
	defer func() { _ = s.Close() }()
	others := []string{"clearline.db-20260101T000000Z.format-2", "clearline.db-notes", "letter.txt", "other.db-20260101T000000Z"}
	old := []string{"clearline.db-20260101T000000Z", "clearline.db-20260101T120000Z", "clearline.db-20260102T000000Z"}
	for _, name := range append(old, others...) {
		write(t, filepath.Join(folder, name), nil)
	}
	for name, age := range map[string]time.Duration{".clearline-new-1": 2 * time.Hour, ".clearline-new-2": time.Minute} {
		for _, dir := range []string{folder, filepath.Dir(folder)} {
			write(t, filepath.Join(dir, name), nil)
			if err := os.Chtimes(filepath.Join(dir, name), time.Time{}, time.Now().Add(-age)); err != nil {
				t.Fatal(err)
			}
		}
	}
	others = append(others, ".clearline-new-2")
	if err := s.Prune(2); err != nil {
		t.Fatal(err)
	}
	if want := append(slices.Clone(others), old[1:]...); !slices.Equal(names(t, folder), slices.Sorted(slices.Values(want))) {
		t.Errorf("there are %q", names(t, folder))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	if got := names(t, filepath.Dir(path)); !slices.Equal(got, []string{".clearline-new-2", "clearline.db", "snapshots"}) {
		t.Errorf("beside the file there are %q", got)
	}
}

func TestASnapshotThatIsDamagedIsPassedBy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := filled(t, path, 10)
	good, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := contents(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, path, []byte("garbage"))
	later := filepath.Join(filepath.Dir(good.Path), "clearline.db-29991231T000000Z")
	text, err := os.ReadFile(good.Path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, later, text[:len(text)/2])
	newer := filepath.Join(filepath.Dir(good.Path), "clearline.db-29991230T000000Z")
	write(t, newer, text)
	writeFormat(t, newer, 99)
	var log bytes.Buffer
	s, err = boltstore.Open(path, boltstore.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if repair := s.Repaired(); repair == nil || repair.Snapshot != good.Path {
		t.Errorf("%+v", repair)
	}
	for portion, text := range contents(t, s) {
		if text != want[portion] {
			t.Errorf("%s are not those of the snapshot", portion)
		}
	}
	for _, said := range []string{"snapshot cannot be used", later, newer, "store damaged", "level=ERROR", s.Repaired().Damaged, good.Path} {
		if !strings.Contains(log.String(), said) {
			t.Errorf("the log does not say %q:\n%s", said, log.String())
		}
	}
}

func TestAFileThatIsPutAsideTakesNoOthersPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	seen := map[string]string{}
	for _, text := range []string{"one", "two", "three"} {
		write(t, path, []byte(text))
		s := open(t, path)
		seen[s.Repaired().Damaged] = text
		if got := contents(t, s); got["lists"] != "null" {
			t.Errorf("with nothing to restore it holds %v", got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 3 {
		t.Errorf("three files were put aside at %v", seen)
	}
	for name, want := range seen {
		if text, err := os.ReadFile(name); err != nil || string(text) != want || !strings.HasPrefix(name, path+".damaged-") {
			t.Errorf("%s holds %q, error %v", name, text, err)
		}
	}
}

func TestASymbolicLinkStays(t *testing.T) {
	dir := t.TempDir()
	link, target := filepath.Join(dir, "clearline.db"), filepath.Join(dir, "disk", "store.db")
	write(t, target, []byte("garbage"))
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	s := open(t, link)
	if err := s.Apply(t.Context(), happenings(1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != target {
		t.Errorf("the link leads to %q, error %v", to, err)
	}
	if holds, err := boltstore.Examine(target); err != nil || holds.Calls != 1 {
		t.Errorf("%+v, error %v", holds, err)
	}
}

func TestAFileThatMayNotBeReadIsNotDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	write(t, path, []byte("garbage"))
	dir := filepath.Dir(path)
	if err := errors.Join(os.Chmod(path, 0), os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // who may read everything: this thread is nobody for a while
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		nobody(65534)
		defer nobody(0)
	}
	_, err := boltstore.Open(path, boltstore.Options{})
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "let the user Clearline runs as") {
		t.Error(err)
	}
	if found := names(t, filepath.Dir(path)); len(found) != 1 {
		t.Errorf("there are %q", found)
	}
}

// nobody makes the calling thread use files as another user.
func nobody(uid uintptr) { _, _, _ = syscall.Syscall(syscall.SYS_SETFSUID, uid, 0, 0) }

func TestAMigrationKeepsTheOlderFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	firstForm(t, path, map[string]time.Duration{"0005": time.Hour})
	edit(t, path, func(tx *tx) error { return tx.Bucket([]byte("history")).Delete([]byte("0000")) })
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	defer s.Close()
	if s.Repaired() != nil {
		t.Errorf("an older file is taken for a damaged one: %+v", s.Repaired())
	}
	if lists := entries(t, s); len(lists) != 1 || lists[0].List != call.Blocks {
		t.Errorf("the lists are %+v", lists)
	}
	folder := filepath.Join(filepath.Dir(path), "snapshots")
	found := names(t, folder)
	if len(found) != 1 || !strings.HasSuffix(found[0], ".format-1") {
		t.Fatalf("there is %q", found)
	}
	if kept, err := os.ReadFile(filepath.Join(folder, found[0])); err != nil || !bytes.Equal(kept, was) {
		t.Errorf("it is not the file that was there, error %v", err)
	}
}

func TestAFileOfFormat2IsMigrated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := filled(t, path, 30)
	want := contents(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, path, func(tx *tx) error {
		text, _ := boltstore.FormatText(2)
		if err := tx.DeleteBucket([]byte("meta")); err != nil {
			return err
		}
		meta, err := tx.CreateBucket([]byte("meta"))
		return errors.Join(err, meta.Put([]byte("format"), text))
	})
	s = open(t, path)
	defer s.Close()
	if got := contents(t, s); !maps.Equal(got, want) || s.Repaired() != nil {
		t.Errorf("it holds something else: %+v", s.Repaired())
	}
	found := names(t, filepath.Join(filepath.Dir(path), "snapshots"))
	if len(found) != 1 || !strings.HasSuffix(found[0], ".format-2") {
		t.Errorf("kept are %q", found)
	}
	if holds, err := boltstore.Examine(path); err != nil || holds.Format != 4 {
		t.Errorf("%+v, error %v", holds, err)
	}
}

func TestAFileWithoutDocumentsAndLettersIsMigrated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := filled(t, path, 30)
	want := contents(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, path, func(tx *tx) error {
		meta := tx.Bucket([]byte("meta"))
		return errors.Join(tx.DeleteBucket([]byte("documents")), tx.DeleteBucket([]byte("outbox")), tx.DeleteBucket([]byte("audit")), meta.Delete([]byte("tally:outbox")))
	})
	writeFormat(t, path, 3)
	old, err := boltstore.OpenReadOnly(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := old.Documents(t.Context(), "users"); err != nil || len(found) != 0 {
		t.Errorf("to be read only it holds %v, error %v", found, err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	defer s.Close()
	want["letters"], want["audit log"] = "{}", "null"
	if got := contents(t, s); !maps.Equal(got, want) || s.Repaired() != nil {
		t.Errorf("it holds something else: %+v", s.Repaired())
	}
	if err := s.Mail(t.Context(), store.Letter{ID: "0001", To: "night-desk"}); err != nil {
		t.Error(err)
	}
	if err := s.PutDocument(t.Context(), store.Document{Folder: "users", Name: "ann", Text: []byte("{}")}); err != nil {
		t.Error(err)
	}
}

func TestDocumentsOutliveTheRepairOfWhatElseIsDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := filled(t, path, 5)
	kept := store.Document{Folder: "users", Name: "ann", Text: []byte("{}")}
	if err := errors.Join(s.PutDocument(t.Context(), kept), s.Close()); err != nil {
		t.Fatal(err)
	}
	edit(t, path, func(tx *tx) error { return tx.Bucket([]byte("history")).Put([]byte("zzz"), []byte("no JSON")) })
	s = open(t, path)
	defer s.Close()
	if s.Repaired() == nil {
		t.Error("nothing was repaired")
	}
	found, err := s.Documents(t.Context(), kept.Folder)
	if err != nil || len(found) != 1 || string(found[0].Text) != "{}" {
		t.Errorf("the documents are %v, error %v", found, err)
	}
}

func TestAFileOfANewerVersionIsLeftAsItIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := filled(t, path, 5)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	writeFormat(t, path, 99)
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = boltstore.Open(path, boltstore.Options{})
	if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "format 99, this version knows 4") || !strings.Contains(err.Error(), "clearline restore") {
		t.Error(err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, was) || len(names(t, filepath.Dir(path))) != 1 {
		t.Errorf("something has changed: %q, error %v", names(t, filepath.Dir(path)), err)
	}
}
