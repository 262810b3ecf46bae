package engine_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/policy"
	"clearline/lib/store"
)

// dials lets a resident dial on a leg of its own.
func (r *rig) dials(leg call.LegID, number string) {
	r.Dialled(engine.Dialled{Leg: leg, Line: "flat-1", Dialled: number, At: time.Now()})
}

// went is how a leg was let go on, if it was.
func (r *rig) went(leg call.LegID) (flow.GoOn, bool) {
	for _, e := range r.exchange.performed() {
		if on, ok := e.(flow.GoOn); ok && on.Leg == leg {
			return on, true
		}
	}
	return flow.GoOn{}, false
}

// last is the newest version of the newest attempt in the store.
func (m *memory) last() call.Attempt {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.attempts) == 0 {
		return call.Attempt{}
	}
	return m.attempts[len(m.attempts)-1]
}

// guarded brings a caller and the resident of flat-1 together.
func (r *rig) guarded(id call.ID, leg call.LegID, number string) {
	r.Arrived(arrival(leg, "flat-1", number))
	r.asked(id, leg)
	r.decides(id, '5')
	said := newest[flow.Play](r.exchange.performed(), id.Consult(0))
	r.Happened(flow.PlaybackDone{Leg: id.Consult(0), Playback: said.Playback})
	r.Happened(flow.LegJoined{Leg: leg, Bridge: id.Bridge()})
	r.Happened(flow.LegJoined{Leg: id.Consult(0), Bridge: id.Bridge()})
	settle()
}

// falls tells that legs are gone when they are hung up.
func (r *rig) falls() {
	r.exchange.fail = func(e flow.Effect) error {
		if end, ok := e.(flow.HangUp); ok {
			r.Happened(flow.LegGone{Leg: end.Leg, Q850: 16})
		}
		return nil
	}
}

func TestAnEmergencyGoesOnWhenNobodyElseIsOnTheLine(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.dials("leg-r", "999")
		settle()
		on, went := r.went("leg-r")
		if !went || !on.Cleared || on.Incident || on.Avoid != "" {
			t.Errorf("it went on (%v) as %+v", went, on)
		}
		if n := len(r.exchange.searches); n != 2 {
			t.Errorf("%d searches, want 2", n)
		}
		a := r.store.last()
		if a.Outcome != call.OutcomeCleared || a.Role != call.Emergency || a.Way != call.WayFresh || a.Urgency != call.Calm {
			t.Errorf("attempt is %+v", a)
		}
		if saved, _ := r.store.Saved(t.Context()); r.Live() != 0 || len(saved) != 0 {
			t.Errorf("%d calls are left, %d saved", r.Live(), len(saved))
		}
		r.Close()
	})
}

func TestANumberThatMeansNothingGoesOnUntouched(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.dials("leg-r", "01632960998")
		r.Dialled(engine.Dialled{Leg: "leg-x", Dialled: "999"}) // of no line
		settle()
		for _, leg := range []call.LegID{"leg-r", "leg-x"} {
			if _, went := r.went(leg); !went {
				t.Errorf("%s did not go on", leg)
			}
		}
		if len(r.exchange.searches) != 0 || len(r.store.attempts) != 0 {
			t.Error("the line was cleared for it")
		}
		r.Close()
	})
}

func TestDialledInsideTheCall(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.guarded("call1", "leg-a", "+441632960200")
		r.falls()
		resident := call.ID("call1").Consult(0)
		for _, key := range "101" {
			r.Happened(flow.DTMF{Leg: resident, Key: key})
		}
		settle()
		effects := r.exchange.performed()
		redial := slices.Index(effects, flow.Effect(flow.Redial{Leg: resident, Dialled: "101", Way: call.WayGuarded}))
		bye := slices.Index(effects, flow.Effect(flow.HangUp{Leg: "leg-a", Q850: 16}))
		unpair := slices.Index(effects, flow.Effect(flow.Unpair{Caller: "leg-a"}))
		if redial < 0 || unpair < redial || bye < unpair {
			t.Fatalf("redial %d, unpair %d, hang-up %d", redial, unpair, bye)
		}
		r.dials(resident, "101")
		settle()
		time.Sleep(time.Second)
		said := newest[flow.Play](r.exchange.performed(), resident)
		r.Happened(flow.PlaybackDone{Leg: resident, Playback: said.Playback})
		settle()
		on, _ := r.went(resident)
		if said.Script != "clearing/last-call-ended" || !on.Cleared || !on.Incident || on.Avoid != "" {
			t.Errorf("heard %q, went on as %+v", said.Script, on)
		}
		a := r.store.last()
		if a.Way != call.WayGuarded || a.Urgency != call.High || a.Found != 1 || a.Gone != 1 || a.Suspect.Number != "+441632960200" {
			t.Errorf("attempt is %+v", a)
		}
		if h := r.store.history(); len(h) != 1 || h[0].Cause != call.Cleared {
			t.Errorf("history is %+v", h)
		}
		r.Close()
	})
}

