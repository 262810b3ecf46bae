package policy_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/policy"
)

var update = flag.Bool("update", false, "write the golden file anew")

// bank is a number an operator adds.
var bank = policy.Service{Number: "+441632960999", Role: call.Verification, Name: "01632 960 999"}

// plan is that of a house in Britain: the services of the region and a bank, behind 9
// or not.
func plan(t testing.TB, outside ...string) *policy.Plan {
	t.Helper()
	services, err := policy.Services("GB")
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.NewPlan("GB", outside, append(services, bank)...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestMeaning compares the meaning of every number in testdata/dialled.txt with what
// stands behind it there.
func TestMeaning(t *testing.T) {
	const golden = "testdata/dialled.txt"
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	p := plan(t, "9")
	var got bytes.Buffer
	rows := 0
	for line := range strings.Lines(string(want)) {
		dialled, _, isRow := strings.Cut(line, "|")
		if !isRow {
			got.WriteString(line)
			continue
		}
		rows++
		f, _ := p.Form(strings.TrimSpace(dialled))
		fmt.Fprintln(&got, strings.TrimSpace(fmt.Sprintf("%-30s | %-12s %-14s %s", strings.TrimSpace(dialled), p.Meaning(dialled).Role, f.Meaning.Number, read(f.Behind))))
	}
	if rows < 80 {
		t.Errorf("only %d rows", rows)
	}
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got.String() != string(want) {
		t.Errorf("differs from %s; look at it with -update and git diff:\n%s", golden, got.String())
	}
}

// read writes prefixes for people.
func read(b policy.Prefixes) string {
	var parts []string
	for _, p := range []struct{ name, digits string }{{"outside", b.Outside}, {"own number", b.OwnNumber}, {"relay", b.Relay}} {
		if p.digits != "" {
			parts = append(parts, p.name+" "+p.digits)
		}
	}
	return strings.Join(parts, ", ")
}

func TestTyped(t *testing.T) {
	p := plan(t, "9")
	for _, c := range []struct {
		name, typed string
		role        call.Role
		whole, more bool
		keep        string
	}{
		{"nothing leads nowhere", "", call.Other, false, false, ""},
		{"the first digit of many numbers", "1", call.Other, false, true, "1"},
		{"a short code", "159", call.Verification, true, false, "159"},
		{"an emergency number that also begins one with an outside line", "999", call.Emergency, true, true, "999"},
		{"an emergency number behind an outside line", "9999", call.Emergency, true, false, "9999"},
		{"an emergency number and a digit too many keeps its end", "1129", call.Other, false, false, "9"},
		{"a card number leads nowhere", "4929222", call.Other, false, false, ""},
		{"a number in the end of other digits", "4929222159", call.Other, false, false, "159"},
		{"the beginning of a longer number", "0300", call.Other, false, true, "0300"},
		{"a longer number", "03001232040", call.Verification, true, false, "03001232040"},
		{"a longer number and a digit too many", "030012320401", call.Other, false, false, "01"},
		{"a prefix alone", "141", call.Other, false, true, "141"},
		{"relay alone", "18001", call.Other, false, true, "18001"},
		{"a star leads nowhere", "*", call.Other, false, false, ""},
		{"a star ends what went before", "15*9", call.Other, false, false, "9"},
		{"a plus cannot be typed", "+44", call.Other, false, false, "44"},
		{"letters lead nowhere", "A159D", call.Other, false, false, ""},
		{"a digit of another script leads nowhere", "١159", call.Other, false, false, "159"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, whole, more := p.Typed(c.typed)
			if m.Role != c.role || whole != c.whole || more != c.more {
				t.Errorf("Typed: %+v, whole %v, more %v", m, whole, more)
			}
			if got := p.Keep(c.typed); got != c.keep {
				t.Errorf("Keep: %q, want %q", got, c.keep)
			}
		})
	}
}

func TestTheMoreUrgentOfTwoServicesIsMeant(t *testing.T) {
	of := func(r call.Role, number string) policy.Service {
		return policy.Service{Number: number, Role: r, Name: string(r) + " " + number}
	}
	for _, c := range []struct {
		name     string
		outside  string
		services []policy.Service
		dialled  string
		want     string
	}{
		{
			"an emergency behind an outside line before a number of its own", "9",
			[]policy.Service{of(call.Verification, "9112"), of(call.Emergency, "112")},
			"9112", "emergency 112",
		},
		{
			"of two emergencies the one without a prefix", "9",
			[]policy.Service{of(call.Emergency, "112"), of(call.Emergency, "9112")},
			"9112", "emergency 9112",
		},
		{
			"a number of its own before a trap behind an outside line", "9",
			[]policy.Service{of(call.Trap, "161"), of(call.Verification, "9161")},
			"9161", "verification 9161",
		},
		{
			"a trap before a verification number", "9",
			[]policy.Service{of(call.Verification, "161"), of(call.Trap, "161")},
			"161", "trap 161",
		},
		{
			"a trap before a verification number, both behind prefixes", "1",
			[]policy.Service{of(call.Verification, "4700"), of(call.Trap, "00")},
			"14700", "verification 4700",
		},
		{
			"of equals the first", "9",
			[]policy.Service{
				{Number: "+441632960999", Role: call.Verification, Name: "first"},
				{Number: "01632960999", Role: call.Verification, Name: "second"},
			},
			"01632960999", "first",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := policy.NewPlan("GB", []string{c.outside}, c.services...)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Meaning(c.dialled).Service; got != c.want {
				t.Errorf("%s means %q, want %q", c.dialled, got, c.want)
			}
		})
	}
}

