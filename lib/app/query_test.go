package app_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"clearline/lib/app"
	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/history"
	"clearline/lib/prompt"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
	"clearline/lib/store/redisstore"
	"clearline/lib/testbed/redisserver"
)

var happened = store.Changes{
	Records:  []call.Record{{ID: "0001", Line: "flat-1", Arrived: time.Now(), Ended: time.Now(), Cause: call.Refused}},
	Attempts: []call.Attempt{{ID: "0002", Line: "flat-1", At: time.Now(), Outcome: call.OutcomeCleared}},
}

// keep writes what happened and lets the store go.
func keep(t *testing.T, s store.Store, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Apply(t.Context(), happened), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// reads checks that the history can be read.
func reads(t *testing.T, when string, s config.Store) {
	t.Helper()
	h := app.History(s, slog.New(slog.DiscardHandler))
	records, err := h.Records(t.Context(), 5)
	if err != nil || len(records) != 1 || records[0].ID != "0001" {
		t.Errorf("%s: records %+v, error %v", when, records, err)
	}
	attempts, err := h.Attempts(t.Context(), 5)
	if err != nil || len(attempts) != 1 || attempts[0].ID != "0002" {
		t.Errorf("%s: attempts %+v, error %v", when, attempts, err)
	}
}

// running starts a Clearline that reaches no exchange.
func running(t *testing.T, cfg *config.Config) (stop func()) {
	t.Helper()
	cfg.ARI.URL = "http://127.0.0.1:1/ari"
	cfg.AGI.Listen, cfg.Console.Listen = "127.0.0.1:0", "127.0.0.1:0" // others may have the usual ones
	for _, a := range (&prompt.Folder{Dir: cfg.Prompts.Dir}).Missing(cfg.Language) {
		file := filepath.Join(cfg.Prompts.Dir, a.Language, string(a.Name)+".wav")
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	clearline, err := app.New(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := clearline.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := clearline.Stop(ctx); err != nil {
			t.Error(err)
		}
	}
}

// served waits for the socket.
func served(t *testing.T, s config.Store) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := os.Lstat(history.Socket(s.Path)); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no socket")
		}
	}
}

// changes checks that the lists can be changed, and that what another process changed is
// there.
func changes(t *testing.T, when string, s config.Store, n int) {
	t.Helper()
	lists := app.Lists(s, slog.New(slog.DiscardHandler))
	contact := func(n int) call.Entry {
		return call.Entry{List: call.Contacts, Pattern: fmt.Sprintf("+4416329601%02d", n), Name: when}
	}
	if err := lists.Change(t.Context(), []call.Entry{contact(n), contact(n + 1)}, []call.EntryKey{contact(n - 1).Key()}); err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	found := map[string]string{}
	err := lists.Entries(t.Context(), func(e call.Entry) error {
		found[e.Pattern] = e.Name
		return nil
	})
	if err != nil || len(found) != 2 || found[contact(n).Pattern] != when || found[contact(n+1).Pattern] != when {
		t.Errorf("%s: the lists hold %v, error %v", when, found, err)
	}
}

func TestTheListsAreChangedWhetherClearlineRunsOrNot(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	cfg := configured(t)
	lists := app.Lists(cfg.Store, slog.New(slog.DiscardHandler))
	err := lists.Change(t.Context(), []call.Entry{{List: call.Contacts, Pattern: "+441632960123"}}, nil)
	if err == nil || !strings.Contains(err.Error(), "start it once: clearline run") {
		t.Errorf("without a store: %v", err)
	}
	file, err := boltstore.Open(cfg.Store.Path, boltstore.Options{})
	keep(t, file, err)
	changes(t, "before", cfg.Store, 1)
	stop := running(t, cfg)
	served(t, cfg.Store)
	changes(t, "while it runs", cfg.Store, 2)
	stop()
	changes(t, "after", cfg.Store, 3)
}

func TestTheHistoryIsReadWhetherClearlineRunsOrNot(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	cfg := configured(t)
	file, err := boltstore.Open(cfg.Store.Path, boltstore.Options{})
	keep(t, file, err)
	reads(t, "before", cfg.Store)
	stop := running(t, cfg)
	served(t, cfg.Store)
	reads(t, "while it runs", cfg.Store)
	stop()
	if _, err := os.Lstat(history.Socket(cfg.Store.Path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	reads(t, "after", cfg.Store)
}

func TestWhereNoSocketCanBeClearlineRunsAllTheSame(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	cfg := configured(t)
	cfg.Store.Path = filepath.Join(t.TempDir(), strings.Repeat("x", 100), "clearline.db")
	stop := running(t, cfg)
	_, err := app.History(cfg.Store, slog.New(slog.DiscardHandler)).Records(t.Context(), 1)
	if err == nil || !strings.Contains(err.Error(), "history not served") || !strings.Contains(err.Error(), "shorter path") {
		t.Errorf("asking: %v", err)
	}
	stop()
}

func TestWhereThereIsNoHistoryItIsSaid(t *testing.T) {
	cfg := configured(t)
	_, err := app.History(cfg.Store, slog.New(slog.DiscardHandler)).Attempts(t.Context(), 1)
	if err == nil || !strings.Contains(err.Error(), "no Clearline runs") || !strings.Contains(err.Error(), cfg.Store.Path) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(cfg.Store.Path); err == nil {
		t.Error("asking made a store")
	}
}

func TestTheHistoryIsReadFromRedis(t *testing.T) {
	redis := redisserver.For(t, redisserver.Options{})
	kept, err := redisstore.Open(redis.URL(), slog.New(slog.DiscardHandler))
	keep(t, kept, err)
	s := config.Store{Redis: config.NewSecret(redis.URL())}
	reads(t, "from Redis", s)
	changes(t, "in Redis", s, 1)
	changes(t, "in Redis again", s, 2)
	if err := redis.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := app.History(s, slog.New(slog.DiscardHandler)).Records(t.Context(), 1); !errors.Is(err, store.ErrUnreachable) || !strings.Contains(err.Error(), "does Redis run") {
		t.Errorf("without Redis: %v", err)
	}
}
