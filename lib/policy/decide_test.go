package policy_test

import (
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/policy"
)

const (
	ann       = "+441632960301" // a contact, where a case says so
	stranger  = "+441632960302"
	flatOne   = "+441632960101" // the number of flat-1
	flatTwo   = "+441632960102"
	telecare  = "telecare"
	trunkName = "trunk"
)

// scene is a house around flat-1, and a call to it. The zero value is a stranger at noon.
type scene struct {
	entries []call.Entry
	windows []call.Window
	rules   func(*policy.Rules)
	from    call.Caller // its zero value shows the stranger's number
	at      time.Time   // zero is noon
	recent  int
}

// want is how the caller is treated.
type want struct {
	verdict   policy.Verdict
	treatment policy.Treatment
	rule      policy.Rule
}

func (s scene) house(t testing.TB) *policy.House {
	t.Helper()
	rules := policy.DefaultRules()
	rules.TrustedEndpoints = []string{telecare}
	if s.rules != nil {
		s.rules(&rules)
	}
	return policy.NewHouse(
		policy.Residence{Line: call.Line{ID: "flat-1", Numbers: []string{flatOne}}, Rules: rules, Plan: plan(t, "9")},
		policy.Residence{Line: call.Line{ID: "flat-2", Numbers: []string{flatTwo}}, Rules: policy.DefaultRules(), Plan: plan(t)},
	).WithBook(load(t, s.entries)).WithWindows(policy.NewWindows(s.windows))
}

func (s scene) question() policy.Question {
	q := policy.Question{Line: "flat-1", From: s.from, At: s.at, Recent: s.recent}
	if q.From == (call.Caller{}) {
		q.From = shows(stranger)
	}
	if q.From.Trunk == "" {
		q.From.Trunk = trunkName
	}
	if q.At.IsZero() {
		q.At = noon
	}
	q.Class = number.ClassOf(q.From, "GB")
	return q
}

func shows(number string) call.Caller {
	return call.Caller{Number: number, Presentation: call.Allowed}
}

func attested(number string, a call.Attestation) call.Caller {
	return call.Caller{Number: number, Presentation: call.Allowed, Attested: a}
}

func hides(number string) call.Caller {
	return call.Caller{Number: number, Presentation: call.Withheld}
}

func entry(line call.LineID, list call.List, pattern string) call.Entry {
	return call.Entry{Line: line, List: list, Pattern: pattern}
}

func ending(e call.Entry, at time.Time) call.Entry {
	e.Until = at
	return e
}

func verified(e call.Entry) call.Entry {
	e.Verify, e.Word = true, "2580"
	return e
}

// runAll decides every scene, and holds Explain and Reason to the decision.
func runAll(t *testing.T, cases map[string]struct {
	scene scene
	want  want
},
) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			house, q := c.scene.house(t), c.scene.question()
			d := house.Decide(q)
			if got := (want{d.Verdict, d.Treatment, d.Rule}); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			steps := house.Explain(q)
			last := steps[len(steps)-1]
			if !last.Held || last.Rule != d.Rule || last.Sentence != d.Reason() || !isSentence(last.Sentence) {
				t.Errorf("explained by %+v, reason %q", last, d.Reason())
			}
		})
	}
}

// isSentence says whether a text is fit for a log line and a dialplan variable.
func isSentence(s string) bool {
	return len(s) > 20 && len(s) < 300 && strings.Count(s, " ") > 3 && !strings.ContainsAny(s, "\n\r\x00") && !strings.Contains(s, "%!")
}

var (
	screened  = func(r policy.Rule) want { return want{policy.Unknown, policy.Screen, r} }
	refused   = func(r policy.Rule) want { return want{policy.Unknown, policy.Refuse, r} }
	let       = func(r policy.Rule) want { return want{policy.Unknown, policy.Unchallenged, r} }
	message   = func(r policy.Rule) want { return want{policy.Unknown, policy.TakeMessage, r} }
	asksWord  = func(r policy.Rule) want { return want{policy.Unknown, policy.AskWord, r} }
	trusted   = func(r policy.Rule) want { return want{policy.Trusted, "", r} }
	blockedBy = func(r policy.Rule) want { return want{policy.Blocked, "", r} }
)

var (
	lineContact  = entry("flat-1", call.Contacts, ann)
	houseContact = entry("", call.Contacts, ann)
	lineBlock    = entry("flat-1", call.Blocks, ann)
	houseBlock   = entry("", call.Blocks, ann)
	emergency    = window(call.CallBackEmergency, "", 60)
	service      = window(call.CallBackOther, "", 60)
	attack       = window(call.UnderAttack, "", 60)
	cutOff       = window(call.Quarantine, ann, 60)
	cutOffHidden = window(call.Quarantine, "", 60)
)

