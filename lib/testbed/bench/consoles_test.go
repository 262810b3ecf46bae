package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// TestConsolesAreMeasured lets two consoles watch three lines of a real Asterisk.
func TestConsolesAreMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	progress := newProgress(t.Output())
	o := consolesOptions{Lines: 3, Active: 1, Consoles: 2, Changes: 3}
	h, err := openHall(ctx, hallOptions{size: o.Lines}, progress)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	r, err := o.measure(ctx, h, progress)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.changes) != 6 || r.missed() != 0 || r.pages < 6*o.Consoles {
		t.Errorf("%d changes, %d missed, %d pages", len(r.changes), r.missed(), r.pages)
	}
	for _, kind := range []string{ringsChange, givesUpChange} {
		delays := r.delays(kind, false)
		if len(delays) != 3*o.Consoles {
			t.Errorf("%s is seen %d times", kind, len(delays))
		}
		for _, d := range delays {
			if d <= 0 || d > seenWithin {
				t.Errorf("%s is seen after %v", kind, d)
			}
		}
	}
	var table, machine bytes.Buffer
	if err := r.table(&table); err != nil || !strings.Contains(table.String(), "2 consoles open") {
		t.Errorf("%v\n%s", err, table.String())
	}
	t.Log(table.String())
	var back viewJSON
	if err := r.json(&machine); err != nil || json.Unmarshal(machine.Bytes(), &back) != nil || len(back.Seen[ringsChange]) != 6 {
		t.Errorf("%v\n%s", err, machine.String())
	}
}

func TestAMissedChangeMeetsNoTarget(t *testing.T) {
	seen := func(delays ...int) change {
		c := change{kind: ringsChange}
		for _, d := range delays {
			c.seen = append(c.seen, time.Duration(d)*millisecond)
		}
		return c
	}
	missed := seen(5)
	missed.missed = 1
	for _, c := range []struct {
		name    string
		changes []change
		want    bool
	}{
		{"half within", []change{seen(20, 300), seen(400)}, true},
		{"half too late", []change{seen(20), seen(301, 400)}, false},
		{"one not shown", []change{seen(20), missed}, false},
		{"none", nil, false},
	} {
		if got := (&viewReport{changes: c.changes}).target().Met; got != c.want {
			t.Errorf("%s: met is %v", c.name, got)
		}
	}
}

func TestTheStateOfALineOnAPage(t *testing.T) {
	const page = `<li data-key="line-flat-1" class="line idle"><li data-key="line-flat-10" class="line screening">`
	for line, want := range map[string]string{"flat-1": "idle", "flat-10": "screening", "flat-2": ""} {
		if got := lineState(page, line); got != want {
			t.Errorf("%s is %q", line, got)
		}
	}
}
