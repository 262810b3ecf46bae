package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/policy"
)

// Peers are the other Clearlines that look after the same lines, each a node beside an
// exchange of its own.
type Peers interface {
	// Live names those that live, as far as is known. It returns at once.
	Live() []string
	// Vacate asks a node to end what a line has there, and waits for its answer.
	Vacate(ctx context.Context, node string, v call.Vacate) (call.Vacated, error)
}

const (
	// peerMax is how long a search waits for a node. An emergency goes on before that.
	peerMax = time.Second
	// elsewhereMax is for how long a line that is cleared for another node takes no caller:
	// longer than a node waits before it asks again.
	elsewhereMax = 2 * time.Second

	q850Normal = 16 // normal call clearing
)

// askPeers asks every other node at once to end what it has of the line, and tells the
// flow what each has found: that is being hung up there, and looked for again by the next
// search, as what is found here. wait returns when all have answered or nobody waits for
// them any more, and reports whether all have.
func (l *live) askPeers(f flow.FindLegs) (wait func() bool) {
	e := l.engine
	if e.opts.Peers == nil {
		return func() bool { return true }
	}
	nodes := e.opts.Peers.Live()
	e.mu.Lock()
	l.owing = slices.Clone(nodes)
	ask := call.Vacate{Line: f.Line, Role: l.role, Node: e.opts.Node}
	e.mu.Unlock()
	ctx, cancel := context.WithTimeout(e.ctx, peerMax)
	var asked sync.WaitGroup
	var mu sync.Mutex
	all := true
	for _, node := range nodes {
		asked.Add(1)
		e.work.Go(func() {
			defer asked.Done()
			vacated, err := e.opts.Peers.Vacate(ctx, node, ask)
			if err != nil {
				l.log.Warn("line not cleared at another node", "node", node, "err", err)
				mu.Lock()
				defer mu.Unlock()
				all = false
				return
			}
			l.answered(f.N, node, vacated)
		})
	}
	e.work.Go(func() {
		asked.Wait()
		cancel()
	})
	return func() bool {
		asked.Wait()
		return all
	}
}

// answered takes in what a node has found.
func (l *live) answered(n int, node string, v call.Vacated) {
	e := l.engine
	e.mu.Lock()
	if len(v.Legs) == 0 {
		l.owing = slices.DeleteFunc(l.owing, func(owing string) bool { return owing == node })
	}
	for _, suspect := range v.Suspects {
		if !slices.Contains(l.elsewhere, suspect) {
			l.elsewhere = append(l.elsewhere, suspect)
		}
	}
	e.mu.Unlock()
	for _, leg := range v.Legs {
		l.mail.put(flow.LegFound{N: n, Leg: call.LegID(node) + "/" + leg, Ending: true})
	}
}

// suspected adds the unknown callers whose calls another node has ended to an attempt, and
// returns all there were.
func (l *live) suspected(a *call.Attempt) []call.Caller {
	l.engine.mu.Lock()
	defer l.engine.mu.Unlock()
	if len(l.elsewhere) > 0 {
		a.Suspect = cmp.Or(a.Suspect, l.elsewhere[0])
		a.Urgency = cmp.Or(a.Urgency, policy.Urgency(a.Way, false, 0, true))
	}
	return slices.Concat(l.suspects, l.elsewhere)
}

// suspectedElsewhere says whether another node has ended a call with an unknown caller.
func (l *live) suspectedElsewhere() bool {
	l.engine.mu.Lock()
	defer l.engine.mu.Unlock()
	return len(l.elsewhere) > 0
}

// unproved names the nodes that have not said that the line is clear there.
func (l *live) unproved() []string {
	l.engine.mu.Lock()
	defer l.engine.mu.Unlock()
	return slices.Clone(l.owing)
}

// Vacate ends what a line has here, because a number for help is dialled on it at another
// node: every screening, and every leg the exchange lists but those of an emergency call.
// It returns those that were up, whose end may still be to come; the line is clear once
// nothing is found. An error says that nobody knows.
func (e *Engine) Vacate(ctx context.Context, v call.Vacate) (call.Vacated, error) {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return call.Vacated{}, errors.New("this node is being stopped")
	}
	var here handover
	found := call.Vacated{Suspects: e.claim(v.Line, &here)}
	e.cleared[v.Line] = time.Now().Add(elsewhereMax)
	s := call.Search{Line: v.Line, Endpoints: e.lines[v.Line].Endpoints, Known: here.legs}
	for leg := range e.emergencies {
		s.Spared = append(s.Spared, leg)
	}
	outranked := e.outranks(v)
	e.mu.Unlock()
	legs, err := e.opts.Exchange.LegsOf(ctx, s)
	switch {
	case err != nil:
		return call.Vacated{}, fmt.Errorf("list the legs of line %s: %w", v.Line, err)
	case outranked:
		return call.Vacated{}, fmt.Errorf("a number for help is dialled on line %s here, too", v.Line)
	}
	found.Legs = legs
	e.dropAll(ctx, v.Line, legs)
	if e.ringing(v.Line) {
		return call.Vacated{}, fmt.Errorf("a telephone of line %s may be about to ring", v.Line)
	}
	return found, nil
}

// dropAll hangs up legs, all at once, unless an emergency number is dialled on one
// meanwhile.
func (e *Engine) dropAll(ctx context.Context, line call.LineID, legs []call.LegID) {
	var all sync.WaitGroup
	for _, leg := range legs {
		all.Go(func() {
			e.mu.Lock()
			spared := e.emergencies[leg]
			e.mu.Unlock()
			if spared {
				return
			}
			err := e.opts.Exchange.Perform(ctx, flow.HangUp{Leg: leg, Q850: q850Normal})
			if err != nil && !errors.Is(err, call.ErrLegGone) {
				e.opts.Log.Warn("leg not hung up for another node", "line", line, "leg", leg, "err", err)
			}
		})
	}
	all.Wait()
	if len(legs) > 0 {
		e.opts.Log.Warn("legs hung up: a number for help is dialled at another node", "line", line, "legs", len(legs))
	}
}

// outranks says whether a number that is dialled here comes before that of another node:
// an emergency does, and of two others that of the node whose name comes first, so that two
// residents never cut each other off. Nothing comes before an emergency. The lock is held.
func (e *Engine) outranks(v call.Vacate) bool {
	for _, l := range e.calls {
		if l.line == v.Line && l.role != "" && !l.idle && v.Role != call.Emergency && (l.pressing() || e.opts.Node < v.Node) {
			return true
		}
	}
	return false
}

// clearedElsewhere says whether another node clears a line at the moment. The lock is held.
func (e *Engine) clearedElsewhere(line call.LineID, now time.Time) bool {
	until, ok := e.cleared[line]
	if ok && !now.Before(until) {
		delete(e.cleared, line)
	}
	return ok && now.Before(until)
}
