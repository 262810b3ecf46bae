package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"testing"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// TestWhenHelpIsDialledWithoutClearline plays what happens when a number for help is
// dialled while the program is stopped, frozen or killed. Every scenario begins with a
// program that remembers nothing.
func TestWhenHelpIsDialledWithoutClearline(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // a first build of Asterisk's root included
	defer cancel()
	binary, err := house.Build(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h, err := house.Open(ctx, house.Options{
		Bed: testbed.Options{Transfers: true, Lines: []testbed.Line{
			{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
		}},
		Settings: map[string]string{"screening.consult_ring": `"10s"`},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	o := &occupant{house: h, binary: binary}
	if err := o.start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.process.Kill() })
	h.Bed.Scenarios(t, o.verbs(t), "testdata/help", func(bool) {
		if o.process != nil {
			o.process.Kill()
		}
		empty(t, h)
		if err := o.start(ctx); err != nil {
			t.Fatal(err)
		}
	})
}

// empty lets Clearline forget everything. It must not run.
func empty(t *testing.T, h *house.House) {
	t.Helper()
	if err := os.Remove(h.Config.Store.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}
