package engine

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/number"
)

// signs are what is known of an unknown caller before anything was asked. The lock is held.
func (e *Engine) signs(a Arrival) flow.Signs {
	now := time.Now()
	return flow.Signs{
		Class:   number.ClassOf(a.From, e.opts.Region),
		Lines:   e.called(a.Line, a.From.Shown(), now),
		LikeBad: e.likeBad(a.From.Shown(), now),
	}
}

// called is how many lines of the house a number has called on the day of now, line among
// them. It is 1 for a number that was not shown. The lock is held.
func (e *Engine) called(line call.LineID, number string, now time.Time) int {
	lines := map[call.LineID]bool{line: true}
	if number == "" {
		return len(lines)
	}
	year, month, day := now.In(e.opts.Zone).Date()
	midnight := time.Date(year, month, day, 0, 0, 0, 0, e.opts.Zone)
	for other, visits := range e.lately {
		for _, v := range visits {
			if v.number == number && !v.at.Before(midnight) {
				lines[other] = true
			}
		}
	}
	for _, l := range e.calls {
		if l.suspect != nil && l.suspect.Shown() == number {
			lines[l.line] = true
		}
	}
	return len(lines)
}

// likeBad says whether a number is that of somebody who was cut off on a line of the house and
// is still turned away there, or differs from one in its end only. The lock is held.
func (e *Engine) likeBad(number string, now time.Time) bool {
	windows := e.house.Windows()
	for line := range e.lines {
		for _, w := range windows.Of(line) {
			if w.Kind == call.Quarantine && now.Before(w.Until) && alike(number, w.Number) {
				return true
			}
		}
	}
	return false
}

// Two numbers are alike that differ in their last endDigits only, and have enough others.
const (
	endDigits  = 2
	restDigits = 7
)

func alike(one, other string) bool {
	rest := len(one) - endDigits
	return len(one) == len(other) && rest >= restDigits && one[:rest] == other[:rest]
}
