package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
)

// peers are other nodes that answer as they are told.
type peers struct {
	nodes   []string
	answers func(ctx context.Context, node string, round int) (call.Vacated, error)

	mu    sync.Mutex
	asked map[string]int
	asks  []call.Vacate
}

func (p *peers) Live() []string { return p.nodes }

func (p *peers) Vacate(ctx context.Context, node string, v call.Vacate) (call.Vacated, error) {
	p.mu.Lock()
	p.asks = append(p.asks, v)
	p.asked[node]++
	round := p.asked[node]
	p.mu.Unlock()
	return p.answers(ctx, node, round)
}

// beside makes an engine one of several nodes.
func beside(answers func(ctx context.Context, node string, round int) (call.Vacated, error), nodes ...string) (*peers, func(*engine.Options, *memory)) {
	p := &peers{nodes: nodes, answers: answers, asked: map[string]int{}}
	return p, func(o *engine.Options, _ *memory) { o.Node, o.Peers = "pbx-a", p }
}

// silent is a node that does not answer.
func silent(ctx context.Context, _ string, _ int) (call.Vacated, error) {
	<-ctx.Done()
	return call.Vacated{}, ctx.Err()
}

func TestALineIsClearWhenEveryNodeHasFoundNobodyTwice(t *testing.T) {
	in(t, func(t *testing.T) {
		p, with := beside(func(_ context.Context, node string, round int) (call.Vacated, error) {
			time.Sleep(5 * time.Millisecond)
			if node == "pbx-c" && round == 1 {
				return call.Vacated{Legs: []call.LegID{"held"}, Suspects: []call.Caller{{Number: stranger, Presentation: call.Allowed}}}, nil
			}
			return call.Vacated{}, nil
		}, "pbx-b", "pbx-c")
		r := newRig(t, with)
		begun := time.Now()
		r.dials("leg-r", "999")
		time.Sleep(time.Second)
		on, went := r.went("leg-r")
		if !went || !on.Cleared || !on.Incident {
			t.Errorf("it went on (%v) as %+v", went, on)
		}
		a := r.store.last()
		if a.Found != 1 || a.Gone != 1 || a.Outcome != call.OutcomeCleared || a.Suspect.Number != stranger || a.Urgency != call.Raised || a.Took > time.Since(begun)/2 {
			t.Errorf("the attempt is %+v", a)
		}
		if p.asked["pbx-b"] != 3 || p.asked["pbx-c"] != 3 || p.asks[0] != (call.Vacate{Line: "flat-1", Role: call.Emergency, Node: "pbx-a"}) {
			t.Errorf("asked were %v, first for %+v", p.asked, p.asks[0])
		}
		if d := r.Verdict(arrival("leg", "flat-1", stranger)); d.Rule != "quarantine" {
			t.Errorf("who was cut off at another node: %s, because %s", d.Verdict, d.Reason())
		}
		for _, e := range r.exchange.performed() {
			if end, ok := e.(flow.HangUp); ok {
				t.Errorf("%s of another node is hung up here", end.Leg)
			}
		}
		r.Close()
	})
}

func TestANodeThatDoesNotAnswerIsNotProved(t *testing.T) {
	for name, c := range map[string]struct {
		answers func(context.Context, string, int) (call.Vacated, error)
		number  string
		outcome call.Outcome
		within  time.Duration
	}{
		"an emergency goes on":                     {silent, "999", call.OutcomeUnproved, 460 * time.Millisecond},
		"an emergency goes on when it cannot tell": {refuses, "999", call.OutcomeUnproved, 460 * time.Millisecond},
		"another number is not made":               {silent, "101", "", 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				_, with := beside(c.answers, "pbx-b")
				var log bytes.Buffer
				r := newRig(t, with, func(o *engine.Options, _ *memory) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
				r.dials("leg-r", c.number)
				time.Sleep(c.within)
				on, went := r.went("leg-r")
				if went != (c.outcome != "") || on.Cleared {
					t.Errorf("it went on (%v) as %+v", went, on)
				}
				if a := r.store.last(); a.Outcome != c.outcome {
					t.Errorf("the attempt is %+v", a)
				}
				r.Close()
				if said := strings.Contains(log.String(), `msg="line not proved clear at other nodes"`) && strings.Contains(log.String(), "nodes=[pbx-b]"); said != (c.outcome != "") {
					t.Errorf("the log says\n%s", &log)
				}
			})
		})
	}
}

func refuses(context.Context, string, int) (call.Vacated, error) {
	return call.Vacated{}, errors.New("asterisk does not answer")
}