func nightly(r *policy.Rules) {
	r.Night = []policy.Profile{{From: 22 * 60, To: 7 * 60}}
}

var midnight = time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)

func TestEachRuleDecides(t *testing.T) {
	block := func(class number.Class, rule policy.ClassRule) func(*policy.Rules) {
		return func(r *policy.Rules) { r.Classes = map[number.Class]policy.ClassRule{class: rule} }
	}
	runAll(t, map[string]struct {
		scene scene
		want  want
	}{
		"a caller nobody knows is screened":               {scene{}, screened(policy.RuleDefault)},
		"telecare is never touched":                       {scene{from: call.Caller{Trunk: telecare}}, trusted(policy.RuleEndpoint)},
		"an endpoint whose name begins like telecare is":  {scene{from: call.Caller{Trunk: "telecare2", Presentation: call.Allowed, Number: stranger}}, screened(policy.RuleDefault)},
		"who was cut off is refused":                      {scene{from: shows(ann), windows: []call.Window{cutOff}}, refused(policy.RuleQuarantine)},
		"who was cut off and hides the number is not":     {scene{from: hides(ann), windows: []call.Window{cutOff}}, screened(policy.RuleDefault)},
		"who was cut off an hour ago is screened":         {scene{from: shows(ann), windows: []call.Window{cutOff}, at: noon.Add(time.Hour)}, screened(policy.RuleDefault)},
		"the emergency services call back":                {scene{windows: []call.Window{emergency}}, let(policy.RuleCallBackEmergency)},
		"the emergency services call back without number": {scene{from: hides(""), windows: []call.Window{emergency}}, let(policy.RuleCallBackEmergency)},
		"a contact while the emergency services may call back": {
			scene{from: shows(ann), windows: []call.Window{emergency}, entries: []call.Entry{entry("flat-1", call.Contacts, ann)}}, trusted(policy.RuleLineContact),
		},
		"a contact of the house while the emergency services may call back": {
			scene{from: shows(ann), windows: []call.Window{emergency}, entries: []call.Entry{entry("", call.Contacts, ann)}}, trusted(policy.RuleHouseContact),
		},
		"a contact to prove while the emergency services may call back": {
			scene{from: shows(ann), windows: []call.Window{emergency}, entries: []call.Entry{{Line: "flat-1", List: call.Contacts, Pattern: ann, Verify: true}}}, let(policy.RuleCallBackEmergency),
		},
		"the emergency services' window is over":      {scene{windows: []call.Window{emergency}, at: noon.Add(time.Hour)}, screened(policy.RuleDefault)},
		"a contact of the line":                       {scene{from: shows(ann), entries: []call.Entry{lineContact}}, trusted(policy.RuleLineContact)},
		"a contact of the house":                      {scene{from: shows(ann), entries: []call.Entry{houseContact}}, trusted(policy.RuleHouseContact)},
		"a contact of the neighbour is nobody's":      {scene{from: shows(ann), entries: []call.Entry{entry("flat-2", call.Contacts, ann)}}, screened(policy.RuleDefault)},
		"a block of the line":                         {scene{from: shows(ann), entries: []call.Entry{lineBlock}}, blockedBy(policy.RuleLineBlock)},
		"a block of the house":                        {scene{from: shows(ann), entries: []call.Entry{houseBlock}}, blockedBy(policy.RuleHouseBlock)},
		"a block of the neighbour is nobody's":        {scene{from: shows(ann), entries: []call.Entry{entry("flat-2", call.Blocks, ann)}}, screened(policy.RuleDefault)},
		"a block by name":                             {scene{from: call.Caller{Number: stranger, Name: "Your Parcel", Presentation: call.Allowed}, entries: []call.Entry{entry("", call.Blocks, "name:*parcel*")}}, blockedBy(policy.RuleHouseBlock)},
		"999 is shown by a liar":                      {scene{from: shows("999")}, blockedBy(policy.RuleNeverCalls)},
		"101 is shown by a liar":                      {scene{from: shows("101")}, blockedBy(policy.RuleNeverCalls)},
		"159 is shown by a liar":                      {scene{from: shows("159")}, blockedBy(policy.RuleNeverCalls)},
		"161 is shown by a liar":                      {scene{from: shows("161")}, blockedBy(policy.RuleNeverCalls)},
		"0999 is 999":                                 {scene{from: shows("0999")}, blockedBy(policy.RuleNeverCalls)},
		"44101 is 101":                                {scene{from: shows("44101")}, blockedBy(policy.RuleNeverCalls)},
		"Report Fraud does call":                      {scene{from: shows("+443001232040")}, screened(policy.RuleDefault)},
		"the line's own number is shown by a liar":    {scene{from: shows(flatOne)}, blockedBy(policy.RuleOwnNumber)},
		"the neighbour's number may be the neighbour": {scene{from: shows(flatTwo)}, screened(policy.RuleDefault)},
		"under attack strangers are refused":          {scene{windows: []call.Window{attack}}, refused(policy.RuleUnderAttack)},
		"a service calls back":                        {scene{windows: []call.Window{service}}, let(policy.RuleCallBackOther)},
		"a service calls back without a number":       {scene{from: hides(""), windows: []call.Window{service}}, let(policy.RuleCallBackOther)},
		"a hidden number is screened":                 {scene{from: hides(stranger)}, screened(policy.RuleDefault)},
		"a hidden number may be refused":              {scene{from: hides(stranger), rules: func(r *policy.Rules) { r.Withheld = policy.Refuse }}, refused(policy.RuleWithheld)},
		"a missing number may leave a message":        {scene{from: call.Caller{Presentation: call.Unavailable}, rules: func(r *policy.Rules) { r.Unavailable = policy.TakeMessage }}, message(policy.RuleUnavailable)},
		"a number that was allowed and is none is missing": {
			scene{from: call.Caller{Presentation: call.Allowed}, rules: func(r *policy.Rules) { r.Unavailable = policy.TakeMessage }}, message(policy.RuleUnavailable),
		},
		"a hidden number is not a missing one": {scene{from: hides(""), rules: func(r *policy.Rules) { r.Unavailable = policy.Refuse }}, screened(policy.RuleDefault)},
		"a missing number is not a hidden one": {scene{from: call.Caller{Presentation: call.Unavailable}, rules: func(r *policy.Rules) { r.Withheld = policy.Refuse }}, screened(policy.RuleDefault)},
		"a class that is trusted, and a number that is false": {
			scene{from: call.Caller{Number: ann, Presentation: call.Allowed, Attested: call.AttestationFailed}, rules: block(number.Geographic, policy.ClassTrusted)},
			screened(policy.RuleDefault),
		},
		"a class that is trusted":                    {scene{rules: block(number.Geographic, policy.ClassTrusted)}, trusted(policy.RuleClass)},
		"a class that is blocked":                    {scene{rules: block(number.Geographic, policy.ClassBlocked)}, blockedBy(policy.RuleClass)},
		"a class that is unknown":                    {scene{rules: block(number.Geographic, policy.ClassUnknown)}, screened(policy.RuleDefault)},
		"another class":                              {scene{rules: block(number.Mobile, policy.ClassBlocked)}, screened(policy.RuleDefault)},
		"a payphone without a number has a class":    {scene{from: call.Caller{Presentation: call.Unavailable, Category: "payphone"}, rules: block(number.Payphone, policy.ClassTrusted)}, trusted(policy.RuleClass)},
		"an operator without a number has a class":   {scene{from: call.Caller{Presentation: call.Unavailable, Category: "operator"}, rules: block(number.Operator, policy.ClassTrusted)}, trusted(policy.RuleClass)},
		"withheld is no class that could be blocked": {scene{from: hides(""), rules: block(number.Withheld, policy.ClassBlocked)}, screened(policy.RuleDefault)},
		"unavailable is none either":                 {scene{from: call.Caller{Presentation: call.Unavailable}, rules: block(number.Unavailable, policy.ClassBlocked)}, screened(policy.RuleDefault)},
		"nobody may show a premium number":           {scene{from: shows("+449098790000")}, blockedBy(policy.RuleClass)},
		"at night strangers leave a message":         {scene{rules: nightly, at: midnight}, message(policy.RuleNight)},
		"at night hidden numbers do too":             {scene{rules: nightly, at: midnight, from: hides("")}, message(policy.RuleNight)},
		"by day they do not":                         {scene{rules: nightly}, screened(policy.RuleDefault)},
		"the third call breaks through":              {scene{rules: nightly, at: midnight, recent: 2}, screened(policy.RuleBreakThrough)},
		"the second does not":                        {scene{rules: nightly, at: midnight, recent: 1}, message(policy.RuleNight)},
		"nothing breaks through where it may not":    {scene{rules: func(r *policy.Rules) { nightly(r); r.BreakThrough = 0 }, at: midnight, recent: 99}, message(policy.RuleNight)},
		"by day there is nothing to break through":   {scene{rules: nightly, recent: 9}, screened(policy.RuleDefault)},
		"a night on which strangers are refused": {
			scene{rules: func(r *policy.Rules) { r.Night = []policy.Profile{{From: 0, To: 60, Unknown: policy.Refuse}} }, at: midnight}, refused(policy.RuleNight),
		},
		"the first of two nights counts": {
			scene{rules: func(r *policy.Rules) {
				r.Night = []policy.Profile{{From: 60, To: 61}, {From: 0, To: 60, Unknown: policy.Screen}, {From: 0, To: 90}}
			}, at: midnight},
			screened(policy.RuleNight),
		},
	})
}