// treated is how a caller is treated now: what the exchange is first asked to do.
func (r *rig) treated(leg call.LegID, number string) string {
	a := arrival(leg, "flat-1", number)
	r.Arrived(a)
	settle()
	for _, e := range r.exchange.performed() {
		switch e := e.(type) {
		case flow.HangUp:
			if e.Leg == leg {
				return "turned away"
			}
		case flow.Play:
			if e.Leg == leg && e.Script == "screening/please-wait" {
				return "unchallenged"
			} else if e.Leg == leg {
				return "screened"
			}
		}
	}
	return "left alone"
}

func TestWindowsAfterAnAttempt(t *testing.T) {
	for name, c := range map[string]struct {
		dialled string
		before  func(r *rig) // the leg that dials is leg-r
		after   time.Duration
		caller  string
		want    string
	}{
		"after an emergency nobody is challenged":                {"999", nil, time.Minute, "+441632960205", "unchallenged"},
		"after an hour everybody is":                             {"999", nil, 61 * time.Minute, "+441632960205", "screened"},
		"after 101 nobody is challenged for a day":               {"101", nil, 23 * time.Hour, "+441632960205", "unchallenged"},
		"the caller who was torn down is turned away":            {"999", suspect, time.Minute, "+441632960200", "turned away"},
		"as long as others are not challenged":                   {"999", suspect, 59 * time.Minute, "+441632960200", "turned away"},
		"an emergency may be called back beside a guarded call":  {"999", guardedSuspect, time.Minute, "+441632960205", "unchallenged"},
		"101 beside a guarded call turns unknown callers away":   {"101", guardedSuspect, time.Minute, "+441632960205", "turned away"},
		"until the window ends, and then 101 may call back":      {"101", guardedSuspect, 11 * time.Minute, "+441632960205", "unchallenged"},
		"a second attempt turns unknown callers away for a time": {"101", earlier, time.Minute, "+441632960205", "turned away"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r := newRig(t)
				if c.before != nil {
					c.before(r)
				}
				r.falls()
				r.dials("leg-r", c.dialled)
				settle()
				time.Sleep(40 * time.Second) // what is said may take its time
				if _, went := r.went("leg-r"); !went {
					t.Fatal("the call was not made")
				}
				kept := r.store
				r.Close()
				time.Sleep(c.after - 40*time.Second)
				again := newRig(t, func(o *engine.Options, _ *memory) { o.Store = kept }) // after a restart
				if got := again.treated("leg-z", c.caller); got != c.want {
					t.Errorf("the caller is %s", got)
				}
				again.Close()
			})
		})
	}
}

func suspect(r *rig) {
	r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
	settle()
}

func guardedSuspect(r *rig) { r.guarded("call1", "leg-a", "+441632960200") }

func earlier(r *rig) {
	r.dials("leg-e", "111")
	settle()
	time.Sleep(2 * time.Minute)
}

func TestDiallingAgainJoinsTheAttempt(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		up := true
		r.exchange.find = func(call.Search) ([]call.LegID, error) {
			if up {
				return []call.LegID{"leg-h"}, nil
			}
			return nil, nil
		}
		r.dials("leg-r", "101")
		settle()
		r.dials("leg-s", "999")
		settle()
		r.exchange.mu.Lock()
		up = false
		r.exchange.mu.Unlock()
		time.Sleep(100 * time.Millisecond)
		if _, went := r.went("leg-r"); went {
			t.Error("the first leg went on as well")
		}
		if on, went := r.went("leg-s"); !went || !on.Cleared {
			t.Errorf("the second leg went on (%v) as %+v", went, on)
		}
		if a := r.store.last(); a.ID != "call1" || a.Role != call.Emergency || a.Outcome != call.OutcomeCleared {
			t.Errorf("attempt is %+v", a)
		}
		r.Close()
	})
}

