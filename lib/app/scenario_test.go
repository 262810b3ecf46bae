package app_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// moveIn builds a house with Clearline inside the test's own process. What furnish does to
// it comes before that.
func moveIn(t *testing.T, opt house.Options, furnish ...func(*house.House)) *house.House {
	t.Helper()
	return settled(t, opt, furnish...).house
}

// settled is who has moved in.
func settled(t *testing.T, opt house.Options, furnish ...func(*house.House)) *tenant {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // a first build of Asterisk's root included
	defer cancel()
	h, err := house.Open(ctx, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	for _, each := range furnish {
		each(h)
	}
	x := &tenant{house: h}
	x.moveIn(t)
	t.Cleanup(func() { x.stop(t) })
	return x
}

// flats are the lines of the house: one telephone, two, one of two that does not
// exist, and one that does not exist.
var (
	flats = []testbed.Line{
		{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
		{ID: "flat-2", Numbers: []string{"+441632960102"}, Endpoints: []string{"201", "202"}},
		{ID: "flat-3", Numbers: []string{"+441632960103"}, Endpoints: []string{"301"}},
		{ID: "flat-4", Numbers: []string{"+441632960104"}},
	}
	missing = map[string][]string{"flat-3": {"nobody"}, "flat-4": {"nobody-either"}}
)

// impatient settings keep scenarios short.
var impatient = map[string]string{
	"screening.consult_ring": `"8s"`,
	"screening.choice_wait":  `"3s"`,
}

// TestScenarios plays every conversation under testdata/scenarios on a real Asterisk.
func TestScenarios(t *testing.T) {
	settings := maps.Clone(impatient)
	settings["screening.approver"] = `"either"`
	x := settled(t, house.Options{Bed: testbed.Options{Lines: flats}, Missing: missing, Settings: settings})
	verbs := testbed.NewVerbs()
	err := verbs.Verb("clearline counts {n:count} keys", func(ctx context.Context, p *testbed.Play, v testbed.Values) error {
		return counted(ctx, p.Bed.Timeline, p.Begun, v["n"])
	})
	if err := errors.Join(err, x.decisions(verbs), x.secrecy(verbs)); err != nil {
		t.Fatal(err)
	}
	x.house.Bed.Scenarios(t, verbs, "testdata/scenarios", nil)
}

// counted waits until Clearline has logged so many keys in a guarded call.
func counted(ctx context.Context, timeline *testbed.Timeline, since time.Time, want string) error {
	for {
		n := 0
		for _, m := range timeline.Moments(since) {
			if m.Who == "clearline" && strings.Contains(m.What, "stage=guarded event=DTMF") {
				n++
			}
		}
		if strconv.Itoa(n) == want {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it counted %d", n)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
