package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// ErrNoDecider says that a decision names no warden.
var ErrNoDecider = errors.New("a decision needs the name of a warden")

// mostVerdicts is more calls than end before they are asked about again.
const mostVerdicts = 256

// verdicts are the latest calls and attempts that are over, with what was decided.
type verdicts []verdict

type verdict struct {
	id      call.ID
	line    call.LineID
	attempt bool // nobody decides about one
	holds   call.Decision
}

// LineOf is the line of a call or an attempt that goes on, or that is over since a short
// time. The store may not have it yet.
func (e *Engine) LineOf(id call.ID) (line call.LineID, goesOn, known bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if l := e.calls[id]; l != nil {
		return l.line, true, true
	}
	for _, v := range slices.Backward(e.verdicts) {
		if v.id == id {
			return v.line, false, true
		}
	}
	return "", false, false
}

// Decide hands a warden's decision to a call and waits until the call has taken it, which is
// at once, or ctx is done. The first decision holds, whoever made it. One that comes too late,
// or is none of a warden's business, is answered and no error.
func (e *Engine) Decide(ctx context.Context, id call.ID, d call.Decision) (call.Decided, error) {
	if d.By == "" || d.By == call.ByResident {
		return call.Decided{}, fmt.Errorf("decide about call %s: %w", id, ErrNoDecider)
	}
	answer := make(chan call.Decided, 1)
	e.mu.Lock()
	l := e.calls[id]
	if l == nil {
		defer e.mu.Unlock()
		return e.past(id), nil
	}
	l.mail.add(item{event: flow.Decided(d), answer: answer})
	e.mu.Unlock()
	select {
	case decided := <-answer:
		return decided, nil
	case <-ctx.Done():
		return call.Decided{}, fmt.Errorf("decide about call %s: %w", id, ctx.Err())
	}
}

// past answers for a call that is not under way. The lock is held.
func (e *Engine) past(id call.ID) call.Decided {
	for _, v := range slices.Backward(e.verdicts) {
		if v.id == id && !v.attempt {
			return call.Decided{Holds: v.holds, Why: call.TooLate}
		}
	}
	return call.Decided{Why: call.NotWaiting}
}

// settled remembers what was decided about a call that is over, and answers who comes too
// late. The lock is held, and the call is in no table.
func (e *Engine) settled(l *live) {
	v := verdict{id: l.id, line: l.line, attempt: l.clears()}
	if s, ok := l.flow.(screened); ok {
		v.holds = s.Decision
	}
	if len(e.verdicts) == mostVerdicts {
		e.verdicts = slices.Delete(e.verdicts, 0, 1)
	}
	e.verdicts = append(e.verdicts, v)
	for _, left := range l.mail.rest() {
		if left.answer != nil {
			left.answer <- e.past(l.id)
		}
	}
}

// decide lets the flow take a decision, and says what has become of it.
func (l *live) decide(d flow.Decided, answer chan<- call.Decided) {
	decided := call.Decided{Why: call.NotWaiting} // of an attempt
	defer func() { answer <- decided }()
	s, ok := l.flow.(screened)
	if !ok {
		return
	}
	decided.Holds, decided.Why = s.Decision, s.Unheeded(d.Choice)
	if decided.Why != "" {
		l.log.Info("decision does not count", "by", d.By, "choice", d.Choice, "why", decided.Why, "holds", s.Decision.By)
		return
	}
	decided.Holds, decided.Won = call.Decision(d), true
	l.log.Info("decided", "by", d.By, "choice", d.Choice)
	l.step(d)
}
