package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
)

const (
	nightDesk = "night-desk"
	dayDesk   = "day-desk"
)

// either lets residents and wardens accept callers.
func either(o *engine.Options, _ *memory) { o.Rules.Approver = call.ApproverEither }

// warden decides about a call.
func (r *rig) warden(t *testing.T, id call.ID, by string, choice call.Choice) call.Decided {
	t.Helper()
	decided, err := r.Decide(t.Context(), id, call.Decision{By: by, Choice: choice})
	if err != nil {
		t.Errorf("%s decides about %s: %v", by, id, err)
	}
	settle()
	return decided
}

func TestAWardenDecides(t *testing.T) {
	mine := call.Decision{By: nightDesk, Choice: call.Accept}
	for _, c := range []struct {
		name  string
		until func(*testing.T, *rig)
		want  call.Decided
	}{
		{"while the telephones ring", func(_ *testing.T, r *rig) { r.stated("leg-a") }, call.Decided{Holds: mine, Won: true}},
		{"while the resident is asked", func(_ *testing.T, r *rig) { r.asked("call1", "leg-a") }, call.Decided{Holds: mine, Won: true}},
		{"before the caller waits", func(*testing.T, *rig) { settle() }, call.Decided{Why: call.NotWaiting}},
		{"after another warden", func(t *testing.T, r *rig) {
			r.stated("leg-a")
			r.warden(t, "call1", dayDesk, call.Refuse)
		}, call.Decided{Holds: call.Decision{By: dayDesk, Choice: call.Refuse}, Why: call.TooLate}},
		{"after having decided", func(t *testing.T, r *rig) {
			r.stated("leg-a")
			r.warden(t, "call1", nightDesk, call.Accept)
		}, call.Decided{Holds: mine, Why: call.TooLate}},
		{"after the resident", func(_ *testing.T, r *rig) {
			r.asked("call1", "leg-a")
			r.decides("call1", '7')
		}, call.Decided{Holds: call.Decision{By: call.ByResident, Choice: call.Block}, Why: call.TooLate}},
		{"after the end", func(_ *testing.T, r *rig) {
			r.asked("call1", "leg-a")
			r.decides("call1", '5')
			r.Happened(flow.LegGone{Leg: "leg-a"})
			r.Happened(flow.LegGone{Leg: call.ID("call1").Consult(0)})
			settle()
		}, call.Decided{Holds: call.Decision{By: call.ByResident, Choice: call.Accept}, Why: call.TooLate}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r := newRig(t, either)
				r.Arrived(arrival("leg-a", "flat-1", stranger))
				c.until(t, r)
				if got := r.warden(t, "call1", nightDesk, call.Accept); got != c.want {
					t.Errorf("the warden is told %+v, want %+v", got, c.want)
				}
				r.Close()
			})
		})
	}
}

func TestACallThatIsNoneIsNotDecidedAbout(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, either)
		r.Dialled(engine.Dialled{Leg: "leg-r", Line: "flat-1", Dialled: "999", At: time.Now()})
		for _, id := range []call.ID{"call1", "call9"} { // an attempt, and nothing
			if got := r.warden(t, id, nightDesk, call.Refuse); got != (call.Decided{Why: call.NotWaiting}) {
				t.Errorf("about %s the warden is told %+v", id, got)
			}
		}
		r.Close()
	})
}

func TestADecisionOfNobodyIsAnError(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, either)
		for _, by := range []string{"", call.ByResident} {
			if _, err := r.Decide(t.Context(), "call1", call.Decision{By: by, Choice: call.Accept}); !errors.Is(err, engine.ErrNoDecider) {
				t.Errorf("%q decides: %v", by, err)
			}
		}
		r.Close()
	})
}