func TestListsAreReadNarrowestFirst(t *testing.T) {
	from := shows(ann)
	runAll(t, map[string]struct {
		scene scene
		want  want
	}{
		"a contact who is to be verified is asked for the word": {
			scene{from: from, entries: []call.Entry{verified(lineContact)}}, asksWord(policy.RuleLineContact),
		},
		"unless the network has found that it is her": {
			scene{from: attested(ann, call.AttestationPassed), entries: []call.Entry{verified(lineContact)}}, trusted(policy.RuleLineContact),
		},
		"a contact whose number is false is screened": {
			scene{from: attested(ann, call.AttestationFailed), entries: []call.Entry{lineContact}}, screened(policy.RuleLineContact),
		},
		"a false number earns no chance to know the word": {
			scene{from: attested(ann, call.AttestationFailed), entries: []call.Entry{verified(houseContact)}}, screened(policy.RuleHouseContact),
		},
		"a false number is blocked as any": {
			scene{from: attested(ann, call.AttestationFailed), entries: []call.Entry{lineBlock}}, blockedBy(policy.RuleLineBlock),
		},
		"the network's word makes nobody a contact": {
			scene{from: attested(ann, call.AttestationPassed)}, screened(policy.RuleDefault),
		},
		"a hidden number is no contact": {
			scene{from: hides(ann), entries: []call.Entry{lineContact}}, screened(policy.RuleDefault),
		},
		"a hidden number is not blocked": {
			scene{from: hides(ann), entries: []call.Entry{lineBlock, houseBlock}}, screened(policy.RuleDefault),
		},
		"a hidden number is not blocked by its name": {
			scene{from: call.Caller{Name: "anonymous", Presentation: call.Withheld}, entries: []call.Entry{entry("", call.Blocks, "name:anonymous")}},
			screened(policy.RuleDefault),
		},
		"of a name longer than any display only the beginning is read": {
			scene{from: call.Caller{Number: ann, Name: strings.Repeat("é", 80) + "parcel", Presentation: call.Allowed}, entries: []call.Entry{entry("", call.Blocks, "name:*parcel")}},
			screened(policy.RuleDefault),
		},
		"a contact whose time is over": {
			scene{from: from, entries: []call.Entry{ending(lineContact, noon)}}, screened(policy.RuleDefault),
		},
		"a contact whose time is nearly over": {
			scene{from: from, entries: []call.Entry{ending(lineContact, noon.Add(time.Second))}}, trusted(policy.RuleLineContact),
		},
		"a block whose time is over": {
			scene{from: from, entries: []call.Entry{ending(houseBlock, noon.Add(-time.Hour))}}, screened(policy.RuleDefault),
		},
		"behind an entry that has ended the wider one counts": {
			scene{from: from, entries: []call.Entry{ending(verified(lineContact), noon), entry("flat-1", call.Contacts, "+441632*")}},
			trusted(policy.RuleLineContact),
		},
		"of two prefixes the longer counts": {
			scene{from: from, entries: []call.Entry{entry("flat-1", call.Contacts, "+44*"), verified(entry("flat-1", call.Contacts, "+4416329603*"))}},
			asksWord(policy.RuleLineContact),
		},
		"of a prefix and a range the narrower counts": {
			scene{from: from, entries: []call.Entry{entry("flat-1", call.Contacts, "+44163296030*"), verified(entry("flat-1", call.Contacts, "+441632960300-+441632960304"))}},
			asksWord(policy.RuleLineContact),
		},
		"the number itself counts before its prefix": {
			scene{from: from, entries: []call.Entry{entry("flat-1", call.Contacts, "+4416329603*"), verified(lineContact)}},
			asksWord(policy.RuleLineContact),
		},
		"a wide entry of the line counts before a narrow one of the house": {
			scene{from: from, entries: []call.Entry{verified(entry("flat-1", call.Contacts, "+44*")), houseContact}},
			asksWord(policy.RuleLineContact),
		},
		"a contact of the house is known in spite of a block of the line": {
			scene{from: from, entries: []call.Entry{houseContact, lineBlock}}, trusted(policy.RuleHouseContact),
		},
		"one person of a blocked range is known": {
			scene{from: from, entries: []call.Entry{houseContact, entry("", call.Blocks, "+4416329603*")}}, trusted(policy.RuleHouseContact),
		},
		"a number is blocked by a prefix": {
			scene{from: from, entries: []call.Entry{entry("flat-1", call.Blocks, "+4416329603*")}}, blockedBy(policy.RuleLineBlock),
		},
		"a short code is blocked by its digits": {
			scene{from: shows("60123"), entries: []call.Entry{entry("", call.Blocks, "60123")}}, blockedBy(policy.RuleHouseBlock),
		},
		"a contact may show a number that never calls": {
			scene{from: shows("101"), entries: []call.Entry{entry("", call.Contacts, "101")}}, trusted(policy.RuleHouseContact),
		},
	})
}

