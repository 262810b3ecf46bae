package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"clearline/lib/call"
)

// Event is a kind of thing that people are told of.
type Event string

// The events.
const (
	EventIncident Event = "incident" // a number for help was dialled while somebody may have been lying
	EventPIN      Event = "pin"      // keys were pressed in a guarded call that look like a PIN
	EventApproval Event = "approval" // a caller waits for a decision
	EventMessage  Event = "message"  // a caller has left a message
	EventHealth   Event = "health"   // a part of Clearline has failed, or is well again
)

// events are all events, in the order in which they are listed to operators.
var events = []Event{EventIncident, EventPIN, EventApproval, EventMessage, EventHealth}

// Quiet is the time of the day in which only what is urgent is told.
type Quiet struct{ From, To int } // minutes since midnight; the same twice for never

// Notify is one receiver of messages.
type Notify struct {
	Name   string // [A-Za-z0-9_-]; unlike any other's
	URL    Secret // of shoutrrr; it may hold a token
	Events []Event
	Lines  []call.LineID // of which it is told; nil for all
	Quiet  Quiet
}

// Tells reports whether the receiver is told of an event of a line, or of the house, which
// is the line without an id.
func (n Notify) Tells(e Event, line call.LineID) bool {
	return slices.Contains(n.Events, e) && (n.Lines == nil || slices.Contains(n.Lines, line) || e == EventHealth)
}

// Holds reports whether t is within the quiet time, by t's own clock, and when that ends.
func (q Quiet) Holds(t time.Time) (until time.Time, quiet bool) {
	at := t.Hour()*60 + t.Minute()
	switch {
	case q.From == q.To, q.From < q.To && (at < q.From || at >= q.To), q.From > q.To && at < q.From && at >= q.To:
		return time.Time{}, false
	}
	day := t.Day()
	if at >= q.To {
		day++
	}
	return time.Date(t.Year(), t.Month(), day, q.To/60, q.To%60, 0, 0, t.Location()), true
}

// notified reads who is told what, once the lines are known.
func (c *Config) notified(root *table, from secrets) {
	for i, t := range root.tables("notify") {
		n := Notify{Name: fmt.Sprintf("notify-%d", i+1)}
		n.read(t, from)
		n.limit(t, c.Lines)
		if slices.ContainsFunc(c.Notify, func(other Notify) bool { return other.Name == n.Name }) {
			t.fault(t.at("name"), fmt.Sprintf("%q is the name of another receiver", n.Name), "give each a name of its own")
		}
		t.finish()
		c.Notify = append(c.Notify, n)
	}
}

func (n *Notify) read(t *table, from secrets) {
	t.text("name", &n.Name, isReceiver)
	n.URL = secretURL(t, from, `write "ntfy://host/topic"`)
	for _, e := range t.texts("events") {
		if !slices.Contains(events, Event(e.text)) {
			t.fault(e.path, fmt.Sprintf("%q is not known", e.text), "choose "+listed(events))
			continue
		}
		n.Events = append(n.Events, Event(e.text))
	}
	switch v, given := t.values["events"]; {
	case !given:
		n.Events = events
	case isEmpty(v):
		t.fault(t.at("events"), "an empty list tells nobody anything", "leave it out for all events")
	}
	n.quiet(t)
}

// quiet reads the quiet time: "22:00-07:00".
func (n *Notify) quiet(t *table) {
	var text string
	t.text("quiet", &text, func(s string) (string, string) {
		from, to, _ := strings.Cut(s, "-")
		begin, err := time.Parse("15:04", from)
		end, err2 := time.Parse("15:04", to)
		if err != nil || err2 != nil {
			return fmt.Sprintf("%q is no time from when to when", s), `write "22:00-07:00"`
		}
		if begin.Equal(end) {
			return "it ends when it begins", "leave it out, or write another time"
		}
		n.Quiet = Quiet{From: begin.Hour()*60 + begin.Minute(), To: end.Hour()*60 + end.Minute()}
		return "", ""
	})
}

// limit reads of which lines the receiver is told: those that are named, and those that the
// wardens named look after.
func (n *Notify) limit(t *table, lines []Line) {
	for _, e := range t.texts("lines") {
		if !slices.ContainsFunc(lines, func(l Line) bool { return string(l.ID) == e.text }) {
			t.fault(e.path, fmt.Sprintf("there is no line %q", e.text), "write the id of a [[line]]")
			continue
		}
		n.Lines = append(n.Lines, call.LineID(e.text))
	}
	for _, e := range t.texts("wardens") {
		looked := false
		for _, l := range lines {
			if slices.Contains(l.Wardens, e.text) {
				looked = true
				n.Lines = append(n.Lines, l.ID)
			}
		}
		if !looked {
			t.fault(e.path, fmt.Sprintf("no line has the warden %q", e.text), "write a name that stands in wardens of a [[line]]")
		}
	}
	for _, key := range []string{"lines", "wardens"} {
		if isEmpty(t.values[key]) {
			t.fault(t.at(key), "an empty list tells nobody anything", "leave it out for all lines")
		}
	}
}

func isReceiver(s string) (problem, remedy string) {
	if len(s) <= 40 && plainName.MatchString(s) {
		return "", ""
	}
	return fmt.Sprintf("%q cannot be the name of a receiver", s), "use letters, digits, - and _ only, 40 at most"
}

// secretURL takes an address that may hold a token from where it stands: exactly one of two
// keys. It is never shown.
func secretURL(t *table, from secrets, remedy string) Secret {
	var text, file string
	_, inline := t.values["url"]
	_, inFile := t.values["url_file"]
	given := t.text("url", &text, func(s string) (string, string) { return isURL(s), remedy })
	named := t.text("url_file", &file, anyText)
	switch {
	case inline && inFile:
		t.fault(t.at("url"), "both url and url_file are set", "keep one of them, better url_file")
	case !inline && !inFile:
		t.fault(t.at("url"), "missing", remedy)
	case given && from.worldReadable(t.file):
		t.warn(t.at("url"), "every user of this machine can read this file", "chmod o-r "+t.file+", or use url_file")
	case named:
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(t.file), file)
		}
		var err error
		if text, err = from.read(file); err != nil {
			t.fault(t.at("url_file"), err.Error(), "write the address into that file and let the service's user read it")
			return Secret{}
		}
		if problem := isURL(text); problem != "" {
			t.fault(t.at("url_file"), problem, remedy)
			return Secret{}
		}
		if from.worldReadable(file) {
			t.warn(t.at("url_file"), "every user of this machine can read it", "chmod o-r "+file)
		}
	}
	return NewSecret(text)
}

// isURL never shows the address: it is a secret even when it is wrong.
func isURL(s string) (problem string) {
	if u, err := url.Parse(s); err != nil || u.Scheme == "" || u.Host == "" {
		return "no address to send to"
	}
	return ""
}