func TestAnEmergencyIsNotHeldUp(t *testing.T) {
	for name, c := range map[string]struct {
		trouble func(r *rig)
		want    call.Outcome
		within  time.Duration
	}{
		"by a store that is slow": {func(r *rig) { r.store.slow = 2 * time.Second }, call.OutcomeCleared, 10 * time.Millisecond},
		"by a store that is down": {func(r *rig) { r.store.down = true }, call.OutcomeCleared, 10 * time.Millisecond},
		"by a leg that stays":     {func(r *rig) { r.exchange.find = finds("leg-h") }, call.OutcomeUnproved, time.Second},
		"by an exchange that lists nothing": {func(r *rig) {
			r.exchange.find = func(call.Search) ([]call.LegID, error) { return nil, errors.New("no answer") }
		}, call.OutcomeUnproved, time.Second},
		"by an exchange that is slow to list": {func(r *rig) {
			r.exchange.find = func(call.Search) ([]call.LegID, error) { time.Sleep(2 * time.Second); return nil, nil }
		}, call.OutcomeUnproved, time.Second},
		"by an exchange that is slow to hang up": {func(r *rig) {
			r.exchange.find = finds("leg-h")
			r.exchange.fail = func(e flow.Effect) error {
				if _, ok := e.(flow.HangUp); ok {
					time.Sleep(2 * time.Second)
				}
				return nil
			}
		}, call.OutcomeUnproved, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r := newRig(t)
				c.trouble(r)
				r.dials("leg-r", "999")
				time.Sleep(c.within)
				if on, went := r.went("leg-r"); !went || on.Cleared != (c.want == call.OutcomeCleared) {
					t.Errorf("went on (%v) as %+v", went, on)
				}
				r.store.mu.Lock()
				r.store.slow, r.store.down = 0, false
				r.store.mu.Unlock()
				time.Sleep(5 * time.Second)
				if a := r.store.last(); a.Outcome != c.want || a.Took > c.within {
					t.Errorf("attempt is %+v", a)
				}
				r.Close()
			})
		})
	}
}

func finds(legs ...call.LegID) func(call.Search) ([]call.LegID, error) {
	return func(call.Search) ([]call.LegID, error) { return legs, nil }
}

func TestATelephoneThatIsAboutToRingIsNotOverlooked(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.fail = func(e flow.Effect) error {
			if _, rings := e.(flow.RingResident); rings {
				time.Sleep(300 * time.Millisecond) // the order is on its way: nothing to be listed yet
			}
			return nil
		}
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.stated("leg-a")
		r.dials("leg-r", "999")
		time.Sleep(200 * time.Millisecond)
		if _, went := r.went("leg-r"); went {
			t.Error("it went on while a telephone of the line was about to ring")
		}
		time.Sleep(300 * time.Millisecond)
		if on, went := r.went("leg-r"); !went || !on.Cleared {
			t.Errorf("it went on (%v) as %+v", went, on)
		}
		r.Close()
	})
}

func TestWhileTheLineIsClearedCallersFindItBusy(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.find = finds("leg-h")
		r.dials("leg-r", "101")
		settle()
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		if !slices.Contains(r.exchange.performed(), flow.Effect(flow.HangUp{Leg: "leg-a", Q850: 17})) {
			t.Error("the caller is not told that the line is busy")
		}
		r.Close()
	})
}

func TestAnAnalogueLineIsWaitedForOnlyWithoutAnother(t *testing.T) {
	analogue := policy.Trunk{Endpoint: "PJSIP/trunk", Analogue: true, Hold: 3 * time.Minute}
	for name, c := range map[string]struct {
		trunks policy.Trunks
		within time.Duration
		avoid  string
	}{
		"the only one":          {policy.Trunks{analogue}, 4 * time.Minute, "trunk"},
		"one beside a SIP line": {policy.Trunks{analogue, {Endpoint: "PJSIP/other"}}, 40 * time.Second, "trunk"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r := newRig(t, func(o *engine.Options, _ *memory) { o.Trunks = c.trunks })
				a := arrival("leg-a", "flat-1", "+441632960200")
				a.From.Trunk = "trunk"
				r.Arrived(a)
				settle()
				r.falls()
				r.dials("leg-r", "101")
				time.Sleep(c.within / 4)
				if _, went := r.went("leg-r"); went {
					t.Error("it went on before the resident was told why not")
				}
				time.Sleep(c.within)
				if on, went := r.went("leg-r"); !went || on.Avoid != c.avoid {
					t.Errorf("it went on (%v) as %+v", went, on)
				}
				r.Close()
			})
		})
	}
}

