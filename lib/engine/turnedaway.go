package engine

import (
	"slices"
	"time"

	"clearline/lib/call"
)

// turnedAway remembers calls of unknown callers that were not put through: somebody who
// calls again and again may have a reason to.
type turnedAway map[call.LineID][]unheard

// unheard is a call that did not reach the resident.
type unheard struct {
	id     call.ID
	number string // as shown; empty for none
	at     time.Time
}

// longestMemory is the longest time rules can look back.
const longestMemory = 24 * time.Hour

// missed says whether the resident had no chance to decide about the caller.
func missed(r call.Record) bool {
	switch r.Cause {
	case call.CallerHungUp, call.NoAnswer, call.LineInUse, call.Unreachable, call.CheckFailed, call.NothingSaid,
		call.MessageLeft, call.Crowded:
		return !r.Approved
	}
	return false
}

// add remembers a call if it was missed, and forgets the oldest.
func (t turnedAway) add(r call.Record, now time.Time) {
	if !missed(r) || now.Sub(r.Ended) > longestMemory {
		return
	}
	kept := slices.DeleteFunc(t[r.Line], func(u unheard) bool { return u.id == r.ID || now.Sub(u.at) > longestMemory })
	t[r.Line] = append(kept, unheard{r.ID, shown(r.From), r.Ended})
}

// count is how many calls of the same caller were missed within a time. Callers who show
// no number count as one.
func (t turnedAway) count(line call.LineID, from call.Caller, now time.Time, within time.Duration) int {
	n, number := 0, shown(from)
	for _, u := range t[line] {
		if u.number == number && now.Sub(u.at) < within {
			n++
		}
	}
	return n
}

// shown is the number a caller shows, or empty.
func shown(from call.Caller) string {
	if from.Presentation != call.Allowed {
		return ""
	}
	return from.Number
}

// Missed counts, of the calls in a history, those of a caller to a line that were missed
// within a time before now, as an engine with that history does.
func Missed(records []call.Record, line call.LineID, from call.Caller, now time.Time, within time.Duration) int {
	t := turnedAway{}
	for _, r := range records {
		if !r.Ended.After(now) {
			t.add(r, now)
		}
	}
	return t.count(line, from, now, within)
}
