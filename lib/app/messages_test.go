package app_test

import (
	"maps"
	"testing"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// TestMessages plays every conversation under testdata/messages: messages that callers leave,
// and codes that residents dial.
func TestMessages(t *testing.T) {
	settings := maps.Clone(impatient)
	settings["screening.no_answer"] = `"message"`
	lines := []testbed.Line{
		{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
		{ID: "flat-2", Numbers: []string{"+441632960102"}, Endpoints: []string{"201"}},
		{ID: "flat-3", Numbers: []string{"+441632960103"}, Endpoints: []string{"301"}},
	}
	x := settled(t, house.Options{Bed: testbed.Options{Lines: lines}, Settings: settings})
	x.house.Bed.Scenarios(t, testbed.NewVerbs(), "testdata/messages", nil)
}
