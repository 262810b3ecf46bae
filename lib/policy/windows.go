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
	next := Windows{open: make(map[call.LineID][]call.Window, len(w.open))}
	for line, windows := range w.open {
		left := slices.DeleteFunc(slices.Clone(windows), func(o call.Window) bool { return !now.Before(o.Until) })
		if len(left) > 0 {
			next.open[line] = left
		}
	}
	return next
}

// Treatment decides about a caller of a line whom no list knows, and says why in words
// for a warden. The first that holds decides:
//
//	the caller's number is in quarantine        refuse
//	the emergency services may call back        unchallenged
//	the line is under attack                    refuse
//	another service may call back               unchallenged
//	otherwise                                   screen
//
// A number that may not be shown proves nothing: its caller counts as showing none.
// While a caller without a number is in quarantine, no other of them is unchallenged:
// instead they are screened, because the emergency services often show no number and
// must not be refused. A window runs until its Until; when it began does not matter,
// so that a clock that was set back does not end it.
func (w Windows) Treatment(line call.LineID, from call.Caller, now time.Time) (Treatment, string) {
	number := shown(from)
	runs := func(kind call.WindowKind, number string) bool { return w.Run(line, kind, number, now) }
	quarantined := runs(call.Quarantine, number)
	switch {
	case quarantined && number != "":
		return Refuse, "this caller was cut off a short while ago, when the resident dialled for help"
	case quarantined && runs(call.CallBackEmergency, ""):
		return Screen, "the emergency services may be calling back, but a caller without a number was cut off a short while ago, and this one shows none either"
	case runs(call.CallBackEmergency, ""):
		return Unchallenged, "the resident called the emergency services, and they may be calling back"
	case runs(call.UnderAttack, ""):
		return Refuse, "the resident seems to be under attack, and callers nobody knows are refused for a while"
	case quarantined && runs(call.CallBackOther, ""):
		return Screen, "a service may be calling back, but a caller without a number was cut off a short while ago, and this one shows none either"
	case runs(call.CallBackOther, ""):
		return Unchallenged, "the resident called a service for help, and it may be calling back"
	}
	return Screen, "nothing happened on the line lately that changes how callers are treated"
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

// shown is the number a caller shows, or empty.
func shown(from call.Caller) string {
	if from.Presentation != call.Allowed {
		return ""
	}
	return from.Number
}
