package flow_test

import (
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// loses is a connection that is lost and comes back: what happens meanwhile is not heard of.
func (h *house) loses() {
	if len(h.engine.live()) == 0 || !h.rare("the connection is lost") {
		return
	}
	h.engine.drain()
	h.note("the connection is lost")
	h.unheard(rapid.IntRange(0, 2).Draw(h.t, "unheard"))
	h.note("the connection is back")
	h.engine.resume()
}

// crashes is a program that is killed and started again: what it kept is thawed, and
// everything else is lost.
func (h *house) crashes() {
	e := &h.engine
	if len(e.live()) == 0 || !h.rare("the program is killed") {
		return
	}
	e.drain()
	h.note("the program is killed")
	h.searches, e.left = nil, map[call.LegID]handover{}
	for _, r := range e.live() {
		r.timers = map[flow.Timer]timer{}
	}
	for _, l := range h.sorted(func(l *leg) bool { return l.onItsWay }) {
		l.onItsWay = false
		h.dies(l)
	}
	h.unheard(rapid.IntRange(0, 3).Draw(h.t, "unheard"))
	h.now += time.Duration(rapid.IntRange(0, 12).Draw(h.t, "seconds")) * time.Second
	for _, l := range h.armed() {
		if l.up && l.deadman <= h.now {
			h.dies(l)
		}
	}
	h.wire = nil
	h.note("the program is back")
	e.thaw()
	e.resume()
}

// rare keeps walks from being about nothing else.
func (h *house) rare(what string) bool { return rapid.Bool().Draw(h.t, what) }

// unheard lets some parties hang up, and takes what was on the wire with it.
func (h *house) unheard(n int) {
	for range n {
		h.hangsUp()
	}
	h.wire = nil
}

// thaw reads every call as another run of the program does. Legs and bridges that no call
// knows go back to the dialplan.
func (e *engine) thaw() {
	h, owned := e.h, map[call.BridgeID]bool{}
	e.seized, e.clearing = nil, nil
	clear(e.owner)
	for _, l := range h.legs { // what whispers is no leg of any call
		l.whisper = ""
	}
	for _, r := range e.live() {
		h.thawed = append(h.thawed, stageOf(r.flow))
		switch f := r.flow.(type) {
		case flow.Screening:
			r.flow = thawed(h, f)
			owned[f.Call.Bridge()] = true
			if f.Stage == flow.Ringing || f.Stage == flow.Asking || f.Stage == flow.Joining || f.Stage == flow.Guarded {
				e.seized = r
			}
		case flow.Clearing:
			r.flow = thawed(h, f)
			e.seized, e.clearing = r, r
		}
		for _, id := range r.knows() {
			e.owner[id] = r
		}
	}
	for _, l := range h.sorted(func(l *leg) bool { return l.inApp && e.owner[l.id] == nil }) {
		h.dies(l)
	}
	maps.DeleteFunc(h.members, func(b call.BridgeID, _ [2]call.LegID) bool { return !owned[b] })
	h.wire = nil
}

// resume tells every flow what became of its legs, and then that it goes on.
func (e *engine) resume() {
	for _, r := range e.live() {
		if r.role != "" {
			r.claimed = e.claim(nil)
		}
	}
	for _, r := range e.live() {
		claimed := r.mail
		r.mail, r.away = nil, map[call.LegID]bool{}
		for _, id := range r.knows() {
			l := e.h.legs[id]
			rings := l != nil && l.up && l.kind == consults && !l.inApp || slices.ContainsFunc(r.coming, func(c flow.RingResident) bool { return c.Leg == id })
			r.away[id] = !rings && (l == nil || !l.up || !l.inApp)
			if fact := since(r, l, id, rings); fact != nil {
				r.put(fact)
			}
		}
		r.put(flow.Resumed{})
		r.mail = append(r.mail, claimed...)
	}
}

// since is the fact that the standing of a leg shows.
func since(r *running, l *leg, id call.LegID, rings bool) flow.Event {
	stage := stageOf(r.flow)
	s, screens := r.flow.(flow.Screening)
	switch {
	case r.away[id] && (stage == flow.Leaving || stage == flow.Parting):
		return flow.WentOn{Leg: id}
	case r.away[id] && (l == nil || !l.up):
		return flow.LegGone{Leg: id, Q850: 16}
	case r.away[id]:
		return flow.LegTaken{Leg: id}
	case !rings && screens && slices.Contains(s.Others, id):
		return flow.LegAnswered{Leg: id}
	}
	return nil
}

// knows lists the legs that a flow has.
func (r *running) knows() []call.LegID {
	switch f := r.flow.(type) {
	case flow.Screening:
		return state{screening: &f}.legs()
	case flow.Clearing:
		return state{clearing: &f}.legs()
	}
	return nil
}
