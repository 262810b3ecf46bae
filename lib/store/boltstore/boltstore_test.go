package boltstore_test

import (
	"context"
	"errors"
	"fmt"
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

func open(t *testing.T, path string) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// memory is a folder of files that are on no disk.
const memory = "/dev/shm"

func TestContract(t *testing.T) {
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		t.Setenv("TMPDIR", memory) // thousands of writes, each of which would wait for the disk
	}
	storetest.Run(t, func(t *testing.T) func() store.Store {
		path := filepath.Join(t.TempDir(), "new folder", "clearline.db")
		return func() store.Store { return open(t, path) }
	})
}

func TestASecondProcessIsToldThatTheFileIsHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := open(t, path)
	defer s.Close()
	_, err := boltstore.Open(path, boltstore.Options{})
	if err == nil || !strings.Contains(err.Error(), "already running") {
		t.Errorf("opening a held file gives %v", err)
	}
}

func TestAFileOfANewerVersionIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	writeFormat(t, path, 99)
	if _, err := boltstore.Open(path, boltstore.Options{}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("opening a newer file gives %v", err)
	}
}

// writeFormat makes a file look as if another version had written it.
func writeFormat(t *testing.T, path string, format uint32) {
	t.Helper()
	text, check := boltstore.FormatText(format)
	edit(t, path, func(tx *bbolt.Tx) error {
		meta := tx.Bucket([]byte("meta"))
		return errors.Join(meta.Put([]byte("format"), text), meta.Put([]byte("format-check"), check))
	})
}

// edit opens the file beneath a store and changes it.
func edit(t *testing.T, path string, change func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// keys lists what a bucket of the file beneath a store holds.
func keys(t *testing.T, path, bucket string) (found []string) {
	t.Helper()
	edit(t, path, func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucket)).ForEach(func(key, _ []byte) error {
			found = append(found, string(key))
			return nil
		})
	})
	return found
}

// firstForm writes what the first released version wrote, with calls that ended a
// time ago.
func firstForm(t *testing.T, path string, ago map[string]time.Duration) {
	edit(t, path, func(tx *bbolt.Tx) error {
		for bucket, values := range map[string]map[string]string{
			"meta":    {"format": "\x00\x00\x00\x01"},
			"calls":   {"0003": `{"ID":"0003","State":{"n":3},"Pending":[]}`},
			"blocks":  {"flat-1\x00+441632960200": `{"Line":"flat-1","Number":"+441632960200","Since":"2026-01-02T03:04:05Z"}`},
			"history": {},
		} {
			made, err := tx.CreateBucket([]byte(bucket))
			if err != nil {
				return err
			}
			for key, value := range values {
				if err := made.Put([]byte(key), []byte(value)); err != nil {
					return err
				}
			}
		}
		for id, ago := range ago {
			ended := time.Now().Add(-ago).UTC().Format(time.RFC3339Nano)
			text := fmt.Sprintf(`{"ID":%q,"Line":"flat-1","Arrived":%q,"Ended":%q,"Cause":"refused","Notes":{}}`, id, ended, ended)
			if err := tx.Bucket([]byte("history")).Put([]byte(id), []byte(text)); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte("history")).Put([]byte("0000"), []byte("damaged"))
	})
}

func TestAFileOfTheFirstFormOpens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	firstForm(t, path, map[string]time.Duration{
		"0001": store.Retention + time.Hour, "0002": store.Retention + time.Minute, "0004": 2 * time.Hour, "0005": time.Hour,
	})
	s := open(t, path)
	calls, err := s.Saved(t.Context())
	if err != nil || len(calls) != 1 || calls[0].ID != "0003" || calls[0].Line != "" || string(calls[0].State) != `{"n":3}` {
		t.Errorf("saved calls are %+v, error %v", calls, err)
	}
	last, err := s.LastUnknown(t.Context())
	if err != nil || len(last) != 1 || last["flat-1"].ID != "0005" {
		t.Errorf("the last unknown callers are %+v, error %v", last, err)
	}
	want := call.Entry{
		Line: "flat-1", List: call.Blocks, Pattern: "+441632960200",
		Since: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Source: "the resident blocked the caller",
	}
	if lists := entries(t, s); len(lists) != 1 || lists[0] != want {
		t.Errorf("the lists are %+v", lists)
	}
	if err := s.Apply(t.Context(), store.Changes{Drop: []store.Drop{{ID: "0003", Line: "flat-1"}}}); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if got := keys(t, path, "history"); !slices.Equal(got, []string{"0004", "0005"}) {
		t.Errorf("the history holds %q", got)
	}
	repair := s.Repaired()
	if repair == nil || !slices.Equal(repair.Partly, []string{"history of calls"}) {
		t.Fatalf("what could not be read is passed over in silence: %+v", repair)
	}
	if got := keys(t, repair.Damaged, "history"); !slices.Contains(got, "0000") {
		t.Errorf("the file that was put aside holds %q", got)
	}
	if got := keys(t, path, "calls"); len(got) != 0 {
		t.Errorf("calls %q are left", got)
	}
}

// entries reads the lists.
func entries(t *testing.T, from interface {
	Entries(ctx context.Context, each func(call.Entry) error) error
},
) (found []call.Entry) {
	t.Helper()
	err := from.Entries(t.Context(), func(e call.Entry) error {
		found = append(found, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatIsTooOldLeavesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := open(t, path)
	now := time.Now()
	for n := range 3 {
		ago := now.Add(-time.Duration(n) * time.Hour)
		changes := store.Changes{
			Records:  []call.Record{{ID: call.ID(fmt.Sprintf("000%d", 3-n)), Line: "flat-1", Arrived: ago, Ended: ago, Cause: call.Refused}},
			Attempts: []call.Attempt{{ID: call.ID(fmt.Sprintf("000%d", 3-n)), Line: "flat-1", At: ago}},
			Windows:  []call.Window{{Line: "flat-1", Kind: call.UnderAttack, Until: now.Add(time.Hour)}},
			Put: []call.Entry{
				{Line: "flat-1", List: call.Blocks, Pattern: fmt.Sprint(n), Until: now.Add(store.Retention - store.Lapse - time.Duration(n+1)*time.Hour)},
				{Line: "flat-1", List: call.Contacts, Pattern: "for ever"},
			},
		}
		if err := s.Apply(t.Context(), changes); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SweepAt(now.Add(store.Retention - 90*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for bucket, want := range map[string]int{"history": 2, "attempts": 2, "moments": 2, "last-unknown": 1, "windows": 0, "entries": 2, "ends": 1} {
		if got := keys(t, path, bucket); len(got) != want {
			t.Errorf("bucket %s holds %q", bucket, got)
		}
	}
}

func TestLettersThatWereTakenAreHandedOutAgainAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := open(t, path)
	waits := store.Letter{ID: "0003", To: "warden", Wait: time.Hour}
	if err := s.Mail(t.Context(), store.Letter{ID: "0001", To: "warden"}, store.Letter{ID: "0002", To: "warden"}, waits); err != nil {
		t.Fatal(err)
	}
	taken, err := s.TakeMail(t.Context(), "warden", time.Hour, 2)
	if err != nil || len(taken) != 2 {
		t.Fatalf("%+v, error %v", taken, err)
	}
	taken[1].Wait = time.Hour
	if err := errors.Join(s.ReturnMail(t.Context(), taken[1]), s.Close()); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	defer s.Close()
	if again, err := s.TakeMail(t.Context(), "warden", time.Hour, 9); err != nil || len(again) != 1 || again[0].ID != taken[0].ID {
		t.Errorf("%+v is handed out, error %v", again, err)
	}
}
