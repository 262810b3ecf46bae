package engine_test

import (
	"reflect"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
	"clearline/lib/store"
)

func TestWhatAnotherNodeHasWrittenCountsAtOnce(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t)
		settle()
		now := time.Now()
		r.store.tell(store.Change{
			Windows: []call.Window{{Line: "flat-1", Kind: call.Quarantine, Number: stranger, Since: now, Until: now.Add(time.Hour)}},
			Attempts: []call.Attempt{
				{ID: "there", Line: "flat-1", At: now, Outcome: call.OutcomeCleared},
				{ID: "there", Line: "flat-1", At: now}, // word of its beginning comes late
			},
			Records: []call.Record{{
				ID: "caller", Line: "flat-1", From: call.Caller{Number: friend, Presentation: call.Allowed}, Arrived: now, Ended: now, Cause: call.Refused,
			}},
		})
		if d := r.Verdict(arrival("leg", "flat-1", stranger)); d.Rule != policy.RuleQuarantine {
			t.Errorf("who was torn down there: %s, because %s", d.Verdict, d.Reason())
		}
		r.dials("leg-r", "159")
		settle()
		if a := r.store.last(); a.Urgency != call.High || a.Suspect.Number != friend {
			t.Errorf("the second attempt within the window, after an unknown caller, is %+v", a)
		}
		r.Close()
	})
}

func TestWhatTheStoreHasLostIsNotForgottenAndWrittenAgain(t *testing.T) {
	in(t, func(t *testing.T) {
		contact := call.Entry{Line: "flat-1", List: call.Contacts, Pattern: friend}
		elsewhere := call.Entry{Line: "flat-2", List: call.Contacts, Pattern: friend}
		r := newRig(t, listed(contact, elsewhere))
		r.dials("leg-r", "999")
		settle()
		attempt, windows := r.store.last(), r.store.windows
		if len(windows) == 0 {
			t.Fatal("the emergency call has opened no window")
		}
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		settle()
		r.store.mu.Lock()
		r.store.blocks, r.store.attempts, r.store.windows = nil, nil, nil
		clear(r.store.saved)
		r.store.mu.Unlock()
		r.store.tell(store.Change{Reload: true, Lost: []call.LineID{"flat-1"}})
		settle()
		if d := r.Verdict(arrival("leg", "flat-1", friend)); d.Verdict != policy.Trusted {
			t.Errorf("a contact of the line that was lost: %s, because %s", d.Verdict, d.Reason())
		}
		if d := r.Verdict(arrival("leg", "flat-2", friend)); d.Verdict == policy.Trusted {
			t.Error("a contact that was removed elsewhere is still one")
		}
		r.store.mu.Lock()
		if len(r.store.saved) != 1 {
			t.Errorf("%d calls under way are saved", len(r.store.saved))
		}
		if len(r.store.blocks) != 1 || r.store.blocks[0] != contact {
			t.Errorf("the lists are %+v", r.store.blocks)
		}
		if len(r.store.attempts) != 1 || r.store.attempts[0] != attempt || !reflect.DeepEqual(r.store.windows, windows) {
			t.Errorf("attempts %+v, windows %+v", r.store.attempts, r.store.windows)
		}
		r.store.mu.Unlock()
		r.Close()
	})
}

func TestWhatFailsIsWrittenAgainAsItWasAndWhatCameLaterBehindIt(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, ruled(trusting))
		r.store.unsaid = 2
		r.DialledOut("flat-1", friend)
		settle()
		r.DialledOut("flat-1", stranger)
		time.Sleep(2 * time.Second)
		settle()
		asked := r.store.asked
		if len(asked) != 4 {
			t.Fatalf("the store was asked %d times", len(asked))
		}
		for n, changes := range asked[:3] {
			if !reflect.DeepEqual(changes, asked[0]) || changes.Turn.N != 1 || changes.Put[0].Pattern != friend {
				t.Errorf("at the try %d the store was asked for %+v", n+1, changes)
			}
		}
		if later := asked[3]; later.Turn.N != 2 || later.Turn.Writer != asked[0].Turn.Writer || len(later.Put) != 1 || later.Put[0].Pattern != stranger {
			t.Errorf("and then for %+v", later)
		}
		r.Close()
	})
}

func TestTwoRunsAreTwoWriters(t *testing.T) {
	in(t, func(t *testing.T) {
		var writers []string
		for range 2 {
			r := newRig(t, ruled(trusting))
			r.DialledOut("flat-1", friend)
			settle()
			writers = append(writers, r.store.asked[0].Turn.Writer)
			r.Close()
		}
		if writers[0] == writers[1] || writers[0] == "" {
			t.Errorf("they are %q", writers)
		}
	})
}
