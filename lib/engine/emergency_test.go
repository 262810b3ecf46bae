package engine_test

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

func TestALegThatDialsAnEmergencyIsNotHungUp(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.find = func(s call.Search) ([]call.LegID, error) {
			if s.Own == "leg-r" {
				time.Sleep(20 * time.Millisecond) // 999 is dialled while the answer is on its way
				return []call.LegID{"leg-s"}, nil
			}
			return nil, nil
		}
		r.dials("leg-r", "101")
		settle()
		r.dials("leg-s", "999")
		time.Sleep(time.Second)
		if on, went := r.went("leg-s"); !went || !on.Cleared {
			t.Errorf("999 went on (%v) as %+v", went, on)
		}
		for _, e := range r.exchange.performed() {
			if end, ok := e.(flow.HangUp); ok && end.Leg == "leg-s" {
				t.Error("the leg that dials 999 is hung up")
			}
		}
		r.Close()
	})
}

func TestNothingLessUrgentGoesOutWhileAnEmergencyIsAboutTo(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.find = func(s call.Search) ([]call.LegID, error) {
			if s.Own == "leg-r" {
				time.Sleep(100 * time.Millisecond)
			}
			return nil, nil // the emergency is spared
		}
		r.dials("leg-r", "999")
		r.dials("leg-s", "101")
		time.Sleep(150 * time.Millisecond)
		if on, went := r.went("leg-s"); went {
			t.Errorf("101 went on as %+v before 999 did", on)
		}
		time.Sleep(200 * time.Millisecond)
		if on, went := r.went("leg-r"); !went || !on.Cleared {
			t.Errorf("999 went on (%v) as %+v", went, on)
		}
		r.Close()
	})
}

func TestAnEmergencyCallUnderWayIsNamedToEverySearch(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.dials("leg-r", "999")
		settle()
		r.dials("leg-s", "101")
		settle()
		last := r.exchange.searches[len(r.exchange.searches)-1]
		if last.Own != "leg-s" || !slices.Contains(last.Spared, "leg-r") {
			t.Errorf("searched for %+v", last)
		}
		r.Happened(flow.LegGone{Leg: "leg-r"})
		r.dials("leg-t", "111")
		settle()
		if last := r.exchange.searches[len(r.exchange.searches)-1]; len(last.Spared) > 0 {
			t.Errorf("a call that is over is spared: %+v", last)
		}
		r.Close()
	})
}

func TestNoTelephoneBeginsToRingOnceItsLineIsCleared(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		r.store.mu.Lock()
		r.store.slow = time.Second // the order to ring waits for the store
		r.store.mu.Unlock()
		go r.stated("leg-a")
		time.Sleep(600 * time.Millisecond)
		r.dials("leg-r", "999")
		time.Sleep(3 * time.Second)
		if on, went := r.went("leg-r"); !went || !on.Cleared {
			t.Errorf("999 went on (%v) as %+v", went, on)
		}
		effects := r.exchange.performed()
		gone := slices.IndexFunc(effects, func(e flow.Effect) bool { _, ok := e.(flow.GoOn); return ok })
		if slices.ContainsFunc(effects[gone:], func(e flow.Effect) bool { _, ok := e.(flow.RingResident); return ok }) {
			t.Error("the telephone rings with the caller after 999 was dialled")
		}
		r.Close()
	})
}

func TestALegThatIsToDialIsTriedAgain(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.guarded("call1", "leg-a", "+441632960200")
		var tries atomic.Int32
		r.exchange.mu.Lock()
		r.exchange.fail = func(e flow.Effect) error {
			if _, ok := e.(flow.Redial); ok && tries.Add(1) < 8 {
				return errors.New("connection refused")
			}
			return nil
		}
		r.exchange.mu.Unlock()
		for _, key := range "999" {
			r.Happened(flow.DTMF{Leg: call.ID("call1").Consult(0), Key: key})
		}
		time.Sleep(time.Second)
		if n := tries.Load(); n != 8 {
			t.Errorf("tried %d times", n)
		}
		r.Close()
	})
}

func TestASecondClearingBesideAnEmergencyIsJoinedToo(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.exchange.find = finds("leg-h")
		r.dials("leg-r", "999")
		r.dials("leg-s", "101")
		r.dials("leg-t", "159")
		settle()
		if n := r.Live(); n != 2 {
			t.Errorf("%d clearings are under way, want the emergency's and one more", n)
		}
		time.Sleep(time.Second)
		r.Arrived(arrival("leg-a", "flat-1", "+441632960200"))
		settle()
		if !slices.Contains(r.exchange.performed(), flow.Effect(flow.HangUp{Leg: "leg-a", Q850: 17})) {
			t.Error("a caller is taken in while the line is being cleared")
		}
		r.Close()
	})
}

func TestTheResidentHasLeftBeforeACallerIsHungUpWhoCouldNotBeParted(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.guarded("call1", "leg-a", "+441632960200")
		began := time.Now()
		tries, waited := 0, time.Duration(0)
		r.exchange.fail = func(e flow.Effect) error {
			switch e := e.(type) {
			case flow.Unpair:
				tries++
				return errors.New("asterisk is busy")
			case flow.HangUp:
				if e.Leg == "leg-a" && waited == 0 {
					waited = time.Since(began)
				}
				r.Happened(flow.LegGone{Leg: e.Leg, Q850: 16})
			}
			return nil
		}
		for _, key := range "999" {
			r.Happened(flow.DTMF{Leg: call.ID("call1").Consult(0), Key: key})
		}
		time.Sleep(time.Second)
		settle()
		if tries != 3 || waited != 60*time.Millisecond {
			t.Errorf("parting was tried %d times, and the caller hung up after %v", tries, waited)
		}
		r.Close()
	})
}
