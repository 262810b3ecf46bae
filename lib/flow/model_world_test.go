package flow_test

import (
	"fmt"
	"slices"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// world is one situation of a house with one line and one telephone, as the exchange and
// the engine know it: what an exploration of all situations goes from and to. It has no
// clock. What may happen next is in moves; making one leaves the world it began from as it
// was.
type world struct {
	parties []party
	bridges []call.BridgeID
	runs    []*run
	left    []exit
	seized  call.ID
	dead    bool            // the program does not run
	arrived int             // callers so far
	fresh   int             // telephones lifted to dial so far
	mishaps int             // that may still happen
	thawed  map[uint64]bool // states that were, in any world
	needs   call.Approver   // whose yes counts
	at      *transition
}

// party is one leg that is up.
type party struct {
	id         call.LegID
	kind       kind
	owner      call.ID // whose flow is told of it
	inApp      bool    // in Clearline's hands; otherwise it rings, or the dialplan has it
	armed      bool    // its dead-man's time runs
	refused    bool    // a caller who is not delivered
	urgent     bool    // an emergency that nobody may cut off
	overlooked bool    // a search has missed it, because it was being moved
	onItsWay   bool    // sent to dial, and not with the engine again yet
	out        bool    // in the operator's dialplan
	peer       call.LegID
	bridge     call.BridgeID
	dialled    string
	role       call.Role // of what was dialled
	playing    call.PlaybackID
	whisper    call.PlaybackID // until it is stopped, be it heard to the end or not
	taping     call.RecordingID
	keypad     keypad
}

// exit is what a call leaves behind that a resident has dialled out of.
type exit struct {
	leg  call.LegID
	from call.ID
	way  call.Way
	legs []call.LegID
}

// transition is one move being made, with what goes wrong in it.
type transition struct {
	killAt, failAt int // the point at which the program is killed, the effect that fails; -1 for none
	points, risky  int // how many there were so far
	killed         bool
	fault          string // what must hold and did not
	seen           []string
}

func (x *transition) breaks(format string, args ...any) {
	if x.fault == "" {
		x.fault = fmt.Sprintf(format, args...)
	}
}

// point is a moment in which the program may be killed. It says whether it was.
func (x *transition) point() bool {
	x.killed = x.killed || x.points == x.killAt
	x.points++
	return x.killed
}

// fails is the order of something that may not be done. It says whether it was not.
func (x *transition) fails() bool {
	x.risky++
	return x.risky-1 == x.failAt
}

func (w *world) clone(x *transition) *world {
	next := *w
	next.parties, next.bridges, next.left = slices.Clone(w.parties), slices.Clone(w.bridges), slices.Clone(w.left)
	next.runs = make([]*run, len(w.runs))
	for i, r := range w.runs {
		own := *r
		own.world, own.timers = &next, slices.Clone(r.timers)
		next.runs[i] = &own
	}
	next.at = x
	return &next
}

func (w *world) party(id call.LegID) *party {
	for i := range w.parties {
		if w.parties[i].id == id {
			return &w.parties[i]
		}
	}
	return nil
}

func (w *world) run(id call.ID) *run {
	for _, r := range w.runs {
		if r.id == id {
			return r
		}
	}
	return nil
}

// tell hands a fact about a leg to the flow that owns it; nobody hears of it while the
// program does not run.
func (w *world) tell(owner call.ID, ev flow.Event) {
	if r := w.run(owner); r != nil && !w.dead && !w.at.killed {
		r.mail = append(r.mail, ev)
	}
}

// ends is the end of a leg, whoever wanted it. Whom it is paired with goes too, unless that
// one dials by now.
func (w *world) ends(id call.LegID, q850 int) {
	p := w.party(id)
	if p == nil {
		return
	}
	gone := *p
	w.tell(gone.owner, flow.LegGone{Leg: id, Q850: q850})
	w.leaves(p)
	w.parties = slices.DeleteFunc(w.parties, func(p party) bool { return p.id == id })
	if peer := w.party(gone.peer); peer != nil && (peer.dialled == "" || peer.onItsWay) {
		if peer.emergency() {
			w.at.breaks("the end of %s takes the emergency on %s along", id, peer.id)
		}
		w.ends(peer.id, q850)
	}
}

// leaves takes a leg out of its bridge.
func (w *world) leaves(p *party) {
	if p.bridge != "" {
		w.tell(p.owner, flow.LegLeft{Leg: p.id, Bridge: p.bridge})
		p.bridge = ""
	}
}

// taken is the dead-man's switch: the dialplan takes a leg. On a resident's that dials, it
// ends every other leg of the line, and makes the call.
func (w *world) taken(id call.LegID) {
	p := w.party(id)
	if p == nil { // another took it along
		return
	}
	p.armed = false
	switch {
	case p.kind == consults, p.kind == callers && p.refused:
		w.ends(id, 16)
	case p.kind == callers:
		w.leaves(p)
		p.inApp, p.out = false, true
	default:
		p.inApp, p.onItsWay, p.out = false, false, true
		for _, other := range slices.Clone(w.parties) {
			if other.id != id && !other.emergency() {
				w.ends(other.id, 16)
			}
		}
	}
}

func (p *party) emergency() bool { return p.role == call.Emergency }

func (p *party) dials(number string) {
	p.role = plan.Meaning(number).Role
	p.kind, p.dialled, p.onItsWay, p.inApp, p.armed = dialling, number, true, false, true
	p.keypad, p.playing, p.taping = keypad{}, "", ""
}

// holds checks what must hold in every situation.
func (w *world) holds() {
	for i := range w.parties {
		p := &w.parties[i]
		if p.emergency() {
			w.goesOut(p)
		}
		if p.inApp && !p.armed && !w.endsWith(p) {
			w.at.breaks("%s is in Clearline's hands, and the dialplan would never take it", p.id)
		}
		if p.inApp && !w.dead && p.owner != "" && !w.known(p) {
			w.at.breaks("%s is left: no flow knows it", p.id)
		}
		if r := w.run(p.owner); p.bridge != "" && p.kind == consults && r != nil && !r.yes {
			w.at.breaks("%s is in a bridge, and nobody who may has agreed", p.id)
		}
	}
	for _, b := range w.bridges {
		i := slices.IndexFunc(w.runs, func(r *run) bool { return r.id.Bridge() == b })
		if i < 0 && !w.dead {
			w.at.breaks("%s is left", b)
		}
		if i >= 0 && (w.runs[i].kept.screening == nil || !w.runs[i].kept.screening.Approved) {
			w.at.breaks("%s was made, and no approval is kept", b)
		}
	}
	if !w.dead {
		for _, r := range w.runs {
			r.bounded()
		}
	}
}

// goesOut insists that an emergency leaves for the operator's dialplan, whatever does not
// happen: the dialplan has it, or takes it in the end, and Clearline's own bound runs.
func (w *world) goesOut(p *party) {
	r := w.run(p.owner)
	switch {
	case p.out, p.onItsWay && p.armed, p.inApp && p.armed && w.dead:
	case !p.inApp || !p.armed:
		w.at.breaks("%s was dialled on %s, and nobody sees to it", p.dialled, p.id)
	case r == nil || r.clearing != nil && r.clearing.Dial.Leg != p.id: // a later one took over, and this one could not be hung up
	case r.clearing != nil && r.stage() == flow.Searching && r.ticks(flow.BoundTimer), r.stage() == flow.Leaving:
	default:
		w.at.breaks("%s waits on %s in %s", p.dialled, p.id, r.stage())
	}
}

// known says whether the flow that is told of a leg knows that it has it, or finds it when
// it searches.
func (w *world) known(p *party) bool {
	r := w.run(p.owner)
	return r != nil && (slices.Contains(r.legs(), p.id) || r.clearing != nil && p.armed)
}

// endsWith says whether somebody takes a leg along in the end whose own dead-man's time does
// not run: whom it is paired with, a resident's leg on its way to dial, or its flow, which
// hangs it up until it is gone.
func (w *world) endsWith(p *party) bool {
	if r := w.run(p.owner); r != nil && r.stage() == flow.Closing {
		return true
	}
	return slices.ContainsFunc(w.parties, func(o party) bool {
		return o.id == p.peer && o.armed || o.onItsWay || o.kind == dialling && o.armed
	})
}
