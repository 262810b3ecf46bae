package flow_test

import (
	"strings"
	"testing"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// asks is a screening whose caller has stated a purpose, and whose telephone is about to be
// picked up.
func asks(ground flow.Ground) flow.Screening {
	return flow.Screening{
		Call: "c", Line: call.Line{ID: "flat-1", Endpoints: []string{"PJSIP/101"}, Language: "en_GB"}, Stage: flow.Ringing, Caller: "caller",
		Recording: "c-purpose-1", Ground: ground, Announce: prompt.Say(prompt.NoNumber), Others: []call.LegID{"c-consult-0"},
		Rules: flow.Rules{AcceptKey: '5', BlockKey: '7', RepeatKey: '*'},
	}
}

// question is what the resident hears after picking up.
func question(t *testing.T, s flow.Screening, ev flow.Event) prompt.Script {
	t.Helper()
	_, effects := s.Step(ev)
	for _, e := range effects {
		if play, ok := e.(flow.Play); ok {
			return play.Script
		}
	}
	t.Fatalf("nothing is said: %+v", effects)
	return ""
}

func TestAdviceComesBehindWhatTheCallerSaidAndBeforeTheChoice(t *testing.T) {
	picked := flow.LegAnswered{Leg: "c-consult-0"}
	plain := question(t, asks(flow.Stated), picked)
	for topic, advice := range map[call.Topic]prompt.Name{
		call.Authority: prompt.AdviceAuthority, call.SecretKeys: prompt.AdviceSecret, call.CheckMe: prompt.AdviceCheckMe,
		call.Payment: prompt.AdvicePayment, call.Computer: prompt.AdviceComputer, call.Relative: prompt.AdviceRelative, call.Pressure: prompt.AdvicePressure,
	} {
		s, effects := asks(flow.Stated).Step(flow.Transcribed{Recording: "c-purpose-1", Text: "hello", Topic: topic})
		if len(effects) != 0 || s.Said != "hello" {
			t.Errorf("%s: %q is kept, and this is done: %+v", topic, s.Said, effects)
		}
		want := strings.Replace(string(plain), string(prompt.ToAccept), string(advice)+" "+string(prompt.ToAccept), 1)
		if got := question(t, s, picked); !same(got, prompt.Script(want)) {
			t.Errorf("%s: the resident hears %v, want %v", topic, got.Items(), prompt.Script(want).Items())
		}
	}
}

// same compares scripts by what is heard.
func same(a, b prompt.Script) bool {
	x, y := a.Items(), b.Items()
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] != y[i] {
			return false
		}
	}
	return true
}

func TestTextThatIsNoneOfTheCallsChangesNothing(t *testing.T) {
	for name, ev := range map[string]flow.Transcribed{
		"an earlier recording": {Recording: "c-purpose-0", Text: "x", Topic: call.Payment},
		"nothing known":        {Recording: "c-purpose-1", Text: "x", Topic: "parrots"},
	} {
		s, _ := asks(flow.Stated).Step(ev)
		if got := question(t, s, flow.LegAnswered{Leg: "c-consult-0"}); got != question(t, asks(flow.Stated), flow.LegAnswered{Leg: "c-consult-0"}) {
			t.Errorf("%s: the resident hears %v", name, got.Items())
		}
	}
	if s, _ := asks(flow.SpokenWord).Step(flow.Transcribed{Recording: "c-purpose-1", Text: "our word", Topic: call.Payment}); s.Said != "" || s.Topic != "" {
		t.Errorf("a family's word is kept as %q", s.Said)
	}
}

func TestTextThatComesLateIsHeardWhenTheQuestionIsRepeated(t *testing.T) {
	s, _ := asks(flow.Stated).Step(flow.LegAnswered{Leg: "c-consult-0"})
	s, effects := s.Step(flow.Transcribed{Recording: "c-purpose-1", Text: "vouchers", Topic: call.Payment})
	if len(effects) != 0 {
		t.Errorf("text interrupts: %+v", effects)
	}
	got := question(t, s, flow.DTMF{Leg: "c-consult-0", Key: '*'})
	if !strings.Contains(string(got), string(prompt.AdvicePayment)) {
		t.Errorf("repeated, the resident hears %v", got.Items())
	}
}
