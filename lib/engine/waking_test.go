package engine_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/store"
)

// crash is what a store keeps when the program is killed right now.
func (r *rig) crash() *memory {
	settle()
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	return &memory{
		diary: &diary{}, saved: maps.Clone(r.store.saved), records: slices.Clone(r.store.records),
		attempts: slices.Clone(r.store.attempts), windows: slices.Clone(r.store.windows),
	}
}

// restart makes the engine of the next run. The one before must be closed by the test.
func restart(t *testing.T, kept *memory, change ...func(*engine.Options, *memory)) *rig {
	t.Helper()
	return newRig(t, append([]func(*engine.Options, *memory){func(o *engine.Options, _ *memory) { o.Store = kept }}, change...)...)
}

// told returns the effects of type E that were performed.
func told[E flow.Effect](r *rig) []E {
	var all []E
	for _, e := range r.exchange.performed() {
		if e, ok := e.(E); ok {
			all = append(all, e)
		}
	}
	return all
}

// talking brings a call to where the two talk.
func (r *rig) talking(id call.ID, leg call.LegID) {
	r.asked(id, leg)
	r.decides(id, '5')
	r.Happened(flow.PlaybackDone{Leg: id.Consult(0), Playback: newest[flow.Play](r.exchange.performed(), id.Consult(0)).Playback})
	settle()
	r.Happened(flow.LegJoined{Leg: leg, Bridge: id.Bridge()})
	r.Happened(flow.LegJoined{Leg: id.Consult(0), Bridge: id.Bridge()})
	settle()
}

func TestCallsOfTheLastRunGoOn(t *testing.T) {
	for _, c := range []struct {
		name     string
		until    func(*rig)
		standing map[call.LegID]call.Standing
		goes     func(t *testing.T, again *rig)
	}{
		{"a caller who is greeted is greeted again", func(*rig) {}, nil, func(t *testing.T, again *rig) {
			if play := newest[flow.Play](again.exchange.performed(), "leg-a"); play.Script == "" {
				t.Error("the caller sits in silence")
			}
		}},
		{"a purpose that is recorded is asked about", func(r *rig) {
			settle()
			for range 2 {
				r.Happened(flow.PlaybackDone{Leg: "leg-a", Playback: newest[flow.Play](r.exchange.performed(), "leg-a").Playback})
				settle()
			}
		}, nil, func(t *testing.T, again *rig) {
			if found := told[flow.FindRecording](again); len(found) != 1 || found[0].Recording == "" {
				t.Errorf("asked for %+v", found)
			}
		}},
		{"telephones that ring are rung", func(r *rig) { r.stated("leg-a") }, map[call.LegID]call.Standing{call.ID("call1").Consult(0): call.LegRung}, func(t *testing.T, again *rig) {
			again.Happened(flow.LegAnswered{Leg: call.ID("call1").Consult(0)})
			settle()
			if play := newest[flow.Play](again.exchange.performed(), call.ID("call1").Consult(0)); play.Script == "" {
				t.Error("the resident is not asked")
			}
		}},
		{"a resident who is asked is asked again", func(r *rig) { r.asked("call1", "leg-a") }, nil, func(t *testing.T, again *rig) {
			again.decides("call1", '5')
			if len(told[flow.Play](again)) < 2 {
				t.Error("the resident's yes means nothing")
			}
		}},
		{"two who talk go on, guarded", func(r *rig) { r.talking("call1", "leg-a") }, nil, func(t *testing.T, again *rig) {
			time.Sleep(10 * time.Second)
			if n := len(told[flow.Deadman](again)); n < 3 {
				t.Errorf("the dead-man's time was renewed %d times in 10 s", n)
			}
			if hung := told[flow.HangUp](again); len(hung) > 0 {
				t.Errorf("%+v", hung)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r := newRig(t)
				r.Arrived(arrival("leg-a", "flat-1", stranger))
				c.until(r)
				again := restart(t, r.crash())
				again.exchange.standing = c.standing
				again.Connected([]call.LegID{"leg-a"}, nil)
				settle()
				if again.diary.has("failsafe leg-a") || again.Live() != 1 {
					t.Errorf("the call does not go on: %v", again.diary.lines)
				}
				c.goes(t, again)
				r.Close()
				again.Close()
			})
		})
	}
}

