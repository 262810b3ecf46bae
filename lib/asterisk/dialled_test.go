package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/callerid"
	"clearline/lib/flow"
)

func TestALegGoesOnToDial(t *testing.T) {
	goesOn := func(context, extension string) asked {
		return asked{
			"POST", "/channels/a%2Fb/continue",
			fmt.Sprintf(`{"context":"clearline-%s","extension":"%s","priority":1}`, context, extension),
		}
	}
	for _, tc := range []struct {
		name   string
		effect flow.Effect
		want   []asked
	}{
		{"another number", flow.Redial{Leg: "a/b", Dialled: "159", Way: call.WayGuarded}, []asked{goesOn("outbound", "159")}},
		{"nothing was proved", flow.GoOn{Leg: "a/b"}, []asked{goesOn("cleared", "00")}},
		{"an incident", flow.GoOn{Leg: "a/b", Incident: true}, []asked{goesOn("cleared", "01")}},
		{"cleared", flow.GoOn{Leg: "a/b", Cleared: true}, []asked{goesOn("cleared", "10")}},
		{"cleared of an incident", flow.GoOn{Leg: "a/b", Cleared: true, Incident: true}, []asked{goesOn("cleared", "11")}},
		{
			"by another trunk",
			flow.GoOn{Leg: "a/b", Cleared: true, Incident: true, Avoid: "main"},
			[]asked{goesOn("cleared", "11main")},
		},
		{
			"the caller's end is no longer the resident's",
			flow.Unpair{Caller: "a/b"},
			[]asked{{"POST", "/channels/a%2Fb/variable", `{"variable":"CLEARLINE_PEER","value":""}`}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFakeARI(t)
			if err := f.client(nil).Perform(t.Context(), tc.effect); err != nil {
				t.Fatal(err)
			}
			wantAsked(t, f.requests(), tc.want)
		})
	}
}

// outgoing are the orders to a resident's leg that dials.
var outgoing = []flow.Effect{
	flow.Redial{Leg: "leg", Dialled: "159"},
	flow.GoOn{Leg: "leg", Cleared: true},
	flow.GoOn{Leg: "leg", Cleared: true, Avoid: "main"},
}

// TestALegThatCannotBeFoundForAMomentMayObeyLater is about a channel that takes the place of
// another: it is shown all the while.
func TestALegThatCannotBeFoundForAMomentMayObeyLater(t *testing.T) {
	f := newFakeARI(t)
	f.on("POST /channels/leg/continue", answer{status: http.StatusNotFound, body: `{"message":"Channel not found"}`})
	c := f.client(nil)
	for _, tc := range []struct {
		shown answer
		want  error // nil for any other
	}{
		{answer{status: 200, body: `{"id":"leg","dialplan":{"app_name":"Stasis","exten":"159"}}`}, nil},
		{answer{status: 200, body: `{"id":"leg","dialplan":{"app_name":"NoOp","exten":"h"}}`}, call.ErrLegEnding},
		{answer{status: 404, body: `{"message":"Channel not found"}`}, ErrGone},
	} {
		f.on("GET /channels/leg", tc.shown)
		err := c.Perform(t.Context(), flow.Redial{Leg: "leg", Dialled: "999"})
		known := errors.Is(err, ErrGone) || errors.Is(err, call.ErrLegTaken)
		if err == nil || tc.want == nil && known || tc.want != nil && !errors.Is(err, tc.want) {
			t.Errorf("shown as %s: %v, want %v", tc.shown.body, err, tc.want)
		}
	}
}

func TestALegThatTheDialplanHasDoesNotGoOn(t *testing.T) {
	f := newFakeARI(t)
	f.on("POST /channels/leg/continue", answer{status: http.StatusConflict, body: `{"message":"Channel not in Stasis application"}`})
	f.on("GET /channels/leg", answer{status: 200, body: `{"id":"leg"}`})
	c := f.client(nil)
	for _, e := range outgoing {
		if err := c.Perform(t.Context(), e); !errors.Is(err, call.ErrLegTaken) || errors.Is(err, ErrGone) {
			t.Errorf("%+v: %v, want %v", e, err, call.ErrLegTaken)
		}
	}
	f.on("GET /channels/leg", answer{status: 404, body: `{"message":"Channel not found"}`})
	f.on("POST /channels/leg/variable", answer{status: 404, body: `{"message":"Channel not found"}`})
	for _, e := range append(outgoing, flow.Unpair{Caller: "leg"}) {
		if err := c.Perform(t.Context(), e); !errors.Is(err, ErrGone) || errors.Is(err, call.ErrLegTaken) {
			t.Errorf("%+v: %v, want %v", e, err, ErrGone)
		}
	}
}

func TestALegGoesOnAlthoughATrunkCannotBeNamed(t *testing.T) {
	f := newFakeARI(t)
	if err := f.client(nil).Perform(t.Context(), flow.GoOn{Leg: "leg", Avoid: "a,b"}); err != nil {
		t.Error(err)
	}
	if a := f.waitAsked("POST", "/channels/leg/continue"); !strings.Contains(a.body, `"extension":"00"`) {
		t.Errorf("asked %s", a.body)
	}
}

