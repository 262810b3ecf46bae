package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// live is one call under way. What the engine's lock does not guard belongs to its
// goroutine, or does not change.
type live struct {
	engine *Engine
	id     call.ID
	line   call.LineID
	log    *slog.Logger
	flow   running
	mail   *mailbox
	timers map[flow.Timer]*time.Timer

	rings      []flow.RingResident // orders of an earlier run that may not have been carried out
	aparts     []flow.Unbridge     // likewise
	whispers   whispers            // to the resident
	redone     []flow.Effect       // likewise, of a session
	away       map[call.LegID]bool // legs that nothing may be asked of, while the flow is told of them; nil otherwise
	bequeathed bool                // the next run goes on with the call

	told    flow.Stage // the observer knows of
	due     time.Time  // the next renewal of a dead-man's time
	renewal time.Time  // when the one that is being performed was due; zero while none is

	record  *call.Record    // in the history; nil while the call goes on
	written <-chan struct{} // closed when the history has it

	suspect  *call.Caller  // the unknown caller; nil for a clearing, and for a caller refused at once
	suspects []call.Caller // a clearing's: the unknown callers it ends the calls of
	claimed  []call.LegID  // a clearing's: legs of those calls

	// Guarded by engine.mu.
	screening bool          // counts against the limits
	guarded   bool          // the unknown caller and the resident talk
	ousted    bool          // the line is being cleared: no telephone begins to ring
	ringing   int           // orders to ring a telephone that are not answered yet
	role      call.Role     // a clearing's: of the number being dialled
	idle      bool          // a clearing's: nobody is on the line, who may dial again
	owing     []string      // a clearing's: nodes that have not said that the line is clear there
	elsewhere []call.Caller // a clearing's: unknown callers whose calls other nodes have ended
	hidden    bool          // a caller who is refused at once: nobody need look
	shown     call.Underway // what others see of the call
}

// run steps the flow through its mailbox until it ends.
func (l *live) run() {
	defer l.forget()
	for l.flow.stage() != flow.Over && !l.bequeathed {
		l.handle(l.mail.take())
	}
}

// handle does one thing from the mailbox. A panic costs this call only: it is ended as
// if Clearline could not keep it.
func (l *live) handle(next item) {
	defer func() {
		if cause := recover(); cause != nil {
			l.log.Error("a step failed", "event", name(next.event), "err", cause, "stack", string(debug.Stack()))
			l.abandon()
		}
	}()
	l.engine.opts.Observe.Waited(time.Since(next.since))
	switch {
	case next.answer != nil:
		l.decide(next.event.(flow.Decided), next.answer)
	case next.event != nil:
		l.step(next.event)
	case next.order == bequeath:
		l.bequeath()
	case next.order == rewrite:
		l.engine.saver.behind(l.id, l.line, l.flow, nil) // the effects have been performed
	default:
		l.resume()
	}
}

// step saves state and effects before an effect is performed, unless that is urgent.
func (l *live) step(ev flow.Event) {
	was, before := l.flow, l.flow.stage()
	next, effects := l.flow.step(ev)
	l.flow = next
	l.recorded(ev, was)
	l.listen(was)
	l.report(ev, before)
	l.progressed()
	l.renewal = time.Time{}
	if fired, ok := ev.(flow.TimerFired); ok && fired.Timer == flow.RenewTimer {
		l.renewal = l.due
	}
	_, decides := ev.(flow.Decided)
	_, transcribed := ev.(flow.Transcribed)
	if len(effects) == 0 && next.stage() == before && !decides && !transcribed {
		return // nothing that a restart would need
	}
	switch {
	case onlyTimers(effects) && next.stage() == before:
		l.engine.saver.behind(l.id, l.line, next, effects)
		l.performAll(effects)
		return
	case !l.urgent(effects):
		l.engine.saver.call(l.id, l.line, next, effects)
		l.performAll(effects)
		return
	}
	l.performAll(effects)
	if next.stage() != flow.Over {
		l.engine.saver.behind(l.id, l.line, next, effects)
	}
}

