package mqtt

import (
	"cmp"
	"strings"
	"sync"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
)

const (
	online  = "online"
	offline = "offline"
)

// State is what goes on on a line.
type State string

// The states, in rising order: of several calls the greatest counts.
const (
	Idle       State = "idle"
	Screening  State = "screening"  // somebody unknown is asked who they are
	Consulting State = "consulting" // and waits for a decision
	Guarded    State = "guarded"    // and talks to the resident
	Clearing   State = "clearing"   // the line is cleared for a number for help
)

var order = map[State]int{Idle: 0, Screening: 1, Consulting: 2, Guarded: 3, Clearing: 4}

// stateOf is what a call makes of its line.
func stateOf(u call.Underway) State {
	switch {
	case u.Kind == "clearing":
		return Clearing
	case u.Stage == "guarded":
		return Guarded
	case u.Waits:
		return Consulting
	case u.Stage == "closing", u.Stage == "over":
		return Idle
	}
	return Screening
}

// message is what a topic is to hold.
type message struct{ topic, payload string }

// status is what is published of a line.
type status struct {
	State    State  `json:"state"`
	Incident string `json:"incident"` // ON or OFF
	Caller   string `json:"caller"`   // who waits for a decision, by number; "none" when nobody does
}

// states know what the broker knows, and what it is to know.
type states struct {
	opts Options
	base string // of our topics

	mu        sync.Mutex
	incidents map[call.LineID]time.Time // the last sign of one
	known     map[string]string         // by topic
}

func newStates(opts Options) *states {
	base := opts.Prefix
	if opts.Node != "" {
		base += "/" + opts.Node
	}
	return &states{opts: opts, base: base, incidents: map[call.LineID]time.Time{}, known: map[string]string{}}
}

func (s *states) availability() string { return s.base + "/availability" }

func (s *states) topic(line call.LineID) string { return s.base + "/line/" + string(line) }

// note keeps in mind that there is an incident.
func (s *states) note(n call.News, now time.Time) {
	attempt := n.Kind == call.AttemptBegan || n.Kind == call.AttemptEnded
	if !attempt || n.Attempt.Urgency == call.Calm {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.incidents[n.Line] = now
}

// forget takes the broker for one that knows nothing.
func (s *states) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.known)
}

// published keeps in mind what the broker knows.
func (s *states) published(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[m.topic] = m.payload
}

// changed is what the broker does not know: descriptions first, then the lines, then that we
// are there.
func (s *states) changed(underway []call.Underway, now time.Time) []message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []message
	for _, line := range s.opts.Lines {
		if s.opts.Discovery != "" {
			all = append(all, s.described(line)...)
		}
		all = append(all, message{s.topic(line.ID), encoded(s.status(line.ID, underway, now))})
	}
	all = append(all, message{s.availability(), online})
	changed := all[:0]
	for _, m := range all {
		if s.known[m.topic] != m.payload {
			changed = append(changed, m)
		}
	}
	return changed
}

// status is how a line is. The lock is held.
func (s *states) status(line call.LineID, underway []call.Underway, now time.Time) status {
	st := status{State: Idle, Incident: "OFF", Caller: "none"}
	for _, u := range underway {
		if u.Line != line {
			continue
		}
		if state := stateOf(u); order[state] > order[st.State] {
			st.State = state
		}
		if u.Waits {
			st.Caller = who(u.From, s.opts.Region)
		}
		if u.Kind == "clearing" && u.Attempt.Urgency != call.Calm {
			s.incidents[line] = now
		}
	}
	if last, there := s.incidents[line]; there && now.Sub(last) < s.opts.Lasts {
		st.Incident = "ON"
	}
	return st
}

// who is a caller's number, as people read it. The name is a stranger's word and stays here.
func who(from call.Caller, region string) string {
	shown := from.Shown()
	if n, err := number.Parse(shown, region); err == nil && n.E164 != "" {
		if n.Foreign(region) {
			return n.E164
		}
		return n.Grouped()
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, shown)
	return cmp.Or(digits[:min(len(digits), 24)], "number hidden")
}
