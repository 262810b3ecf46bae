package engine

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
)

// floodTime is the time over which calls of people nobody knows are counted.
const floodTime = time.Minute

// flood counts calls of people nobody knows by where they come from, to keep a flood of them
// from taking the telephones, the disk and the trunks from everybody else.
type flood struct {
	calls  map[string][]time.Time // within floodTime, by number or trunk, each at most one more than its limit
	pruned time.Time
}

// over counts a call from a place and says whether that is more than most within
// floodTime; 0 is no limit. Calls that are too many count too: a flood must end before
// anybody is let through.
func (f *flood) over(place string, most int, now time.Time) bool {
	if most == 0 || place == "" {
		return false
	}
	if now.Sub(f.pruned) > floodTime || f.calls == nil {
		f.prune(now)
	}
	recent := within(f.calls[place], now)
	if len(recent) > most {
		recent = recent[1:]
	}
	f.calls[place] = append(recent, now)
	return len(f.calls[place]) > most
}

// prune forgets the places from where no call came lately.
func (f *flood) prune(now time.Time) {
	kept := map[string][]time.Time{}
	for place, calls := range f.calls {
		if recent := within(calls, now); len(recent) > 0 {
			kept[place] = recent
		}
	}
	f.calls, f.pruned = kept, now
}

func within(calls []time.Time, now time.Time) []time.Time {
	for len(calls) > 0 && now.Sub(calls[0]) >= floodTime {
		calls = calls[1:]
	}
	return calls
}

// numberPlace is the place that calls of a number come from.
func numberPlace(number string) string { return "number " + number }

// held counts a caller nobody knows, and decides anew when there are too many. A trunk that
// is over its limit is not counted by number: numbers that are made up cost no memory. The
// lock is held.
func (e *Engine) held(from call.Caller, d policy.Decision, now time.Time) policy.Decision {
	if d.Verdict != policy.Unknown {
		return d
	}
	if e.flood.over("trunk "+from.Trunk, e.opts.MaxPerTrunk, now) {
		e.opts.Observe.Limited(LimitTrunk)
		return d.Flooded("the trunk "+from.Trunk, e.opts.MaxPerTrunk)
	}
	if number := from.Shown(); number != "" && e.flood.over(numberPlace(number), e.opts.MaxPerNumber, now) {
		e.opts.Observe.Limited(LimitNumber)
		return d.Flooded("this number", e.opts.MaxPerNumber)
	}
	return d
}
