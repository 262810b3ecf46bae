package flow_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// stumbles says whether the exchange fails to do something.
func (h *house) stumbles() bool {
	return h.clumsy && rapid.IntRange(0, 15).Draw(h.t, "fails") == 7
}

// perform does what a flow orders, and says whether it was done.
func (r *running) perform(e flow.Effect, failed bool) (done bool) {
	h := r.engine.h
	switch e := e.(type) {
	case flow.SetTimer:
		r.outrun(e.Timer)
		r.timers[e.Timer] = timer{e.N, h.now + e.After}
		if e.Timer == flow.KeyTimer {
			r.keyN = e.N
		}
	case flow.CancelTimer:
		r.outrun(e.Timer)
		delete(r.timers, e.Timer)
	case flow.SeizeLine:
		r.seize()
	case flow.FreeLine:
		if r.engine.seized == r {
			r.engine.seized = nil
		}
	case flow.RingResident:
		r.engine.owner[e.Leg] = r
		r.coming = append(r.coming, e)
	case flow.FindLegs:
		h.searches = append(h.searches, search{r, e})
	case flow.Ended:
		r.ends++
	case flow.NoteAttempt:
		if e.Outcome != "" {
			r.ends++
		}
	case flow.Pair:
		h.legs[e.Caller].peer, h.legs[e.Resident].peer = e.Resident, e.Caller
	case flow.Bridge:
		return r.bridge(e, failed)
	case flow.StopWhisper:
		for _, l := range h.sorted(func(l *leg) bool { return l.whisper == e.Playback }) {
			l.whisper = ""
		}
	case flow.Unbridge:
		for _, id := range h.members[e.Bridge] {
			if id != "" {
				h.tell(id, flow.LegLeft{Leg: id, Bridge: e.Bridge})
			}
		}
		delete(h.members, e.Bridge)
	default:
		if id, ok := legOf(e); ok {
			return r.order(e, h.legs[id])
		}
	}
	return true
}

// outrun lets a timer that is stopped have run out just before.
func (r *running) outrun(name flow.Timer) {
	t, set := r.timers[name]
	if set && rapid.IntRange(0, 15).Draw(r.engine.h.t, "too late to stop") == 7 {
		r.put(flow.TimerFired{Timer: name, N: t.n})
	}
}

func (r *running) seize() {
	e := r.engine
	busy := e.seized != nil && e.seized != r ||
		len(e.h.sorted(func(l *leg) bool { return l.kind != callers })) > 0
	switch {
	case e.h.stumbles():
		r.put(flow.EffectFailed{Effect: flow.SeizeLine{Line: "flat-1"}})
	case busy:
		r.put(flow.LineBusy{})
	default:
		e.seized = r
		r.put(flow.LineSeized{})
	}
}

// bridge is the only way a caller ever hears a resident.
func (r *running) bridge(e flow.Bridge, failed bool) bool {
	h, one, other := r.engine.h, r.engine.h.legs[e.Caller], r.engine.h.legs[e.Resident]
	if failed || !one.inApp || !other.inApp || !one.up || !other.up || h.stumbles() {
		r.put(flow.EffectFailed{Effect: e})
		return false
	}
	if !r.yes || r.engine.owner[other.id] != r || r.engine.owner[one.id] != r {
		h.Fatalf("%s bridges %s, who never agreed to %s", r.id, other.id, one.id)
	}
	h.members[e.Bridge] = [2]call.LegID{one.id, other.id}
	h.tell(one.id, flow.LegJoined{Leg: one.id, Bridge: e.Bridge})
	h.tell(other.id, flow.LegJoined{Leg: other.id, Bridge: e.Bridge})
	return true
}

// order does what a flow orders one leg. As the engine does, it tells the flow of a leg
// that turns out to be gone or taken.
func (r *running) order(e flow.Effect, l *leg) (done bool) {
	h := r.engine.h
	hangUp, ends := e.(flow.HangUp)
	switch {
	case l == nil, r.away[l.id]:
		return true // a telephone that could not be rung, or nobody's business any more
	case !l.up && ends:
		return true
	case !l.up:
		r.put(flow.LegGone{Leg: l.id})
		return false
	case ends:
		r.hangUp(hangUp, l)
		return true
	case !l.inApp:
		r.put(flow.LegTaken{Leg: l.id})
		return false
	}
	if _, renewal := e.(flow.Deadman); !renewal && h.stumbles() {
		h.note("        fails")
		if _, parts := e.(flow.Unpair); parts {
			h.hasLeft(h.legs[l.peer])
		}
		r.put(flow.EffectFailed{Effect: e})
		return false
	}
	r.command(e, l)
	return true
}

