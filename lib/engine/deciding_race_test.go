package engine_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// setOnce is what a decision is to everybody who makes one or asks for one: a register that
// keeps the first value written. Who writes is told the value that holds. The resident writes
// too, with a key, and is told nothing.
var setOnce = porcupine.Model{
	Init: func() any { return call.Decision{} },
	Step: func(state, input, output any) (bool, any) {
		holds, asked := state.(call.Decision), input.(call.Decision)
		told, answered := output.(call.Decided)
		won := holds == call.Decision{}
		if won {
			holds = asked
		}
		return !answered || told.Holds == holds && told.Won == won, holds
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}

// timed notes an operation with when it began and ended.
type timed struct {
	began time.Time
	mu    sync.Mutex
	all   []porcupine.Operation
}

func (h *timed) does(client int, asked call.Decision, operation func() (told any, ended bool)) {
	from := time.Since(h.began)
	told, ended := operation()
	until := int64(time.Since(h.began))
	if !ended { // it takes effect some time later
		until = int64(time.Hour)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, porcupine.Operation{ClientId: client, Input: asked, Output: told, Call: int64(from), Return: until})
}

// TestTheFirstDecisionHolds lets 100 decide at once: two wardens from many windows, some of
// whom accept and some of whom refuse, and the resident with the keys of the telephone. All
// who ask are told of one and the same winner.
func TestTheFirstDecisionHolds(t *testing.T) {
	t.Parallel()
	for round := range 20 {
		r := newRig(t, either)
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		waits(t, r, "call1")
		h := &timed{began: time.Now()}
		start := make(chan struct{})
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				<-start
				if i%10 == round%10 {
					h.does(i, call.Decision{By: call.ByResident, Choice: call.Accept}, func() (any, bool) {
						r.Happened(flow.DTMF{Leg: call.ID("call1").Consult(0), Key: '5'})
						return nil, false
					})
					return
				}
				d := call.Decision{By: []string{nightDesk, dayDesk}[i%2], Choice: []call.Choice{call.Accept, call.Refuse}[i/2%2]}
				h.does(i, d, func() (any, bool) {
					told, err := r.Decide(context.Background(), "call1", d)
					if err != nil {
						t.Error(err)
					}
					return told, true
				})
			})
		}
		close(start)
		all.Wait()
		if result := porcupine.CheckOperationsTimeout(setOnce, h.all, 20*time.Second); result != porcupine.Ok {
			t.Errorf("round %d: the history is %s: %v", round, result, h.all)
		}
		r.Close()
	}
}

// waits brings a caller to where the resident is asked, in real time.
func waits(t *testing.T, r *rig, id call.ID) {
	t.Helper()
	until := func(what string, there func() bool) {
		for end := time.Now().Add(20 * time.Second); !there(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("never came to %s: %v", what, r.diary.lines)
			}
		}
	}
	heard := ""
	next := func(leg call.LegID) func() bool {
		return func() bool {
			play := newest[flow.Play](r.exchange.performed(), leg)
			if string(play.Playback) == heard {
				return false
			}
			heard = string(play.Playback)
			r.Happened(flow.PlaybackDone{Leg: leg, Playback: play.Playback})
			return true
		}
	}
	until("the greeting", next("leg-a"))
	until("the question why", next("leg-a"))
	until("the recording", func() bool { return len(told[flow.Record](r)) > 0 })
	r.Happened(flow.SpeechStarted{Leg: "leg-a"})
	r.Happened(flow.RecordingDone{Leg: "leg-a", Recording: told[flow.Record](r)[0].Recording, Length: time.Second, Bytes: 1})
	until("the ring", func() bool { return len(told[flow.RingResident](r)) > 0 })
	r.Happened(flow.LegAnswered{Leg: id.Consult(0)})
	until("the consult", func() bool { return newest[flow.Play](r.exchange.performed(), id.Consult(0)).Script != "" })
}
