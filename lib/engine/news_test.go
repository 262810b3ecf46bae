package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/policy"
	"clearline/lib/store"
)

// paper keeps the news it is told.
type paper struct {
	mu   sync.Mutex
	news []call.News
}

func (p *paper) tell(n call.News) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.news = append(p.news, n)
}

// all is what was told of a call, and of lists, and begins anew.
func (p *paper) all() []call.News {
	settle()
	p.mu.Lock()
	defer p.mu.Unlock()
	told := p.news
	p.news = nil
	return told
}

// read is what was told of calls, in words.
func (p *paper) read() string {
	var words []string
	for _, n := range p.all() {
		switch n.Kind {
		case call.ListsChanged:
			continue
		case call.CallMoved:
			words = append(words, n.Stage)
		case call.CallDecided:
			words = append(words, fmt.Sprintf("%s %ss", n.Decision.By, n.Decision.Choice))
		case call.CallEnded:
			words = append(words, "ended "+string(n.Cause))
		case call.AttemptEnded:
			words = append(words, "attempt-ended "+string(n.Attempt.Outcome))
		default:
			words = append(words, string(n.Kind))
		}
	}
	return strings.Join(words, ", ")
}

// newspaper is a rig whose engine tells.
func newspaper(t *testing.T, change ...func(*engine.Options, *memory)) (*rig, *paper) {
	p := &paper{}
	r := newRig(t, append(change, func(o *engine.Options, _ *memory) { o.Tell = p.tell })...)
	p.all()
	return r, p
}

func TestNewsIsToldInTheOrderInWhichItHappens(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(t *testing.T, r *rig)
		want string
	}{
		{"of a caller who is accepted by the resident", func(_ *testing.T, r *rig) {
			r.guarded("call1", "leg-a", stranger)
			r.falls()
			r.Happened(flow.LegGone{Leg: "leg-a"})
		}, "call-began, purpose, seizing, ringing, call-waits, asking, resident accepts, joining, guarded, closing, ended completed"},
		{"of a caller whom a warden refuses", func(t *testing.T, r *rig) {
			r.falls()
			r.Arrived(arrival("leg-a", "flat-1", stranger))
			r.stated("leg-a")
			r.warden(t, "call1", nightDesk, call.Refuse)
			r.Happened(flow.PlaybackDone{Leg: "leg-a", Playback: newest[flow.Play](r.exchange.performed(), "leg-a").Playback})
			r.Happened(flow.LegGone{Leg: call.ID("call1").Consult(0)})
		}, "call-began, purpose, seizing, ringing, call-waits, night-desk refuses, closing, ended refused"},
		{"of a caller who is blocked: only that", func(_ *testing.T, r *rig) {
			r.store.tell(store.Change{Put: []call.Entry{{Line: "flat-1", List: call.Blocks, Pattern: stranger}}})
			r.Verdict(arrival("leg-a", "flat-1", stranger))
		}, "ended blocked"},
		{"of a number that no line owns: only the end", func(_ *testing.T, r *rig) {
			r.falls()
			r.Arrived(arrival("leg-a", "", stranger))
			settle()
			r.Happened(flow.LegGone{Leg: "leg-a"})
		}, "ended no-line"},
		{"of an attempt", func(_ *testing.T, r *rig) {
			r.dials("leg-r", "999")
		}, "attempt-began, leaving, attempt-ended cleared"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r, p := newspaper(t, either, unchecked)
				c.play(t, r)
				if got := p.read(); got != c.want {
					t.Errorf("told: %s\nwant: %s", got, c.want)
				}
				r.Close()
			})
		})
	}
}

// unchecked lets callers state their purpose at once.
func unchecked(o *engine.Options, _ *memory) { o.Rules.HumanCheck = false }

