package policy_test

import (
	"slices"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/policy"
)

// setting is what makes one rule hold, whatever else does.
type setting struct {
	rule policy.Rule
	set  func(*staged)
}

// staged is a house and a question under construction.
type staged struct {
	line    call.Line
	rules   policy.Rules
	entries []call.Entry
	windows []call.Window
	q       policy.Question
}

// settings are in the order of the rules.
var settings = []setting{
	{policy.RuleEndpoint, func(s *staged) { s.q.From.Trunk = telecare }},
	{policy.RuleQuarantine, func(s *staged) { s.windows = append(s.windows, window(call.Quarantine, s.q.From.Number, 10)) }},
	{policy.RuleCallBackEmergency, func(s *staged) { s.windows = append(s.windows, emergency) }},
	{policy.RuleLineContact, func(s *staged) {
		s.entries = append(s.entries, entry("flat-1", call.Contacts, s.q.From.Number))
	}},
	{policy.RuleHouseContact, func(s *staged) { s.entries = append(s.entries, entry("", call.Contacts, s.q.From.Number)) }},
	{policy.RuleLineBlock, func(s *staged) { s.entries = append(s.entries, entry("flat-1", call.Blocks, s.q.From.Number)) }},
	{policy.RuleHouseBlock, func(s *staged) { s.entries = append(s.entries, entry("", call.Blocks, s.q.From.Number)) }},
	{policy.RuleNeverCalls, func(*staged) {}}, // the caller shows 101 throughout where this is set
	{policy.RuleOwnNumber, func(s *staged) { s.line.Numbers = []string{s.q.From.Number} }},
	{policy.RuleUnderAttack, func(s *staged) { s.windows = append(s.windows, attack) }},
	{policy.RulePaused, func(s *staged) {
		s.windows = append(s.windows, call.Window{Line: "flat-1", Kind: call.ScreeningPaused, Since: midnight.Add(-time.Minute)})
	}},
	{policy.RuleCallBackOther, func(s *staged) { s.windows = append(s.windows, service) }},
	{policy.RuleWithheld, func(s *staged) { s.q.From.Presentation, s.rules.Withheld = call.Withheld, policy.TakeMessage }},
	{policy.RuleUnavailable, func(s *staged) { s.q.From.Presentation, s.rules.Unavailable = call.Unavailable, policy.TakeMessage }},
	{policy.RuleClass, func(s *staged) {
		s.rules.Classes = map[number.Class]policy.ClassRule{number.ShortCode: policy.ClassBlocked, number.Geographic: policy.ClassBlocked}
	}},
	{policy.RuleBreakThrough, func(s *staged) { nightly(&s.rules); s.q.Recent = 2 }},
	{policy.RuleNight, func(s *staged) { nightly(&s.rules) }},
	{policy.RuleDefault, func(*staged) {}},
}

// aboutNumbers are the rules that know nobody who shows no number.
var aboutNumbers = []policy.Rule{
	policy.RuleQuarantine, policy.RuleLineContact, policy.RuleHouseContact, policy.RuleLineBlock, policy.RuleHouseBlock,
	policy.RuleNeverCalls, policy.RuleOwnNumber,
}

// first is which of two rules decides when both would.
func first(a, b policy.Rule) policy.Rule {
	spoofed := a == policy.RuleNeverCalls || a == policy.RuleOwnNumber
	noNumber := b == policy.RuleWithheld || b == policy.RuleUnavailable
	contact := b == policy.RuleLineContact || b == policy.RuleHouseContact
	if a == policy.RuleCallBackEmergency && contact || spoofed && b == policy.RuleCallBackOther || noNumber && slices.Contains(aboutNumbers, a) {
		return b
	}
	return a
}

func decided(t *testing.T, these ...setting) policy.Rule {
	t.Helper()
	s := staged{line: call.Line{ID: "flat-1"}, rules: policy.Rules{BreakThrough: 3, TrustedEndpoints: []string{telecare}}}
	s.q = policy.Question{Line: "flat-1", From: shows(ann), At: midnight}
	s.q.From.Trunk = trunkName
	for _, each := range these {
		if each.rule == policy.RuleNeverCalls {
			s.q.From.Number = "101"
		}
	}
	for _, each := range these {
		each.set(&s)
	}
	for i := range s.windows {
		s.windows[i].Until = midnight.Add(time.Minute)
	}
	s.q.Class = number.ClassOf(s.q.From, "GB")
	house := policy.NewHouse(policy.Residence{Line: s.line, Rules: s.rules, Plan: plan(t)}).
		WithBook(load(t, s.entries)).WithWindows(policy.NewWindows(s.windows))
	return house.Decide(s.q).Rule
}

