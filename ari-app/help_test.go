package main

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// TestWhenHelpIsDialledWithoutClearline plays what happens when a number for help is
// dialled while the program is stopped, frozen or killed. Every scenario begins with a
// program that remembers nothing.
func TestWhenHelpIsDialledWithoutClearline(t *testing.T) {
	w := newWarden(t)
	o := occupy(t, house.Options{
		Bed: testbed.Options{Transfers: true, Lines: []testbed.Line{
			{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
		}},
		Settings: map[string]string{"screening.consult_ring": `"10s"`},
		Notify:   []string{w.receiver("night-desk", `"incident"`)},
	})
	verbs := o.verbs(t)
	w.verbs(t, verbs)
	o.house.Bed.Scenarios(t, verbs, "testdata/help", func(bool) {
		if o.process != nil {
			o.process.Kill()
		}
		empty(t, o.house)
		w.forget()
		if err := o.start(t.Context()); err != nil {
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
