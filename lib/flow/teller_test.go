package flow_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clearline/lib/call"
	"clearline/lib/flow"
)

var update = flag.Bool("update", false, "write the golden files anew")

// teller plays a conversation to a flow and writes down, for every event, the stage it
// leads to and the effects it gives.
type teller[F machine[F]] struct {
	t    *testing.T
	s    F
	all  []flow.Effect
	text strings.Builder
}

func (c *teller[F]) tell(events ...flow.Event) {
	c.t.Helper()
	for _, ev := range events {
		var effects []flow.Effect
		c.s, effects = step(c.t, c.s, ev)
		c.all = append(c.all, effects...)
		fmt.Fprintf(&c.text, "%s %+v\n  -> %s\n", bare(ev), ev, stageOf(c.s))
		for _, e := range effects {
			fmt.Fprintf(&c.text, "     %s %+v\n", bare(e), e)
		}
	}
}

// ignores insists that events change nothing.
func (c *teller[F]) ignores(events ...flow.Event) {
	c.t.Helper()
	for _, ev := range events {
		next, effects := step(c.t, c.s, ev)
		if len(effects) > 0 || mustJSON(next) != mustJSON(c.s) {
			c.t.Errorf("in %s %+v changes the flow, and gives %+v", stageOf(c.s), ev, effects)
		}
	}
}

func (c *teller[F]) stands(want flow.Stage) {
	c.t.Helper()
	if stage := stageOf(c.s); stage != want {
		c.t.Fatalf("the flow stands in %s, want %s", stage, want)
	}
}

func bare(v any) string {
	_, name, _ := strings.Cut(fmt.Sprintf("%T", v), ".")
	return name
}

func (c *teller[F]) press(leg call.LegID, keys string) {
	c.t.Helper()
	for _, key := range keys {
		c.tell(flow.DTMF{Leg: leg, Key: key})
	}
}

func (c *teller[F]) heard(leg call.LegID) {
	c.t.Helper()
	play := must[flow.Play](c.t, c.all)
	if play.Leg != leg {
		c.t.Fatalf("%s is playing to %s", play.Playback, play.Leg)
	}
	c.tell(flow.PlaybackDone{Leg: leg, Playback: play.Playback})
}

func (c *teller[F]) fails() {
	c.t.Helper()
	play := must[flow.Play](c.t, c.all)
	c.tell(flow.PlaybackDone{Leg: play.Leg, Playback: play.Playback, Failed: true})
}

// runsOut lets the newest setting of a timer run out.
func (c *teller[F]) runsOut(timer flow.Timer) {
	c.t.Helper()
	set, ok := newest(c.all, timer)
	if !ok {
		c.t.Fatalf("timer %s was never set", timer)
	}
	c.tell(flow.TimerFired{Timer: timer, N: set.N})
}

// newest returns the latest setting of a timer among effects.
func newest(effects []flow.Effect, timer flow.Timer) (set flow.SetTimer, ok bool) {
	for i := len(effects) - 1; i >= 0; i-- {
		if set, ok := effects[i].(flow.SetTimer); ok && set.Timer == timer {
			return set, true
		}
	}
	return flow.SetTimer{}, false
}

func (c *teller[F]) nothingHappens() {
	c.t.Helper()
	c.runsOut(flow.StageTimer)
}

func (c *teller[F]) gone(legs ...call.LegID) {
	c.t.Helper()
	for _, leg := range legs {
		c.tell(flow.LegGone{Leg: leg, Q850: 16})
	}
}

// failsTo tells that the newest effect of type E could not be performed.
func failsTo[E flow.Effect, F machine[F]](c *teller[F]) {
	c.t.Helper()
	c.tell(flow.EffectFailed{Effect: must[E](c.t, c.all)})
}

// golden compares a conversation with the one that was read and found right.
func golden(t *testing.T, dir, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", dir, strings.NewReplacer(" ", "-", ",", "").Replace(name)+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (write it anew with -update and read the change):\n%s", path, got)
	}
}
