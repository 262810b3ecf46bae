package engine_test

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/store"
)

// rings counts the legs rung for a call.
func (r *rig) rings(id call.ID) int {
	n := 0
	for _, e := range r.exchange.performed() {
		if ring, ok := e.(flow.RingResident); ok && ring.Call == id {
			n++
		}
	}
	return n
}

func TestALineIsFreeAgainAfterEachWayACallCanEnd(t *testing.T) {
	for name, first := range map[string]func(r *rig){
		"the call ended": func(r *rig) {
			r.Happened(flow.LegGone{Leg: "leg-a"})
			r.Happened(flow.LegGone{Leg: call.ID("call1").Consult(0)})
		},
		"the line was in use": func(r *rig) {
			r.exchange.mu.Lock()
			r.exchange.inUse = false
			r.exchange.mu.Unlock()
		},
		"the question whether it is in use failed": func(r *rig) {
			r.exchange.mu.Lock()
			r.exchange.inUseErr = nil
			r.exchange.mu.Unlock()
		},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r := newRig(t)
				r.exchange.inUse = name == "the line was in use"
				if strings.Contains(name, "failed") {
					r.exchange.inUseErr = errors.New("asterisk is silent")
				}
				r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
				r.asked("call1", "leg-a")
				first(r)
				settle()
				r.Arrived(arrival("leg-b", "flat-1", "+441632960201"))
				r.asked("call2", "leg-b")
				if r.rings("call2") != 1 {
					t.Error("the second caller does not get the line")
				}
				r.Close()
			})
		})
	}
}

func TestTheSecondCallerOfALineHearsThatItIsInUse(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.Arrived(arrival("leg-b", "flat-1", "+441632960201"))
		r.asked("call1", "leg-a")
		r.asked("call2", "leg-b")
		if play := newest[flow.Play](r.exchange.performed(), "leg-b"); play.Script != "screening/on-another" {
			t.Errorf("the second caller hears %q", play.Script)
		}
		r.Close()
	})
}

func TestTimersFireAreReplacedAndEndWithTheCall(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.asked("call1", "leg-a")
		time.Sleep(29 * time.Second) // every earlier bound of the call has long passed
		settle()
		if n := r.Live(); n != 1 {
			t.Fatalf("a timer that was replaced ended the call: %d are live", n)
		}
		time.Sleep(5 * time.Minute) // question, silence, question, silence, hang-up twice
		settle()
		if n := r.Live(); n != 0 {
			t.Errorf("%d calls are live though nobody ever said a word", n)
		}
		r.Close()
	})
}

func TestAnAnswerThatOvertakesTheOrderToRingIsNotLost(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.fail = func(e flow.Effect) error {
			if ring, ok := e.(flow.RingResident); ok {
				r.Happened(flow.LegAnswered{Leg: ring.Leg})
			}
			return nil
		}
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.stated("leg-a")
		if play := newest[flow.Play](r.exchange.performed(), call.ID("call1").Consult(0)); play.Playback == "" {
			t.Error("the resident who answered at once hears nothing")
		}
		r.Close()
	})
}

func TestABlockHoldsAtOnce(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.asked("call1", "leg-a")
		r.decides("call1", '7')
		r.Arrived(arrival("leg-b", "flat-1", "+441632960200"))
		settle()
		if play := newest[flow.Play](r.exchange.performed(), "leg-b"); play.Playback != "" {
			t.Errorf("a blocked caller hears %q", play.Script)
		}
		r.Close()
	})
}

func TestCallsOfTheLastRunWhoseLegsAreGoneAreClosedWithWhatIsKnown(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.Arrived(arrival("leg-b", "flat-2", "+441632960201"))
		r.asked("call2", "leg-b")
		r.decides("call2", '7')
		crashed := &memory{diary: &diary{}, saved: map[call.ID]store.Saved{}}
		r.store.mu.Lock()
		for id, s := range r.store.saved {
			crashed.saved[id] = s // the block itself was not written yet
		}
		r.store.mu.Unlock()
		r.Close()

		again := newRig(t, func(o *engine.Options, _ *memory) { o.Store = crashed })
		for _, leg := range []call.LegID{"leg-a", "leg-b", call.ID("call2").Consult(0)} {
			again.exchange.gone[leg] = true
		}
		again.Connected(nil, nil)
		settle()
		history := crashed.history()
		slices.SortFunc(history, func(a, b call.Record) int { return strings.Compare(string(a.ID), string(b.ID)) })
		if len(history) != 2 || len(crashed.saved) != 0 {
			t.Fatalf("history %+v, saved %+v", history, crashed.saved)
		}
		if h := history[0]; h.Cause != call.CallerHungUp || h.Dialled != "01632960101" || h.Arrived.IsZero() {
			t.Errorf("the lost call is %+v", h)
		}
		if history[1].Cause != call.RefusedBlocked {
			t.Errorf("the refused call is %+v", history[1])
		}
		again.Arrived(arrival("leg-c", "flat-2", "+441632960201"))
		settle()
		if again.diary.has("perform flow.Answer") {
			t.Error("the block that was ordered before the crash does not hold")
		}
		again.Close()
	})
}

