package engine

import (
	"errors"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/policy"
	"clearline/lib/prompt"
)

// Dialled is a resident's leg that the exchange has handed over because a number with a
// meaning was dialled on it.
type Dialled struct {
	Leg     call.LegID
	Line    call.LineID // empty when the telephone belongs to no line
	Dialled string
	Code    bool        // a code, and no number
	Prompt  prompt.Name // at which somebody wants to begin who records; empty for any
	At      time.Time
}

// handover is what a call leaves behind that a resident has dialled out of.
type handover struct {
	owner   *live // that call
	way     call.Way
	at      time.Time    // of the last key
	legs    []call.LegID // of that call, without the resident's
	suspect call.Caller
	guarded bool // the line had a guarded call up
}

// Dialled takes a resident's leg in. It returns at once. A number that means nothing
// goes on as it is. Somebody who dials while the line is being cleared joins that.
func (e *Engine) Dialled(d Dialled) {
	id := e.opts.NewID()
	e.mu.Lock()
	defer e.mu.Unlock()
	from, inside := e.left[d.Leg]
	delete(e.left, d.Leg)
	line, owned := e.lines[d.Line]
	meaning := e.opts.Plans[d.Line].Meaning(d.Dialled)
	switch {
	case e.closed: // the dialplan dials when the dead-man's time is over
		return
	case e.draining:
		e.aside(func() { e.failsafe(d.Leg) })
		return
	case owned && e.codeOf(d) != "":
		e.converse(id, line, d, e.codeOf(d))
		return
	case d.Code: // the dialplan is of another configuration
		e.aside(func() { e.failsafe(d.Leg) })
		return
	case !owned || meaning.Role == call.Other:
		e.aside(func() { e.goOn(d.Leg) })
		return
	}
	if !inside {
		from = handover{way: call.WayFresh, at: d.At}
	}
	dial := flow.Dial{Leg: d.Leg, Dialled: d.Dialled, Meaning: meaning, Way: from.way}
	l := e.clearing(line.ID, meaning.Role, from.owner)
	if meaning.Role == call.Emergency {
		e.giveWay(l)
		e.emergencies[d.Leg] = true
	}
	if l != nil {
		l.role, l.idle = meaning.Role, false
		e.legs[d.Leg] = l
		l.mail.put(flow.DialledAgain{Dial: dial})
		return
	}
	e.clear(id, line, dial, from)
}

// clearing is the one under way on a line that a number of role joins: an emergency gives
// way to another emergency only, unless nobody is on the line any more. The one that was
// dialled out of is none. The lock is held.
func (e *Engine) clearing(line call.LineID, role call.Role, left *live) *live {
	for _, l := range e.calls {
		if l.line == line && l.role != "" && l != left && (!l.pressing() || role == call.Emergency) {
			return l
		}
	}
	return nil
}

// giveWay lets the legs of a clearing be hung up: a later emergency takes it over. The
// lock is held.
func (e *Engine) giveWay(l *live) {
	for leg := range e.emergencies {
		if l != nil && e.legs[leg] == l {
			delete(e.emergencies, leg)
		}
	}
}

// dialledTooLate begins anew for a resident who dialled again in the moment in which the
// attempt to join ended. The lock is held.
func (e *Engine) dialledTooLate(l *live) {
	for _, left := range l.mail.rest() {
		again, ok := left.event.(flow.DialledAgain)
		switch {
		case !ok || e.closed: // the dialplan dials when the dead-man's time is over
		case e.draining:
			e.aside(func() { e.failsafe(again.Dial.Leg) })
		default:
			again.Dial.Way = call.WayFresh
			e.clear(e.opts.NewID(), e.lines[l.line], again.Dial, handover{way: call.WayFresh, at: time.Now()})
		}
	}
}

// clear begins to clear a line. The lock is held.
func (e *Engine) clear(id call.ID, line call.Line, dial flow.Dial, from handover) {
	suspects := e.claim(line.ID, &from)
	attempt := e.attempt(id, line.ID, dial, from, suspects)
	threat := e.threat(line.ID, attempt, len(suspects) > 0)
	l := e.live(id, line.ID, clearing{
		flow.BeginClearing(id, line, dial, threat, e.opts.Plans[line.ID], e.clearingRules(line.ID)), attempt,
	})
	l.role, l.suspects, l.claimed = dial.Meaning.Role, suspects, from.legs
	e.legs[dial.Leg] = l
	e.seized[line.ID] = id
	l.mail.put(flow.Began{})
	l.log.Warn("number dialled", "leg", dial.Leg, "dialled", dial.Dialled, "service", attempt.Service,
		"role", attempt.Role, "way", attempt.Way, "urgency", attempt.Urgency)
	e.work.Go(l.run)
}