// onlyTimers says that effects do nothing outside, so that the store need not come first.
func onlyTimers(effects []flow.Effect) bool {
	return !slices.ContainsFunc(effects, func(e flow.Effect) bool {
		switch e.(type) {
		case flow.SetTimer, flow.CancelTimer:
			return false
		}
		return true
	})
}

// urgent says that effects come before the store: somebody dials for help. What they do
// is safe without it, because the dialplan finishes what is begun.
func (l *live) urgent(effects []flow.Effect) bool {
	if l.clears() {
		return true
	}
	return slices.ContainsFunc(effects, func(e flow.Effect) bool {
		_, dials := e.(flow.Redial)
		return dials
	})
}

func (l *live) clears() bool {
	_, clears := l.flow.(clearing)
	return clears
}

// report writes one line for each transition. Keys pressed are never written.
func (l *live) report(ev flow.Event, before flow.Stage) {
	if failed, ok := ev.(flow.EffectFailed); ok {
		l.log.Debug("effect failed", "stage", before, "effect", name(failed.Effect))
	}
	stage := l.flow.stage()
	if stage == before {
		l.log.Debug("event", "stage", before, "event", name(ev))
		return
	}
	l.moved(stage)
	leg, _ := legOf(ev)
	l.log.Info("stage", "stage", stage, "event", name(ev), "leg", leg, "cause", l.flow.ending())
	l.engine.mu.Lock()
	l.count()
	if s, ok := l.flow.(screened); ok && stage == flow.Ringing {
		l.engine.calledLast(l.line, s.From, time.Now())
	}
	l.engine.mu.Unlock()
}

// count says whether the call counts against the limits, whether two talk, and whether a
// clearing only waits for the resident to dial again. The engine's lock is held.
func (l *live) count() {
	if s, ok := l.flow.(screened); ok {
		l.screening = !s.Approved && s.Stage != flow.Closing && s.Stage != flow.Over
		l.guarded = s.Stage == flow.Guarded
	}
	if c, ok := l.flow.(clearing); ok {
		l.idle = c.Stage == flow.Awaiting
	}
}

// name is the bare name of an event or effect: "LegGone".
func name(v any) string {
	_, bare, _ := strings.Cut(fmt.Sprintf("%T", v), ".")
	return bare
}

// abandon ends a call whose flow or effects panicked.
func (l *live) abandon() {
	defer func() {
		if cause := recover(); cause != nil {
			l.log.Error("a call could not be ended in order", "err", cause)
			l.giveUp()
		}
	}()
	l.step(flow.Stopped{})
}

// giveUp hands the leg that came from the dialplan back to it, unless somebody talks to
// its party.
func (l *live) giveUp() {
	switch f := l.flow.(type) {
	case screened:
		if !f.Bridging {
			l.engine.failsafe(f.arrival.Leg)
		}
		f.Stage = flow.Over
		l.flow = f
	case clearing:
		l.engine.failsafe(f.Dial.Leg)
		f.Stage = flow.Over
		l.flow = f
	case listening:
		l.engine.failsafe(f.Leg)
		f.Stage = flow.Over
		l.flow = f
		l.dismissed()
	case coded:
		l.engine.failsafe(f.Leg)
		f.Stage = flow.Over
		l.flow = f
		l.dismissed()
	case speaking:
		l.engine.failsafe(f.Leg)
		f.Stage = flow.Over
		l.flow = f
		l.dismissed()
	}
}

func (l *live) setTimer(e flow.SetTimer) {
	l.cancelTimer(e.Timer)
	if e.Timer == flow.RenewTimer {
		l.due = time.Now().Add(e.After)
	}
	l.timers[e.Timer] = time.AfterFunc(e.After, func() {
		l.mail.put(flow.TimerFired{Timer: e.Timer, N: e.N})
	})
}