func (r *running) hangUp(e flow.HangUp, l *leg) {
	h := r.engine.h
	_, replaced := r.stepped.(flow.DialledAgain)
	_, found := r.stepped.(flow.LegFound)
	meanwhile := found && l.turned >= r.proofs[len(r.proofs)-1] // it was no emergency when it was found
	if l.emergency() && !meanwhile && (!replaced || l.out) {
		h.Fatalf("%+v cuts an emergency", e)
	}
	if l.kind == dialling && r.suspect {
		h.Fatalf("%+v is none of %s's business", e, r.id)
	}
	l.dying = true
}

func (r *running) command(e flow.Effect, l *leg) {
	h := r.engine.h
	switch e.(type) {
	case flow.GoOn, flow.Release:
	default:
		if l.emergency() {
			h.Fatalf("%s %+v touches an emergency", bare(e), e)
		}
	}
	switch e := e.(type) {
	case flow.Play:
		l.playing = e.Playback
		l.keypad.hears(e.Script)
	case flow.StopPlayback:
		h.stops(l)
	case flow.Whisper:
		if l.kind == callers || l.whisper != "" {
			h.Fatalf("%+v, and %q is whispered to %s", e, l.whisper, l.id)
		}
		l.whisper = e.Playback
	case flow.Record:
		l.taping = e.Recording
	case flow.Deadman:
		l.deadman = 0
		if e.After > 0 {
			l.deadman = h.now + e.After
		}
	case flow.Refuse:
		l.refused = true
	case flow.Unpair:
		l.peer = ""
	case flow.Release:
		h.dies(l)
	case flow.Redial:
		r.redial(e, l)
	case flow.GoOn:
		r.goOn(e, l)
	}
}

func (h *house) stops(l *leg) {
	if l.playing != "" {
		h.tell(l.id, flow.PlaybackDone{Leg: l.id, Playback: l.playing})
		l.playing = ""
	}
}

// redial sends a leg into the dialplan, out of its bridge.
func (r *running) redial(e flow.Redial, l *leg) {
	e2, h := r.engine, r.engine.h
	out := handover{way: e.Way}
	for _, id := range e2.owned(r) {
		if id != l.id {
			out.legs = append(out.legs, id)
		}
	}
	e2.left[l.id] = out
	h.stops(l)
	h.leaves(l)
	l.dials(h, e.Dialled)
}

// dials sends a leg to where numbers are dialled.
func (l *leg) dials(h *house, number string) {
	l.kind, l.dialled, l.onItsWay, l.inApp, l.deadman = dialling, number, true, false, 0
	l.keypad, l.urgentAt, l.turned = keypad{}, h.now, h.turn
}

// hasLeft is what comes of the time in which the engine tries again to part two legs: one
// that is on its way to dial gets there.
func (h *house) hasLeft(peer *leg) {
	if peer != nil && peer.up && peer.onItsWay {
		h.comesBack(peer)
	}
}

// comesBack hands a leg that dials to the engine.
func (h *house) comesBack(l *leg) {
	h.note("%s dials %s", l.id, l.dialled)
	l.onItsWay, l.inApp, l.deadman = false, true, h.now+2*time.Second
	if l.emergency() {
		l.deadman = h.now + 900*time.Millisecond
	}
	h.engine.dialled(l)
}

// goOn gives a leg to the operator's dialplan.
func (r *running) goOn(e flow.GoOn, l *leg) {
	h := r.engine.h
	if l.whisper != "" {
		h.Fatalf("%s goes on to %s, and hears %s there", l.id, l.dialled, l.whisper)
	}
	if !e.Cleared && !l.emergency() {
		h.Fatalf("%s goes on to %s on a line that is not clear", l.id, l.dialled)
	}
	if plan.Meaning(l.dialled).Role == call.Trap {
		h.Fatalf("%s goes on to a trap", l.id)
	}
	if e.Cleared {
		r.proved(l)
	}
	l.inApp, l.out, l.deadman = false, true, 0
	r.put(flow.WentOn{Leg: l.id})
}

// proved insists that no leg is up that was there when the proof began.
func (r *running) proved(l *leg) {
	h := r.engine.h
	if len(r.proofs) < 2 {
		h.Fatalf("%s goes on without a proof", l.id)
	}
	since := r.proofs[len(r.proofs)-2]
	left := h.sorted(func(o *leg) bool { return o != l && !o.emergency() && o.born < since })
	if i := slices.IndexFunc(left, func(*leg) bool { return true }); i >= 0 {
		h.Fatalf("%s goes on while %s is up", l.id, left[i].id)
	}
}