func TestNewsSaysWhoseItIs(t *testing.T) {
	in(t, func(t *testing.T) {
		r, p := newspaper(t, either)
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.stated("leg-a")
		var waits call.News
		for _, n := range p.all() {
			if n.Kind == call.CallWaits {
				waits = n
			}
		}
		want := call.News{
			Kind: call.CallWaits, At: waits.At, Line: "flat-1", Call: "call1", Stage: "ringing",
			From: call.Caller{Number: stranger, Presentation: call.Allowed}, Recording: "call1-purpose-3",
		}
		if waits != want || waits.At.IsZero() {
			t.Errorf("told %+v\nwant %+v", waits, want)
		}
		r.Close()
	})
}

// TestAMessageThatNeverBeganIsNone is about a caller who talks over the greeting, and hangs up
// at the tone.
func TestAMessageThatNeverBeganIsNone(t *testing.T) {
	for _, why := range []error{call.ErrLegEnding, call.ErrLegGone} {
		in(t, func(t *testing.T) {
			r := newRig(t, ruled(func(p *policy.Rules) {
				p.Night = []policy.Profile{{From: 0, To: 23*60 + 59, Unknown: policy.TakeMessage}} // the bubble begins at midnight
			}))
			r.exchange.standing = map[call.LegID]call.Standing{"leg-a": call.LegGone}
			r.exchange.fail = func(e flow.Effect) error {
				if _, records := e.(flow.Record); records {
					return why
				}
				return nil
			}
			r.Arrived(arrival("leg-a", "flat-1", stranger))
			settle()
			r.Happened(flow.SpeechStarted{Leg: "leg-a"})
			r.Happened(flow.PlaybackDone{Leg: "leg-a", Playback: newest[flow.Play](r.exchange.performed(), "leg-a").Playback})
			r.Happened(flow.LegGone{Leg: "leg-a", Q850: 16})
			settle()
			if h := r.store.history(); len(h) != 1 || h[0].Cause != call.CallerHungUp || h[0].Recording != "" {
				t.Errorf("after %v, history is %+v", why, h)
			}
			r.Close()
		})
	}
}

func TestAMessageIsNewsOnceItIsOver(t *testing.T) {
	in(t, func(t *testing.T) {
		r, p := newspaper(t, func(o *engine.Options, _ *memory) {
			rules := policy.DefaultRules()
			rules.Night = []policy.Profile{{From: 0, To: 23*60 + 59, Unknown: policy.TakeMessage}} // the bubble begins at midnight
			o.Policy["flat-1"] = rules
		})
		r.falls()
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		settle()
		r.Happened(flow.PlaybackDone{Leg: "leg-a", Playback: newest[flow.Play](r.exchange.performed(), "leg-a").Playback})
		settle()
		r.Happened(flow.SpeechStarted{Leg: "leg-a"})
		r.Happened(flow.LegGone{Leg: "leg-a"})
		if got, want := p.read(), "call-began, message-taken, ended message-left"; got != want {
			t.Errorf("told: %s\nwant: %s", got, want)
		}
		r.Close()
	})
}

