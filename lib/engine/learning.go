package engine

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/policy"
)

// learnLater is how long a number that an unknown caller showed is not learned: "ring me
// back on this number" is what fraudsters say, too.
const learnLater = 24 * time.Hour

// DialledOut makes a number that a resident dials a contact of the line for a while,
// where the operator wants that. A number of a service means nothing by being dialled,
// and one that is blocked, or that an unknown caller showed lately, stays what it is.
func (e *Engine) DialledOut(line call.LineID, dialled string) {
	now := time.Now()
	n, ok := e.dialledNumber(line, dialled)
	if !ok {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	lasts := e.house.Rules(line).TrustDialled
	if _, owned := e.lines[line]; !owned || lasts <= 0 || e.closed || e.suspicious(line, n.E164, now) {
		return
	}
	entry := call.Entry{
		Line: line, List: call.Contacts, Pattern: n.E164, Since: now, Until: now.Add(lasts),
		Source: "the resident dialled it",
	}
	if known, ok := e.house.Book().Entry(entry.Key()); ok && (known.Until.IsZero() || known.Verify || known.Until.After(entry.Until)) {
		return // somebody decided more about it
	}
	book, err := e.house.Book().With(entry)
	if err != nil {
		return // no number that a list can hold
	}
	e.house = e.house.WithBook(book)
	e.saver.listed(entry)
	e.opts.Log.Info("number the resident dialled is trusted", "line", line, "until", entry.Until)
}

// dialledNumber is the number behind an outside prefix and what hides the own number.
func (e *Engine) dialledNumber(line call.LineID, dialled string) (number.Number, bool) {
	plan := e.opts.Plans[line]
	if plan == nil || plan.Meaning(dialled).Role != call.Other {
		return number.Number{}, false
	}
	for _, digits := range plan.Bare(dialled) {
		if n, err := number.Parse(digits, e.opts.Region); err == nil && n.E164 != "" {
			return n, true
		}
	}
	return number.Number{}, false
}

// suspicious says whether a number must not become a contact by being dialled. The lock
// is held.
func (e *Engine) suspicious(line call.LineID, shown string, now time.Time) bool {
	last := e.unknown[line]
	if last.From.Number == shown && now.Sub(last.Ended) < learnLater {
		return true
	}
	for _, l := range e.calls {
		if l.line == line && l.suspect != nil && l.suspect.Number == shown {
			return true
		}
	}
	d := e.decide(Arrival{Line: line, From: call.Caller{Number: shown, Presentation: call.Allowed}})
	return d.Verdict == policy.Blocked || d.Treatment == policy.Refuse
}
