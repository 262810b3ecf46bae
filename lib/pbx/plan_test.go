package pbx_test

import (
	"slices"
	"testing"

	"clearline/lib/pbx"
)

// shown is what Asterisk 22 prints for "dialplan show".
const shown = `[ Context 'from-trunk' created by 'pbx_config' ]
  '01632960101' =>  1. Set(CLEARLINE_ATTESTED=)                   [extensions.conf:13]
     [on]           2. Goto(clearline-inbound,${EXTEN},1)         [extensions.conf:14]
  '01632960102' (CID match '101') => 1. Dial(PJSIP/102,20)        [extensions.conf:15]
  Include =>        'more'                                        [pbx_config]

[ Context 'more' created by 'pbx_config' ]
  '_NXX!' =>        1. GotoIf($["${X[1]}" = "1"]?clearline-inbound,${EXTEN},1:lost,s,1) [more.conf:3]
  '_X.' =>          1. Macro(dial,${EXTEN})                       [more.conf:4]
  's' =>            hint: PJSIP/101                               [more.conf:5]

[ Context 'macro-dial' created by 'pbx_config' ]
  's' =>            1. Goto(1,1)                                  [more.conf:8]
  '1' =>            1. Dial(PJSIP/${ARG1},20)                     [more.conf:9]

[ Context 'clearline-inbound' created by 'pbx_config' ]
  '_[+0-9]!' =>     1. Hangup()                                   [clearline.conf:3]

-= 8 extensions (9 priorities) in 4 contexts. =-
`

func TestReadPlan(t *testing.T) {
	p := pbx.ReadPlan(shown)
	e := p["from-trunk"].Extension("01632960101")
	want := []pbx.Step{
		{Priority: 1, App: "Set", Data: "CLEARLINE_ATTESTED=", File: "extensions.conf"},
		{Priority: 2, Label: "on", App: "Goto", Data: "clearline-inbound,${EXTEN},1", File: "extensions.conf"},
	}
	if e == nil || !slices.Equal(e.Steps, want) {
		t.Errorf("read %+v", e)
	}
	if got := p["from-trunk"].Includes; !slices.Equal(got, []string{"more"}) {
		t.Errorf("includes %q", got)
	}
	if e := p["from-trunk"].Extension("01632960102"); e == nil || len(e.Steps) != 1 {
		t.Errorf("one for a single caller is %+v", e)
	}
	if e := p["more"].Extension("s"); e == nil || len(e.Steps) != 0 {
		t.Errorf("a hint is %+v", e)
	}
}

func TestWhatIsPrintedReadsAsWhatIsShown(t *testing.T) {
	printed := pbx.ReadText("; a comment\n[from-trunk]\nexten => 01632960101,1,Set(CLEARLINE_ATTESTED=)\n same => n(on),Goto(clearline-inbound,${EXTEN},1)\n")
	a, b := printed["from-trunk"].Extension("01632960101"), pbx.ReadPlan(shown)["from-trunk"].Extension("01632960101")
	if !a.SameSteps(b) {
		t.Errorf("%+v is not %+v", a, b)
	}
	if a.Steps[1].Data = "elsewhere,s,1"; a.SameSteps(b) {
		t.Error("a difference is not seen")
	}
}

func TestLeads(t *testing.T) {
	p := pbx.ReadPlan(shown)
	for _, c := range []struct {
		name, context, dialled string
		want                   bool
	}{
		{"by a jump on the number itself", "from-trunk", "01632960101", true},
		{"by a jump in a context that is included", "from-trunk", "2345", true},
		{"a number that is dialled by a macro does not", "from-trunk", "12", false},
		{"a number that nobody takes does not", "from-trunk", "s9", false},
		{"a context that is not there does not", "nowhere", "999", false},
		{"the context itself does", "clearline-inbound", "999", true},
	} {
		if got := p.Leads(c.context, c.dialled, "clearline-inbound"); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if way := p.Way("from-trunk", "2345", "clearline-inbound"); !slices.Equal(way, []string{"more", "clearline-inbound"}) {
		t.Errorf("2345 comes through %q", way)
	}
	apps := []string{}
	for _, s := range p.Reachable("from-trunk", "12") {
		apps = append(apps, s.App)
	}
	if !slices.Equal(apps, []string{"Macro", "Goto", "Dial"}) {
		t.Errorf("12 reaches %q", apps)
	}
}

func TestMatchTakesTheMostExact(t *testing.T) {
	plan := func(patterns ...string) pbx.Plan {
		c := &pbx.Context{}
		for _, p := range patterns {
			c.Extensions = append(c.Extensions, pbx.Extension{Pattern: p})
		}
		return pbx.Plan{"c": c}
	}
	for _, c := range []struct {
		name, dialled, want string
		patterns            []string
	}{
		{"a number before a pattern", "999", "999", []string{"_9XX", "999"}},
		{"a smaller set before a larger one", "234", "_[2-4]XX", []string{"_XXX", "_NXX", "_[2-4]XX"}},
		{"a fixed length before the rest", "234", "_XXX", []string{"_X!", "_X.", "_XXX"}},
		{"one or more before none or more", "234", "_X.", []string{"_X!", "_X."}},
		{"none is more than one", "2", "_X!", []string{"_X.", "_X!"}},
		{"dashes mean nothing", "flat-1", "flat-1", []string{"flat1x", "flat-1"}},
		{"dashes in patterns mean nothing", "2345", "_XX-XX", []string{"_XX-XX"}},
		{"signs of their own", "+44", "_[+*]44", []string{"_X44", "_[+*]44"}},
		{"too long is none", "9999", "", []string{"999", "_9XX"}},
	} {
		got := ""
		if _, e := plan(c.patterns...).Match("c", c.dialled); e != nil {
			got = e.Pattern
		}
		if got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestAnExtensionIsAboutNumbersThatBeginAlike(t *testing.T) {
	for pattern, want := range map[string]bool{
		"*55": true, "_*5X": true, "_*.": true, "flat-1": true, "_X!": false, "_[+*#0-9]!": false, "_.": false, "_[*]5X": true,
	} {
		if e := (&pbx.Extension{Pattern: pattern}); e.Begins() != want {
			t.Errorf("%s: %t", pattern, !want)
		}
	}
}

func TestContextsThatIncludeEachOtherEnd(t *testing.T) {
	p := pbx.Plan{"a": {Includes: []string{"b"}}, "b": {Includes: []string{"a"}}}
	if in, e := p.Match("a", "999"); e != nil {
		t.Errorf("found in %s", in)
	}
}
