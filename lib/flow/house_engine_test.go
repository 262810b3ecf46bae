package flow_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// engine runs the flows of a house as lib/engine does: it knows whose leg is whose, what
// a resident dialled out of, and which clearing others join.
type engine struct {
	h        *house
	all      []*running // ever
	owner    map[call.LegID]*running
	left     map[call.LegID]handover
	seized   *running
	clearing *running
}

// handover is what a call leaves behind that a resident has dialled out of.
type handover struct {
	way  call.Way
	legs []call.LegID
}

// running is one flow under way.
type running struct {
	engine  *engine
	id      call.ID
	flow    any
	stepped flow.Event // last
	mail    []flow.Event
	away    map[call.LegID]bool // nothing may be asked of these: the flow is being told so
	timers  map[flow.Timer]timer
	suspect bool                // an unknown caller's
	yes     bool                // by somebody who may
	role    call.Role           // a clearing's
	claimed []call.LegID        // a clearing's
	proofs  []int               // turns at which its searches were answered
	coming  []flow.RingResident // the engine waits for these
	keyN    int                 // of the newest KeyTimer
	ends    int
}

type timer struct {
	n  int
	at time.Duration
}

func newEngine(h *house) engine {
	return engine{h: h, owner: map[call.LegID]*running{}, left: map[call.LegID]handover{}}
}

func (e *engine) begin(id call.ID, f any) *running {
	r := &running{engine: e, id: id, flow: f, timers: map[flow.Timer]timer{}}
	e.all = append(e.all, r)
	return r
}

func (e *engine) live() []*running {
	return slices.DeleteFunc(slices.Clone(e.all), (*running).over)
}

func (r *running) over() bool { return stageOf(r.flow) == flow.Over }

// arrived takes a caller in.
func (e *engine) arrived(l *leg) {
	admission := rapid.SampledFrom([]flow.Admission{
		flow.Admitted, flow.Admitted, flow.Admitted, flow.Unchallenged, flow.TurnedAway, flow.RefusedBlocked,
		flow.AskedWord, flow.TakesMessage,
	}).Draw(e.h.t, "admission")
	if e.clearing != nil {
		admission = flow.RefusedBusy
	}
	f := begin(rules)
	f.Terms = terms
	anyHearing(e.h.t, &f.Rules)
	f.Rules.Messages = rapid.Bool().Draw(e.h.t, "messages")
	f.Call, f.Caller = call.ID(fmt.Sprintf("c%d", len(e.all))), l.id
	r := e.begin(f.Call, f)
	switch admission {
	case flow.Admitted, flow.Unchallenged, flow.AskedWord, flow.TakesMessage:
		r.suspect = true
	}
	e.owner[l.id] = r
	r.put(flow.Began{Admission: admission})
}

// dialled takes a resident's leg in.
func (e *engine) dialled(l *leg) {
	from, inside := e.left[l.id]
	delete(e.left, l.id)
	meaning := plan.Meaning(l.dialled)
	if meaning.Role == call.Other {
		l.inApp, l.out, l.deadman = false, true, 0
		return
	}
	if !inside {
		from.way = call.WayFresh
	}
	dial := flow.Dial{Leg: l.id, Dialled: l.dialled, Meaning: meaning, Way: from.way}
	if r := e.clearing; r != nil && (r.role != call.Emergency || meaning.Role == call.Emergency) {
		r.role = meaning.Role
		e.owner[l.id] = r
		r.put(flow.DialledAgain{Dial: dial})
		return
	}
	from.legs = e.claim(from.legs)
	threat := flow.Threat{Suspect: len(from.legs) > 0}
	if rapid.IntRange(0, 5).Draw(e.h.t, "analogue") == 0 {
		threat.Hold = 12 * time.Second
	}
	r := e.begin(call.ID(fmt.Sprintf("r%d", len(e.all))), nil)
	f := beginClearing(r.id, dial, threat)
	f.Rules.Gain = rapid.IntRange(0, 2).Draw(e.h.t, "gain")
	r.flow = f
	r.role, r.claimed = meaning.Role, from.legs
	e.owner[l.id], e.seized = r, r
	if e.clearing == nil {
		e.clearing = r
	}
	r.put(flow.Began{})
}

// claim tells the callers' calls to end, and adds their legs.
func (e *engine) claim(legs []call.LegID) []call.LegID {
	for _, r := range e.live() {
		if !r.suspect {
			continue
		}
		legs = append(legs, e.owned(r)...)
		r.put(flow.LineClaimed{})
	}
	return legs
}

func (e *engine) owned(r *running) []call.LegID {
	var legs []call.LegID
	for _, id := range slices.Sorted(maps.Keys(e.owner)) {
		if e.owner[id] == r {
			legs = append(legs, id)
		}
	}
	return legs
}

func (r *running) put(ev flow.Event) { r.mail = append(r.mail, ev) }

