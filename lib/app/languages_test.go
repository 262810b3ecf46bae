package app_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// heeded are lines whose residents hear badly, or speak Welsh.
var heeded = map[string]string{
	"flat-1": `gain = 3`,
	"flat-2": "approver = \"warden\"\nconsult = \"screen\"",
	"flat-4": `language = "cy_GB"`,
	"flat-5": "gain = 3\npolicy = { night = [{ from = \"00:00\", to = \"12:00\" }, { from = \"12:00\", to = \"00:00\" }] }", // it is always night
}

// TestHearing plays what lines have of their own, under testdata/hearing, on a real Asterisk,
// and one call in each language.
func TestHearing(t *testing.T) {
	lines := []testbed.Line{
		{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
		{ID: "flat-2", Numbers: []string{"+441632960102"}, Endpoints: []string{"201"}},
		{ID: "flat-3", Numbers: []string{"+441632960103"}, Endpoints: []string{"301"}},
		{ID: "flat-4", Numbers: []string{"+441632960104"}, Endpoints: []string{"401"}},
		{ID: "flat-5", Numbers: []string{"+441632960105"}, Endpoints: []string{"501"}},
	}
	x := settled(t, house.Options{
		Bed: testbed.Options{Lines: lines}, Settings: impatient, Own: heeded, Languages: []string{"cy_GB"},
	})
	verbs := testbed.NewVerbs()
	if err := x.decisions(verbs); err != nil {
		t.Fatal(err)
	}
	x.house.Bed.Scenarios(t, verbs, "testdata/hearing", nil)

	text, err := os.ReadFile("testdata/one-call.txt")
	if err != nil {
		t.Fatal(err)
	}
	call := func(language, line, number string) []string {
		begun := time.Now()
		own := strings.NewReplacer("LINE", line, "NUMBER", number).Replace(string(text))
		t.Run("one call in "+language, func(t *testing.T) { x.house.Bed.Scenario(t, verbs, "testdata/one-call.txt", own) })
		return heardIn(t, x.house.Bed.Timeline.Moments(begun), language)
	}
	english := call("en_GB", "flat-3", "01632 960103")
	welsh := call("cy_GB", "flat-4", "01632 960104")
	if len(english) < 20 || !slices.Equal(english, welsh) {
		t.Errorf("not the same in both languages:\nen_GB %q\ncy_GB %q", english, welsh)
	}
}

// heardIn is what telephones heard, in order, without the language of the files, which must
// be the line's. The digit asked for differs from call to call.
func heardIn(t *testing.T, moments []testbed.Moment, language string) []string {
	t.Helper()
	heard := map[string][]string{}
	for _, m := range moments {
		what, hears := strings.CutPrefix(m.What, "hears ")
		if !hears || !strings.Contains(what, "/") {
			continue
		}
		own, ok := strings.CutPrefix(what, language+"/")
		if !ok {
			t.Errorf("on a line in %s, %s hears %s", language, m.Who, what)
		}
		if m.Who == "caller" && strings.HasPrefix(own, "digits/") {
			own = "the digit asked for"
		}
		heard[m.Who] = append(heard[m.Who], own)
	}
	return append(heard["caller"], heard["resident"]...)
}