func (l *live) cancelTimer(t flow.Timer) {
	if timer := l.timers[t]; timer != nil {
		timer.Stop()
		delete(l.timers, t)
	}
}

// ended writes a caller's call into the history.
func (l *live) ended(e flow.Ended) {
	l.log.Info("call ended", "cause", e.Cause, "approved", e.Approved)
	s := l.flow.(screened)
	if s.Forced {
		l.log.Error("a leg of the call was not proved gone", "leg", s.arrival.Leg)
	}
	record := s.record()
	l.engine.remember(record)
	if record.Message != call.NoMessage {
		l.engine.mu.Lock()
		l.engine.calledLast(l.line, record.From, time.Now())
		l.engine.mu.Unlock()
		l.engine.shine(l.line)
	}
	l.record, l.written = &record, l.engine.saver.over(record)
}

// leave lets the resident dial out of the call: the leg comes back as one that dials,
// and is no business of this call from then on.
func (l *live) leave(e flow.Redial) error {
	eng := l.engine
	out := handover{owner: l, way: e.Way, at: time.Now()}
	if l.suspect != nil {
		out.suspect = *l.suspect
	}
	eng.mu.Lock()
	for leg, owner := range eng.legs {
		if owner == l && leg != e.Leg {
			out.legs = append(out.legs, leg)
		}
	}
	eng.left[e.Leg] = out
	if eng.opts.Plans[l.line].Meaning(e.Dialled).Role == call.Emergency {
		eng.emergencies[e.Leg] = true // nobody hangs it up on its way
	}
	eng.mu.Unlock()
	for try := 1; ; try++ {
		err := eng.opts.Exchange.Perform(eng.ctx, e)
		if err == nil {
			l.mail.put(flow.WentOn{Leg: e.Leg})
			return nil
		}
		taken := errors.Is(err, call.ErrLegTaken) && !errors.Is(err, call.ErrLegEnding) // the end is told as it comes
		if errors.Is(err, call.ErrLegGone) || taken || try == leaveTries {
			eng.mu.Lock()
			delete(eng.left, e.Leg)
			delete(eng.emergencies, e.Leg)
			eng.mu.Unlock()
			return err
		}
		l.log.Warn("leg does not go on to dial, trying again", "leg", e.Leg, "err", err)
		select {
		case <-time.After(leavePause):
		case <-eng.ctx.Done():
		}
	}
}

// A resident's leg that is to dial is tried again and again: nobody else knows that it
// should.
const (
	leaveTries = 20
	leavePause = 50 * time.Millisecond
)

// The caller's end must not take along the resident, who is on the way to dial. When the
// two cannot be parted, what is tried takes long enough for the resident's leg to have
// left: the dialplan spares one that dials.
const (
	unpairTries = 3
	unpairPause = 20 * time.Millisecond
)

// unpair parts two legs before one of them is hung up.
func (l *live) unpair(e flow.Unpair) error {
	for try := 1; ; try++ {
		err := l.engine.opts.Exchange.Perform(l.engine.ctx, e)
		if err == nil || errors.Is(err, call.ErrLegGone) || errors.Is(err, call.ErrLegTaken) {
			return err
		}
		select {
		case <-time.After(unpairPause):
		case <-l.engine.ctx.Done():
		}
		if try == unpairTries {
			return err
		}
	}
}

// forget takes the call out of every table of the engine.
func (l *live) forget() {
	for t := range l.timers {
		l.cancelTimer(t)
	}
	l.moved(l.flow.stage())
	l.engine.opts.Observe.Left(l.kind(), l.told)
	defer l.tellOver()
	e := l.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.calls, l.id)
	for leg, owner := range e.legs {
		if owner == l {
			delete(e.legs, leg)
		}
	}
	for line, holder := range e.seized {
		if holder == l.id {
			delete(e.seized, line)
		}
	}
	l.role = ""
	e.dialledTooLate(l)
	l.textLeft()
	e.settled(l)
	if e.draining && len(e.calls) == 0 {
		e.closeIdle()
	}
}