// drain lets the flows take their mail, in any order between them, until none is left.
func (e *engine) drain() {
	for range 1000 {
		waiting := slices.DeleteFunc(e.live(), func(r *running) bool { return len(r.mail) == 0 || len(r.coming) > 0 })
		if len(waiting) == 0 {
			return
		}
		next := waiting[0]
		if len(waiting) > 1 {
			next = rapid.SampledFrom(waiting).Draw(e.h.t, "flow")
		}
		ev := next.mail[0]
		next.mail = next.mail[1:]
		next.handle(ev)
	}
	e.h.Fatalf("the flows never come to rest")
}

func (r *running) handle(ev flow.Event) {
	h := r.engine.h
	before := stageOf(r.flow)
	r.hears(ev)
	var effects []flow.Effect
	switch f := r.flow.(type) {
	case flow.Screening:
		r.flow, effects = f.Step(ev)
	case flow.Clearing:
		r.flow, effects = f.Step(ev)
	}
	r.stepped = ev
	if ev == flow.Event(flow.Resumed{}) {
		defer func() { r.away = nil }()
	}
	r.watch(ev)
	h.note("%s %s: %s %+v", r.id, before, bare(ev), ev)
	failed := false
	for _, e := range effects {
		h.note("        %s %+v", bare(e), e)
		failed = !r.perform(e, failed) || failed
	}
	h.holds()
	if r.over() {
		r.engine.forget(r)
	}
}

// decides is a warden who decides about some call.
func (h *house) decides() {
	if r, ok := pick(h, "decided about", h.engine.live()); ok && r.suspect {
		r.put(anyDecision(h.t))
	}
}

// hears keeps what wardens have decided in time.
func (r *running) hears(ev flow.Event) {
	s, screens := r.flow.(flow.Screening)
	d, decides := ev.(flow.Decided)
	if screens && decides && d.Choice == call.Accept && (s.Stage == flow.Referring || s.Stage == flow.Ringing || s.Stage == flow.Asking) {
		r.yes = r.yes || s.Rules.Approver == call.ApproverWarden || s.Rules.Approver == call.ApproverEither
	}
}

// watch keeps what residents have answered.
func (r *running) watch(ev flow.Event) {
	switch ev := ev.(type) {
	case flow.DTMF:
		if l := r.engine.h.legs[ev.Leg]; l != nil {
			l.keypad.presses(ev.Key)
			s, screens := r.flow.(flow.Screening)
			r.yes = r.yes || screens && l.keypad.accepted && s.Rules.Approver != call.ApproverWarden
		}
	case flow.TimerFired:
		if ev.Timer == flow.KeyTimer && r.keyN == ev.N {
			for _, id := range r.engine.owned(r) {
				if l := r.engine.h.legs[id]; l != nil {
					l.keypad.pauses()
				}
			}
		}
	}
}

func (e *engine) forget(r *running) {
	r.timers, r.mail = nil, nil
	for _, id := range e.owned(r) {
		delete(e.owner, id)
	}
	if e.seized == r {
		e.seized = nil
	}
	if e.clearing == r {
		e.clearing = nil
	}
}

// happened hands an event of the exchange to the flow it concerns.
func (e *engine) happened(t told) {
	if _, gone := t.ev.(flow.LegGone); gone {
		delete(e.left, t.leg)
	}
	if r := e.owner[t.leg]; r != nil {
		r.put(t.ev)
	}
}

// answer answers a question for the legs of the line, as of now.
func (e *engine) answer(s search) {
	h, own := e.h, e.h.legs[s.ask.Own]
	switch {
	case s.from.over():
		return
	case !own.up:
		s.from.put(flow.LegGone{Leg: own.id})
		return
	case !own.inApp:
		s.from.put(flow.LegTaken{Leg: own.id})
		return
	}
	found := map[call.LegID]bool{}
	for _, l := range h.sorted(func(l *leg) bool { return l != own && !l.emergency() }) {
		found[l.id] = !l.overlooked()
	}
	for _, id := range s.from.claimed {
		found[id] = found[id] || s.ask.N == 1 && id != own.id
	}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		if found[id] {
			ending := s.ask.N == 1 && slices.Contains(s.from.claimed, id)
			s.from.put(flow.LegFound{N: s.ask.N, Leg: id, Ending: ending})
		}
	}
	ringing := slices.ContainsFunc(e.live(), func(r *running) bool { return len(r.coming) > 0 })
	s.from.proofs = append(s.from.proofs, h.turn)
	s.from.put(flow.SearchDone{N: s.ask.N, Failed: ringing || h.stumbles()})
}

// overlooked says whether a search misses a leg that is up, which happens to each once: it
// was being moved.
func (l *leg) overlooked() bool {
	missed := l.missed
	l.missed = false
	return missed
}

// rings is the end of an order to ring a telephone: it rings, or it could not be rung.
func (e *engine) rings(r *running) {
	h, ring := e.h, r.coming[0]
	r.coming = r.coming[1:]
	if h.stumbles() {
		r.put(flow.EffectFailed{Effect: ring})
		return
	}
	l := h.add(&leg{id: ring.Leg, kind: consults})
	l.inApp, l.deadman = false, h.now+ring.Patience
	h.note("%s rings", l.id)
}
