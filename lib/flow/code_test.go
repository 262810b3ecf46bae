package flow_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// knows is a caller of a line whose terms are those of the tests.
func (c *telling) knows(admission flow.Admission) {
	c.s.Terms = terms
	c.tell(flow.Began{Admission: admission})
}

// talks lets the resident, who is rung by now, agree, and both hang up after a while.
func (c *telling) talks() {
	c.tell(flow.LineSeized{}, flow.LegAnswered{Leg: first})
	c.gone(second)
	c.press(first, "5")
	c.heard(first)
	c.tell(flow.LegJoined{Leg: caller, Bridge: bridge}, flow.LegJoined{Leg: first, Bridge: bridge})
	c.gone(caller, first)
}

func (c *telling) waitsForNothing() {
	c.heard(caller)
	c.gone(caller)
}

var codes = []conversation{
	{"the right code while the greeting plays", call.Completed, func(c *telling) {
		c.knows(flow.Admitted)
		c.press(caller, "*31416#")
		c.talks()
	}},
	{"the right code after the greeting, ended by a pause", call.Completed, func(c *telling) {
		c.knows(flow.Admitted)
		c.heard(caller)
		c.press(caller, "*31416")
		c.nothingHappens()
		c.talks()
	}},
	{"the right code without a human check", call.Completed, func(c *telling) {
		c.s.Rules.HumanCheck = false
		c.knows(flow.Admitted)
		c.press(caller, "*31416#")
		c.talks()
	}},
	{"the right code begun again", call.Completed, func(c *telling) {
		c.knows(flow.Admitted)
		c.press(caller, "*32*31416#")
		c.talks()
	}},
	{"a wrong code, then the digit asked for", call.CallerHungUp, func(c *telling) {
		c.knows(flow.Admitted)
		c.press(caller, "*31415#")
		c.heard(caller)
		c.press(caller, "4")
		c.gone(caller)
	}},
	{"a wrong code, then the right one", call.Completed, func(c *telling) {
		c.knows(flow.Admitted)
		c.press(caller, "*999999#*31416#")
		c.talks()
	}},
	{"a wrong code without a human check", call.CallerHungUp, func(c *telling) {
		c.s.Rules.HumanCheck = false
		c.knows(flow.Admitted)
		c.press(caller, "*1234#")
		c.gone(caller)
	}},
	{"three wrong codes, and the right one is too late", call.CheckFailed, func(c *telling) {
		c.knows(flow.Admitted)
		c.press(caller, "*1111#*2222#*3333#*31416#")
		c.waitsForNothing()
	}},
	{"the right code while it is locked", call.CheckFailed, func(c *telling) {
		c.knows(flow.Admitted)
		c.s.Terms.CodeLocked = true
		c.press(caller, "*31416#")
		c.heard(caller)
		c.nothingHappens()
		c.heard(caller)
		c.nothingHappens()
		c.waitsForNothing()
	}},
	{"a star with nothing behind it is a wrong digit", call.CallerHungUp, func(c *telling) {
		c.knows(flow.Admitted)
		c.press(caller, "*")
		c.nothingHappens()
		c.press(caller, "6")
		c.gone(caller)
	}},
	{"a star without a human check, and nothing behind it", call.CallerHungUp, func(c *telling) {
		c.s.Rules.HumanCheck = false
		c.knows(flow.Admitted)
		c.press(caller, "*")
		c.nothingHappens()
		c.gone(caller)
	}},
	{"the caller hangs up inside a code", call.CallerHungUp, func(c *telling) {
		c.knows(flow.Admitted)
		c.press(caller, "*31")
		c.gone(caller)
	}},
	{"the line is claimed inside a code", call.Cleared, func(c *telling) {
		c.knows(flow.Admitted)
		c.press(caller, "*31")
		c.tell(flow.LineClaimed{})
		c.gone(caller)
	}},
	{"stopped inside a code", call.Lost, func(c *telling) {
		c.knows(flow.Admitted)
		c.press(caller, "*31")
		c.tell(flow.Stopped{})
	}},
}

