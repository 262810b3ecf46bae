package policy_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/policy"
)

func drawQuestion(t *rapid.T) policy.Question {
	numbers := append([]string{suspect, flatOne, "101", "0999", "+449098790000"}, someNumbers...)
	q := policy.Question{
		Line: rapid.SampledFrom([]call.LineID{"flat-1", "flat-2", "flat-3"}).Draw(t, "line"),
		From: call.Caller{
			Number:       rapid.SampledFrom(numbers).Draw(t, "number"),
			Name:         rapid.SampledFrom(someNames).Draw(t, "name"),
			Presentation: rapid.SampledFrom([]call.Presentation{call.Allowed, call.Withheld, call.Unavailable}).Draw(t, "presentation"),
			Trunk:        rapid.SampledFrom([]string{"", trunkName, telecare}).Draw(t, "trunk"),
			Attested:     rapid.SampledFrom([]call.Attestation{"", call.AttestationPassed, call.AttestationFailed}).Draw(t, "attested"),
			Category:     rapid.SampledFrom([]string{"", "payphone", "operator"}).Draw(t, "category"),
		},
		At:     noon.Add(time.Duration(rapid.IntRange(-3*24*60, 3*24*60).Draw(t, "minutes")) * time.Minute),
		Recent: rapid.IntRange(0, 4).Draw(t, "recent"),
	}
	q.Class = number.ClassOf(q.From, "GB")
	return q
}

func drawHouse(t *rapid.T, p *policy.Plan) *policy.House {
	treatments := []policy.Treatment{"", policy.Screen, policy.Refuse, policy.Unchallenged, policy.TakeMessage, policy.AskWord}
	rules := policy.Rules{
		Monitor:          rapid.Bool().Draw(t, "monitor"),
		Withheld:         rapid.SampledFrom(treatments).Draw(t, "withheld"),
		Unavailable:      rapid.SampledFrom(treatments).Draw(t, "unavailable"),
		Classes:          map[number.Class]policy.ClassRule{},
		BreakThrough:     rapid.IntRange(0, 3).Draw(t, "break-through"),
		TrustedEndpoints: []string{telecare},
	}
	for _, class := range number.Classes() {
		rules.Classes[class] = rapid.SampledFrom([]policy.ClassRule{"", policy.ClassUnknown, policy.ClassBlocked, policy.ClassTrusted}).Draw(t, "class")
	}
	for range rapid.IntRange(0, 2).Draw(t, "nights") {
		rules.Night = append(rules.Night, policy.Profile{
			From:    rapid.IntRange(0, 1439).Draw(t, "from"),
			To:      rapid.IntRange(0, 1439).Draw(t, "to"),
			Days:    policy.Days(rapid.IntRange(0, 127).Draw(t, "days")),
			Unknown: rapid.SampledFrom(treatments).Draw(t, "at night"),
		})
	}
	var l policy.Loader
	for range rapid.IntRange(0, 8).Draw(t, "entries") {
		if err := l.Add(drawEntry(t)); err != nil {
			t.Fatal(err)
		}
	}
	var windows []call.Window
	for range rapid.IntRange(0, 3).Draw(t, "windows") {
		kind := rapid.SampledFrom([]call.WindowKind{call.Quarantine, call.UnderAttack, call.CallBackEmergency, call.CallBackOther}).Draw(t, "kind")
		number := ""
		if kind == call.Quarantine {
			number = rapid.SampledFrom([]string{"", suspect}).Draw(t, "cut off")
		}
		windows = append(windows, window(kind, number, rapid.IntRange(0, 3*24*60).Draw(t, "lasts")))
	}
	return policy.NewHouse(
		policy.Residence{Line: call.Line{ID: "flat-1", Numbers: []string{flatOne}}, Rules: rules, Plan: p},
		policy.Residence{Line: call.Line{ID: "flat-2"}, Rules: policy.DefaultRules(), Plan: p},
	).WithBook(l.Book()).WithWindows(policy.NewWindows(windows))
}