func TestWhileDrainingTheDialplanDials(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		go r.Drain(t.Context())
		settle()
		r.dials("leg-r", "999")
		settle()
		if !r.diary.has("failsafe leg-r") {
			t.Error("the leg is not handed back")
		}
		r.Close()
	})
}

func TestAnAttemptThatTheDialplanFinishedIsClosed(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.find = finds("leg-h")
		r.dials("leg-r", "101")
		time.Sleep(100 * time.Millisecond)
		saved, _ := r.store.Saved(t.Context())
		if len(saved) != 1 {
			t.Fatalf("%d calls are saved", len(saved))
		}
		r.store.mu.Lock()
		kept := &memory{diary: &diary{}, saved: map[call.ID]store.Saved{saved[0].ID: saved[0]}}
		r.store.mu.Unlock()
		again := newRig(t, func(o *engine.Options, _ *memory) { o.Store = kept })
		again.exchange.standing = map[call.LegID]call.Standing{"leg-r": call.LegTaken}
		again.Connected(nil, nil)
		settle()
		if a := kept.last(); a.ID != "call1" || a.Outcome != call.OutcomeTaken || a.Number != "101" {
			t.Errorf("attempt is %+v", a)
		}
		again.Close()
		r.Close()
	})
}

// TestANumberIsDialledAfterAnEmergencyThatWasHungUp is about a resident who dials 999, thinks
// better of it, and dials 159.
func TestANumberIsDialledAfterAnEmergencyThatWasHungUp(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.find = finds("leg-h")
		r.dials("leg-r", "999")
		time.Sleep(100 * time.Millisecond)
		r.Happened(flow.LegGone{Leg: "leg-r"})
		time.Sleep(time.Second) // awaiting
		r.exchange.find = finds()
		r.dials("leg-s", "159")
		time.Sleep(100 * time.Millisecond)
		said := newest[flow.Play](r.exchange.performed(), "leg-s")
		r.Happened(flow.PlaybackDone{Leg: "leg-s", Playback: said.Playback})
		settle()
		if on, went := r.went("leg-s"); !went || !on.Cleared {
			t.Errorf("it went on (%v) as %+v", went, on)
		}
		if a := r.store.last(); a.ID != "call1" || a.Outcome != call.OutcomeCleared {
			t.Errorf("attempt is %+v", a)
		}
		r.Close()
	})
}

// TestALegThatMayObeyLaterIsToldAgainToDial is about a leg that the exchange takes for one that
// hangs up, and that does not.
func TestALegThatMayObeyLaterIsToldAgainToDial(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.guarded("call1", "leg-a", "+441632960200")
		tried := 0
		r.exchange.fail = func(e flow.Effect) error {
			if _, dials := e.(flow.Redial); !dials {
				return nil
			}
			if tried++; tried < 3 {
				return call.ErrLegEnding
			}
			return nil
		}
		for _, key := range "999" {
			r.Happened(flow.DTMF{Leg: call.ID("call1").Consult(0), Key: key})
		}
		time.Sleep(time.Second)
		settle()
		if tried != 3 {
			t.Errorf("it was told %d times, want 3", tried)
		}
		r.Close()
	})
}

// Whenever the resident dials again, the new leg goes on: it joins the attempt, or
// begins one when the other has just ended.
func TestDiallingAgainIsNeverLost(t *testing.T) {
	for range 50 {
		in(t, func(t *testing.T) {
			r := newRig(t)
			r.dials("leg-r", "999")
			r.Happened(flow.LegGone{Leg: "leg-r"})
			settle() // awaiting
			time.Sleep(5 * time.Second)
			r.dials("leg-s", "999") // in the moment in which nobody waits for it any more
			settle()
			if on, went := r.went("leg-s"); !went || !on.Cleared {
				t.Errorf("it went on (%v) as %+v", went, on)
			}
			r.Close()
		})
	}
}
