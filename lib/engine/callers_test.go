package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/policy"
	"clearline/lib/store"
)

const friend, stranger = "+441632960201", "+441632960202"

// listed puts entries into the store before the engine reads it.
func listed(entries ...call.Entry) func(*engine.Options, *memory) {
	return func(_ *engine.Options, m *memory) { m.blocks = append(m.blocks, entries...) }
}

// ruled changes the rules of flat-1.
func ruled(change func(*policy.Rules)) func(*engine.Options, *memory) {
	return func(o *engine.Options, _ *memory) {
		r := o.Policy["flat-1"]
		change(&r)
		o.Policy = map[call.LineID]policy.Rules{"flat-1": r, "flat-2": policy.DefaultRules()}
	}
}

// hears checks what a caller heard last.
func (r *rig) hears(t *testing.T, leg call.LegID, prompt string) {
	t.Helper()
	if said := string(newest[flow.Play](r.exchange.performed(), leg).Script); !strings.Contains(said, prompt) {
		t.Errorf("%s hears %q, not %s", leg, said, prompt)
	}
}

func TestTheVerdictOnACaller(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, listed(
			call.Entry{List: call.Contacts, Pattern: friend},
			call.Entry{Line: "flat-1", List: call.Blocks, Pattern: stranger},
		))
		for _, c := range []struct {
			line   call.LineID
			number string
			want   policy.Verdict
		}{
			{"flat-1", friend, policy.Trusted},
			{"flat-1", stranger, policy.Blocked},
			{"flat-2", stranger, policy.Unknown},
			{"flat-1", "+441632960203", policy.Unknown},
			{"flat-1", "101", policy.Blocked},
			{"", friend, policy.Unknown}, // nobody's line: Stasis says so
		} {
			if d := r.Verdict(arrival("leg", c.line, c.number)); d.Verdict != c.want {
				t.Errorf("%s to %q: %s, because %s", c.number, c.line, d.Verdict, d.Reason())
			}
		}
		settle()
		time.Sleep(time.Second)
		refused := 0
		for _, record := range r.store.history() {
			if record.Cause != call.Blocked || record.From.Number == friend {
				t.Errorf("in the history: %+v", record)
			}
			refused++
		}
		if refused != 2 || r.Live() != 0 {
			t.Errorf("%d refused callers in the history, %d calls", refused, r.Live())
		}
		r.Close()
	})
}

func TestATrustedCallerWhoCameAllTheSameGoesBackToTheDialplan(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, listed(call.Entry{List: call.Contacts, Pattern: friend}))
		r.Arrived(arrival("leg-a", "flat-1", friend))
		settle()
		if !r.diary.has("failsafe leg-a") || r.Live() != 0 {
			t.Errorf("%v, %d calls", r.diary.lines, r.Live())
		}
		r.Close()
	})
}

func TestChangesOfTheListsCountAtOnce(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		settle()
		verdict := func(want policy.Verdict) {
			t.Helper()
			settle()
			if d := r.Verdict(arrival("leg", "flat-1", stranger)); d.Verdict != want {
				t.Errorf("%s, because %s; want %s", d.Verdict, d.Reason(), want)
			}
		}
		entry := call.Entry{Line: "flat-1", List: call.Contacts, Pattern: stranger}
		verdict(policy.Unknown)
		r.store.tell(store.Change{Put: []call.Entry{entry}})
		verdict(policy.Trusted)
		r.store.tell(store.Change{Removed: []call.EntryKey{entry.Key()}})
		verdict(policy.Unknown)
		r.store.mu.Lock()
		r.store.blocks = []call.Entry{{List: call.Blocks, Pattern: stranger}}
		r.store.mu.Unlock()
		verdict(policy.Unknown)
		r.store.tell(store.Change{Reload: true})
		verdict(policy.Blocked)
		r.Close()
	})
}

func TestWhatAResidentBlockedOutlivesReadingTheListsAnew(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.asked("call1", "leg-a")
		r.store.mu.Lock()
		r.store.down = true
		r.store.mu.Unlock()
		r.decides("call1", '7')
		time.Sleep(200 * time.Millisecond) // a call waits for a store that is down
		r.store.tell(store.Change{Reload: true})
		settle()
		if d := r.Verdict(arrival("leg-b", "flat-1", stranger)); d.Verdict != policy.Blocked {
			t.Errorf("%s, because %s", d.Verdict, d.Reason())
		}
		r.store.mu.Lock()
		r.store.down = false
		r.store.mu.Unlock()
		r.store.tell(store.Change{Removed: []call.EntryKey{{Line: "flat-1", List: call.Blocks, Pattern: stranger}}})
		r.store.tell(store.Change{Reload: true})
		settle()
		if d := r.Verdict(arrival("leg-c", "flat-1", stranger)); d.Verdict == policy.Blocked {
			t.Errorf("taken off the list, and still blocked: %s", d.Reason())
		}
		r.Close()
	})
}

