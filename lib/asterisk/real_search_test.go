package asterisk

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/testbed"
)

// searchDialplan marks legs as Clearline's own does.
const searchDialplan = `[clearline-inbound]
exten => 01632960101,1,Set(CLEARLINE_LINE=flat-1)
 same => n,Goto(clearline-deliver,flat-1,1)
exten => 80,1,Goto(clearline-outbound,80,1)
exten => 01632960102,1,Set(CLEARLINE_LINE=flat-2)
 same => n,Goto(clearline-deliver,flat-2,1)

exten => 01632960111,1,Set(CLEARLINE_LINE=flat-1)
 same => n,Stasis(clearline,inbound,${CLEARLINE_LINE},${EXTEN},allowed)
 same => n,Hangup()

[clearline-outbound]
exten => 999,1,Set(CLEARLINE_ROLE=emergency)
 same => n,Goto(clearing,${EXTEN},1)
exten => 159,1,Set(CLEARLINE_ROLE=verification)
 same => n,Goto(clearing,${EXTEN},1)
exten => 70,1,BridgeWait(car-park)
exten => 80,1,ConfBridge(coffee)
exten => _[+0-9]!,1,Goto(clearline-onward,${EXTEN},1)

[clearing]
exten => _[+0-9]!,1,Set(CLEARLINE_LINE=${IF($["${CHANNEL(name):0:9}" = "PJSIP/101"]?flat-1:flat-2)})
 same => n,Stasis(clearline,outbound,${CLEARLINE_LINE},${EXTEN})
 same => n,Hangup()

[clearline-cleared]
exten => _[01][01],1,Goto(clearline-onward,01632960999,1)

[clearline-consult]
exten => s,1,Stasis(clearline,consult,${CLEARLINE_CALL})
 same => n,Hangup()

[clearline-failsafe]
exten => s,1,Hangup(31)

[crowd]
exten => s,1,Answer()
 same => n,Wait(600)
`

// snooped is the name of a channel that listens.
var snooped = regexp.MustCompile("^Snoop/.*")

// searching is a bench with two lines and who may ring them.
type searching struct {
	bench
	log                                           *logged
	caller, second, exchange, resident, neighbour *testbed.Phone
}

