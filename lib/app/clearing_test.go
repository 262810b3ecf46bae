package app_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"testing"
	"time"

	"clearline/lib/app"
	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// tenant is Clearline in a house, inside the test's process. Attempts are remembered
// for minutes: each scenario has a Clearline that remembers nothing.
type tenant struct {
	house *house.House
	app   *app.App
}

func (x *tenant) moveIn(t *testing.T) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(x.house.Bed.Timeline.Writer("clearline"), &slog.HandlerOptions{Level: slog.LevelDebug}))
	clearline, err := app.New(x.house.Config, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := clearline.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	x.app = clearline
	select {
	case <-clearline.Ready():
	case <-time.After(15 * time.Second):
		t.Fatal("Clearline does not reach Asterisk")
	}
	x.house.Bed.Settle(t.Context())
}

// stop ends Clearline, and leaves what it remembers.
func (x *tenant) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := x.app.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// moveOut ends Clearline, and removes the file in which it remembers.
func (x *tenant) moveOut(t *testing.T) {
	t.Helper()
	x.stop(t)
	if !x.house.Config.Store.InFile() {
		return
	}
	if err := os.Remove(x.house.Config.Store.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// banks are numbers that only one line is cleared for.
var banks = map[string][]string{"flat-1": {"01632 960999"}}

// TestClearing plays every way of dialling for help under testdata/clearing on a real
// Asterisk.
func TestClearing(t *testing.T) {
	verbs := testbed.NewVerbs()
	if err := verbs.Verb("clearline found {n:count} other leg(s)", found); err != nil {
		t.Fatal(err)
	}
	(&tenant{}).play(t, "testdata/clearing", verbs, house.Options{
		Bed: testbed.Options{Lines: flats, Transfers: true}, Missing: missing, Settings: impatient, Verification: banks,
	})
}

// analogue is the line that the unknown caller comes by.
const analogue = "endpoint = \"PJSIP/main\"\nkind = \"fxo\"\nhold = \"8s\""

func TestClearingAfterASuspectOnTheOnlyAnalogueLine(t *testing.T) {
	clearings(t, "testdata/analogue-one", house.Options{
		Bed: testbed.Options{Lines: flats[:1]}, Settings: impatient, Trunks: []string{analogue},
	})
}

func TestClearingAfterASuspectOnAnAnalogueLineBesideAnother(t *testing.T) {
	clearings(t, "testdata/analogue-two", house.Options{
		Bed:      testbed.Options{Lines: flats[:1], Trunks: []string{"main", "spare"}},
		Settings: impatient,
		Trunks:   []string{analogue, "endpoint = \"PJSIP/spare\""},
	})
}

// clearings plays a folder of scenarios, each with a Clearline that remembers nothing.
func clearings(t *testing.T, folder string, opt house.Options) {
	t.Helper()
	(&tenant{}).play(t, folder, testbed.NewVerbs(), opt)
}

// play moves into a house of its own and plays a folder of scenarios there, each with a
// Clearline that remembers nothing.
func (x *tenant) play(t *testing.T, folder string, verbs *testbed.Verbs, opt house.Options) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // a first build of Asterisk's root included
	defer cancel()
	h, err := house.Open(ctx, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	x.house = h
	x.moveIn(t)
	t.Cleanup(func() { x.moveOut(t) })
	h.Bed.Scenarios(t, verbs, folder, func(bool) {
		x.moveOut(t)
		x.moveIn(t)
	})
}
