package policy

import (
	"maps"
	"slices"
	"time"

	"clearline/lib/call"
)

// Treatment says how a caller nobody knows is treated.
type Treatment string

// The treatments.
const (
	Screen       Treatment = "screen"       // challenged, asked for a purpose, and the resident decides
	Refuse       Treatment = "refuse"       // turned away
	Unchallenged Treatment = "unchallenged" // asked nothing; the resident still hears who, and decides
	WhilePaused  Treatment = "paused"       // likewise, because the resident has paused screening
	TakeMessage  Treatment = "message"      // asked for a message; nobody is rung
	AskWord      Treatment = "ask-word"     // screened, and asked for the family's word first
)

// Windows are the times in which the callers of a line are treated differently. The
// zero value holds none. Windows are values: With and Without leave the receiver as
// it was.
type Windows struct {
	open map[call.LineID][]call.Window // of each kind and number one
}

// NewWindows keeps, of windows with the same line, kind and number, the one that
// lasts longest.
func NewWindows(windows []call.Window) Windows {
	w := Windows{open: make(map[call.LineID][]call.Window)}
	for _, each := range windows {
		w.open[each.Line] = longer(w.open[each.Line], each)
	}
	return w
}

// With returns the windows with one more. It never shortens one.
func (w Windows) With(more call.Window) Windows {
	next := Windows{open: make(map[call.LineID][]call.Window, len(w.open)+1)}
	maps.Copy(next.open, w.open)
	next.open[more.Line] = longer(slices.Clone(w.open[more.Line]), more)
	return next
}

// longer adds a window, or puts it in the place of the one that it outlasts.
func longer(windows []call.Window, w call.Window) []call.Window {
	i := slices.IndexFunc(windows, func(o call.Window) bool { return o.Kind == w.Kind && o.Number == w.Number })
	switch {
	case i < 0:
		return append(windows, w)
	case w.Until.After(windows[i].Until):
		windows[i] = w
	}
	return windows
}

// Without returns the windows without those that are over at now.
func (w Windows) Without(now time.Time) Windows {
	return w.less(func(o call.Window) bool { return !now.Before(o.Until) })
}

// WithoutNumber returns the windows without those about a number.
func (w Windows) WithoutNumber(number string) Windows {
	return w.less(func(o call.Window) bool { return o.Number == number })
}

func (w Windows) less(leave func(call.Window) bool) Windows {
	next := Windows{open: make(map[call.LineID][]call.Window, len(w.open))}
	for line, windows := range w.open {
		left := slices.DeleteFunc(slices.Clone(windows), leave)
		if len(left) > 0 {
			next.open[line] = left
		}
	}
	return next
}

// Of returns the windows of a line, in no order.
func (w Windows) Of(line call.LineID) []call.Window { return slices.Clone(w.open[line]) }

// Paused says whether screening is paused at now, by the windows of a line: a pause runs that
// nothing has ended since it began.
func Paused(windows []call.Window, now time.Time) bool { return !PausedUntil(windows, now).IsZero() }

// PausedUntil says when the pause that runs at now is over; zero when screening is not paused.
func PausedUntil(windows []call.Window, now time.Time) time.Time {
	var paused, until, resumed time.Time
	for i := range windows {
		switch o := &windows[i]; {
		case !now.Before(o.Until):
		case o.Kind == call.ScreeningPaused:
			paused, until = o.Since, o.Until
		case o.Kind == call.ScreeningResumed:
			resumed = o.Since
		}
	}
	if !paused.After(resumed) {
		return time.Time{}
	}
	return until
}

// Run says whether a window of a line, kind and number runs at now.
func (w Windows) Run(line call.LineID, kind call.WindowKind, number string, now time.Time) bool {
	return anyRuns(w.open[line], kind, number, now)
}

// anyRuns is Run, of the windows of one line.
func anyRuns(windows []call.Window, kind call.WindowKind, number string, now time.Time) bool {
	for i := range windows {
		if o := &windows[i]; o.Kind == kind && o.Number == number && now.Before(o.Until) {
			return true
		}
	}
	return false
}
