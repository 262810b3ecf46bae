package engine_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
)

// tally is what an observer was told: how often, in words.
type tally struct {
	mu    sync.Mutex
	times map[string]int
}

func (y *tally) add(n int, format string, args ...any) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.times == nil {
		y.times = map[string]int{}
	}
	y.times[fmt.Sprintf(format, args...)] += n
}

func (y *tally) observer() engine.Observer {
	return engine.Observer{
		Entered:   func(k engine.Kind, s flow.Stage) { y.add(1, "%s in %s", k, s); y.add(1, "%s entered %s", k, s) },
		Left:      func(k engine.Kind, s flow.Stage) { y.add(-1, "%s in %s", k, s) },
		Ended:     func(c call.Cause) { y.add(1, "ended %s", c) },
		Attempted: func(a call.Attempt) { y.add(1, "attempted %s %s", a.Role, a.Outcome) },
		Limited:   func(l engine.Limit) { y.add(1, "limited %s", l) },
		Recorded:  func(err error) { y.add(1, "recorded %v", err == nil) },
		Waited:    func(time.Duration) { y.add(1, "waited") },
		Renewed:   func(late bool, err error) { y.add(1, "renewed late=%v failed=%v", late, err != nil) },
		Stored:    func(_ time.Duration, err error) { y.add(1, "stored failed=%v", err != nil) },
		Queued:    func(n int) { y.mu.Lock(); defer y.mu.Unlock(); y.times["queued"] = n },
		Outwaited: func() { y.add(1, "outwaited") },
	}
}

// want checks how often an observer was told of something.
func (y *tally) want(t *testing.T, want map[string]int) {
	t.Helper()
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, what := range slices.Sorted(maps.Keys(want)) {
		if y.times[what] != want[what] {
			t.Errorf("%q: told %d times, want %d", what, y.times[what], want[what])
		}
	}
	if t.Failed() {
		t.Logf("told: %v", y.times)
	}
}

// observed is a rig with an observer.
func observed(t *testing.T, change ...func(*engine.Options, *memory)) (*rig, *tally) {
	t.Helper()
	y := &tally{times: map[string]int{}}
	r := newRig(t, append(change, func(o *engine.Options, _ *memory) { o.Observe = y.observer() })...)
	return r, y
}

func TestAnObserverSeesACallFromItsFirstStageToItsEnd(t *testing.T) {
	in(t, func(t *testing.T) {
		r, y := observed(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.asked("call1", "leg-a")
		y.want(t, map[string]int{"screening in asking": 1, "screening in purpose": 0, "screening entered purpose": 1, "recorded true": 1})
		r.Happened(flow.LegGone{Leg: call.ID("call1").Consult(0), Q850: 16})
		r.Happened(flow.LegGone{Leg: "leg-a", Q850: 16})
		settle()
		r.Close()
		y.want(t, map[string]int{
			"screening in ": 0, "screening in asking": 0, "screening in closing": 0, "screening in over": 0,
			"screening entered over": 1, "ended refused": 1, "queued": 0, "stored failed=true": 0,
		})
	})
}

func TestACallThatCouldNotBeEndedInOrderIsSeenToEnd(t *testing.T) {
	in(t, func(t *testing.T) {
		r, y := observed(t)
		r.exchange.fail = func(flow.Effect) error { panic("broken") }
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		r.Close()
		y.want(t, map[string]int{"screening in ": 0, "screening in greeting": 0, "screening in purpose": 0, "screening in over": 0})
	})
}

func TestAnObserverSeesAnAttemptAndItsOutcome(t *testing.T) {
	in(t, func(t *testing.T) {
		r, y := observed(t)
		r.Dialled(engine.Dialled{Leg: "leg-r", Line: "flat-1", Dialled: "999", At: time.Now()})
		settle()
		time.Sleep(time.Second)
		settle()
		r.Close()
		y.want(t, map[string]int{"attempted emergency cleared": 1, "clearing entered searching": 1, "clearing in over": 0})
	})
}

func TestAnObserverSeesWhichLimitTurnedACallerAway(t *testing.T) {
	in(t, func(t *testing.T) {
		r, y := observed(t)
		for i, line := range []call.LineID{"flat-1", "flat-1", "flat-1", "flat-2", "flat-2"} {
			r.Arrived(arrival(call.LegID(fmt.Sprintf("leg-%d", i)), line, fmt.Sprintf("+44163296020%d", i)))
		}
		settle()
		y.want(t, map[string]int{"limited line": 1, "limited house": 1})
		r.Close()
	})
}

func TestARecordingThatIsNotOnTheDiskIsSeen(t *testing.T) {
	for name, done := range map[string]flow.RecordingDone{
		"a full disk":             {Length: 3 * time.Second},
		"a recording that failed": {Length: 3 * time.Second, Bytes: 4000, Failed: true},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r, y := observed(t)
				r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
				r.records("leg-a", done)
				y.want(t, map[string]int{"recorded false": 1, "recorded true": 0})
				r.Close()
			})
		})
	}
	t.Run("next to nothing was said", func(t *testing.T) {
		in(t, func(t *testing.T) {
			r, y := observed(t)
			r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
			r.records("leg-a", flow.RecordingDone{Length: 50 * time.Millisecond, Bytes: 800})
			y.want(t, map[string]int{"recorded false": 0, "recorded true": 1})
			r.Close()
		})
	})
}