func TestPlansThatCannotBeMade(t *testing.T) {
	for name, c := range map[string]struct {
		region  string
		outside []string
		service policy.Service
		want    string
	}{
		"a region that is none":          {"UK", nil, bank, `"UK" is no region`},
		"an empty outside prefix":        {"GB", []string{""}, bank, `outside prefix ""`},
		"a long outside prefix":          {"GB", []string{"9999"}, bank, `outside prefix "9999"`},
		"an outside prefix with a star":  {"GB", []string{"*9"}, bank, `outside prefix "*9"`},
		"a service without a number":     {"GB", nil, policy.Service{Role: call.Trap}, `service ""`},
		"a service of letters":           {"GB", nil, policy.Service{Number: "BANK", Role: call.Trap}, `service "BANK"`},
		"a service with marks":           {"GB", nil, policy.Service{Number: "01632 960999", Role: call.Trap}, "not 1 to 15 digits"},
		"a plus before a short code":     {"GB", nil, policy.Service{Number: "+999", Role: call.Emergency}, "not a number of E.164"},
		"a service with no known role":   {"GB", nil, policy.Service{Number: "159", Role: "other"}, `the role "other"`},
		"a service without any role":     {"GB", nil, policy.Service{Number: "159"}, `the role ""`},
		"a number too long for a number": {"GB", nil, policy.Service{Number: strings.Repeat("1", 16), Role: call.Trap}, "not 1 to 15 digits"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := policy.NewPlan(c.region, c.outside, c.service)
			if p != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %v", p, err)
			}
		})
	}
}

func TestServices(t *testing.T) {
	services, err := policy.Services("GB")
	if err != nil || len(services) < 10 {
		t.Fatal(services, err)
	}
	for _, s := range services {
		if s.Name == "" || s.Number == "" {
			t.Errorf("%+v", s)
		}
	}
	services, err = policy.Services("FR")
	if err != nil || len(services) != 1 || services[0].Number != "112" || services[0].Role != call.Emergency {
		t.Errorf("a region without data: %v, %v", services, err)
	}
	if services, err := policy.Services("../GB"); err == nil {
		t.Errorf("no region: %v", services)
	}
}