func TestUnderwayShowsWhatANewConsoleMustKnow(t *testing.T) {
	in(t, func(t *testing.T) {
		r, _ := newspaper(t, either)
		began := time.Now()
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.Arrived(arrival("leg-n", "", stranger)) // refused at once
		settle()
		time.Sleep(time.Second)
		r.stated("leg-a")
		moved := time.Now()
		r.dials2("leg-r", "flat-2", "999")
		settle()
		all := r.Underway()
		if len(all) == 0 {
			t.Fatal("nothing is shown")
		}
		screening := all[0]
		want := call.Underway{
			Call: "call1", Line: "flat-1", Kind: "screening", Stage: "ringing", Since: began, Moved: moved,
			From:  call.Caller{Number: stranger, Presentation: call.Allowed},
			Waits: true, MayAccept: true, Recording: screening.Recording,
		}
		if screening != want || screening.Recording == "" {
			t.Errorf("the call is shown as %+v\nwant %+v", screening, want)
		}
		if slices.ContainsFunc(all, func(u call.Underway) bool { return u.Line == "" }) {
			t.Errorf("a caller who is refused at once is shown: %+v", all)
		}
		r.warden(t, "call1", nightDesk, call.Accept)
		screening = r.Underway()[0]
		if screening.Waits || screening.MayAccept || screening.Decision.By != nightDesk {
			t.Errorf("after the decision the call is shown as %+v", screening)
		}
		if line, goesOn, known := r.LineOf("call1"); line != "flat-1" || !goesOn || !known {
			t.Errorf("of a call that goes on the line is %q, %v, %v", line, goesOn, known)
		}
		if _, _, known := r.LineOf("call9"); known {
			t.Error("the line of no call is known")
		}
		r.Close()
		for id, of := range map[call.ID]call.LineID{"call1": "flat-1", "call3": "flat-2"} {
			if line, goesOn, known := r.LineOf(id); line != of || goesOn || !known {
				t.Errorf("after the end the line of %s is %q, %v, %v", id, line, goesOn, known)
			}
		}
		if left := r.Underway(); len(left) != 0 {
			t.Errorf("after the end %+v is shown", left)
		}
	})
}

// dials2 lets a resident of a line dial on a leg of its own.
func (r *rig) dials2(leg call.LegID, line call.LineID, number string) {
	r.Dialled(engine.Dialled{Leg: leg, Line: line, Dialled: number, At: time.Now()})
}

func TestOnlyTheWardenWhoMayAcceptIsOfferedIt(t *testing.T) {
	in(t, func(t *testing.T) {
		r, _ := newspaper(t) // the resident alone may accept
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		r.stated("leg-a")
		if u := r.Underway()[0]; !u.Waits || u.MayAccept {
			t.Errorf("shown as %+v, want a call that can be refused and not accepted", u)
		}
		r.Close()
	})
}

func TestChangesOfListsAreToldOfEachLine(t *testing.T) {
	in(t, func(t *testing.T) {
		r, p := newspaper(t)
		r.store.tell(store.Change{
			Put: []call.Entry{
				{Line: "flat-1", List: call.Blocks, Pattern: "+441632960001"},
				{Line: "flat-1", List: call.Blocks, Pattern: "+441632960002"},
				{Line: "", List: call.Blocks, Pattern: "+441632960003"},
			},
			Removed: []call.EntryKey{{Line: "flat-2", List: call.Contacts, Pattern: "+441632960004"}},
		})
		var lines []call.LineID
		for _, n := range p.all() {
			if n.Kind == call.ListsChanged {
				lines = append(lines, n.Line)
			}
		}
		if want := []call.LineID{"", "flat-1", "flat-2"}; !slices.Equal(lines, want) {
			t.Errorf("told of the lists of %q, want %q", lines, want)
		}
		r.Close()
	})
}

func TestTheEndIsToldWhenTheStoreIsDown(t *testing.T) {
	in(t, func(t *testing.T) {
		r, p := newspaper(t)
		r.falls()
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		settle()
		p.all()
		r.store.mu.Lock()
		r.store.down = true
		r.store.mu.Unlock()
		r.Happened(flow.LegGone{Leg: "leg-a"})
		settle()
		time.Sleep(time.Second)
		if got, want := p.read(), "ended caller-hung-up"; got != want {
			t.Errorf("told: %s\nwant: %s", got, want)
		}
		r.Close()
	})
}

func TestWhoIsToldMayAskTheEngine(t *testing.T) {
	in(t, func(t *testing.T) {
		var r *rig
		asked := 0
		r = newRig(t, func(o *engine.Options, _ *memory) {
			o.Tell = func(n call.News) {
				if n.Kind == call.CallBegan {
					asked = len(r.Underway())
				}
			}
		})
		r.Arrived(arrival("leg-a", "flat-1", stranger))
		settle()
		if asked != 1 {
			t.Errorf("%d calls are under way as one begins, want 1", asked)
		}
		r.Close()
	})
}
