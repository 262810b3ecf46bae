package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/history"
	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// occupant is Clearline as a program that scenarios start, stop and freeze.
type occupant struct {
	house   *house.House
	binary  string
	process *house.Process
}

var errAway = errors.New("it is not running")

func (o *occupant) start(ctx context.Context) (err error) {
	o.process, err = o.house.Run(ctx, o.binary)
	return err
}

// with makes a verb of something that is done to the running program.
func (o *occupant) with(do func(*house.Process) error) func(context.Context, *testbed.Play, testbed.Values) error {
	return func(context.Context, *testbed.Play, testbed.Values) error {
		if o.process == nil {
			return errAway
		}
		return do(o.process)
	}
}

func (o *occupant) verbs(t *testing.T) *testbed.Verbs {
	t.Helper()
	verbs := testbed.NewVerbs()
	add := func(form string, do func(context.Context, *testbed.Play, testbed.Values) error) {
		if err := verbs.Verb(form, do); err != nil {
			t.Fatal(err)
		}
	}
	add("clearline is started", func(ctx context.Context, _ *testbed.Play, _ testbed.Values) error { return o.start(ctx) })
	add("clearline is stopped", o.with((*house.Process).Stop))
	add("clearline is killed", o.with(func(p *house.Process) error { p.Kill(); return nil }))
	add("clearline is frozen", o.with((*house.Process).Freeze))
	add("clearline goes on", o.with((*house.Process).Thaw))
	add("clearline is told to stop", o.with((*house.Process).Terminate))
	add("clearline has stopped", o.with((*house.Process).Wait))
	add("the message is kept", o.keepsMessage)
	done := make(chan error, 1)
	add("the command to record {prompt:what} at {endpoint:word} is given", func(_ context.Context, _ *testbed.Play, v testbed.Values) error {
		go func() {
			code, out, complaints := command("prompts", "record", v["prompt"], "--ring", v["endpoint"], "-c", o.house.ConfigPath)
			if code != exitDone {
				done <- fmt.Errorf("it ends with %d: %s%s", code, out, complaints)
				return
			}
			done <- nil
		}()
		return nil
	})
	add("the command is done", func(ctx context.Context, _ *testbed.Play, _ testbed.Values) error {
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	add(`{who:phone} is rung by {name:text} [within {within:time}]`, rungBy)
	return verbs
}

// keepsMessage waits until the latest call is in the history, with a message that is new.
func (o *occupant) keepsMessage(ctx context.Context, _ *testbed.Play, _ testbed.Values) error {
	for {
		found, err := history.Client{Path: history.Socket(o.house.Config.Store.Path)}.Records(ctx, 1)
		if err == nil && len(found) > 0 && found[0].Message == call.NewMessage {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the history shows %+v: %w", found, errors.Join(err, ctx.Err()))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// rungBy waits for a call that shows a name, also while another one rings.
func rungBy(ctx context.Context, p *testbed.Play, v testbed.Values) error {
	return p.Each(v["who"], func(_ int, phone *testbed.Phone) error {
		for {
			if slices.ContainsFunc(phone.Calls(), func(c *testbed.Call) bool { return c.FarName == v["name"] }) {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("no call shows %q", v["name"])
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}

// occupy builds a house with the program running in it.
func occupy(t *testing.T, opt house.Options) *occupant {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // a first build of Asterisk's root included
	defer cancel()
	binary, err := house.Build(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h, err := house.Open(ctx, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	o := &occupant{house: h, binary: binary}
	if err := o.start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.process.Kill() })
	return o
}

// TestWhenClearlineIsAbsentOrFrozen plays what happens to calls when the program is
// stopped, frozen or killed at a bad moment.
func TestWhenClearlineIsAbsentOrFrozen(t *testing.T) {
	o := occupy(t, house.Options{
		Bed: testbed.Options{Lines: []testbed.Line{
			{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
			{ID: "flat-2", Numbers: []string{"+441632960102"}, Endpoints: []string{"201"}},
			{ID: "flat-3", Numbers: []string{"+441632960103"}, Endpoints: []string{"301"}},
		}},
		Own: map[string]string{ // it is always night: unknown callers leave a message
			"flat-3": `policy = { night = [{ from = "00:00", to = "12:00" }, { from = "12:00", to = "00:00" }] }`,
		},
		Settings: map[string]string{
			"guard.deadman": `"5s"`, "screening.consult_ring": `"10s"`,
			"prompts.own": strconv.Quote(t.TempDir()), "codes.record_pin": `"273645"`,
		},
	})
	o.house.Bed.Scenarios(t, o.verbs(t), "testdata/scenarios", func(failed bool) {
		if !failed {
			return
		}
		o.process.Kill() // it may be in any state now
		if err := o.start(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