func TestWhoDecidesDoesNotWaitLongerThanAsked(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, either)
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.stated("leg-a")
		r.exchange.mu.Lock()
		r.exchange.fail = func(flow.Effect) error { time.Sleep(5 * time.Second); return nil }
		r.exchange.mu.Unlock()
		r.Happened(flow.LegAnswered{Leg: call.ID("call1").Consult(0)}) // and the exchange is slow to ask
		settle()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.Decide(ctx, "call1", call.Decision{By: nightDesk, Choice: call.Accept}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("told %v", err)
		}
		r.Close()
	})
}

func TestWhoDecidedIsInTheHistory(t *testing.T) {
	for _, c := range []struct {
		by     string
		decide func(*testing.T, *rig)
		cause  call.Cause
	}{
		{nightDesk, func(t *testing.T, r *rig) { r.warden(t, "call1", nightDesk, call.Block) }, call.RefusedBlocked},
		{call.ByResident, func(_ *testing.T, r *rig) { r.decides("call1", '7') }, call.RefusedBlocked},
		{"", func(_ *testing.T, r *rig) { r.Happened(flow.LegGone{Leg: "leg-a"}) }, call.CallerHungUp},
	} {
		t.Run("by "+c.by, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r := newRig(t, either)
				r.Arrived(arrival("leg-a", "flat-1", stranger))
				r.asked("call1", "leg-a")
				time.Sleep(3 * time.Second)
				decided := time.Now()
				c.decide(t, r)
				time.Sleep(time.Second)
				r.Happened(flow.LegGone{Leg: "leg-a"})
				r.Happened(flow.LegGone{Leg: call.ID("call1").Consult(0)})
				settle()
				r.Close()
				if got := r.store.history()[0].Decided; c.by == "" != got.IsZero() || c.by != "" && !got.Equal(decided) {
					t.Errorf("decided at %v, want %v", got, decided)
				}
				if h := r.store.history(); len(h) != 1 || h[0].DecidedBy != c.by || h[0].Cause != c.cause {
					t.Errorf("history %+v, want %s by %q", h, c.cause, c.by)
				}
				for _, b := range r.store.blocks {
					if strings.Contains(b.Source, nightDesk) != (c.by == nightDesk) {
						t.Errorf("%q is on the list of those whom %s blocked", b.Source, c.by)
					}
				}
			})
		})
	}
}

// TestAWardensYesIsKeptBeforeItIsAnswered lets the program be killed between a warden's yes
// and the moment in which somebody picks up.
func TestAWardensYesIsKeptBeforeItIsAnswered(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, either)
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.stated("leg-a")
		r.warden(t, "call1", nightDesk, call.Accept)
		consult := call.ID("call1").Consult(0)
		decided := time.Now()
		time.Sleep(time.Second)
		kept := r.crash()
		again := restart(t, kept, either)
		again.exchange.standing = map[call.LegID]call.Standing{consult: call.LegRung}
		again.Connected([]call.LegID{"leg-a"}, nil)
		settle()
		if got := again.warden(t, "call1", dayDesk, call.Refuse); got.Won || got.Holds.By != nightDesk {
			t.Errorf("the next warden is told %+v", got)
		}
		again.Happened(flow.LegAnswered{Leg: consult})
		settle()
		if said := string(newest[flow.Play](again.exchange.performed(), consult).Script); !strings.Contains(said, "consult/warden-accepted") {
			t.Errorf("who picks up hears %q", said)
		}
		again.Happened(flow.LegGone{Leg: "leg-a"})
		again.Happened(flow.LegGone{Leg: consult})
		settle()
		r.Close()
		again.Close()
		if h := kept.history(); len(h) != 1 || !h[0].Decided.Equal(decided) {
			t.Errorf("the history has %+v, decided at %v", h, decided)
		}
	})
}

func TestAWardenIsAnsweredWhenTheEngineIsClosed(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, either)
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.stated("leg-a")
		told := make(chan call.Decided, 20)
		for i := range 20 {
			go func() {
				decided, _ := r.Decide(context.Background(), "call1", call.Decision{By: fmt.Sprintf("desk-%d", i), Choice: call.Refuse})
				told <- decided
			}()
		}
		r.Close()
		for range 20 {
			<-told
		}
	})
}
