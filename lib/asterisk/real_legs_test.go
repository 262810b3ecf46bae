package asterisk

import (
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/testbed"
)

func TestTheLegsOfALineOnARealAsterisk(t *testing.T) {
	s := newSearching(t)
	for _, tc := range []struct {
		name string
		live func(searching) Dialled
		want string
	}{
		{"a call on hold and a second call", func(s searching) Dialled {
			s.calls(s.caller, "01632960101", s.resident)
			s.check(s.resident.Hold(s.ctx))
			return s.dials(s.resident, "159")
		}, "PJSIP/101 PJSIP/main"},
		{"two callers", func(s searching) Dialled {
			s.calls(s.caller, "01632960101", s.resident)
			testbed.Must[*testbed.Call](s.t)(s.second.Call(s.ctx, "01632960101"))
			testbed.Must[*testbed.Call](s.t)(s.resident.WaitRinging(s.ctx))
			return s.dials(s.resident, "999")
		}, "PJSIP/101 PJSIP/101 PJSIP/main PJSIP/main"},
		{"a blind transfer by the resident", func(s searching) Dialled {
			s.calls(s.caller, "01632960101", s.resident)
			s.check(s.resident.Current().Transfer(s.ctx, "01632960998"))
			s.check(s.exchange.Answer(s.ctx))
			return s.dials(s.resident, "159")
		}, "PJSIP/main PJSIP/main"},
		{"an attended transfer by the resident", func(s searching) Dialled {
			s.calls(s.caller, "01632960101", s.resident)
			first := s.resident.Current()
			s.check(s.resident.Hold(s.ctx))
			second := s.calls(s.resident, "01632960998", s.exchange)
			s.check(first.Join(s.ctx, second))
			return s.dials(s.resident, "159")
		}, "PJSIP/main PJSIP/main"},
		{"a call to the network, transferred to a neighbour", func(s searching) Dialled {
			s.calls(s.caller, "01632960101", s.resident)
			s.check(s.resident.Current().Transfer(s.ctx, "01632960102"))
			s.check(s.neighbour.Answer(s.ctx))
			return s.dials(s.resident, "159")
		}, "PJSIP/102 PJSIP/main"},
		{"a blind transfer out of a guarded call", func(s searching) Dialled {
			s.guarded()
			s.check(s.resident.Current().TryTransfer(s.ctx, "01632960998"))
			return s.dials(s.resident, "159")
		}, "PJSIP/main"}, // the Local channel came in unknown, and was not kept
		{"a caller behind a Local channel", func(s searching) Dialled {
			s.do(flow.HangUp{Leg: s.guarded()})
			const local = "/channels?endpoint=Local/01632960998@clearline-onward/n&channelId=l&otherChannelId=m&app=clearline&appArgs=consult,x"
			s.check(s.bed.Asterisk.ARI(s.ctx, "POST", local, nil, nil))
			s.check(s.exchange.Answer(s.ctx))
			s.answered("l")
			s.check(s.c.add(s.ctx, "x-bridge", "l"))
			return s.dials(s.resident, "159")
		}, "Local/01632960998@clearline-onward Local/01632960998@clearline-onward PJSIP/main PJSIP/main"},
		{"a number dialled inside a guarded call", func(s searching) Dialled {
			consult := s.guarded()
			s.do(flow.Unbridge{Bridge: "x-bridge"}, flow.Redial{Leg: consult, Dialled: "999"})
			return wait[Dialled](s.watched)
		}, "PJSIP/main"},
		{"who listens to the resident", func(s searching) Dialled {
			s.calls(s.caller, "01632960101", s.resident)
			for leg, name := range s.listed() {
				if name == "PJSIP/101" {
					s.spies(leg, "spy-1")
				}
			}
			d := s.dials(s.resident, "159")
			s.spies(d.Leg, "spy-2")
			return d
		}, "PJSIP/101 PJSIP/main Snoop Snoop"},
		{"a neighbour's calls and his emergency", func(s searching) Dialled {
			s.calls(s.caller, "01632960102", s.neighbour)
			s.calls(s.second, "01632960101", s.resident)
			d := s.dials(s.neighbour, "999")
			s.do(flow.GoOn{Leg: d.Leg})
			s.check(s.exchange.Answer(s.ctx))
			return s.dials(s.resident, "999")
		}, "PJSIP/101 PJSIP/main"},
		{"the line's own emergency under way", func(s searching) Dialled {
			s.calls(s.caller, "01632960101", s.resident)
			d := s.dials(s.resident, "999")
			s.do(flow.GoOn{Leg: d.Leg})
			testbed.Must[*testbed.Call](s.t)(s.exchange.WaitRinging(s.ctx))
			return s.dials(s.resident, "159")
		}, "PJSIP/101 PJSIP/main"},
		{"in a conference with others", func(s searching) Dialled {
			for _, p := range []*testbed.Phone{s.caller, s.neighbour, s.resident} {
				testbed.Must[*testbed.Call](s.t)(p.Call(s.ctx, "80"))
				s.check(p.Current().WaitState(s.ctx, testbed.Answered))
			}
			return s.dials(s.resident, "159")
		}, "PJSIP/101"},
		{"beside others in a car park", func(s searching) Dialled {
			testbed.Must[*testbed.Call](s.t)(s.neighbour.Call(s.ctx, "70"))
			s.check(s.neighbour.Current().WaitState(s.ctx, testbed.Answered))
			testbed.Must[*testbed.Call](s.t)(s.resident.Call(s.ctx, "70"))
			s.check(s.resident.Current().WaitState(s.ctx, testbed.Answered))
			return s.dials(s.resident, "159")
		}, "PJSIP/101"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := s
			s.t, s.watched = t, &watched{t, s.told}
			defer s.over()
			d := tc.live(s)
			s.clears(d, s.finds(d, tc.want))
		})
	}
}

