package boltstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
	"clearline/lib/store/storetest"
)

// digits is how the number that is forgotten stands in a file, whatever is before it.
var digits = []byte(strings.TrimPrefix(storetest.Forgotten, "+"))

// quick is a folder that no write waits for, where there is such a thing.
func quick(t *testing.T) string {
	t.Helper()
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		t.Setenv("TMPDIR", memory)
	}
	return t.TempDir()
}

// holding names the files below a folder that hold those digits anywhere.
func holding(t *testing.T, folder string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && bytes.Contains(text, digits) {
			found = append(found, entry.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// remembering is a store in which a number has come and gone for a while: in pages that are
// free as well, and in three snapshots.
func remembering(t *testing.T, path string) *boltstore.Store {
	t.Helper()
	s := filled(t, path, 200)
	err := errors.Join(
		s.AddDeed(t.Context(), store.Deed{By: "ann", Did: "block", To: storetest.Forgotten}),
		s.Mail(t.Context(), store.Letter{ID: "1", To: "desk", Text: storetest.Forgotten + " rang"}),
	)
	if err != nil {
		t.Fatal(err)
	}
	all := storetest.Remembered()
	all.Save = nil
	for n := range 60 {
		again := all
		again.Records = nil
		for i, r := range all.Records {
			r.ID = call.ID(fmt.Sprintf("%s-%03d", r.ID, n))
			again.Records = append(again.Records, r)
			if i > 0 && n%20 == 0 {
				again.Save = append(again.Save, store.Saved{ID: r.ID, Line: r.Line, State: []byte(`{"N":"` + storetest.Forgotten + `"}`)})
				again.Drop = append(again.Drop, store.Drop{ID: r.ID, Line: r.Line})
			}
		}
		if err := s.Apply(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		if n%20 == 10 {
			if _, err := s.Snapshot(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

func forget(t *testing.T, s *boltstore.Store) call.Traces {
	t.Helper()
	found, err := s.Forget(t.Context(), store.Oblivion{Number: storetest.Forgotten, Lists: true})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestNotAByteOfWhatIsForgottenIsLeft(t *testing.T) {
	folder := quick(t)
	path := filepath.Join(folder, "clearline.db")
	s := remembering(t, path)
	defer s.Close()
	records, err := s.Records(t.Context(), 1e6)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range []string{".damaged-20260314T021547Z", ".before-restore-20260314T021547Z", "-20260314T021547Z.format-1"} {
		name := path + mark
		if strings.Contains(mark, "format") {
			name = filepath.Join(folder, "snapshots", filepath.Base(name))
		}
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if found := holding(t, folder); len(found) != 7 {
		t.Fatalf("before, the number is in %q", found)
	}
	// What is removed the usual way stays in free pages: this is what the search must find.
	removed := storetest.Remembered()
	if err := s.Apply(t.Context(), store.Changes{Remove: []call.EntryKey{removed.Put[0].Key(), removed.Put[1].Key()}}); err != nil {
		t.Fatal(err)
	}

	found := forget(t, s)
	if len(found.Calls) != 120 || len(found.Copies) != 6 {
		t.Errorf("forgotten were %d calls and %q", len(found.Calls), found.Copies)
	}
	if found := holding(t, folder); len(found) != 0 {
		t.Errorf("the number is still in %q", found)
	}
	left, err := s.Records(t.Context(), 1e6)
	if err != nil || len(left) != len(records)-120 {
		t.Errorf("of %d calls %d are left, error %v", len(records), len(left), err)
	}
	snapshots := boltstore.Snapshots(path, boltstore.Options{})
	if len(snapshots) != 3 {
		t.Errorf("the snapshots are %v", snapshots)
	}
	for _, one := range snapshots {
		if holds, err := boltstore.Examine(one.Path); err != nil || holds.Calls < 200 {
			t.Errorf("%s holds %+v, error %v", one.Path, holds, err)
		}
	}
	if left := names(t, folder); !slices.Equal(left, []string{"clearline.db", "snapshots"}) {
		t.Errorf("the folder holds %q", left)
	}
	if again, err := s.Traces(t.Context(), storetest.Forgotten); err != nil || !again.None() {
		t.Errorf("there is %+v, error %v", again, err)
	}
}

func TestASnapshotThatCannotBeReadIsRemovedWhenItHoldsTheNumber(t *testing.T) {
	folder := quick(t)
	path := filepath.Join(folder, "clearline.db")
	s := remembering(t, path)
	defer s.Close()
	snapshots := boltstore.Snapshots(path, boltstore.Options{})
	text, err := os.ReadFile(snapshots[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	unreadable := text[len(text)/2:]
	if !bytes.Contains(unreadable, digits) {
		t.Fatal("the other half of the snapshot has the number")
	}
	harmless := bytes.ReplaceAll(text, digits, bytes.Repeat([]byte("0"), len(digits)))
	if err := errors.Join(os.WriteFile(snapshots[0].Path, unreadable, 0o600), os.WriteFile(snapshots[1].Path, harmless, 0o600)); err != nil {
		t.Fatal(err)
	}
	forget(t, s)
	left := boltstore.Snapshots(path, boltstore.Options{})
	if len(left) != 2 || left[0] != snapshots[1] || left[1] != snapshots[2] {
		t.Errorf("of %v there are left %v", snapshots, left)
	}
	if now, err := os.ReadFile(snapshots[1].Path); err != nil || !bytes.Equal(now, harmless) {
		t.Errorf("a damaged snapshot without the number is not as it was: %v", err)
	}
}

func TestASecondProcessWaitsForTheFileThatIsWrittenAnew(t *testing.T) {
	path := filepath.Join(quick(t), "clearline.db")
	s := remembering(t, path)
	forget(t, s)
	if _, err := boltstore.OpenReadOnly(path, boltstore.Options{}); !errors.Is(err, boltstore.ErrHeld) {
		t.Errorf("the new file is not held: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	h, err := boltstore.OpenReadOnly(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if found, err := h.Traces(t.Context(), storetest.Forgotten); err != nil || !found.None() {
		t.Errorf("there is %+v, error %v", found, err)
	}
}

func TestADamagedFileIsRepairedAndThenForgets(t *testing.T) {
	folder := quick(t)
	path := filepath.Join(folder, "clearline.db")
	s := remembering(t, path)
	defer s.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; ; at++ { // the trunk of every caller, also where nothing refers to it any more
		next := bytes.Index(text[at:], []byte(`"Trunk":"main"`))
		if next < 0 {
			break
		}
		at += next
		if _, err := file.WriteAt([]byte(`"Trunk":"mein"`), int64(at)); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	forget(t, s)
	if s.Repaired() == nil {
		t.Error("it was not repaired")
	}
	if found := holding(t, folder); len(found) != 0 {
		t.Errorf("the number is still in %q", found)
	}
	if records, err := s.Records(t.Context(), 1e6); err != nil || len(records) < 200 {
		t.Errorf("%d calls are left, error %v", len(records), err)
	}
}

func TestAClosedStoreForgetsNothing(t *testing.T) {
	path := filepath.Join(quick(t), "clearline.db")
	s := open(t, path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Forget(context.Background(), store.Oblivion{Number: storetest.Forgotten}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("it gives %v", err)
	}
}

func TestWhatIsDoneWithCopiesIsLogged(t *testing.T) {
	path := filepath.Join(quick(t), "clearline.db")
	if err := remembering(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	s, err := boltstore.Open(path, boltstore.Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	forget(t, s)
	if n := strings.Count(said.String(), "snapshot written anew"); n != 3 || bytes.Contains(said.Bytes(), digits) {
		t.Errorf("the log says\n%s", said.String())
	}
}