func TestACallThatWentOnEndsInTheHistory(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.talking("call1", "leg-a")
		kept := r.crash()
		again := restart(t, kept)
		again.Connected(nil, []call.BridgeID{"call1-bridge"})
		again.Happened(flow.LegGone{Leg: "leg-a"})
		again.Happened(flow.LegGone{Leg: call.ID("call1").Consult(0)})
		settle()
		h := kept.history()
		if len(h) != 1 || h[0].Cause != call.Completed || !h[0].Approved || len(kept.saved) != 0 {
			t.Errorf("history %+v, and %d calls under way", h, len(kept.saved))
		}
		if parted := told[flow.Unbridge](again); len(parted) != 1 {
			t.Errorf("the bridge is taken apart %d times", len(parted))
		}
		r.Close()
		again.Close()
	})
}

func TestWhileACallSleepsItsLineIsHeld(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.asked("call1", "leg-a")
		again := restart(t, r.crash(), func(o *engine.Options, _ *memory) { o.NewID = func() call.ID { return "call9" } })
		again.Connected([]call.LegID{"leg-a"}, nil)
		again.Arrived(arrival("leg-b", "flat-1", stranger))
		again.stated("leg-b")
		if n := again.rings("call9"); n > 0 {
			t.Errorf("a telephone in use is rung %d times", n)
		}
		r.Close()
		again.Close()
	})
}

func TestAnEmergencyOfTheLastRunGoesOn(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.find = finds("leg-h")
		r.dials("leg-r", "999")
		time.Sleep(20 * time.Millisecond)
		kept := r.crash()
		again := restart(t, kept)
		again.Connected([]call.LegID{"leg-r"}, nil)
		time.Sleep(time.Second)
		if gone := told[flow.GoOn](again); len(gone) != 1 || !gone[0].Cleared {
			t.Errorf("the leg goes on: %+v", gone)
		}
		if a := kept.last(); a.ID != "call1" || a.Outcome != call.OutcomeCleared {
			t.Errorf("attempt is %+v", a)
		}
		r.Close()
		again.Close()
	})
}

func TestTwoWhoTalkAreLeftToTheNextRun(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.talking("call1", "leg-a")
		before := len(told[flow.Deadman](r))
		r.Close()
		if hung, parted := told[flow.HangUp](r), told[flow.Unbridge](r); len(hung)+len(parted) > 0 {
			t.Errorf("%+v %+v", hung, parted)
		}
		if n := len(told[flow.Deadman](r)); n != before+1 {
			t.Errorf("the dead-man's time was renewed %d times at the end", n-before)
		}
		if len(r.store.saved) != 1 || len(r.store.history()) != 0 {
			t.Errorf("%d calls are kept, history %+v", len(r.store.saved), r.store.history())
		}
	})
}

func TestACallOfAnotherFormIsClosedAsLost(t *testing.T) {
	in(t, func(t *testing.T) {
		kept := &memory{diary: &diary{}, saved: map[call.ID]store.Saved{
			"call7": {ID: "call7", Line: "flat-1", State: []byte(`{"Form":99,"Screening":{"Stage":"guarded"},"Arrival":{}}`), Pending: []byte(`[]`)},
			"call8": {ID: "call8", Line: "flat-1", State: []byte(`not JSON`), Pending: []byte(`[]`)},
		}}
		r := restart(t, kept)
		r.Connected([]call.LegID{"leg-a"}, nil)
		settle()
		if h := kept.history(); len(h) != 2 || h[0].Cause != call.Lost || h[1].Cause != call.Lost || !r.diary.has("failsafe leg-a") {
			t.Errorf("history %+v, %v", h, r.diary.lines)
		}
		r.Close()
	})
}

func TestAfterALostConnectionTheQuestionIsAskedAgain(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.asked("call1", "leg-a")
		before := len(told[flow.Play](r))
		r.Connected([]call.LegID{"leg-a", call.ID("call1").Consult(0)}, nil)
		settle()
		if n := len(told[flow.Play](r)); n != before+1 {
			t.Errorf("%d sentences are said", n-before)
		}
		r.Close()
	})
}