func (s searching) spies(leg call.LegID, id string) {
	s.t.Helper()
	s.check(s.bed.Asterisk.ARI(s.ctx, "POST", "/channels/"+string(leg)+"/snoop/"+id+"?spy=both&app=clearline&appArgs=consult,x", nil, nil))
}

func TestALineIsSearchedWithoutMarksOnARealAsterisk(t *testing.T) {
	s := newSearching(t, "SOME_OTHER")
	s.calls(s.caller, "01632960101", s.resident)
	s.calls(s.second, "01632960102", s.neighbour)
	d := s.dials(s.resident, "159")
	s.clears(d, s.finds(d, "PJSIP/101 PJSIP/main"))
	if line := `line="channelvars=CLEARLINE_LINE,CLEARLINE_ROLE,CHANNEL(linkedid),SOME_OTHER"`; s.log.count(line) != 1 {
		t.Errorf("logged %s, want %s once", s.log.buf.String(), line)
	}
	s.over()
}

// TestHowLongAListingTakes asserts nothing about time; it tells.
func TestHowLongAListingTakes(t *testing.T) {
	s := newSearching(t)
	d := s.dials(s.resident, "159")
	up := 1
	for _, crowd := range []int{1, 51, 201} {
		for ; up < crowd; up += 2 {
			s.check(s.bed.Asterisk.ARI(s.ctx, "POST", "/channels?endpoint=Local/s@crowd/n&context=crowd&extension=s&priority=1", nil, nil))
		}
		waitFor(t, "the crowd", func() bool { return len(s.listed()) == crowd })
		var took []time.Duration
		for range 40 {
			began := time.Now()
			if legs, err := s.c.LegsOf(s.ctx, s.search(d)); err != nil || len(legs) > 0 {
				t.Fatalf("found %v, %v", legs, err)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		t.Logf("%d channels: at best %s, mostly %s, at worst %s", crowd, took[0], took[len(took)/2], took[len(took)-1])
	}
}

func TestAPairComesApartOnARealAsterisk(t *testing.T) {
	s := newSearching(t)
	consult := s.guarded()
	var caller call.LegID
	for leg, name := range s.listed() {
		if name == "PJSIP/main" {
			caller = leg
		}
	}
	peer := func() string {
		var answer struct{ Value string }
		err := s.bed.Asterisk.ARI(s.ctx, "GET", "/channels/"+string(caller)+"/variable?variable=CLEARLINE_PEER", nil, &answer)
		if err != nil && !strings.Contains(err.Error(), "variable was not found") { // as of one that is empty
			t.Fatal(err)
		}
		return answer.Value
	}
	s.do(flow.Pair{Caller: caller, Resident: consult})
	if got := peer(); got == "" {
		t.Error("the caller's leg has no peer")
	}
	s.do(flow.Unpair{Caller: caller})
	if got := peer(); got != "" {
		t.Errorf("the caller's leg has the peer %s", got)
	}
}
