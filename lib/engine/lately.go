package engine

import (
	"slices"
	"time"

	"clearline/lib/call"
)

// lately remembers the calls of unknown callers to each line, the latest last: somebody
// who calls again and again without being put through may have a reason to.
type lately map[call.LineID][]visit

// visit is a call of an unknown caller.
type visit struct {
	id     call.ID
	number string // as shown; empty for none
	at     time.Time
	missed bool // the resident had no chance to decide
}

const (
	longestMemory = 24 * time.Hour // the longest time rules can look back
	mostVisits    = 300            // of a line; more than a day brings, floods apart
)

// missed says whether the resident had no chance to decide about the caller.
func missed(r call.Record) bool {
	switch r.Cause {
	case call.CallerHungUp, call.NoAnswer, call.LineInUse, call.Unreachable, call.CheckFailed, call.NothingSaid,
		call.MessageLeft, call.Crowded:
		return !r.Approved
	}
	return false
}

// add remembers a call, and forgets the oldest.
func (l lately) add(r call.Record, now time.Time) {
	if r.Cause == call.Blocked || r.Cause == call.NoLine || now.Sub(r.Ended) > longestMemory {
		return
	}
	kept := slices.DeleteFunc(l[r.Line], func(v visit) bool { return v.id == r.ID || now.Sub(v.at) > longestMemory })
	if len(kept) == mostVisits {
		kept = slices.Delete(kept, 0, 1)
	}
	l[r.Line] = append(kept, visit{r.ID, r.From.Shown(), r.Ended, missed(r)})
}

// count is how many calls of the same caller were missed within a time. Callers who show
// no number count as one.
func (l lately) count(line call.LineID, from call.Caller, now time.Time, within time.Duration) int {
	n, number := 0, from.Shown()
	for _, v := range l[line] {
		if v.missed && v.number == number && now.Sub(v.at) < within {
			n++
		}
	}
	return n
}

// showed says whether an unknown caller of a line showed a number within longestMemory.
func (l lately) showed(line call.LineID, number string, now time.Time) bool {
	return slices.ContainsFunc(l[line], func(v visit) bool {
		return v.number == number && now.Sub(v.at) <= longestMemory
	})
}

// Missed counts, of the calls in a history, those of a caller to a line that were missed
// within a time before now, as an engine with that history does.
func Missed(records []call.Record, line call.LineID, from call.Caller, now time.Time, within time.Duration) int {
	l := lately{}
	for _, r := range slices.Backward(records) { // the latest comes first in a history
		if !r.Ended.After(now) {
			l.add(r, now)
		}
	}
	return l.count(line, from, now, within)
}
