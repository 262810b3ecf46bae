package main

import (
	"fmt"
	"time"

	"clearline/lib/testbed/bench/stopwatch"
)

// The targets hold for 50 calls on a machine of two cores.
const (
	targetCalls  = 50
	targetCores  = 2
	byeTarget    = 20 * time.Millisecond
	inviteTarget = 60 * time.Millisecond
	ratioTarget  = 3.0
)

// verdict is a target and what was measured of it.
type verdict struct {
	Target   string  `json:"target"`
	Pattern  pattern `json:"pattern"`
	Measured float64 `json:"measured"` // ms, or a ratio
	Met      bool    `json:"met"`
}

// verdicts judges the rows that the targets are about.
func verdicts(rows []row) []verdict {
	var all []verdict
	for _, r := range rows {
		if r.calls != targetCalls {
			continue
		}
		for _, t := range []struct {
			name  string
			pick  func(stopwatch.Delays) time.Duration
			limit time.Duration
		}{{"BYE", bye, byeTarget}, {"INVITE", invite, inviteTarget}} {
			with, without := spreadOf(r.with.delays(t.pick)), spreadOf(r.without.delays(t.pick))
			nothing := r.with.missed() > 0 || with.p99 == 0 // a call that was never cut off or made meets no target
			times := ratio(with.p99, without.p99)
			all = append(all,
				verdict{fmt.Sprintf("p99 to %s under %s", t.name, t.limit), r.pattern, inMS(with.p99), !nothing && with.p99 < t.limit},
				verdict{fmt.Sprintf("p99 to %s within %.0f times the plain dialplan's", t.name, ratioTarget), r.pattern, times, !nothing && times > 0 && times <= ratioTarget})
		}
	}
	return all
}

// missed counts the samples without BYE or INVITE.
func (r *result) missed() int { return len(r.samples) - len(r.delays(bye)) }

func inMS(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
