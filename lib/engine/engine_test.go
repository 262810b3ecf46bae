package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
)

func settle() { synctest.Wait() }

// in runs a test in a bubble with time of its own, which also insists that no
// goroutine outlives it.
func in(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

func TestStateIsSavedBeforeEffectsArePerformed(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		got := strings.Join(r.diary.lines, ", ")
		want := "save, perform flow.Answer, perform flow.Deadman, perform flow.DetectSpeech, perform flow.Deadman, perform flow.Play"
		if got != want {
			t.Errorf("order is %s", got)
		}
		r.Close()
	})
}

func TestACallThatEndsIsInTheHistoryAndLeavesNothing(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.asked("call1", "leg-a")
		r.Happened(flow.LegGone{Leg: call.ID("call1").Consult(0), Q850: 16})
		settle()
		bye := newest[flow.Play](r.exchange.performed(), "leg-a")
		r.Happened(flow.PlaybackDone{Leg: "leg-a", Playback: bye.Playback})
		r.Happened(flow.LegGone{Leg: "leg-a", Q850: 16})
		settle()
		if n := r.Live(); n != 0 {
			t.Errorf("%d calls are left", n)
		}
		history := r.store.history()
		if len(history) != 1 || history[0].Cause != call.Refused || history[0].From.Number != "+441632960200" {
			t.Errorf("history is %+v", history)
		}
		if saved, _ := r.store.Saved(t.Context()); len(saved) != 0 {
			t.Errorf("saved calls are left: %+v", saved)
		}
		r.Close()
	})
}

func TestALineHasOneConsultAtATime(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.Arrived(arrival("leg-b", "flat-1", "+441632960201"))
		r.asked("call1", "leg-a")
		r.asked("call2", "leg-b")
		if rung := r.rings("call1") + r.rings("call2"); rung != 1 {
			t.Errorf("the resident is rung %d times", rung)
		}
		r.Close()
	})
}

func TestALineInUseIsNotRung(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.inUse = true
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.asked("call1", "leg-a")
		if r.diary.has("perform flow.RingResident") {
			t.Error("a line in use is rung")
		}
		r.Close()
	})
}

func TestLimitsHoldPerLineAndInAll(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		for i, line := range []call.LineID{"flat-1", "flat-1", "flat-1", "flat-2", "flat-2"} {
			r.Arrived(arrival(call.LegID(fmt.Sprintf("leg-%d", i)), line, "+441632960200"))
		}
		settle()
		for i, want := range []bool{true, true, false, true, false} {
			play := newest[flow.Play](r.exchange.performed(), call.LegID(fmt.Sprintf("leg-%d", i)))
			if screened := strings.Contains(string(play.Script), "screening/greeting"); screened != want {
				t.Errorf("caller %d hears %q", i, play.Script)
			}
		}
		r.Close()
	})
}

func TestABlockedCallerIsRefusedUnansweredAlsoAfterARestart(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.asked("call1", "leg-a")
		r.decides("call1", '7')
		r.Close()
		kept := r.store

		again := newRig(t, func(o *engine.Options, _ *memory) { o.Store = kept })
		again.Arrived(arrival("leg-b", "flat-1", "+441632960200"))
		settle()
		if again.diary.has("perform flow.Answer") || !again.diary.has("perform flow.HangUp") {
			t.Errorf("a blocked caller gets %v", again.diary.lines)
		}
		again.Close()
	})
}

func TestASlowStoreCostsACallAtMost150Milliseconds(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.store.slow = 4 * time.Second
		began := time.Now()
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		for !r.diary.has("perform flow.Play") {
			time.Sleep(time.Millisecond)
		}
		if waited := time.Since(began); waited > 155*time.Millisecond {
			t.Errorf("the greeting waited %v for the store", waited)
		}
		r.Close()
	})
}