func TestACallThatWasApprovedOrEndedFreesItsPlace(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, func(o *engine.Options, _ *memory) { o.MaxPerLine = 1 })
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.asked("call1", "leg-a")
		r.decides("call1", '5')
		r.Arrived(arrival("leg-b", "flat-1", "+441632960201"))
		settle()
		if play := newest[flow.Play](r.exchange.performed(), "leg-b"); !strings.Contains(string(play.Script), "greeting") {
			t.Errorf("while the first talk, the next caller hears %q", play.Script)
		}
		r.Happened(flow.LegGone{Leg: "leg-b"})
		settle()
		r.Arrived(arrival("leg-c", "flat-1", "+441632960202"))
		settle()
		if play := newest[flow.Play](r.exchange.performed(), "leg-c"); !strings.Contains(string(play.Script), "greeting") {
			t.Errorf("after the second hung up, the next caller hears %q", play.Script)
		}
		r.Close()
	})
}

func TestConnectedLeavesTheBridgesOfCallsUnderWay(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		r.Connected([]call.LegID{"leg-a"}, []call.BridgeID{call.ID("call1").Bridge()})
		settle()
		if r.diary.has("perform flow.Unbridge") {
			t.Error("the bridge of a call under way is taken apart")
		}
		r.Close()
	})
}

func TestOneLegArrivesOnce(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		if n := r.Live(); n != 1 {
			t.Errorf("%d calls for one leg", n)
		}
		r.Close()
	})
}

func TestKeysAreNeverLogged(t *testing.T) {
	in(t, func(t *testing.T) {
		var log bytes.Buffer
		r := newRig(t, func(o *engine.Options, _ *memory) {
			o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.asked("call1", "leg-a")
		resident := call.ID("call1").Consult(0)
		r.Happened(flow.DTMF{Leg: resident, Key: 'D'})
		r.Happened(flow.DTMF{Leg: resident, Key: 'D'})
		r.Close()
		if text := log.String(); !strings.Contains(text, "event=DTMF") || strings.Contains(text, "68") || strings.Contains(text, "key=") {
			t.Errorf("the log holds a key, or no event at all:\n%s", text)
		}
	})
}

func TestOfACallTheNewestStateIsWritten(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.store.down = true
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		time.Sleep(time.Second)
		greeting := newest[flow.Play](r.exchange.performed(), "leg-a")
		r.Happened(flow.PlaybackDone{Leg: "leg-a", Playback: greeting.Playback})
		time.Sleep(time.Second)
		r.store.mu.Lock()
		r.store.down = false
		r.store.mu.Unlock()
		time.Sleep(time.Second)
		saved, _ := r.store.Saved(t.Context())
		if len(saved) != 1 || !strings.Contains(string(saved[0].State), `"Stage":"purpose"`) {
			t.Errorf("saved is %s", saved)
		}
		r.Close()
	})
}

func TestLegsAreNotBridgedWhenTheirGuardCouldNotBeSet(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.fail = func(e flow.Effect) error {
			if _, ok := e.(flow.Pair); ok {
				return errors.New("asterisk is silent")
			}
			return nil
		}
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.asked("call1", "leg-a")
		resident := call.ID("call1").Consult(0)
		r.decides("call1", '5')
		r.Happened(flow.PlaybackDone{Leg: resident, Playback: newest[flow.Play](r.exchange.performed(), resident).Playback})
		settle()
		if r.diary.has("perform flow.Bridge") {
			t.Error("the legs are bridged")
		}
		if !r.diary.has("perform flow.Pair") {
			t.Error("the test did not get as far as pairing")
		}
		r.Close()
	})
}

func TestALegThatHangsUpIsAskedForNothingElse(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.fail = func(flow.Effect) error { return call.ErrLegEnding }
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		if got := strings.Join(r.diary.lines, ", "); strings.Count(got, "perform") != 1 {
			t.Errorf("asked for %s", got)
		}
		if history := r.store.history(); len(history) != 0 {
			t.Errorf("before it is gone, history is %+v", history)
		}
		r.Happened(flow.LegGone{Leg: "leg-a", Q850: 16})
		settle()
		if history := r.store.history(); len(history) != 1 || history[0].Cause != call.CallerHungUp {
			t.Errorf("history is %+v", history)
		}
		r.Close()
	})
}

func TestALegTheDialplanTookBackIsAskedForNothingElse(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.fail = func(e flow.Effect) error {
			if _, ok := e.(flow.Answer); ok {
				return call.ErrLegTaken
			}
			return nil
		}
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		if got := strings.Join(r.diary.lines, ", "); strings.Count(got, "perform") != 1 {
			t.Errorf("asked for %s", got)
		}
		if history := r.store.history(); len(history) != 1 || history[0].Cause != call.Taken {
			t.Errorf("history is %+v", history)
		}
		r.Close()
	})
}