// TestExplainEndsAsDecideDecides asks random houses random questions.
func TestExplainEndsAsDecideDecides(t *testing.T) {
	p := plan(t)
	rapid.Check(t, func(t *rapid.T) {
		house := drawHouse(t, p)
		for range 10 {
			checkDecision(t, house, drawQuestion(t))
		}
	})
}

// checkDecision checks what holds of every decision.
func checkDecision(t rapid.TB, house *policy.House, q policy.Question) {
	t.Helper()
	d, steps := house.Decide(q), house.Explain(q)
	last := len(steps) - 1
	for i, s := range steps {
		if s.Held != (i == last) || !isSentence(s.Sentence) {
			t.Fatalf("step %d of %d: %+v", i, len(steps), s)
		}
	}
	if steps[last].Rule != d.Rule || steps[last].Sentence != d.Reason() {
		t.Fatalf("decided by %+v, explained by %+v", d, steps[last])
	}
	would := d.Verdict
	if d.Monitored {
		would = d.Would
		if d.Verdict != policy.Trusted {
			t.Fatalf("monitored, and %s", d.Verdict)
		}
	}
	if (would == policy.Unknown) != (d.Treatment != "") {
		t.Fatalf("%s callers have the treatment %q", would, d.Treatment)
	}
	shown := q.From.Presentation == call.Allowed && q.From.Number != ""
	named := q.From.Presentation == call.Allowed && q.From.Name != ""
	if d.Entry != (call.Entry{}) && !shown && !named {
		t.Fatalf("a caller who shows nothing is on a list: %+v", d.Entry)
	}
	if would == policy.Blocked && !shown && !named && d.Rule != policy.RuleClass {
		t.Fatalf("a caller who shows nothing is blocked by %s", d.Rule)
	}
	if d.Entry != (call.Entry{}) && !d.Entry.Holds(q.At) {
		t.Fatalf("an entry decides that has ended: %+v", d.Entry)
	}
}

func FuzzDecide(f *testing.F) {
	for _, s := range []struct{ number, name string }{
		{"+441632960201", "Parcel"},
		{"101", "Police"},
		{"", "anonymous"},
		{"+", "\x00"},
		{"999999999999999999999999999999", strings.Repeat("é", 500)},
		{"٩٩٩", "name:*"},
		{"+441632960201;ext=1", "a*b"},
		{"44999", "\xff\xfe\xfd"},
		{"+00000000000000", "$" + "{CALLERID(num)}\r\nInjected: yes"},
		{"+447700900123456", strings.Repeat("parcel", 100)},
	} {
		for _, p := range []call.Presentation{call.Allowed, call.Withheld, "", "nonsense"} {
			f.Add(s.number, s.name, string(p), "trunk", "")
		}
	}
	var l policy.Loader
	for _, p := range somePatterns {
		if err := l.Add(call.Entry{List: call.Blocks, Pattern: p, Name: "Somebody"}); err != nil {
			f.Fatal(err)
		}
	}
	rules := policy.DefaultRules()
	rules.TrustedEndpoints = []string{telecare}
	house := policy.NewHouse(policy.Residence{Line: call.Line{ID: "flat-1", Numbers: []string{flatOne}}, Rules: rules, Plan: plan(f)}).
		WithBook(l.Book()).WithWindows(policy.NewWindows([]call.Window{window(call.Quarantine, suspect, 10)}))
	f.Fuzz(func(t *testing.T, shown, name, presentation, trunk, category string) {
		q := policy.Question{Line: "flat-1", At: noon, From: call.Caller{
			Number: shown, Name: name, Presentation: call.Presentation(presentation), Trunk: trunk, Category: category,
		}}
		q.Class = number.ClassOf(q.From, "GB")
		checkDecision(t, house, q)
		if d := house.Decide(q); d.Verdict == policy.Trusted && trunk != telecare {
			t.Errorf("a stranger is trusted: %+v", d)
		}
	})
}