func TestAtNightCallersLeaveAMessageUnlessTheyCallAgainAndAgain(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, ruled(func(p *policy.Rules) {
			p.Night = []policy.Profile{{From: 0, To: 23*60 + 59, Unknown: policy.TakeMessage}} // the bubble begins at midnight
			p.BreakThrough, p.BreakThroughWithin = 3, 30*time.Minute
		}))
		r.store.tell(store.Change{Reload: true})
		for i, want := range []string{"screening/leave-message", "screening/leave-message", "screening/greeting"} {
			leg := call.LegID(fmt.Sprintf("leg-%d", i))
			r.Arrived(arrival(leg, "flat-1", stranger))
			settle()
			r.hears(t, leg, want)
			r.Happened(flow.LegGone{Leg: leg, Q850: 16})
			settle()
			time.Sleep(time.Minute)
		}
		r.Arrived(arrival("leg-x", "flat-1", friend)) // somebody else
		settle()
		r.hears(t, "leg-x", "screening/leave-message")
		r.Happened(flow.LegGone{Leg: "leg-x", Q850: 16})
		settle()
		time.Sleep(40 * time.Minute)
		r.Arrived(arrival("leg-y", "flat-1", stranger)) // the calls are long ago
		settle()
		r.hears(t, "leg-y", "screening/leave-message")
		r.Close()
	})
}

func TestThreeWrongCodesLockTheCodeOfTheLineForAWhile(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, func(o *engine.Options, _ *memory) { o.Codes = map[call.LineID]flow.Code{"flat-1": "2580"} })
		dials := func(leg call.LegID, keys string) {
			r.Arrived(arrival(leg, "flat-1", stranger))
			settle()
			for _, key := range keys {
				r.Happened(flow.DTMF{Leg: leg, Key: key})
			}
			settle()
		}
		over := func(leg call.LegID) {
			r.Happened(flow.LegGone{Leg: leg, Q850: 16})
			settle()
			time.Sleep(5 * time.Second)
		}
		dials("leg-before", "")
		for i := range 3 {
			leg := call.LegID(fmt.Sprintf("leg-%d", i))
			dials(leg, fmt.Sprintf("*111%d#", i))
			over(leg)
		}
		for _, key := range "*2580#" { // begun before the code was locked
			r.Happened(flow.DTMF{Leg: "leg-before", Key: key})
		}
		settle()
		if r.rings("call1") > 0 {
			t.Error("the code is compared in a call that was up when it was locked")
		}
		over("leg-before")
		dials("leg-right", "*2580#")
		if r.rings("call5") > 0 {
			t.Error("the code is compared after three wrong ones")
		}
		over("leg-right")
		time.Sleep(10 * time.Minute)
		dials("leg-late", "*2580#")
		if r.rings("call6") == 0 {
			t.Error("the code is still locked when the window is over")
		}
		r.Close()
	})
}

func TestListsThatCannotBeReadAreReadAgain(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.store.mu.Lock()
		r.store.unread = 3
		r.store.blocks = []call.Entry{{List: call.Blocks, Pattern: stranger}}
		r.store.mu.Unlock()
		r.store.tell(store.Change{Reload: true})
		settle()
		if d := r.Verdict(arrival("leg", "flat-1", stranger)); d.Verdict != policy.Blocked {
			t.Errorf("%s, because %s", d.Verdict, d.Reason())
		}
		r.Close()
	})
}

func TestWhatSomebodyDecidesLaterHoldsAgainstAResidentsBlock(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.asked("call1", "leg-a")
		r.decides("call1", '7')
		settle()
		now := time.Now()
		shorter := call.Entry{Line: "flat-1", List: call.Blocks, Pattern: stranger, Until: now.Add(time.Hour)}
		r.store.mu.Lock()
		r.store.blocks = []call.Entry{shorter}
		r.store.mu.Unlock()
		r.store.tell(store.Change{Put: []call.Entry{shorter}})
		r.store.tell(store.Change{Reload: true})
		time.Sleep(2 * time.Hour)
		if d := r.Verdict(arrival("leg-b", "flat-1", stranger)); d.Verdict != policy.Unknown {
			t.Errorf("%s, because %s", d.Verdict, d.Reason())
		}
		r.Close()
	})
}

func TestOnlyTheLatestCallersAreRemembered(t *testing.T) {
	var history []call.Record
	now := time.Now()
	for i := range 400 {
		history = append(history, call.Record{
			ID: call.ID(fmt.Sprintf("%03d", i)), Line: "flat-1", Ended: now.Add(-time.Duration(i) * time.Second), Cause: call.CallerHungUp,
			From: call.Caller{Number: stranger, Presentation: call.Allowed},
		})
	}
	from := call.Caller{Number: stranger, Presentation: call.Allowed}
	if n := engine.Missed(history, "flat-1", from, now, time.Hour); n != 300 {
		t.Errorf("%d calls of a flood are remembered", n)
	}
	if n := engine.Missed(history, "flat-1", from, now, 10*time.Second); n != 10 {
		t.Errorf("%d calls in ten seconds", n)
	}
}
