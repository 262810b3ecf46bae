package app_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"clearline/lib/app"
	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
)

// TestWhatClearlineKnowsOutlivesItsFile overwrites the file of a running Clearline, of
// which there is no snapshot: what it knows is in the new file, and in the snapshot of the
// stop.
func TestWhatClearlineKnowsOutlivesItsFile(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	cfg := configured(t)
	kept, err := boltstore.Open(cfg.Store.Path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ann := call.Entry{List: call.Contacts, Pattern: "+441632960123", Name: "Ann"}
	bob := call.Entry{List: call.Contacts, Pattern: "+441632960124", Name: "Bob"}
	if err := errors.Join(kept.Apply(t.Context(), store.Changes{Put: []call.Entry{ann}}), kept.Close()); err != nil {
		t.Fatal(err)
	}
	stop := running(t, cfg)
	served(t, cfg.Store)
	file, err := os.OpenFile(cfg.Store.Path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteAt(make([]byte, 64<<10), 0)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	lists := app.Lists(cfg.Store, slog.New(slog.DiscardHandler))
	until(t, "a contact can be added", func() bool { return lists.Change(t.Context(), []call.Entry{bob}, nil) == nil })
	until(t, "both contacts are in the new file", func() bool {
		return entriesOf(t.Context(), lists) == 2
	})
	stop()
	found := boltstore.Snapshots(cfg.Store.Path, boltstore.Options{})
	if len(found) != 1 {
		t.Fatalf("there are the snapshots %v", found)
	}
	for _, path := range []string{cfg.Store.Path, found[0].Path} {
		if holds, err := boltstore.Examine(path); err != nil || holds.Contacts != 2 {
			t.Errorf("%s: %+v, error %v", path, holds, err)
		}
	}
	if aside, err := filepath.Glob(cfg.Store.Path + ".damaged-*"); err != nil || len(aside) != 1 {
		t.Errorf("put aside are %q, error %v", aside, err)
	}
}

// entriesOf counts the entries of the lists.
func entriesOf(ctx context.Context, lists interface {
	Entries(ctx context.Context, each func(call.Entry) error) error
},
) (n int) {
	err := lists.Entries(ctx, func(call.Entry) error {
		n++
		return nil
	})
	if err != nil {
		return -1
	}
	return n
}

func until(t *testing.T, what string, yes func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !yes(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never comes true that %s", what)
		}
	}
}
