package flow_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// house is a small model of an exchange with one line, its residents, and the callers who
// ring it. The flows run in it as the engine runs them (house_engine_test.go); what must
// hold is checked from outside, by what is up and who hears whom.
type house struct {
	t        *rapid.T
	now      time.Duration
	turn     int // of the walk
	legs     map[call.LegID]*leg
	members  map[call.BridgeID][2]call.LegID
	wire     []told   // events on their way to the engine
	searches []search // questions that are not answered yet
	engine   engine
	clumsy   bool         // effects may fail
	thawed   []flow.Stage // stages of flows that went on after the program was killed
	log      []string
}

// leg is one party's side of a call, as the exchange knows it.
type leg struct {
	id       call.LegID
	kind     kind
	up       bool
	born     int  // turn
	inApp    bool // in Clearline's hands; otherwise the dialplan has it
	dying    bool // it was hung up, and will be gone
	deadman  time.Duration
	peer     call.LegID    // is dropped when this leg ends
	refused  bool          // a caller who is not delivered
	dialled  string        // what was dialled on it last
	onItsWay bool          // dialled, and not with the engine again yet
	out      bool          // in the operator's dialplan, which makes the call
	urgentAt time.Duration // when it was dialled
	turned   int           // turn at which it was dialled
	keypad   keypad
	missed   bool // by the next search
	playing  call.PlaybackID
	whisper  call.PlaybackID // until it is stopped, be it heard to the end or not
	taping   call.RecordingID
}

type kind string

const (
	callers  kind = "caller"
	consults kind = "consult"
	dialling kind = "dialling"
)

// told is an event on its way.
type told struct {
	leg call.LegID
	ev  flow.Event
}

// search is a question for the legs of the line.
type search struct {
	from *running
	ask  flow.FindLegs
}

func newHouse(t *rapid.T) *house {
	h := &house{t: t, legs: map[call.LegID]*leg{}, members: map[call.BridgeID][2]call.LegID{}}
	h.engine = newEngine(h)
	return h
}

func (h *house) Helper() {}

// Fatalf fails with the whole walk.
func (h *house) Fatalf(format string, args ...any) {
	h.t.Fatalf("%s\n\nthe walk:\n%s", fmt.Sprintf(format, args...), strings.Join(h.log, "\n"))
}

func (h *house) note(format string, args ...any) {
	h.log = append(h.log, fmt.Sprintf("%8v  ", h.now)+fmt.Sprintf(format, args...))
}

func (h *house) add(l *leg) *leg {
	l.up, l.inApp, l.born = true, true, h.turn
	l.missed = rapid.IntRange(0, 5).Draw(h.t, "missed once") == 3
	h.legs[l.id] = l
	return l
}

// sorted lists the legs of whom keep says yes, in an order that a walk can repeat.
func (h *house) sorted(keep func(*leg) bool) []*leg {
	var some []*leg
	for _, id := range slices.Sorted(maps.Keys(h.legs)) {
		if l := h.legs[id]; l.up && keep(l) {
			some = append(some, l)
		}
	}
	return some
}

func (h *house) tell(leg call.LegID, ev flow.Event) { h.wire = append(h.wire, told{leg, ev}) }

// ends is the end of a leg, whoever wanted it. Whom it is paired with goes too, unless
// that one dials by now.
func (h *house) ends(l *leg) {
	if !l.up {
		return
	}
	l.up, l.dying = false, false
	h.tell(l.id, flow.LegGone{Leg: l.id, Q850: 16})
	h.leaves(l)
	if peer := h.legs[l.peer]; peer != nil && peer.up && (peer.dialled == "" || peer.onItsWay) {
		h.note("%s goes with %s", peer.id, l.id)
		if peer.emergency() {
			h.Fatalf("the end of %s takes the emergency on %s along", l.id, peer.id)
		}
		h.ends(peer)
	}
}

// leaves takes a leg out of its bridge.
func (h *house) leaves(l *leg) {
	for id, pair := range h.members {
		for i, member := range pair {
			if member == l.id {
				pair[i] = ""
				h.members[id] = pair
				h.tell(l.id, flow.LegLeft{Leg: l.id, Bridge: id})
			}
		}
	}
}

// dies is the dead-man's switch: the dialplan takes a leg.
func (h *house) dies(l *leg) {
	l.deadman = 0
	h.note("the dialplan takes %s", l.id)
	switch {
	case l.kind == consults, l.kind == callers && l.refused, plan.Meaning(l.dialled).Role == call.Trap:
		h.ends(l)
	case l.kind == callers:
		l.inApp = false
	default: // the floor ends every other leg of the line, and dials
		for _, other := range h.sorted(func(o *leg) bool { return o != l && !o.emergency() }) {
			h.ends(other)
		}
		l.inApp, l.out = false, true
	}
}

func (l *leg) emergency() bool {
	return l.dialled != "" && plan.Meaning(l.dialled).Role == call.Emergency
}

// armed are the legs in Clearline's hands that the dialplan would take.
func (h *house) armed() []*leg {
	return h.sorted(func(l *leg) bool { return l.inApp && l.deadman > 0 })
}

// holds checks what must hold at every moment.
func (h *house) holds() {
	for _, l := range h.sorted((*leg).emergency) {
		if !l.out && !l.dying && h.now > l.urgentAt+time.Second {
			h.Fatalf("%s was dialled on %s at %v, and it is not out at %v", l.dialled, l.id, l.urgentAt, h.now)
		}
	}
	for id, pair := range h.members {
		one, other := h.legs[pair[0]], h.legs[pair[1]]
		if r := h.engine.owner[pair[0]]; one != nil && other != nil && (r == nil || !r.yes) {
			h.Fatalf("%s joins %s and %s, who never agreed", id, one.id, other.id)
		}
	}
}

// settled checks that nothing is left once all is over.
func (h *house) settled() {
	for _, r := range h.engine.all {
		if !r.over() || r.ends != 1 {
			h.Fatalf("flow %s: over %v, ended %d times", r.id, r.over(), r.ends)
		}
	}
	for _, l := range h.sorted(func(l *leg) bool { return l.inApp }) {
		h.Fatalf("%s is left", l.id)
	}
	for _, l := range h.sorted(func(l *leg) bool { return l.whisper != "" }) {
		h.Fatalf("%s is whispered to %s", l.whisper, l.id)
	}
	for id, pair := range h.members {
		h.Fatalf("bridge %s is left with %v", id, pair)
	}
}
