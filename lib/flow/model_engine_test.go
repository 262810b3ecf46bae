package flow_test

import (
	"slices"
	"strings"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// run is one flow under way in a world. States are shared between worlds, and never
// changed.
type run struct {
	world *world
	id    call.ID
	state
	kept    state         // as it was saved: the next run of the program goes on with it
	yes     bool          // by somebody who may put the caller through
	keptYes bool          // when it was saved
	again   []flow.Effect // orders that were saved with it, and that the next run repeats
	timers  []ticking
	mail    []flow.Event
	away    []call.LegID // nothing may be asked of these: the flow is being told so
	suspect bool         // an unknown caller's
	claimed []call.LegID // a clearing's: legs of the calls it has ended
	asked   int          // the newest search, when it is not answered yet
	proofs  int          // searches in a row that found nobody
	there   [2][]call.LegID
	ends    int
}

// state is a flow of either kind, and its fingerprint.
type state struct {
	screening *flow.Screening
	clearing  *flow.Clearing
	print     uint64
}

type ticking struct {
	name flow.Timer
	n    int
}

func (s state) stage() flow.Stage {
	switch {
	case s.screening != nil:
		return s.screening.Stage
	case s.clearing != nil:
		return s.clearing.Stage
	}
	return flow.Beginning
}

// legs are those a flow knows, the caller's or the one that dials first.
func (s state) legs() []call.LegID {
	if s.clearing != nil {
		return []call.LegID{s.clearing.Dial.Leg}
	}
	legs := slices.Clone(s.screening.Others)
	if s.screening.Resident != "" {
		legs = append(legs, s.screening.Resident)
	}
	if !s.screening.CallerGone {
		legs = slices.Insert(legs, 0, s.screening.Caller)
	}
	return legs
}

func (s state) step(ev flow.Event) (state, []flow.Effect) {
	if s.clearing != nil {
		next, effects := s.clearing.Step(ev)
		return state{clearing: &next, print: fingerprint(&next)}, effects
	}
	next, effects := s.screening.Step(ev)
	return state{screening: &next, print: fingerprint(&next)}, effects
}

// thaw is what another run of the program reads of it. Two states of one fingerprint are
// written in the same way, but for the counters: one of them is enough.
func (s state) thaw(w *world) state {
	if w.thawed[s.print] {
		return s
	}
	w.thawed[s.print] = true
	t := asFatal{w.at}
	if s.clearing != nil {
		back := thawed(t, *s.clearing)
		s.clearing = &back
		return s
	}
	back := thawed(t, *s.screening)
	s.screening = &back
	return s
}

// asFatal lets helpers of tests break a transition.
type asFatal struct{ x *transition }

func (asFatal) Helper() {}

func (f asFatal) Fatalf(format string, args ...any) { f.x.breaks(format, args...) }

func (w *world) begin(id call.ID, s state) *run {
	r := &run{world: w, id: id, state: s}
	w.runs = append(w.runs, r)
	return r
}

func (r *run) ticks(name flow.Timer) bool {
	return slices.ContainsFunc(r.timers, func(t ticking) bool { return t == ticking{name, r.current(name)} })
}

// current is the setting of a timer that still means something.
func (r *run) current(name flow.Timer) int {
	s, c := r.screening, r.clearing
	switch {
	case name == flow.RenewTimer:
		return 0
	case s != nil && name == flow.KeyTimer:
		return s.Keys.TimerN
	case s != nil && name == flow.PauseTimer:
		return s.Pressed.TimerN
	case s != nil:
		return s.TimerN
	case name == flow.KeyTimer:
		return c.Keys.TimerN
	case name == flow.SearchTimer:
		return c.SearchN
	case name == flow.StageTimer:
		return c.TimerN
	}
	return c.BoundN
}

// bounded insists that something leads on from every stage, and that whoever is in
// Clearline's hands while two talk stays there by renewal only.
func (r *run) bounded() {
	leads := flow.StageTimer
	switch r.stage() {
	case flow.Beginning:
		return
	case flow.Searching:
		leads = flow.BoundTimer
	case flow.Guarded:
		leads = flow.RenewTimer
	}
	if !r.ticks(leads) {
		r.world.at.breaks("%s waits in %s without a bound", r.id, r.stage())
	}
	if r.stage() != flow.Guarded {
		return
	}
	if p := r.world.party(r.screening.Resident); p != nil && !p.armed {
		r.world.at.breaks("%s is unguarded should Clearline fall silent", r.id)
	}
}

// drain lets the flows take their mail until none is left.
func (w *world) drain() {
	for range 200 {
		i := slices.IndexFunc(w.runs, func(r *run) bool { return len(r.mail) > 0 })
		if i < 0 || w.at.killed {
			return
		}
		w.runs[i].handle()
	}
	w.at.breaks("the flows never come to rest")
}

// handle takes one event as the engine does: the state is kept before effects are
// performed, unless a resident dials.
func (r *run) handle() {
	x := r.world.at
	if x.point() {
		return
	}
	ev := r.mail[0]
	r.mail = r.mail[1:]
	if ev == flow.Event(flow.Resumed{}) {
		defer func() { r.away = nil }()
	}
	before := r.state
	next, effects := r.step(ev)
	r.state = next
	r.hears(ev, before)
	r.watches(ev, before, effects)
	urgent := r.clearing != nil || slices.ContainsFunc(effects, is[flow.Redial])
	_, decides := ev.(flow.Decided)
	matters := len(effects) > 0 || r.stage() != before.stage() || decides
	if !urgent && matters {
		r.keep(effects)
	}
	failed := false
	for _, e := range effects {
		if material(e) && x.point() {
			return
		}
		failed = !r.perform(e, failed) || failed
	}
	if urgent && matters {
		r.keep(effects)
	}
	if r.stage() == flow.Over {
		r.forget()
	}
}

func (r *run) keep(effects []flow.Effect) {
	r.kept, r.keptYes, r.again = r.state, r.yes, nil
	for _, e := range effects {
		if is[flow.RingResident](e) || is[flow.Unbridge](e) {
			r.again = append(r.again, e)
		}
	}
}

func is[E flow.Effect](e flow.Effect) bool { _, ok := e.(E); return ok }

// material says whether an effect changes who is up, who hears whom, or in whose hands they
// are: only then does it matter whether the program was killed before it or after.
func material(e flow.Effect) bool {
	switch e.(type) {
	case flow.SetTimer, flow.CancelTimer, flow.Play, flow.StopPlayback, flow.StartRinging, flow.StopRinging,
		flow.DetectSpeech, flow.IgnoreSpeech, flow.Louder, flow.NoteAttempt, flow.NoteSecret, flow.FindLegs, flow.Answer:
		return false
	}
	return true
}

// hears keeps what a warden has decided in time.
func (r *run) hears(ev flow.Event, before state) {
	d, decides := ev.(flow.Decided)
	waits := before.stage() == flow.Ringing || before.stage() == flow.Asking
	if decides && waits && d.Choice == call.Accept && r.world.needs != call.ApproverResident {
		r.yes = true
	}
}

// watches follows a resident's keypad, and insists that no key of theirs reaches the
// caller: it may end the call, and only the question is answered with a sentence.
func (r *run) watches(ev flow.Event, before state, effects []flow.Effect) {
	switch ev := ev.(type) {
	case flow.TimerFired:
		if ev.Timer == flow.KeyTimer && r.screening != nil {
			if p := r.world.party(before.screening.Resident); p != nil {
				p.keypad.pauses()
			}
		}
	case flow.DTMF:
		p := r.world.party(ev.Leg)
		p.keypad.presses(ev.Key)
		r.yes = r.yes || p.keypad.accepted && r.world.needs != call.ApproverWarden
		if r.screening == nil || p.kind == callers {
			return
		}
		for _, e := range effects {
			if leg, ok := legOf(e); ok && leg == r.screening.Caller && !mayFollow(e, before.stage(), r.stage()) {
				r.world.at.breaks("the key %c leads from %s to %T %+v", ev.Key, before.stage(), e, e)
			}
		}
	}
}

// mayFollow says whether an effect towards the caller may follow a key of the resident's.
func mayFollow(e flow.Effect, before, after flow.Stage) bool {
	switch e.(type) {
	case flow.HangUp, flow.Unpair:
		return after == flow.Closing || after == flow.Over
	}
	return before == flow.Asking && after == flow.Closing
}

func (r *run) forget() {
	w := r.world
	if r.ends != 1 {
		w.at.breaks("%s ended %d times", r.id, r.ends)
	}
	for i := range w.parties {
		p := &w.parties[i]
		if p.owner != r.id {
			continue
		}
		p.owner = ""
		if p.inApp && !p.armed {
			w.at.breaks("%s is over, and %s is left", r.id, p.id)
		}
	}
	if w.seized == r.id {
		w.seized = ""
	}
	w.runs = slices.DeleteFunc(w.runs, func(o *run) bool { return o == r })
}

// arrives takes a caller in.
func (w *world) arrives(admission flow.Admission) {
	id := call.ID("c" + string(rune('0'+w.arrived)))
	leg := call.LegID("caller-" + string(rune('0'+w.arrived)))
	w.arrived++
	w.parties = append(w.parties, party{id: leg, kind: callers, owner: id, inApp: true, armed: true})
	suspect := true
	if w.clears("", call.Emergency) != nil {
		admission, suspect = flow.RefusedBusy, false
	}
	f := begin(modelRules)
	f.Rules.Approver = w.needs
	f.Call, f.Caller, f.Line = id, leg, modelLine
	r := w.begin(id, state{screening: &f})
	r.suspect, r.mail = suspect, []flow.Event{flow.Began{Admission: admission}}
}

// clears is the clearing that somebody joins who dials a number of role.
func (w *world) clears(left call.ID, role call.Role) *run {
	for _, r := range w.runs {
		if r.clearing != nil && r.id != left && (!r.urgent() || role == call.Emergency) {
			return r
		}
	}
	return nil
}

func (r *run) urgent() bool {
	return r.clearing != nil && r.clearing.Dial.Meaning.Role == call.Emergency
}

// comesBack takes a resident's leg in that dials.
func (w *world) comesBack(id call.LegID) {
	p := w.party(id)
	p.onItsWay, p.inApp, p.armed = false, true, true
	from := exit{way: call.WayFresh}
	if i := slices.IndexFunc(w.left, func(e exit) bool { return e.leg == id }); i >= 0 {
		from = w.left[i]
		w.left = slices.Delete(w.left, i, i+1)
	}
	meaning := plan.Meaning(p.dialled)
	joined := w.clears(from.from, meaning.Role)
	if p.emergency() {
		for i := range w.parties {
			if other := &w.parties[i]; joined != nil && other.owner == joined.id {
				other.urgent = false
			}
		}
		p.urgent = true
	}
	dial := flow.Dial{Leg: id, Dialled: p.dialled, Meaning: meaning, Way: from.way}
	if joined != nil {
		w.at.seen = append(w.at.seen, "a clearing joined")
		p.owner = joined.id
		w.tell(joined.id, flow.DialledAgain{Dial: dial})
		return
	}
	claimed := w.claim(from.legs)
	name := call.ID("r-" + strings.TrimSuffix(string(id), "-consult-0"))
	if w.run(name) != nil { // its leg dials another number
		name += "+"
	}
	f := beginClearing(name, dial, flow.Threat{Suspect: len(claimed) > 0})
	f.Line = modelLine
	r := w.begin(f.Call, state{clearing: &f})
	r.claimed, p.owner, w.seized = claimed, r.id, r.id
	r.mail = []flow.Event{flow.Began{}}
	if from.way == call.WayGuarded {
		w.at.seen = append(w.at.seen, "a clearing inside a guarded call")
	}
}

// claim tells the callers' calls to end, and adds their legs.
func (w *world) claim(legs []call.LegID) []call.LegID {
	legs = slices.Clone(legs)
	for _, r := range w.runs {
		if !r.suspect {
			continue
		}
		for _, p := range w.parties {
			if p.owner == r.id && !slices.Contains(legs, p.id) {
				legs = append(legs, p.id)
			}
		}
		r.mail = append(r.mail, flow.LineClaimed{})
	}
	return legs
}
