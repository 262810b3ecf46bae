package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clearline/lib/config"
	"clearline/lib/store/boltstore"
)

func TestARepairAndAMissingSnapshotAreShown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := config.Store{Path: path, KeepSnapshots: 7}
	if err := errors.Join(os.WriteFile(path, []byte("letter"), 0o600), os.WriteFile(s.SnapshotFolder(), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	kept, err := boltstore.Open(path, inFile(s, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	now := time.Now()
	part := snapshotsOf(kept, s)
	if err := part.well(now.Add(23 * time.Hour)); err == nil || !strings.Contains(err.Error(), path+".damaged-") {
		t.Errorf("the store was damaged today, and what is shown is: %v", err)
	}
	tomorrow := now.Add(25 * time.Hour)
	if err := part.well(tomorrow); err != nil {
		t.Errorf("it was damaged yesterday: %v", err)
	}
	kept.KeepSnapshot(t.Context(), s.KeepSnapshots)
	if err := part.well(tomorrow); err == nil || !strings.Contains(err.Error(), s.SnapshotFolder()) {
		t.Errorf("the folder is none, and what is shown is: %v", err)
	}
	if err := os.Remove(s.SnapshotFolder()); err != nil {
		t.Fatal(err)
	}
	kept.KeepSnapshot(t.Context(), s.KeepSnapshots)
	if err := part.well(tomorrow); err != nil {
		t.Errorf("a snapshot was made, and what is shown is: %v", err)
	}
}