func TestOfTwoRulesTheFirstDecides(t *testing.T) {
	for i, a := range settings {
		if got := decided(t, a); got != a.rule {
			t.Errorf("%s alone: %s decides", a.rule, got)
		}
		for _, b := range settings[i+1:] {
			if a.rule == policy.RuleWithheld && b.rule == policy.RuleUnavailable {
				continue // nobody hides a number that is not known
			}
			if got, want := decided(t, a, b), first(a.rule, b.rule); got != want {
				t.Errorf("%s and %s: %s decides, want %s", a.rule, b.rule, got, want)
			}
		}
	}
}

func TestExplainAsksTheRulesInTheirOrder(t *testing.T) {
	steps := scene{}.house(t).Explain(scene{}.question())
	if len(steps) != len(settings) {
		t.Fatalf("%d steps, want %d", len(steps), len(settings))
	}
	for i, s := range steps {
		if s.Rule != settings[i].rule || s.Held != (i == len(steps)-1) || !isSentence(s.Sentence) {
			t.Errorf("step %d is %+v, want %s", i, s, settings[i].rule)
		}
	}
}

func TestNeverCallingNumbersMayCallBack(t *testing.T) {
	runAll(t, map[string]struct {
		scene scene
		want  want
	}{
		"999 while the emergency services may call back":  {scene{from: shows("999"), windows: []call.Window{emergency}}, let(policy.RuleCallBackEmergency)},
		"101 while a service may call back":               {scene{from: shows("101"), windows: []call.Window{service}}, let(policy.RuleCallBackOther)},
		"101 an hour later":                               {scene{from: shows("101"), windows: []call.Window{service}, at: noon.Add(time.Hour)}, blockedBy(policy.RuleNeverCalls)},
		"101 while a service may call back, under attack": {scene{from: shows("101"), windows: []call.Window{service, attack}}, refused(policy.RuleUnderAttack)},
		"the line's own number while a service may":       {scene{from: shows(flatOne), windows: []call.Window{service}}, let(policy.RuleCallBackOther)},
		"the emergency services under attack":             {scene{windows: []call.Window{emergency, attack}}, let(policy.RuleCallBackEmergency)},
		"the emergency services in a blocked number": {
			scene{from: shows(ann), windows: []call.Window{emergency}, entries: []call.Entry{lineBlock}}, let(policy.RuleCallBackEmergency),
		},
		"who was cut off, when the emergency services may call": {
			scene{from: shows(ann), windows: []call.Window{emergency, cutOff}}, refused(policy.RuleQuarantine),
		},
		"no number, after one without was cut off, and the emergency services may call": {
			scene{from: hides(""), windows: []call.Window{emergency, cutOffHidden}}, screened(policy.RuleCallBackEmergency),
		},
		"no number, after one without was cut off, and a service may call": {
			scene{from: hides(""), windows: []call.Window{service, cutOffHidden}}, screened(policy.RuleCallBackOther),
		},
		"a number, after one without was cut off": {
			scene{windows: []call.Window{emergency, cutOffHidden}}, let(policy.RuleCallBackEmergency),
		},
		"no number, after one without was cut off": {
			scene{from: hides(""), windows: []call.Window{cutOffHidden}}, screened(policy.RuleDefault),
		},
		"the neighbour's windows change nothing": {
			scene{windows: []call.Window{{Line: "flat-2", Kind: call.UnderAttack, Until: noon.Add(time.Hour)}}}, screened(policy.RuleDefault),
		},
	})
}

func TestWithReturnsAnotherHouse(t *testing.T) {
	before := scene{from: shows(ann)}.house(t)
	q := scene{from: shows(ann)}.question()
	book, err := before.Book().With(lineBlock)
	if err != nil {
		t.Fatal(err)
	}
	blocked := before.WithBook(book)
	attacked := blocked.WithWindows(before.Windows().With(cutOff))
	for i, c := range []struct {
		house *policy.House
		want  policy.Rule
	}{{before, policy.RuleDefault}, {blocked, policy.RuleLineBlock}, {attacked, policy.RuleQuarantine}} {
		if got := c.house.Decide(q).Rule; got != c.want {
			t.Errorf("house %d: %s, want %s", i, got, c.want)
		}
	}
	if got := before.Rules("flat-1").TrustedEndpoints; !slices.Equal(got, []string{telecare}) {
		t.Errorf("the rules are %v", got)
	}
	q.Line, q.From, q.Class = "no such line", shows("+449098790000"), number.Premium
	if d := attacked.Decide(q); d.Verdict != policy.Blocked || d.Rule != policy.RuleClass {
		t.Errorf("a line nobody has told of has not the default rules: %+v", d)
	}
}