func TestDefaultRulesLoseNobodyWithoutANumber(t *testing.T) {
	for name, rules := range map[string]policy.Rules{"the defaults": policy.DefaultRules(), "no rules at all": {}} {
		house := policy.NewHouse(policy.Residence{Line: call.Line{ID: "flat-1"}, Rules: rules, Plan: plan(t)})
		for _, p := range []call.Presentation{call.Withheld, call.Unavailable, call.Allowed, ""} {
			for _, class := range number.Classes() {
				from := call.Caller{Presentation: p}
				d := house.Decide(policy.Question{Line: "flat-1", From: from, Class: class, At: noon})
				if p != call.Allowed && class == number.Premium {
					continue // no number has a class without being there
				}
				if d.Verdict != policy.Unknown || d.Treatment != policy.Screen {
					t.Errorf("%s: %q as %s is %s, %s", name, p, class, d.Verdict, d.Treatment)
				}
			}
		}
	}
}

func TestMonitoredLinesLetEverybodyThrough(t *testing.T) {
	monitor := func(r *policy.Rules) { nightly(r); r.Monitor = true }
	for name, c := range map[string]struct {
		scene  scene
		would  policy.Verdict
		treat  policy.Treatment
		reason string
	}{
		"a blocked caller":   {scene{from: shows(ann), entries: []call.Entry{lineBlock}}, policy.Blocked, "", "would be blocked"},
		"a stranger":         {scene{}, policy.Unknown, policy.Screen, "would be unknown"},
		"a stranger late":    {scene{at: midnight}, policy.Unknown, policy.TakeMessage, "would be unknown"},
		"a premium number":   {scene{from: shows("+449098790000")}, policy.Blocked, "", "callers are blocked who show a premium number"},
		"who was cut off":    {scene{from: shows(ann), windows: []call.Window{cutOff}}, policy.Unknown, policy.Refuse, "would be unknown"},
		"a contact":          {scene{from: shows(ann), entries: []call.Entry{lineContact}}, policy.Trusted, "", "is a contact on this line"},
		"the emergency line": {scene{windows: []call.Window{emergency}}, policy.Unknown, policy.Unchallenged, "would be unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			c.scene.rules = monitor
			d := c.scene.house(t).Decide(c.scene.question())
			if d.Verdict != policy.Trusted || !d.Monitored || d.Would != c.would || d.Treatment != c.treat || !strings.Contains(d.Reason(), c.reason) {
				t.Errorf("%+v: %s", d, d.Reason())
			}
			if c.would == policy.Trusted && strings.Contains(d.Reason(), "monitored") {
				t.Errorf("it is not monitoring that lets a contact through: %s", d.Reason())
			}
		})
	}
	quiet := scene{}.house(t).Decide(scene{}.question())
	if quiet.Monitored || quiet.Would != "" {
		t.Errorf("not monitored: %+v", quiet)
	}
}

func TestACallFromNowhereIsNotTrusted(t *testing.T) {
	house := policy.NewHouse(policy.Residence{Line: call.Line{ID: "flat-1"}, Rules: policy.Rules{TrustedEndpoints: []string{""}}})
	if d := house.Decide(policy.Question{Line: "flat-1", From: shows(stranger), At: noon}); d.Verdict != policy.Unknown {
		t.Errorf("%+v", d)
	}
}

func TestDefaultRulesBreakThroughWithTheThirdCallInHalfAnHour(t *testing.T) {
	if r := policy.DefaultRules(); r.BreakThrough != 3 || r.BreakThroughWithin != 30*time.Minute || r.Monitor || len(r.Night) > 0 || r.TrustDialled != 0 {
		t.Errorf("%+v", r)
	}
}
