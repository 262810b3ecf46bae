package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/prompt"
	"clearline/lib/store"
)

// hears lets the engine understand, after a time, something about vouchers in whatever is
// recorded.
func hears(after time.Duration) func(*engine.Options, *memory) {
	return func(o *engine.Options, _ *memory) {
		o.Hear = func(ctx context.Context, recording call.RecordingID, language string) (string, call.Topic, error) {
			select {
			case <-time.After(after):
				return language + " " + string(recording), call.Payment, nil
			case <-ctx.Done():
				return "", call.NoTopic, ctx.Err()
			}
		}
	}
}

// advised says whether a resident hears advice about payments.
func (r *rig) advised(id call.ID) bool {
	play := newest[flow.Play](r.exchange.performed(), id.Consult(0))
	return slices.ContainsFunc(play.Script.Items(), func(i prompt.Item) bool { return i.Prompt == prompt.AdvicePayment })
}

func TestTextIsThereWhenTheResidentIsAsked(t *testing.T) {
	in(t, func(t *testing.T) {
		r, p := newspaper(t, hears(time.Second))
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.stated("leg-a")
		if n := r.rings("call1"); n != 1 {
			t.Errorf("%d telephones ring while the text is waited for", n)
		}
		time.Sleep(time.Second)
		settle()
		if all := r.Underway(); len(all) != 1 || all[0].Said != "en_GB call1-purpose-3" {
			t.Errorf("others see %+v", all)
		}
		told := p.all()
		if n := told[len(told)-1]; n.Kind != call.CallTranscribed || n.Said != "en_GB call1-purpose-3" {
			t.Errorf("the last news is %+v", n)
		}
		r.Happened(flow.LegAnswered{Leg: call.ID("call1").Consult(0)})
		settle()
		if !r.advised("call1") {
			t.Error("the resident hears no advice")
		}
		r.Close()
		if h := r.store.history(); len(h) != 1 || h[0].Said != "en_GB call1-purpose-3" {
			t.Errorf("the history is %+v", h)
		}
	})
}

func TestNobodyWaitsForText(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, hears(time.Hour))
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.asked("call1", "leg-a")
		if r.advised("call1") || newest[flow.Play](r.exchange.performed(), call.ID("call1").Consult(0)).Script == "" {
			t.Error("the resident is not asked, or advised of nothing")
		}
		began := time.Now()
		r.Close()
		if waited := time.Since(began); waited != 0 {
			t.Errorf("stopping waits %s for it", waited)
		}
	})
}

func TestTextThatComesWhenTheCallIsOverIsWrittenBehindIt(t *testing.T) {
	for name, forgotten := range map[string]bool{"as it is": false, "unless the caller was forgotten meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r := newRig(t, hears(3*time.Second))
				r.Arrived(arrival("leg-a", "flat-1", stranger))
				r.stated("leg-a")
				r.Happened(flow.LegGone{Leg: "leg-a"})
				settle()
				r.Happened(flow.LegGone{Leg: call.ID("call1").Consult(0)})
				settle()
				if h := r.store.history(); len(h) != 1 || h[0].Said != "" {
					t.Fatalf("the history is %+v", h)
				}
				if forgotten {
					r.store.tell(store.Change{Forgotten: []string{stranger}})
				}
				time.Sleep(3 * time.Second)
				settle()
				h := r.store.history()
				if said := h[len(h)-1].Said; (said == "") != forgotten || h[len(h)-1].ID != "call1" {
					t.Errorf("the history is %+v", h)
				}
				r.Close()
			})
		})
	}
}

func TestTextThatCannotBeHadChangesNothing(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, func(o *engine.Options, _ *memory) {
			o.Hear = func(context.Context, call.RecordingID, string) (string, call.Topic, error) {
				return "vouchers", call.Payment, errors.New("the answer is longer than 64 KiB")
			}
		})
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.asked("call1", "leg-a")
		if r.advised("call1") {
			t.Error("what cannot be had is advised about")
		}
		r.Close()
	})
}