// claim tells the other calls of a line to end, and returns the unknown callers of them,
// the one who talked to the resident first. Their legs are added to from. The lock is held.
func (e *Engine) claim(line call.LineID, from *handover) []call.Caller {
	var suspects []call.Caller
	if from.suspect != (call.Caller{}) {
		suspects = append(suspects, from.suspect)
	}
	for _, l := range e.calls {
		if l.line != line || l.suspect == nil {
			continue
		}
		for leg, owner := range e.legs {
			if owner == l && !slices.Contains(from.legs, leg) {
				from.legs = append(from.legs, leg)
			}
		}
		l.ousted = true
		l.mail.put(flow.LineClaimed{})
		switch {
		case slices.Contains(suspects, *l.suspect):
		case l.guarded:
			suspects = slices.Insert(suspects, 0, *l.suspect)
		default:
			suspects = append(suspects, *l.suspect)
		}
		from.guarded = from.guarded || l.guarded
	}
	return suspects
}

// search asks the exchange for the other legs of the line and tells the flow. It runs
// beside the call: an emergency must not wait for it longer than it wants to.
func (l *live) search(f flow.FindLegs) {
	e := l.engine
	e.mu.Lock()
	s := call.Search{
		Line: f.Line, Endpoints: e.lines[f.Line].Endpoints, Own: f.Own, Way: f.Way,
		Known: slices.Clone(l.claimed),
	}
	for leg := range e.emergencies {
		if leg != f.Own {
			s.Spared = append(s.Spared, leg)
		}
	}
	e.mu.Unlock()
	others := l.askPeers(f)
	legs, err := e.opts.Exchange.LegsOf(e.ctx, s)
	switch {
	case errors.Is(err, call.ErrLegEnding): // which is told as it comes
		return
	case errors.Is(err, call.ErrLegTaken):
		l.mail.put(flow.LegTaken{Leg: f.Own})
		return
	case errors.Is(err, call.ErrLegGone) && l.confirmGone(f.Own):
		return
	case err != nil:
		l.log.Warn("legs of the line not listed", "err", err)
	}
	if f.N == 1 { // they were up when the number was dialled
		legs = union(legs, s.Known, f.Own)
	}
	for _, leg := range legs {
		ending := f.N == 1 && slices.Contains(s.Known, leg)
		l.mail.put(flow.LegFound{N: f.N, Leg: leg, Ending: ending})
	}
	all := others()
	l.mail.put(flow.SearchDone{N: f.N, Failed: err != nil || !all || e.ringing(f.Line) || l.outranked()})
}

// pressing says whether the call is an emergency that is about to be made. The lock is held.
func (l *live) pressing() bool { return l.role == call.Emergency && !l.idle }

// outranked says whether an emergency call is about to be made on the same line, from
// another telephone: while it is, nothing less urgent proves the line clear. The legs of
// the emergency are spared by a search, so that it alone would not show.
func (l *live) outranked() bool {
	e := l.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	if l.role == call.Emergency {
		return false
	}
	for _, other := range e.calls {
		if other != l && other.line == l.line && other.pressing() {
			return true
		}
	}
	return false
}

func union(legs, more []call.LegID, own call.LegID) []call.LegID {
	for _, leg := range more {
		if leg != own && !slices.Contains(legs, leg) {
			legs = append(legs, leg)
		}
	}
	return legs
}

// ringing says whether a telephone of the line may begin to ring: the exchange was asked
// to, and does not list the leg yet.
func (e *Engine) ringing(line call.LineID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.calls {
		if l.line == line && l.ringing > 0 {
			return true
		}
	}
	return false
}

// goOn lets a leg dial a number that is none of Clearline's business.
func (e *Engine) goOn(leg call.LegID) {
	if err := e.opts.Exchange.Perform(e.ctx, flow.GoOn{Leg: leg}); err != nil && !errors.Is(err, call.ErrLegGone) {
		e.opts.Log.Warn("leg is left to its dead-man's time", "leg", leg, "err", err)
	}
}

// note writes down how an attempt stands, and opens the windows that follow from it.
func (l *live) note(n flow.NoteAttempt) {
	a := l.flow.(clearing).attempt
	a.Dialled, a.Number, a.Service, a.Role = n.Dial.Dialled, n.Dial.Meaning.Number, n.Dial.Meaning.Service, n.Dial.Meaning.Role
	a.Found, a.Gone, a.Outcome, a.Took = n.Found, n.Gone, n.Outcome, time.Since(a.At)
	var windows []call.Window
	suspects := l.suspected(a)
	for i, suspect := range append([]call.Caller{a.Suspect}, suspects...) {
		each := *a
		each.Suspect = suspect
		if i == 0 || suspect != a.Suspect {
			windows = append(windows, policy.Opened(each, l.engine.opts.Windows)...)
		}
	}
	l.engine.noted(*a, windows)
	l.tellAttempt()
	if n.Outcome == "" {
		return
	}
	l.engine.opts.Observe.Attempted(*a)
	log := l.log.Info
	if a.Outcome == call.OutcomeUnproved || a.Outcome == call.OutcomeNotMade {
		log = l.log.Error
		if nodes := l.unproved(); len(nodes) > 0 {
			log("line not proved clear at other nodes", "nodes", nodes)
		}
	}
	log("attempt over", "outcome", a.Outcome, "found", a.Found, "gone", a.Gone, "took", a.Took)
	if a.Urgency != call.Calm {
		l.log.Warn("incident", "urgency", a.Urgency, "service", a.Service, "way", a.Way, "suspect", a.Suspect.Number)
	}
}