func TestALineIsVacatedForAnotherNode(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.Arrived(arrival("leg-b", "flat-2", friend))
		settle()
		r.exchange.find = func(s call.Search) ([]call.LegID, error) {
			if s.Own != "" || s.Line != "flat-1" || fmt.Sprint(s.Endpoints, s.Known) != "[PJSIP/101] [leg-a]" {
				t.Errorf("searched for is %+v", s)
			}
			return []call.LegID{"held", "leg-a"}, nil
		}
		vacated, err := r.Vacate(t.Context(), call.Vacate{Line: "flat-1", Role: call.Emergency})
		if err != nil || fmt.Sprint(vacated.Legs) != "[held leg-a]" || len(vacated.Suspects) != 1 || vacated.Suspects[0].Number != stranger {
			t.Errorf("it found %+v, error %v", vacated, err)
		}
		settle()
		hungUp := map[call.LegID]bool{}
		for _, e := range r.exchange.performed() {
			if end, ok := e.(flow.HangUp); ok {
				hungUp[end.Leg] = true
			}
		}
		if !hungUp["held"] || !hungUp["leg-a"] || hungUp["leg-b"] {
			t.Errorf("hung up are %v", hungUp)
		}
		r.Happened(flow.LegGone{Leg: "leg-a", Q850: 16})
		settle()
		if history := r.store.history(); len(history) != 1 || history[0].Cause != call.Cleared {
			t.Errorf("the history is %+v", history)
		}
		r.Arrived(arrival("leg-c", "flat-1", friend))
		settle()
		r.Happened(flow.LegGone{Leg: "leg-c", Q850: 17})
		settle()
		if history := r.store.history(); history[len(history)-1].Cause != call.LineInUse {
			t.Errorf("a caller meanwhile: %+v", history[len(history)-1])
		}
		time.Sleep(10 * time.Second)
		r.Arrived(arrival("leg-d", "flat-1", friend))
		settle()
		if newest[flow.Play](r.exchange.performed(), "leg-d").Playback == "" {
			t.Error("a caller is still refused later")
		}
		r.Close()
	})
}

func TestALineIsNotClearForAnotherNodeWhile(t *testing.T) {
	for name, c := range map[string]struct {
		role   call.Role
		before func(*rig)
	}{
		"it calls an emergency service here": {call.Verification, func(r *rig) {
			r.exchange.find = func(call.Search) ([]call.LegID, error) { return nil, errors.New("slow") }
			r.dials("leg-r", "999")
			settle()
			r.exchange.find = nil
		}},
		"asterisk cannot be asked": {call.Emergency, func(r *rig) {
			r.exchange.find = func(call.Search) ([]call.LegID, error) { return nil, errors.New("down") }
		}},
		"a telephone may be about to ring": {call.Emergency, func(r *rig) {
			r.exchange.fail = func(e flow.Effect) error {
				if _, ring := e.(flow.RingResident); ring {
					time.Sleep(time.Second)
				}
				return nil
			}
			r.Arrived(arrival("leg-a", "flat-1", stranger))
			r.stated("leg-a")
		}},
		"this node is being stopped": {call.Emergency, func(r *rig) { r.Close() }},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r := newRig(t)
				c.before(r)
				if vacated, err := r.Vacate(t.Context(), call.Vacate{Line: "flat-1", Role: c.role}); err == nil {
					t.Errorf("it found %+v", vacated)
				}
				if name != "this node is being stopped" {
					r.Close()
				}
			})
		})
	}
}

func TestAnEmergencyOnItsWayOutOfACallIsSparedForAnotherNode(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.guarded("call1", "leg-a", stranger)
		r.exchange.fail = func(e flow.Effect) error {
			if _, redial := e.(flow.Redial); redial {
				time.Sleep(100 * time.Millisecond)
			}
			return nil
		}
		resident := call.ID("call1").Consult(0)
		for range "999" {
			r.Happened(flow.DTMF{Leg: resident, Key: '9'})
		}
		settle()
		r.exchange.find = func(s call.Search) ([]call.LegID, error) {
			if len(s.Spared) != 1 || s.Spared[0] != resident {
				t.Errorf("spared are %v", s.Spared)
			}
			return []call.LegID{"leg-a"}, nil
		}
		if _, err := r.Vacate(t.Context(), call.Vacate{Line: "flat-1", Role: call.Emergency, Node: "pbx-b"}); err != nil {
			t.Error(err)
		}
		r.exchange.find = nil
		r.falls()
		r.Close()
	})
}

func TestOfTwoWhoDialAtTwoNodesOneIsCutOff(t *testing.T) {
	for node, refused := range map[string]bool{"pbx-a": true, "pbx-c": false} {
		in(t, func(t *testing.T) {
			r := newRig(t, named(node))
			r.exchange.find = func(s call.Search) ([]call.LegID, error) {
				if s.Own == "" {
					return []call.LegID{"leg-r"}, nil
				}
				return nil, errors.New("slow")
			}
			r.dials("leg-r", "101")
			settle()
			vacated, err := r.Vacate(t.Context(), call.Vacate{Line: "flat-1", Role: call.Verification, Node: "pbx-b"})
			hungUp := false
			for _, e := range r.exchange.performed() {
				end, ok := e.(flow.HangUp)
				hungUp = hungUp || ok && end.Leg == "leg-r"
			}
			if (err != nil) != refused || hungUp == refused {
				t.Errorf("%s, asked by pbx-b: %+v, error %v, hung up %t", node, vacated, err, hungUp)
			}
			if _, err := r.Vacate(t.Context(), call.Vacate{Line: "flat-1", Role: call.Emergency, Node: "pbx-b"}); err != nil {
				t.Errorf("%s, asked for an emergency: %v", node, err)
			}
			r.Close()
		})
	}
}

func TestAnEmergencyCallIsSparedForAnotherNode(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.dials("leg-r", "999")
		settle()
		r.exchange.find = func(s call.Search) ([]call.LegID, error) {
			if len(s.Spared) != 1 || s.Spared[0] != "leg-r" {
				t.Errorf("spared are %v", s.Spared)
			}
			return []call.LegID{"leg-r"}, nil // it has begun to dial since
		}
		if _, err := r.Vacate(t.Context(), call.Vacate{Line: "flat-1", Role: call.Emergency}); err != nil {
			t.Error(err)
		}
		for _, e := range r.exchange.performed() {
			if end, ok := e.(flow.HangUp); ok && end.Leg == "leg-r" {
				t.Error("the emergency call is hung up")
			}
		}
		r.Close()
	})
}