// records ends the recording of a caller's purpose in some way.
func (r *rig) records(leg call.LegID, done flow.RecordingDone) {
	for range 2 { // greeting, purpose
		settle()
		play := newest[flow.Play](r.exchange.performed(), leg)
		r.Happened(flow.PlaybackDone{Leg: leg, Playback: play.Playback})
	}
	settle()
	r.Happened(flow.SpeechStarted{Leg: leg})
	for _, e := range r.exchange.performed() {
		if rec, ok := e.(flow.Record); ok {
			done.Leg, done.Recording = leg, rec.Recording
			r.Happened(done)
		}
	}
	settle()
}

func TestRenewalsAreSeenAsSentLateOrFailed(t *testing.T) {
	for name, c := range map[string]struct {
		holdup time.Duration
		err    error
		want   map[string]int
	}{
		"in time":                {0, nil, map[string]int{"renewed late=false failed=false": 1, "renewed late=true failed=false": 0}},
		"a slow exchange":        {5 * time.Second, nil, map[string]int{"renewed late=true failed=false": 1}},
		"an exchange that fails": {0, errors.New("no"), map[string]int{"renewed late=false failed=true": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r, y := observed(t)
				r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
				r.asked("call1", "leg-a")
				r.decides("call1", '5')
				told := newest[flow.Play](r.exchange.performed(), "call1-consult-0")
				r.Happened(flow.PlaybackDone{Leg: "call1-consult-0", Playback: told.Playback})
				settle()
				y.want(t, map[string]int{"renewed late=false failed=false": 0}) // setting it is no renewal
				r.exchange.mu.Lock()
				r.exchange.fail = func(e flow.Effect) error {
					if _, renewal := e.(flow.Deadman); renewal {
						time.Sleep(c.holdup)
						return c.err
					}
					return nil
				}
				r.exchange.mu.Unlock()
				time.Sleep(3500*time.Millisecond + c.holdup)
				settle()
				y.want(t, c.want)
				r.Close()
			})
		})
	}
}

func TestAnObserverSeesWritesThatFailAndWhatWaits(t *testing.T) {
	in(t, func(t *testing.T) {
		r, y := observed(t)
		r.store.down = true
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		time.Sleep(time.Second)
		settle()
		y.want(t, map[string]int{"queued": 1, "outwaited": 1, "stored failed=false": 0})
		r.store.mu.Lock()
		r.store.down = false
		r.store.mu.Unlock()
		time.Sleep(time.Second)
		settle()
		y.want(t, map[string]int{"queued": 0, "stored failed=false": 1})
		r.Close()
	})
}
