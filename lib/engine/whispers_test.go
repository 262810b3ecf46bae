package engine_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
)

// warns are rules by which a PIN is warned of.
func warns(o *engine.Options, _ *memory) {
	o.Rules.PINDigits, o.Rules.HangupKeys = 4, "**"
}

// presses lets the resident of a call press keys.
func (r *rig) presses(id call.ID, keys string) {
	for _, key := range keys {
		r.decides(id, key)
	}
}

// whispers are the newest order to whisper and the newest to stop.
func (r *rig) whispers() (whisper flow.Whisper, stop flow.StopWhisper) {
	for _, e := range r.exchange.performed() {
		switch e := e.(type) {
		case flow.Whisper:
			whisper = e
		case flow.StopWhisper:
			stop = e
		}
	}
	return whisper, stop
}

func TestAWhisperThatHangsHoldsNothingUp(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, warns)
		release := make(chan struct{})
		r.exchange.mute = release
		r.guarded("call1", "leg-a", "+441632960200")
		r.presses("call1", "2468")
		whisper, _ := r.whispers()
		if whisper.Leg != call.ID("call1").Consult(0) {
			t.Fatalf("whispered %+v", whisper)
		}
		r.presses("call1", "999")
		redialled := false
		for _, e := range r.exchange.performed() {
			order, ok := e.(flow.Redial)
			redialled = redialled || ok && order.Dialled == "999"
		}
		if !redialled {
			t.Error("999 waits for a whisper")
		}
		if _, stop := r.whispers(); stop.Playback != whisper.Playback {
			t.Errorf("after 999 the whisper goes on; stopped was %q", stop.Playback)
		}
		close(release)
		r.Close()
	})
}

func TestAWhisperIsStoppedInTheEnd(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, warns)
		var tries atomic.Int64
		r.guarded("call1", "leg-a", "+441632960200")
		r.exchange.mu.Lock()
		r.exchange.fail = func(e flow.Effect) error {
			if _, stops := e.(flow.StopWhisper); stops && tries.Add(1) < 4 {
				return errors.New("no answer")
			}
			return nil
		}
		r.exchange.mu.Unlock()
		r.presses("call1", "2468")
		whisper, _ := r.whispers()
		r.Happened(flow.PlaybackDone{Leg: whisper.Leg, Playback: whisper.Playback})
		time.Sleep(time.Second)
		if n := tries.Load(); n != 4 {
			t.Errorf("it was tried %d times to stop it", n)
		}
		r.Close()
	})
}

func TestAWhisperThatCannotBeHeardEndsNoCall(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, warns)
		r.exchange.fail = func(e flow.Effect) error {
			if _, whispers := e.(flow.Whisper); whispers {
				panic("the adapter has a fault")
			}
			return nil
		}
		r.guarded("call1", "leg-a", "+441632960200")
		r.presses("call1", "2468")
		settle()
		if whisper, stop := r.whispers(); whisper.Playback == "" || stop.Playback != whisper.Playback {
			t.Errorf("whispered %q, stopped %q", whisper.Playback, stop.Playback)
		}
		if r.Live() != 1 {
			t.Error("the call has ended")
		}
		r.Close()
	})
}

func TestAPINIsNews(t *testing.T) {
	in(t, func(t *testing.T) {
		r, p := newspaper(t, warns)
		r.guarded("call1", "leg-a", stranger)
		p.all()
		r.presses("call1", "24682")
		told := p.all()
		want := call.News{Kind: call.PINSuspected, Line: "flat-1", Call: "call1", Stage: "guarded", Keys: 4}
		if len(told) != 1 || told[0].From.Number != stranger {
			t.Fatalf("told %+v", told)
		}
		told[0].From, told[0].At = call.Caller{}, time.Time{}
		if told[0] != want {
			t.Errorf("told %+v, want %+v", told[0], want)
		}
		r.Close()
	})
}

// TestThePINIsNowhere looks through everything that was ever written: each state of the call,
// what was to be done, the history, and the log in full. Of keys that may begin a number for
// help only those are kept, and not for longer than the number may go on.
func TestThePINIsNowhere(t *testing.T) {
	const pin = "407196538842"
	in(t, func(t *testing.T) {
		var log bytes.Buffer
		r := newRig(t, warns, func(o *engine.Options, _ *memory) {
			o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		r.guarded("call1", "leg-a", "+441632960200")
		r.presses("call1", pin)
		time.Sleep(10 * time.Second) // longer than a number waits for its next key
		kept := r.keptKeys(t)
		if last := kept[len(kept)-1]; last != "" {
			t.Errorf("%q is kept although it has led to no number", last)
		}
		for _, typed := range kept {
			if typed != plan.Keep(typed) || len(typed) > 1 {
				t.Errorf("%q is kept, and begins no number", typed)
			}
		}
		r.Happened(flow.LegGone{Leg: "leg-a"})
		r.Happened(flow.LegGone{Leg: call.ID("call1").Consult(0)})
		settle()
		history := r.store.history()
		if len(history) != 1 || history[0].Notes.PINWarnings != 1 || history[0].Notes.KeysInCall != len(pin) {
			t.Errorf("the history says %+v", history)
		}
		r.Close()
		for what, text := range map[string]string{"the store": r.everWritten(), "the log": log.String()} {
			for i := range len(pin) - 3 {
				if strings.Contains(text, pin[i:i+4]) {
					t.Errorf("%s holds %s of the PIN", what, pin[i:i+4])
				}
			}
		}
		if !strings.Contains(log.String(), "keys=4") {
			t.Error("the log does not say how many keys there were")
		}
	})
}

// everWritten is all that the store was ever asked to keep.
func (r *rig) everWritten() string {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	var all strings.Builder
	for _, changes := range r.store.asked {
		for _, saved := range changes.Save {
			all.Write(saved.State)
			all.Write(saved.Pending)
		}
		fmt.Fprintf(&all, "%+v", changes.Records)
	}
	return all.String()
}

// keptKeys are the keys in every state that was saved of a call.
func (r *rig) keptKeys(t *testing.T) []string {
	t.Helper()
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	var kept []string
	for _, changes := range r.store.asked {
		for _, saved := range changes.Save {
			var state struct {
				Screening struct{ Keys struct{ Typed string } }
			}
			if err := json.Unmarshal(saved.State, &state); err != nil {
				t.Fatal(err)
			}
			kept = append(kept, state.Screening.Keys.Typed)
		}
	}
	if len(kept) == 0 {
		t.Fatal("nothing was saved")
	}
	return kept
}
