package flow_test

import (
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// mustSpeak is a contact whose family's word is spoken.
func (c *telling) mustSpeak() {
	c.tell(flow.Began{Admission: flow.AskedWord})
	c.heard(caller)
}

var words = []conversation{
	{"the right word while the prompt plays", call.Completed, func(c *telling) {
		c.knows(flow.AskedWord)
		c.press(caller, "2718281#")
		c.talks()
	}},
	{"the right word, ended by a pause", call.Completed, func(c *telling) {
		c.knows(flow.AskedWord)
		c.heard(caller)
		c.press(caller, "2718281")
		c.nothingHappens()
		c.talks()
	}},
	{"a wrong word, then the right one", call.Completed, func(c *telling) {
		c.knows(flow.AskedWord)
		c.press(caller, "271#")
		c.heard(caller)
		c.press(caller, "2718281#")
		c.talks()
	}},
	{"a wrong word twice, then screened as a stranger", call.Completed, func(c *telling) {
		c.knows(flow.AskedWord)
		c.press(caller, "271828182845#123#4")
		c.heard(caller)
		c.says(time.Second)
		c.talks()
	}},
	{"no word at all, then the bypass code", call.Completed, func(c *telling) {
		c.knows(flow.AskedWord)
		c.heard(caller)
		c.nothingHappens()
		c.heard(caller)
		c.nothingHappens()
		c.press(caller, "*31416#")
		c.talks()
	}},
	{"the right word while it is locked", call.CallerHungUp, func(c *telling) {
		c.knows(flow.AskedWord)
		c.s.Terms.WordLocked = true
		c.press(caller, "2718281#2718281#")
		c.gone(caller)
	}},
	{"the caller hangs up inside the word", call.CallerHungUp, func(c *telling) {
		c.knows(flow.AskedWord)
		c.press(caller, "271")
		c.gone(caller)
	}},
	{"a spoken word is played to the resident", call.Completed, func(c *telling) {
		c.mustSpeak()
		c.says(time.Second)
		c.talks()
	}},
	{"a spoken word, at the second try", call.Completed, func(c *telling) {
		c.mustSpeak()
		c.isSilent()
		c.heard(caller)
		c.says(time.Second)
		c.talks()
	}},
	{"no spoken word twice, then screened as a stranger", call.CallerHungUp, func(c *telling) {
		c.mustSpeak()
		c.isSilent()
		c.heard(caller)
		c.isSilent()
		c.press(caller, "4")
		c.heard(caller)
		c.says(time.Second)
		c.gone(caller)
	}},
	{"a spoken word that is lost on a full disk", call.Refused, func(c *telling) {
		c.mustSpeak()
		c.tell(flow.EffectFailed{Effect: must[flow.Record](c.t, c.all)}, flow.LineSeized{}, flow.LegAnswered{Leg: first})
		c.gone(second, first, caller)
	}},
	{"the line is claimed while the word is asked for", call.Cleared, func(c *telling) {
		c.knows(flow.AskedWord)
		c.tell(flow.LineClaimed{})
		c.gone(caller)
	}},
}

func TestWords(t *testing.T) { converse(t, "word", words) }

func TestTheResidentHearsHowTheCallerDidWithTheWord(t *testing.T) {
	for _, c := range []struct {
		name        string
		tell        func(*telling)
		first, then prompt.Name
	}{
		{"right", func(c *telling) {
			c.knows(flow.AskedWord)
			c.press(caller, "2718281#")
		}, prompt.CallFrom, prompt.KnewWord},
		{"wrong twice", func(c *telling) {
			c.knows(flow.AskedWord)
			c.press(caller, "1#2#4")
			c.heard(caller)
			c.says(time.Second)
		}, prompt.WordNotKnown, prompt.TheySaid},
		{"wrong twice, but the code", func(c *telling) {
			c.knows(flow.AskedWord)
			c.press(caller, "1#2#*31416#")
		}, prompt.WordNotKnown, prompt.KnewCode},
		{"spoken", func(c *telling) {
			c.mustSpeak()
			c.says(time.Second)
		}, prompt.CallFrom, prompt.WordAsked},
	} {
		t.Run(c.name, func(t *testing.T) {
			told := newTelling(t)
			c.tell(told)
			told.tell(flow.LineSeized{}, flow.LegAnswered{Leg: first})
			question := string(must[flow.Play](t, told.all).Script)
			if !strings.HasPrefix(question, string(c.first)) || !strings.Contains(question, " "+string(c.then)+" ") {
				t.Errorf("the resident hears %s", question)
			}
		})
	}
}

func TestAKeyLeftOverFromTheWordIsNoAnswer(t *testing.T) {
	told := newTelling(t)
	told.knows(flow.AskedWord)
	told.press(caller, "111111111111#") // as many as a word has, and then the end key all the same
	if told.s.Stage != flow.Word || told.s.Notes.WordMisses != 1 {
		t.Errorf("the flow stands in %s with notes %+v", told.s.Stage, told.s.Notes)
	}
	told.press(caller, "111111111111#")
	if told.s.Stage != flow.Greeting || told.s.Notes.WrongDigits != 0 {
		t.Errorf("the flow stands in %s with notes %+v", told.s.Stage, told.s.Notes)
	}
}