func TestAConsultBearsItsCallAndItsLine(t *testing.T) {
	f := newFakeARI(t)
	ring := flow.RingResident{Leg: "x-consult-0", Call: "x", Line: "flat-1", Endpoint: "PJSIP/101", Patience: 1600 * time.Millisecond}
	if err := f.client(nil).Perform(t.Context(), ring); err != nil {
		t.Fatal(err)
	}
	a := f.waitAsked("POST", "/channels")
	if !strings.Contains(a.body, `"variables":{"CLEARLINE_CALL":"x","CLEARLINE_LINE":"flat-1"}`) || !strings.Contains(a.body, `"timeout":2`) {
		t.Errorf("asked %s", a.body)
	}
}

func TestWhatIsDialledIsTold(t *testing.T) {
	f := newFakeARI(t)
	c, w, s := f.connect(nil)
	for args, want := range map[string]Dialled{
		`["outbound","flat-1","159"]`:                                   {Line: "flat-1", Dialled: "159"},
		`["outbound","flat-1","+44 (1632) 960999"]`:                     {Line: "flat-1", Dialled: "+441632960999"},
		`["outbound","flat-1","1","5","9"]`:                             {Line: "flat-1", Dialled: "159"},
		`["outbound","flat-1","consult","inbound","${X}"]`:              {Line: "flat-1"},
		`["outbound","flat-1","` + strings.Repeat("9a,", 500) + `"]`:    {Line: "flat-1", Dialled: strings.Repeat("9", callerid.MaxNumber)},
		`["outbound","flat-1","` + strings.Repeat("9\",\"", 500) + `"]`: {Line: "flat-1", Dialled: strings.Repeat("9", callerid.MaxNumber)},
		`["outbound","","999"]`:                                         {Dialled: "999"},
		`["outbound","fl\u202eat\n","999"]`:                             {Line: "flat", Dialled: "999"},
		`["outbound","flat-1"]`:                                         {Line: "flat-1"},
		`["outbound"]`:                                                  {},
	} {
		s.send(start("leg", args))
		got := wait[Dialled](w)
		if want.Leg = "leg"; got.At.IsZero() {
			t.Errorf("%s: no time", args)
		}
		got.At = time.Time{}
		if got != want {
			t.Errorf("%.80s: told %+v, want %+v", args, got, want)
		}
	}
	if len(w.told) > 0 {
		t.Errorf("told %+v besides", w.next())
	}
	f.waitAsked("POST", "/applications/clearline/subscription")
	s.send(destroyed("leg", 16), destroyed("leg", 16), start("end", `["consult","x"]`))
	w.want(flow.LegGone{Leg: "leg", Q850: 16}, flow.LegAnswered{Leg: "end"})
	if known := c.legs.all(); fmt.Sprint(known) != "[end]" {
		t.Errorf("%v are remembered for ever", known)
	}
}

func TestADeadMansTimeIsNotSetOnALegThatDialsByNow(t *testing.T) {
	f := newFakeARI(t)
	c, w, s := f.connect(nil)
	s.send(start("leg", `["outbound","flat-1","999"]`))
	wait[Dialled](w)
	f.on("DELETE /channels/leg/silence", answer{status: 409, body: `{"message":"Channel not in Stasis application"}`})
	f.on("GET /channels/leg", answer{status: 200, body: `{"id":"leg"}`})
	if err := c.Perform(t.Context(), flow.Deadman{Leg: "leg", After: time.Second}); !errors.Is(err, call.ErrLegTaken) {
		t.Errorf("got %v, want %v", err, call.ErrLegTaken)
	}
	for _, a := range f.requests() {
		if strings.HasSuffix(a.uri, "/variable") {
			t.Errorf("asked %v", a)
		}
	}
}

func TestALegThatComesBackToDialIsToldNotHeld(t *testing.T) {
	f := newFakeARI(t)
	sent := make(chan struct{})
	f.on("GET /applications/clearline", answer{
		status: 200, body: `{"channel_ids":["old","dials"]}`,
		then: func() {
			f.socket().send(start("dials", `["outbound","flat-1","159"]`))
			close(sent)
		},
	})
	w := newWatched(t)
	run(t, f.client(nil), w)
	if got := fmt.Sprint(wait[Holdings](w).Legs); got != "[old]" {
		t.Errorf("holds %s, want [old]", got)
	}
	if got := wait[Dialled](w).Leg; got != "dials" {
		t.Errorf("%s dials, want dials", got)
	}
	<-sent
}

func TestAHostileDiallerIsToldClean(t *testing.T) {
	c := mustNew(t, options("http://127.0.0.1:1/ari"))
	over, cancel := context.WithCancel(t.Context())
	cancel() // nothing is to be watched
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			w := newWatched(t)
			q := quoted(text)
			c.tellFrame(over, w, []byte(`{"type":"StasisStart","args":["outbound",`+q+`,`+q+`,`+q+`],"channel":{"id":`+q+`,"name":`+q+`}}`))
			checkDialled(t, wait[Dialled](w))
		})
	}
}

func checkDialled(t *testing.T, d Dialled) {
	t.Helper()
	checkName(t, string(d.Line))
	checkNumber(t, d.Dialled)
	if d.At.IsZero() {
		t.Errorf("no time in %+v", d)
	}
}