func newSearching(t *testing.T, vars ...string) searching {
	t.Helper()
	bed := testbed.Start(t, testbed.Options{
		Dialplan: searchDialplan, Transfers: true, ChannelVars: vars, Files: map[string]string{"confbridge.conf": "[general]\n"},
		Lines: []testbed.Line{
			{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
			{ID: "flat-2", Numbers: []string{"+441632960102"}, Endpoints: []string{"102"}},
		},
	})
	for _, module := range []string{"app_confbridge", "bridge_softmix"} { // a test bed has no conferences by itself
		testbed.Must[string](t)(bed.Asterisk.CLI(t.Context(), "module load "+module+".so"))
	}
	log := &logged{}
	opt := options(bed.Asterisk.ARIURL())
	opt.Logger = slog.New(slog.NewTextHandler(log, nil))
	opt.Username, opt.Password, opt.RequestTimeout = bed.Asterisk.ARIUser(), bed.Asterisk.ARIPassword(), 0
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	s := searching{bench: bench{newWatched(t), ctx, bed, mustNew(t, opt)}, log: log}
	run(t, s.c, s)
	wait[Holdings](s.watched)
	s.exchange = testbed.Must[*testbed.Phone](t)(bed.Exchange(ctx, "exchange", ""))
	s.resident = testbed.Must[*testbed.Phone](t)(bed.Resident(ctx, "resident", "101"))
	s.neighbour = testbed.Must[*testbed.Phone](t)(bed.Resident(ctx, "neighbour", "102"))
	s.caller = s.stranger("01632960200")
	s.second = s.stranger("01632960201")
	return s
}

func (s searching) stranger(number string) *testbed.Phone {
	return testbed.Must[*testbed.Phone](s.t)(s.bed.Caller(s.ctx, number, "", testbed.Identity{Number: number}))
}

func (s searching) calls(from *testbed.Phone, number string, to *testbed.Phone) *testbed.Call {
	s.t.Helper()
	before := s.bridged()
	c := testbed.Must[*testbed.Call](s.t)(from.Call(s.ctx, number))
	s.check(to.Answer(s.ctx))
	s.check(c.WaitState(s.ctx, testbed.Answered))
	waitFor(s.t, "the two to talk", func() bool { return s.bridged() == before+2 })
	return c
}

// bridged counts the legs in bridges.
func (s searching) bridged() int {
	s.t.Helper()
	var bridges []bridge
	s.check(s.bed.Asterisk.ARI(s.ctx, "GET", "/bridges", nil, &bridges))
	n := 0
	for _, b := range bridges {
		n += len(b.Members)
	}
	return n
}

// guarded puts a stranger through to the resident as Clearline does, and returns the
// resident's leg.
func (s searching) guarded() call.LegID {
	s.t.Helper()
	testbed.Must[*testbed.Call](s.t)(s.caller.Call(s.ctx, "01632960111"))
	a := wait[Arrival](s.watched)
	consult := call.ID("x").Consult(0)
	s.do(flow.Answer{Leg: a.Leg}, flow.RingResident{
		Leg: consult, Call: "x", Line: "flat-1", Endpoint: "PJSIP/101", From: a.From, Patience: time.Minute,
	})
	s.check(s.resident.Answer(s.ctx))
	s.answered(consult)
	s.do(flow.Bridge{Bridge: "x-bridge", Caller: a.Leg, Resident: consult})
	return consult
}

func (s searching) answered(leg call.LegID) {
	s.t.Helper()
	for got := wait[flow.LegAnswered](s.watched).Leg; got != leg; got = wait[flow.LegAnswered](s.watched).Leg {
		s.t.Logf("%s answered besides", got)
	}
}

// dials dials for help and returns the leg that does.
func (s searching) dials(from *testbed.Phone, number string) Dialled {
	s.t.Helper()
	testbed.Must[*testbed.Call](s.t)(from.Call(s.ctx, number))
	return wait[Dialled](s.watched)
}

func (s searching) search(d Dialled) call.Search {
	return call.Search{Line: d.Line, Endpoints: []string{"PJSIP/10" + strings.TrimPrefix(string(d.Line), "flat-")}, Own: d.Leg, Way: call.WayFresh}
}

// listed are all channels by their names without the count.
func (s searching) listed() map[call.LegID]string {
	s.t.Helper()
	var channels []channel
	s.check(s.bed.Asterisk.ARI(s.ctx, "GET", "/channels", nil, &channels))
	names := map[call.LegID]string{}
	for _, ch := range channels {
		names[call.LegID(ch.ID)] = ch.endpoint()
	}
	return names
}

func (s searching) names(legs []call.LegID) string {
	s.t.Helper()
	all := s.listed()
	var names []string
	for _, leg := range legs {
		names = append(names, snooped.ReplaceAllString(all[leg], "Snoop"))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// finds waits until the search finds these, by name, and returns them.
func (s searching) finds(d Dialled, want string) []call.LegID {
	s.t.Helper()
	var legs []call.LegID
	var got string
	waitForOr(s.t, func() string { return fmt.Sprintf("found %q, want %q", got, want) }, func() bool {
		var err error
		legs, err = s.c.LegsOf(s.ctx, s.search(d))
		s.check(err)
		got = s.names(legs)
		return got == want
	})
	return legs
}

// clears hangs up who was found, one by one, and insists that nobody is found any more.
func (s searching) clears(d Dialled, legs []call.LegID) {
	s.t.Helper()
	for _, leg := range legs {
		s.do(flow.HangUp{Leg: leg, Q850: 16})
	}
	s.finds(d, "")
	for range 20 { // and stays empty
		if again, err := s.c.LegsOf(s.ctx, s.search(d)); err != nil || len(again) > 0 {
			s.t.Fatalf("found %v again, %v", again, err)
		}
	}
	for _, leg := range legs {
		if strings.HasPrefix(s.listed()[leg], "Snoop/") {
			continue // over, and listed still
		}
		if gone, err := s.c.Gone(s.ctx, leg); !gone || err != nil {
			s.t.Errorf("%s is gone: %t, %v", leg, gone, err)
		}
	}
}

// over ends everything.
func (s searching) over() {
	s.t.Helper()
	for _, p := range []*testbed.Phone{s.caller, s.second, s.exchange, s.resident, s.neighbour} {
		for _, c := range p.Calls() {
			_ = c.HangUp(s.ctx) // it may have ended
		}
	}
	for leg := range s.listed() {
		s.do(flow.HangUp{Leg: leg})
	}
	waitFor(s.t, "an empty exchange", func() bool { return len(s.listed()) == 0 })
}