func TestCodes(t *testing.T) { converse(t, "code", codes) }

func TestWithoutACodeTheStarIsAWrongDigit(t *testing.T) {
	told := newTelling(t)
	told.begins()
	told.press(caller, "*")
	if told.s.Stage != flow.Greeting || told.s.Notes.WrongDigits != 1 {
		t.Errorf("a star leads to %s with notes %+v", told.s.Stage, told.s.Notes)
	}
}

func TestNobodyElsesKeysAreACode(t *testing.T) {
	told := newTelling(t)
	told.knows(flow.Admitted)
	for _, leg := range []call.LegID{first, second, stranger} {
		for _, key := range "*31416#" {
			told.ignores(flow.DTMF{Leg: leg, Key: key})
		}
	}
	told.press(caller, "*3141")
	told.ignores(flow.DTMF{Leg: stranger, Key: '6'})
}

func TestTheResidentHearsThatTheCallerKnewTheCode(t *testing.T) {
	told := newTelling(t)
	told.knows(flow.Admitted)
	told.press(caller, "*31416#")
	told.tell(flow.LineSeized{}, flow.LegAnswered{Leg: first})
	question := string(must[flow.Play](t, told.all).Script)
	if !strings.Contains(question, string(prompt.KnewCode)) || strings.Contains(question, string(prompt.TheySaid)) {
		t.Errorf("the resident hears %s", question)
	}
	if told.s.Approved || !told.s.Notes.KnewCode {
		t.Errorf("approved %v, notes %+v", told.s.Approved, told.s.Notes)
	}
}

func TestWhatWasKeyedIsCountedAndNoted(t *testing.T) {
	for keys, want := range map[string]struct {
		misses int
		notes  []bool
	}{
		"*31416#":                 {0, []bool{true}},
		"*1111#*31416#":           {1, []bool{false, true}},
		"*3141#*314160*31415#":    {3, []bool{false, false, false}},
		"*1111#*2222#*3333#*4444": {3, []bool{false, false, false}},
		"*#":                      {0, nil},
	} {
		told := newTelling(t)
		told.knows(flow.Admitted)
		told.press(caller, keys)
		var notes []bool
		for _, e := range told.all {
			if note, ok := e.(flow.NoteSecret); ok && note.Line == "flat-1" && note.Secret == flow.BypassCode {
				notes = append(notes, note.Right)
			}
		}
		if told.s.Notes.CodeMisses != want.misses || !slices.Equal(notes, want.notes) {
			t.Errorf("%s: %d misses, notes %v", keys, told.s.Notes.CodeMisses, notes)
		}
	}
}

// A caller who could tell a wrong code from a locked one, or how much of it is right,
// would need few tries.
func TestACallerHearsNothingOfTheCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.StringMatching(`\*[0-9#*]{0,12}`).Draw(t, "keys")
		other := flow.Terms{
			Code:       flow.Code(rapid.StringMatching(`[0-9]{3,6}`).Draw(t, "code")),
			CodeLocked: rapid.Bool().Draw(t, "locked"),
		}
		admission := rapid.SampledFrom([]flow.Admission{flow.Admitted, flow.TakesMessage}).Draw(t, "admission")
		one, two := begin(rules), begin(rules)
		one.Terms, two.Terms = flow.Terms{Code: "none"}, other
		one, _ = one.Step(flow.Began{Admission: admission})
		two, _ = two.Step(flow.Began{Admission: admission})
		for _, key := range keys {
			var hears, heard []flow.Effect
			one, hears = one.Step(flow.DTMF{Leg: caller, Key: key})
			two, heard = two.Step(flow.DTMF{Leg: caller, Key: key})
			if two.Notes.KnewCode {
				return
			}
			noted := func(e flow.Effect) bool { _, ok := e.(flow.NoteSecret); return ok }
			if !slices.Equal(slices.DeleteFunc(hears, noted), slices.DeleteFunc(heard, noted)) {
				t.Fatalf("after %c of %s: %#v beside %#v", key, keys, hears, heard)
			}
		}
	})
}
