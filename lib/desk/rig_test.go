package desk_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/desk"
	"clearline/lib/feed"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
	"clearline/lib/users"
)

// house is a desk with calls that a test makes.
type house struct {
	*desk.Desk
	t      *testing.T
	store  *boltstore.Store
	engine *engine
	feed   *feed.Hub
	lists  *lists
	folder string // of recordings
}

// engine stands in for calls under way.
type engine struct {
	mu      sync.Mutex
	calls   []call.Underway
	over    map[call.ID]call.LineID
	decided []call.Decision
	paused  map[call.LineID]time.Time
	erased  []call.ID
	stays   error                                     // why nothing can be erased
	answer  func(call.ID, call.Decision) call.Decided // nil: every decision wins
}

func (e *engine) Underway() []call.Underway {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.calls)
}

func (e *engine) LineOf(id call.ID) (line call.LineID, goesOn, known bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, u := range e.calls {
		if u.Call == id {
			return u.Line, true, true
		}
	}
	line, known = e.over[id]
	return line, false, known
}

func (e *engine) Decide(_ context.Context, id call.ID, d call.Decision) (call.Decided, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.decided = append(e.decided, d)
	if e.answer != nil {
		return e.answer(id, d), nil
	}
	return call.Decided{Holds: d, Won: true}, nil
}

func (e *engine) Erase(id call.ID) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.erased = append(e.erased, id)
	return e.stays
}

func (e *engine) Pause(line call.LineID, on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.paused, line)
	if on {
		e.paused[line] = at.Add(time.Hour)
	}
}

func (e *engine) PausedUntil(line call.LineID) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.paused[line]
}

// lists are the store's, as the app hands them over.
type lists struct{ *boltstore.Store }

func (l *lists) Change(ctx context.Context, put []call.Entry, remove []call.EntryKey) error {
	return l.Apply(ctx, store.Changes{Put: put, Remove: remove})
}

// The people of the house.
var (
	admin  = desk.Person{Name: "ann", Role: users.Admin, Remote: "192.0.2.1"}
	warden = desk.Person{Name: "night-desk", Role: users.Warden, Lines: []call.LineID{"flat-1"}, Remote: "192.0.2.2"}
	viewer = desk.Person{Name: "son", Role: users.Viewer, Lines: []call.LineID{"flat-1"}}
	chief  = desk.Person{Name: "chief", Role: users.Warden, AllLines: true}
)

func newHouse(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	kept, err := boltstore.Open(filepath.Join(dir, "clearline.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &house{
		t: t, store: kept, engine: &engine{over: map[call.ID]call.LineID{}, paused: map[call.LineID]time.Time{}}, feed: feed.New(100),
		lists: &lists{kept}, folder: filepath.Join(dir, "recording"),
	}
	if err := os.Mkdir(h.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	h.Desk = desk.New(h.options(func(*desk.Options) {}))
	return h
}

// options are what the desk is made of, but for a change.
func (h *house) options(change func(*desk.Options)) desk.Options {
	o := desk.Options{
		Lines: []desk.Line{
			{Line: call.Line{ID: "flat-1", Name: "Flat 1"}, Approver: call.ApproverEither},
			{Line: call.Line{ID: "flat-2", Name: "Flat 2"}, Approver: call.ApproverResident},
		},
		Region: "GB", Zone: time.UTC, Engine: h.engine, Feed: h.feed,
		History: h.store, Lists: h.lists, Audit: h.store, Recordings: h.folder, Log: slog.New(slog.DiscardHandler),
	}
	change(&o)
	return o
}

// at is an hour ago.
var at = time.Now().Add(-time.Hour).Truncate(time.Second).UTC()

// record makes a call that is over.
func record(id call.ID, line call.LineID, n int) call.Record {
	return call.Record{
		ID: id, Line: line, Dialled: "01632960101", Arrived: at.Add(time.Duration(n) * time.Second), Ended: at.Add(time.Hour),
		From: call.Caller{Number: "+441632960200", Name: "A Parcel", Presentation: call.Allowed}, Cause: call.Refused,
		Recording: id.Recording(3),
	}
}

func (h *house) keep(changes store.Changes) {
	h.t.Helper()
	if err := h.store.Apply(h.t.Context(), changes); err != nil {
		h.t.Fatal(err)
	}
}

// says puts a recording into the folder.
func (h *house) says(id call.RecordingID, text string) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.folder, string(id)+".wav"), []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// deeds is the audit log from its beginning, in words.
func (h *house) deeds() []string {
	h.t.Helper()
	found, err := h.store.Deeds(h.t.Context(), 0, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	var words []string
	for _, d := range slices.Backward(found) {
		words = append(words, d.By+" "+d.Did+" "+string(d.Line)+" "+d.To)
	}
	return words
}
