package engine

import (
	"slices"
	"sync"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/store"
)

// sleeper is a call of an earlier run that goes on once the exchange is reached.
type sleeper struct {
	saved store.Saved
	thawed
}

// Connected compares what the exchange still holds for Clearline with the calls
// under way, those of an earlier run among them. Every call finds out what became of
// its legs and goes on. Legs that no call owns go back to the dialplan, bridges that no
// call owns are taken apart. It returns at once.
func (e *Engine) Connected(legs []call.LegID, bridges []call.BridgeID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	for _, l := range e.calls {
		l.mail.order(resume)
	}
	e.reached = true
	e.wake()
	e.shineAll()
	for _, leg := range legs {
		if e.legs[leg] == nil {
			e.aside(func() {
				e.opts.Log.Warn("leg of no call found, handing it back to the dialplan", "leg", leg)
				e.failsafe(leg)
			})
		}
	}
	owned := map[call.BridgeID]bool{}
	for id := range e.calls {
		owned[id.Bridge()] = true
	}
	for _, bridge := range bridges {
		if !owned[bridge] {
			e.aside(func() { e.unbridge(bridge) })
		}
	}
}

func (e *Engine) unbridge(bridge call.BridgeID) {
	e.opts.Log.Warn("bridge of no call found, taking it apart", "bridge", bridge)
	if err := e.opts.Exchange.Perform(e.ctx, flow.Unbridge{Bridge: bridge}); err != nil {
		e.opts.Log.Error("bridge not taken apart", "bridge", bridge, "err", err)
	}
}

// wake begins to run the calls of an earlier run. Those of residents who dial for help
// come last: they end the others of their lines. The lock is held.
func (e *Engine) wake() {
	slices.SortStableFunc(e.asleep, func(a, b sleeper) int { return rank(a) - rank(b) })
	for _, s := range e.asleep {
		l := e.live(s.saved.ID, s.saved.Line, e.admitted(s.running()))
		l.rings, l.aparts, l.redone = s.rings, s.aparts, s.redone
		for _, leg := range l.flow.legs() {
			e.legs[leg] = l
		}
		l.mail.order(resume)
		l.count()
		switch f := l.flow.(type) {
		case screened:
			e.reseize(l, f)
		case clearing:
			e.reclaim(l, f)
		default:
			l.hidden = true
		}
		l.log.Warn("call of the last run goes on", "stage", l.flow.stage())
		e.work.Go(l.run)
	}
	e.asleep = nil
}

func rank(s sleeper) int {
	if s.Clearing != nil {
		return 1
	}
	return 0
}

// reseize gives a caller's call what it had in the tables. The lock is held.
func (e *Engine) reseize(l *live, s screened) {
	if store.Unknown(s.record()) {
		l.suspect = &s.From
	}
	l.hidden = l.suspect == nil
	switch s.Stage {
	case flow.Referring, flow.Ringing, flow.Asking, flow.Joining, flow.Guarded:
		e.seized[l.line] = l.id
	}
}

// reclaim gives an attempt what it had in the tables. The lock is held.
func (e *Engine) reclaim(l *live, c clearing) {
	var from handover
	l.suspects = e.claim(l.line, &from)
	l.role, l.claimed = c.Dial.Meaning.Role, from.legs
	e.seized[l.line] = l.id
	if c.Dial.Meaning.Role == call.Emergency {
		e.emergencies[c.Dial.Leg] = true
	}
}

// resume finds out what became of the legs of the call while nobody heard of them, and
// lets the flow go on. All are asked about before the first is told of: what a flow does
// about one must not reach another that is away, and may be dialling for help by now.
func (l *live) resume() {
	l.repeat()
	var facts []flow.Event
	l.away = map[call.LegID]bool{}
	defer func() { l.away = nil }()
	for _, leg := range l.flow.legs() {
		standing, err := l.engine.opts.Exchange.Follow(l.engine.ctx, leg)
		if err != nil {
			l.log.Warn("leg not found out about", "leg", leg, "err", err)
			continue
		}
		l.away[leg] = away(standing)
		if fact := l.since(leg, standing); fact != nil {
			facts = append(facts, fact)
		}
	}
	for _, fact := range append(facts, flow.Resumed{}) {
		l.step(fact)
	}
}

func away(s call.Standing) bool { return s == call.LegGone || s == call.LegTaken }

// repeat gives orders of an earlier run again that may not have been carried out. A leg that
// rings or was answered already stays as it is, and so does a bridge that is gone.
func (l *live) repeat() {
	var rings sync.WaitGroup
	for _, ring := range l.rings {
		rings.Go(func() { l.ring(ring) })
	}
	rings.Wait()
	for _, apart := range l.aparts {
		l.failed(apart, l.perform(apart))
	}
	for _, again := range l.redone {
		l.failed(again, l.perform(again))
	}
	l.rings, l.aparts, l.redone = nil, nil, nil
}

// since is the fact that a leg's standing shows; nil when it shows none. A leg that was
// sent on has gone on when it is no longer here.
func (l *live) since(leg call.LegID, standing call.Standing) flow.Event {
	stage := l.flow.stage()
	s, screening := l.flow.(screened)
	switch {
	case away(standing) && (stage == flow.Leaving || stage == flow.Parting):
		return flow.WentOn{Leg: leg}
	case standing == call.LegGone:
		return flow.LegGone{Leg: leg}
	case standing == call.LegTaken:
		return flow.LegTaken{Leg: leg}
	case standing == call.LegHeld && screening && slices.Contains(s.Others, leg):
		return flow.LegAnswered{Leg: leg}
	}
	return nil
}
