package engine_test

import (
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

func TestCallersRingThroughWhileAWardenPauses(t *testing.T) {
	in(t, func(t *testing.T) {
		r, p := newspaper(t)
		began := time.Now()
		r.Pause("flat-1", true)
		if told := p.all(); len(told) != 1 || told[0].Kind != call.ScreeningChanged || told[0].Line != "flat-1" {
			t.Errorf("told is %+v", told)
		}
		if until := r.PausedUntil("flat-1"); !until.Equal(began.Add(time.Hour)) || !r.PausedUntil("flat-2").IsZero() {
			t.Errorf("paused until %v", until)
		}
		stage := func(leg call.LegID, line call.LineID) string {
			r.Arrived(arrival(leg, line, stranger))
			settle()
			all := r.Underway()
			return all[len(all)-1].Stage
		}
		if got := stage("leg-a", "flat-1"); got != string(flow.Seizing) && got != string(flow.Ringing) {
			t.Errorf("while it is paused a caller is in stage %q", got)
		}
		if got := stage("leg-b", "flat-2"); got != string(flow.Greeting) {
			t.Errorf("on another line a caller is in stage %q", got)
		}
		r.Pause("flat-1", false)
		if until := r.PausedUntil("flat-1"); !until.IsZero() {
			t.Errorf("begun again, it is paused until %v", until)
		}
		r.Close()
	})
}
