package engine

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
)

// learned is the source of contacts that became so by being dialled.
const learned = "the resident dialled it"

// DialledOut makes a number that a resident dials a contact of the line for a while,
// where the operator wants that. It changes nothing that people have decided: a number
// that a list has in any way stays what it is. Nor does it learn a number that an unknown
// caller of the line showed within the last day: "ring me back on this number" is what
// fraudsters say, too.
func (e *Engine) DialledOut(line call.LineID, dialled string) {
	n, ok := e.dialledNumber(line, dialled)
	if !ok {
		return
	}
	now := time.Now()
	e.mu.Lock()
	lasts := e.house.Rules(line).TrustDialled
	_, owned := e.lines[line]
	wanted := owned && lasts > 0 && !e.closed && !e.suspicious(line, n.E164, now) && !e.decided(line, n.E164, now)
	e.mu.Unlock()
	if !wanted {
		return
	}
	e.add(call.Entry{
		Line: line, List: call.Contacts, Pattern: n.E164, Since: now, Until: now.Add(lasts), Source: learned,
	})
	e.opts.Log.Info("number the resident dialled is trusted", "line", line, "until", now.Add(lasts))
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

// suspicious says whether an unknown caller showed a number lately, or was cut off with
// it. The lock is held.
func (e *Engine) suspicious(line call.LineID, number string, now time.Time) bool {
	for _, l := range e.calls {
		if l.line == line && l.suspect != nil && l.suspect.Number == number {
			return true
		}
	}
	return e.lately.showed(line, number, now) || e.house.Windows().Run(line, call.Quarantine, number, now)
}

// decided says whether somebody has put a number on a list, whatever else holds at the
// moment. The lock is held.
func (e *Engine) decided(line call.LineID, number string, now time.Time) bool {
	from := call.Caller{Number: number, Presentation: call.Allowed}
	for _, scope := range []call.LineID{line, ""} {
		for _, list := range []call.List{call.Contacts, call.Blocks} {
			entry, found := e.house.Book().Find(from, scope, list, now)
			if found && entry.Source != learned {
				return true
			}
		}
	}
	return false
}