func TestANilPlanKnowsNothing(t *testing.T) {
	for name, p := range map[string]*policy.Plan{"nil": nil, "zero": {}} {
		if m := p.Meaning("999"); m != (policy.Meaning{Role: call.Other}) {
			t.Errorf("%s: Meaning %+v", name, m)
		}
		if m, whole, more := p.Typed("999"); m.Role != call.Other || whole || more {
			t.Errorf("%s: Typed %+v %v %v", name, m, whole, more)
		}
		if p.Keep("999") != "" || p.Forms() != nil || p.Services() != nil || p.Outside() != nil {
			t.Errorf("%s: it knows something", name)
		}
	}
}

func TestAPlanSurvivesFreezing(t *testing.T) {
	type flow struct{ Plan *policy.Plan }
	for name, before := range map[string]*policy.Plan{
		"a whole plan": plan(t, "9", "0"), "one without outside lines": plan(t), "none": nil,
	} {
		text, err := json.Marshal(flow{before})
		if err != nil {
			t.Fatal(err)
		}
		var after flow
		if err := json.Unmarshal(text, &after); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(after.Plan, before) || !after.Plan.Equal(before) {
			t.Errorf("%s: %s", name, text)
		}
		t.Logf("%s: %d bytes", name, len(text))
	}
	var p policy.Plan
	for _, text := range []string{`{"Region":"UK"}`, `{"Region":"GB","Services":[{"Number":"x","Role":"trap"}]}`, `[]`} {
		if err := json.Unmarshal([]byte(text), &p); err == nil {
			t.Errorf("%s is read as a plan", text)
		}
	}
	if plan(t, "9").Equal(plan(t, "8")) || plan(t).Equal(nil) {
		t.Error("two plans that differ are equal")
	}
}

// TestEveryFormIsUnderstood makes plans of any numbers and outside lines.
func TestEveryFormIsUnderstood(t *testing.T) {
	builtIn, err := policy.Services("GB")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		outside := rapid.SliceOfN(rapid.StringMatching(`[0-9]{1,3}`), 0, 2).Draw(t, "outside")
		services := slices.Clone(builtIn)
		for _, last := range rapid.SliceOfN(rapid.IntRange(0, 999), 0, 4).Draw(t, "banks") {
			services = append(services, policy.Service{Number: fmt.Sprintf("+441632960%03d", last), Role: call.Verification})
		}
		p, err := policy.NewPlan("GB", outside, services...)
		if err != nil {
			t.Fatal(err)
		}
		forms := p.Forms()
		if !slices.IsSortedFunc(forms, func(a, b policy.Form) int { return strings.Compare(a.Digits, b.Digits) }) {
			t.Fatal("the forms are not sorted")
		}
		for i, f := range forms {
			if i > 0 && forms[i-1].Digits == f.Digits {
				t.Fatalf("%s is there twice", f.Digits)
			}
			if got := p.Meaning(f.Digits); got != f.Meaning {
				t.Fatalf("%s means %+v, want %+v", f.Digits, got, f.Meaning)
			}
			if f.Digits[0] != '+' {
				typeThrough(t, p, rapid.StringMatching(`[0-9*#]{0,6}[*#]`).Draw(t, "before"), f)
			}
		}
		for _, s := range services {
			if got := p.Meaning(s.Number); got.Number != s.Number || got.Role != s.Role {
				t.Fatalf("%s means %+v", s.Number, got)
			}
		}
	})
}

// typeThrough types a form digit by digit behind other keys.
func typeThrough(t *rapid.T, p *policy.Plan, before string, f policy.Form) {
	typed := before
	for i, digit := range f.Digits {
		typed = p.Keep(typed + string(digit))
		if typed != f.Digits[:i+1] {
			t.Fatalf("after %s of %s %q is kept", f.Digits[:i+1], f.Digits, typed)
		}
		m, whole, more := p.Typed(typed)
		last := i == len(f.Digits)-1
		if last && (!whole || m != f.Meaning) || !last && !more {
			t.Fatalf("typed %s of %s: %+v, whole %v, more %v", typed, f.Digits, m, whole, more)
		}
	}
}
