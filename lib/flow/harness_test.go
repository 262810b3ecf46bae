package flow_test

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/policy"
	"clearline/lib/prompt"
)

// TestMain lets the property tests take many more random walks than rapid does by
// itself, unless the flag was given or the run is short.
func TestMain(m *testing.M) {
	flag.Parse()
	checks := flag.Lookup("rapid.checks")
	if !testing.Short() && checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("1000"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

const (
	callID   = call.ID("01k")
	caller   = call.LegID("1763776091.12")
	first    = call.LegID("01k-consult-0")
	second   = call.LegID("01k-consult-1")
	bridge   = call.BridgeID("01k-bridge")
	stranger = call.LegID("somebody-else")
)

var rules = flow.Rules{
	HumanCheck:  true,
	PurposeMax:  12 * time.Second,
	ConsultRing: 30 * time.Second,
	ChoiceWait:  10 * time.Second,
	Deadman:     9 * time.Second,
	AcceptKey:   '5',
	BlockKey:    '7',
	RepeatKey:   '*',
	HangupKeys:  "**",
	PINDigits:   4,
	AdviceAfter: 3 * time.Minute,
	AdviceEvery: 10 * time.Minute,
}

// plan is what the line dials: the services of the region, a bank, and the house's own
// office, whose number begins with that of a service.
var plan = func() *policy.Plan {
	services, err := policy.Services("GB")
	if err != nil {
		panic(err)
	}
	services = append(services,
		policy.Service{Number: "+441632960999", Role: call.Verification, Name: "The bank"},
		policy.Service{Number: "10512", Role: call.Verification, Name: "The office"})
	p, err := policy.NewPlan("GB", []string{"9"}, services...)
	if err != nil {
		panic(err)
	}
	return p
}()

func begin(rules flow.Rules) flow.Screening {
	line := call.Line{
		ID: "flat-1", Name: "Flat 1", Language: "en_GB",
		Numbers:   []string{"+441632960101"},
		Endpoints: []string{"PJSIP/101", "PJSIP/102"},
	}
	from := call.Caller{Number: "+441632960200", Presentation: call.Allowed, Trunk: "trunk"}
	announce := prompt.Say(prompt.CallFrom).Then(prompt.Digits("01632 960200"))
	return flow.Begin(callID, line, caller, from, announce, rules, plan, [2]rune{'4', '6'}, flow.Terms{})
}

func beginClearing(id call.ID, dial flow.Dial, threat flow.Threat) flow.Clearing {
	line := call.Line{ID: "flat-1", Name: "Flat 1", Language: "en_GB", Endpoints: []string{"PJSIP/101", "PJSIP/102"}}
	return flow.BeginClearing(id, line, dial, threat, plan, flow.ClearingRules{RetryKey: '5'})
}

// machine is a flow of either kind.
type machine[F any] interface {
	Step(ev flow.Event) (F, []flow.Effect)
	Ended() bool
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// keysOf is where a flow keeps the plan.
func keysOf(f any) *flow.Dialling {
	switch f := f.(type) {
	case *flow.Screening:
		return &f.Keys
	case *flow.Clearing:
		return &f.Keys
	case *flow.Mailbox:
		return &f.Keys
	case *flow.Handset:
		return &f.Keys
	case *flow.Studio:
		return &f.Keys
	}
	return nil
}

func stageOf(f any) flow.Stage {
	switch f := f.(type) {
	case flow.Screening:
		return f.Stage
	case flow.Clearing:
		return f.Stage
	case flow.Mailbox:
		return f.Stage
	case flow.Handset:
		return f.Stage
	case flow.Studio:
		return f.Stage
	}
	return ""
}

// thawed is what comes back after a flow was saved and read again, as a restart of the
// program would. The plan stays out of it: making one anew at every step takes hours.
func thawed[F any](t fataler, f F) F {
	t.Helper()
	bare := f
	keysOf(&bare).Plan = nil
	frozen, err := json.Marshal(bare)
	if err != nil {
		t.Fatalf("freeze: %v", err)
	}
	var back F
	if err := json.Unmarshal(frozen, &back); err != nil {
		t.Fatalf("thaw: %v", err)
	}
	keysOf(&back).Plan = keysOf(&f).Plan
	return withPIN(back, f)
}

// withPIN gives a Studio the PIN, and what has been keyed of it: neither is ever saved.
func withPIN[F any](back, before F) F {
	studio, ok := any(&back).(*flow.Studio)
	if was, both := any(before).(flow.Studio); ok && both {
		studio.PIN, studio.Keyed = was.PIN, was.Keyed
	}
	return back
}

// step performs one step on the state and on its thawed copy, and goes on with that one.
// It insists that nothing is lost in a thaw, that the state given in is left as it was, and
// that both give the same effects.
func step[F machine[F]](t fataler, f F, ev flow.Event) (F, []flow.Effect) {
	t.Helper()
	back := thawed(t, f)
	_, effects := f.Step(ev)
	if !reflect.DeepEqual(f, back) {
		t.Fatalf("a thaw loses something, or Step(%#v) changed the state it was given:\n%+v\n%+v", ev, f, back)
	}
	next, again := back.Step(ev)
	if !slices.Equal(effects, again) {
		t.Fatalf("Step(%#v) after a thaw gives %#v, not %#v", ev, again, effects)
	}
	return next, again
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// last returns the newest effect of type E among effects.
func last[E flow.Effect](effects []flow.Effect) (E, bool) {
	for i := len(effects) - 1; i >= 0; i-- {
		if e, ok := effects[i].(E); ok {
			return e, true
		}
	}
	var none E
	return none, false
}

func must[E flow.Effect](t *testing.T, effects []flow.Effect) E {
	t.Helper()
	e, ok := last[E](effects)
	if !ok {
		t.Fatalf("no %T among %#v", e, effects)
	}
	return e
}
