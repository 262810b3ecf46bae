// Package desk is where wardens and programs work: what somebody who has proved who they are
// may see and do, checked against their role and their lines in one place. The console and
// the API both stand on it, and check nothing of it themselves.
//
// Who does not look after a line cannot tell what happens on it from there being nothing:
// asked for something of another's line, and for what does not exist, every method answers
// the same.
package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"clearline/lib/call"
	"clearline/lib/feed"
	"clearline/lib/store"
	"clearline/lib/users"
)

// The errors that are told apart. What else goes wrong is the store's.
var (
	// ErrForbidden is wrapped when the role does not allow it, and when somebody who does not
	// look after every line asks for what is not on theirs, be it there or not.
	ErrForbidden = errors.New("not allowed")
	// ErrNotFound is wrapped when there is no such thing; only who looks after every line
	// is told so.
	ErrNotFound = errors.New("not found")
	// ErrGone is wrapped when the call is over.
	ErrGone = errors.New("the call is over")
	// ErrUnderway is wrapped when the call is not over yet.
	ErrUnderway = errors.New("the call goes on")
	// ErrBusy is wrapped when too many ask for what takes long.
	ErrBusy = errors.New("too much is asked for at once")
)

// WrongError says that what was asked for cannot be understood, and what would be right.
type WrongError struct {
	Field string // that is wrong
	Why   string // in words, for who has asked
}

// Error is both.
func (e *WrongError) Error() string { return e.Field + ": " + e.Why }

// Person is somebody, or a program, who has proved who they are.
type Person struct {
	Name     string // of the user; of a program "token:" and the token's name
	Role     users.Role
	Lines    []call.LineID // those they look after
	AllLines bool          // they look after every line; so does an admin
	Remote   string        // the address they come from, for the audit log
}

// Sees reports whether the person looks after a line. What belongs to no line, and the
// lists of the whole house, is for those who look after all.
func (p Person) Sees(line call.LineID) bool {
	return p.Everything() || line != "" && slices.Contains(p.Lines, line)
}

// Everything reports whether the person looks after every line.
func (p Person) Everything() bool { return p.Role == users.Admin || p.AllLines }

// lines are those the person looks after; nil for all.
func (p Person) lines() []call.LineID {
	if p.Everything() {
		return nil
	}
	return append([]call.LineID{}, p.Lines...)
}

// missing is the error for what is not there as far as the person may know.
func (p Person) missing() error {
	if p.Everything() {
		return ErrNotFound
	}
	return ErrForbidden
}

// Line is a line of the house.
type Line struct {
	call.Line
	Approver call.Approver // whose yes puts a caller through
}

// Engine is what the desk asks of the calls under way.
type Engine interface {
	// Underway are the calls that go on, by ID.
	Underway() []call.Underway
	// LineOf is the line of a call that goes on, or of one that is over since a short time.
	LineOf(id call.ID) (line call.LineID, goesOn, known bool)
	// Decide hands a decision to a call, and answers with the one that holds.
	Decide(ctx context.Context, id call.ID, d call.Decision) (call.Decided, error)
	// Erase removes the recording of a call that is over. It is no error that there is none.
	Erase(id call.ID) error
	// Pause stops screening on a line for a while, or begins again.
	Pause(line call.LineID, on bool)
	// PausedUntil is when the pause of a line is over; zero when it is screened.
	PausedUntil(line call.LineID) time.Time
}

// Lists are the lists that people keep, as history.Lists has them.
type Lists interface {
	Entries(ctx context.Context, each func(call.Entry) error) error
	Change(ctx context.Context, put []call.Entry, remove []call.EntryKey) error
}

// Options are what a Desk needs. Every field must be set.
type Options struct {
	Lines      []Line // in the order in which they are shown
	Region     string // of numbers written nationally, ISO 3166
	Zone       *time.Location
	Engine     Engine
	Feed       *feed.Hub
	History    store.Pages
	Lists      Lists
	Audit      store.Audit
	Recordings string // folder of what callers have said
	Log        *slog.Logger
}

// Desk is where wardens and programs work. Its methods may be called from many goroutines
// at once.
type Desk struct {
	opts    Options
	cursors sealer
	reading chan struct{} // holds an item for each who reads the lists

	mu     sync.Mutex
	played map[played]time.Time // when somebody was last noted as having listened
}

// readers is how many may read the lists at once: they can be a million entries long.
const readers = 4

// New makes a desk.
func New(opts Options) *Desk {
	return &Desk{
		opts: opts, cursors: newSealer(rand.Reader),
		reading: make(chan struct{}, readers), played: map[played]time.Time{},
	}
}

// Line returns a line, if the person looks after it. The error wraps ErrForbidden or
// ErrNotFound.
func (d *Desk) Line(p Person, id call.LineID) (Line, error) {
	at := slices.IndexFunc(d.opts.Lines, func(l Line) bool { return l.ID == id })
	if at < 0 || !p.Sees(id) {
		return Line{}, p.missing()
	}
	return d.opts.Lines[at], nil
}

// Region is whose numbers are written nationally, ISO 3166.
func (d *Desk) Region() string { return d.opts.Region }

// Zone is the time of the house.
func (d *Desk) Zone() *time.Location { return d.opts.Zone }

// some narrows the lines that are asked for to those of the person: nil for all of theirs.
// Every line asked for must be one of them.
func (d *Desk) some(p Person, asked []call.LineID) ([]call.LineID, error) {
	if len(asked) == 0 {
		return p.lines(), nil
	}
	for _, id := range asked {
		if _, err := d.Line(p, id); err != nil {
			return nil, err
		}
	}
	return asked, nil
}

// Follow reads what happens on the person's lines, after an event that was read before or
// from now on, as feed.Hub.Follow does.
func (d *Desk) Follow(p Person, after feed.ID) (f *feed.Follower, whole bool) {
	return d.opts.Feed.Follow(after, func(n call.News) bool {
		return p.Sees(n.Line) || n.Kind == call.ListsChanged && n.Line == ""
	})
}

// grain is what the time is rounded up to that an answer takes which others' lines may slow
// down.
const grain = 50 * time.Millisecond

// evenly does something in a time that says little about what others' lines have, for who
// may not know.
func evenly(ctx context.Context, p Person, do func() error) error {
	began := time.Now()
	err := do()
	if p.Everything() {
		return err
	}
	wait := time.NewTimer(grain - time.Since(began)%grain)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
	return err
}

// contains says whether any of the texts has a piece of text in it, whatever the case.
func contains(piece string, texts ...string) bool {
	piece = strings.ToLower(piece)
	return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(strings.ToLower(t), piece) })
}