func TestWhatAStoreThatIsDownMissedIsWrittenLater(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.store.down = true
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		time.Sleep(time.Second)
		r.Happened(flow.LegGone{Leg: "leg-a"})
		time.Sleep(time.Second)
		r.store.mu.Lock()
		r.store.down = false
		r.store.mu.Unlock()
		time.Sleep(time.Second)
		history := r.store.history()
		if len(history) != 1 || history[0].Cause != call.CallerHungUp {
			t.Errorf("history is %+v", history)
		}
		if saved, _ := r.store.Saved(t.Context()); len(saved) != 0 {
			t.Errorf("saved calls are left: %+v", saved)
		}
		r.Close()
	})
}

func TestALegFoundGoneByAnEffectIsToldToTheFlow(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.gone["leg-a"] = true
		r.exchange.fail = func(e flow.Effect) error {
			if _, ok := e.(flow.Play); ok {
				return fmt.Errorf("play: %w", call.ErrLegGone)
			}
			return nil
		}
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		if history := r.store.history(); len(history) != 1 || history[0].Cause != call.CallerHungUp {
			t.Errorf("history is %+v", history)
		}
		r.Close()
	})
}

func TestAPanicCostsOneCallOnly(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.fail = func(e flow.Effect) error {
			if a, ok := e.(flow.Answer); ok && a.Leg == "leg-a" {
				panic("the exchange adapter broke")
			}
			return nil
		}
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.Arrived(arrival("leg-b", "flat-2", "+441632960201"))
		settle()
		if !r.diary.has("failsafe leg-a") {
			t.Error("the caller of the broken call is not handed back")
		}
		if play := newest[flow.Play](r.exchange.performed(), "leg-b"); play.Playback == "" {
			t.Error("the other call does not go on")
		}
		r.Close()
	})
}

func TestOnConnectForeignLegsGoBackAndLostLegsAreNoticed(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.Arrived(arrival("leg-b", "flat-2", "+441632960201"))
		settle()
		r.exchange.mu.Lock()
		r.exchange.gone["leg-a"] = true
		r.exchange.mu.Unlock()
		r.Connected([]call.LegID{"leg-b", "from-before"}, []call.BridgeID{"old-bridge"})
		settle()
		if !r.diary.has("failsafe from-before") || r.diary.has("failsafe leg-b") {
			t.Errorf("handed back: %v", r.diary.lines)
		}
		if !r.diary.has("perform flow.Unbridge") {
			t.Error("the old bridge is left")
		}
		if n := r.Live(); n != 1 {
			t.Errorf("%d calls are live", n)
		}
		r.Close()
	})
}

func TestDrainSendsNewCallersToTheUnscreenedPathAndWaitsForTheOthers(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		drained := make(chan struct{})
		go func() {
			r.Drain(context.Background())
			close(drained)
		}()
		settle()
		r.Arrived(arrival("leg-b", "flat-1", "+441632960201"))
		settle()
		if !r.diary.has("failsafe leg-b") {
			t.Error("a new caller is kept while draining")
		}
		select {
		case <-drained:
			t.Error("Drain did not wait for the call under way")
		default:
		}
		r.Happened(flow.LegGone{Leg: "leg-a"})
		<-drained
		r.Close()
	})
}

func TestCloseHandsACallerBackWhoIsStillScreened(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		r.Close()
		if !r.diary.has("failsafe leg-a") {
			t.Error("the caller is left in silence")
		}
		if history := r.store.history(); len(history) != 1 || history[0].Cause != call.Lost {
			t.Errorf("history is %+v", history)
		}
	})
}

func TestEffectsThatFailAreToldToTheFlow(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.fail = func(e flow.Effect) error {
			if _, ok := e.(flow.RingResident); ok {
				return errors.New("no such endpoint")
			}
			return nil
		}
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		r.asked("call1", "leg-a")
		if play := newest[flow.Play](r.exchange.performed(), "leg-a"); !strings.Contains(string(play.Script), "screening/unavailable") {
			t.Errorf("the caller hears %q", play.Script)
		}
		r.Close()
	})
}
