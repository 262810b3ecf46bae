package engine_test

import (
	"slices"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/policy"
	"clearline/lib/store"
)

// shows is a caller who shows a number.
func shows(number string) call.Caller {
	return call.Caller{Number: number, Presentation: call.Allowed, Trunk: "main"}
}

func TestARunningEngineForgetsANumber(t *testing.T) {
	in(t, func(t *testing.T) {
		var told []string
		r := newRig(t, func(o *engine.Options, m *memory) {
			now := time.Now()
			o.Forgot = func(number string) { told = append(told, number) }
			o.MaxPerNumber = 2
			m.unknown = map[call.LineID]call.Record{"flat-1": {ID: "before", Line: "flat-1", From: shows(stranger), Ended: now}}
			m.windows = []call.Window{{Line: "flat-1", Kind: call.Quarantine, Number: stranger, Since: now, Until: now.Add(time.Hour)}}
			m.attempts = []call.Attempt{{ID: "tried", Line: "flat-2", At: now, Suspect: shows(stranger), Outcome: call.OutcomeCleared}}
			for _, id := range []call.ID{"a", "b", "c"} {
				m.records = append(m.records, call.Record{
					ID: id, Line: "flat-1", From: shows(stranger), Arrived: now, Ended: now, Cause: call.NoAnswer,
				})
			}
		})
		settle()
		decides := func() policy.Rule { return r.Verdict(arrival("leg", "flat-1", stranger)).Rule }
		if got := decides(); got != policy.RuleQuarantine {
			t.Fatalf("before it is forgotten the number is decided about by %s", got)
		}
		r.store.mu.Lock()
		r.store.unknown = map[call.LineID]call.Record{"flat-1": {ID: "earlier", Line: "flat-1", From: shows(friend), Ended: time.Now()}}
		r.store.records, r.store.windows, r.store.attempts = nil, nil, nil
		r.store.mu.Unlock()
		r.store.tell(store.Change{Forgotten: []string{stranger}})
		for range 2 {
			if got := decides(); got != policy.RuleDefault {
				t.Errorf("forgotten, the number is decided about by %s", got)
			}
		}
		r.dials("leg-r", "159")
		settle()
		if a := r.store.last(); a.Suspect.Number != friend {
			t.Errorf("the suspect is %+v, want who called before", a.Suspect)
		}
		r.store.tell(store.Change{Reload: true, Lost: []call.LineID{"flat-1", "flat-2"}})
		settle()
		for _, a := range r.store.attempts {
			if a.Suspect.Number == stranger {
				t.Errorf("a store that has lost its data is given back %+v", a)
			}
		}
		if !slices.Equal(told, []string{stranger}) {
			t.Errorf("others are told %q", told)
		}
		r.Close()
	})
}

func TestWhatWaitsForTheStoreIsForgottenToo(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		settle()
		r.store.mu.Lock()
		r.store.down = true
		r.store.mu.Unlock()
		blocked := func(number string) {
			r.store.tell(store.Change{Put: []call.Entry{{List: call.Blocks, Pattern: number}}})
			settle()
			r.Verdict(arrival("leg", "flat-1", number))
			settle()
		}
		blocked(friend) // is being tried again and again
		blocked(stranger)
		blocked("+441632960777")
		r.store.tell(store.Change{Forgotten: []string{stranger}})
		r.store.mu.Lock()
		r.store.down = false
		r.store.mu.Unlock()
		time.Sleep(2 * time.Second)
		settle()
		var numbers []string
		for _, record := range r.store.history() {
			numbers = append(numbers, record.From.Number)
		}
		if !slices.Equal(numbers, []string{friend, "+441632960777"}) {
			t.Errorf("written are calls of %q", numbers)
		}
		r.Close()
	})
}
