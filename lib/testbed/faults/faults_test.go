package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clearline/lib/testbed/house"
)

// TestWhatBreaksMostOften plays some cells of the matrix; scripts/faults plays all.
func TestWhatBreaksMostOften(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	binary, err := house.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ fault, state, says string }{
		{"nothing", "consulting", "put through"},
		{"killed, back at once", "guarded", "they talk on"},
		{"connection to Asterisk reset", "999 inside the call", "rang after"},
		{"Redis gone", "message", "kept, and said so"},
	} {
		t.Run(c.fault+", "+c.state, func(t *testing.T) {
			got := play(t.Context(), binary, named(t, c.fault), stateNamed(t, c.state))
			if got.Wrong != "" || !strings.Contains(got.Said, c.says) {
				t.Errorf("%s %s, want %q\n%s", got.Said, got.Wrong, c.says, got.Timeline)
			}
		})
	}
}

func named(t *testing.T, name string) fault {
	t.Helper()
	for _, f := range faults {
		if f.name == name {
			return f
		}
	}
	t.Fatalf("no fault %q", name)
	return fault{}
}

func stateNamed(t *testing.T, name string) state {
	t.Helper()
	for _, st := range states {
		if st.name == name {
			return st
		}
	}
	t.Fatalf("no state %q", name)
	return state{}
}

func TestTheTableStandsBetweenItsMarks(t *testing.T) {
	m := newMatrix()
	m.put([2]int{0, 0}, cell{Said: "put | through"})
	m.put([2]int{1, 0}, cell{Wrong: "emergency lost"})
	path := filepath.Join(t.TempDir(), "reliability.md")
	if err := os.WriteFile(path, []byte("before\n"+tableBegins+"old\n"+tableEnds+"\nafter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.into(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "before\n" + tableBegins + "\n### greeting\n\n| what broke | what happened |\n|---|---|\n" +
		"| nothing | put / through |\n| killed, back at once | **emergency lost** |\n\n" + tableEnds + "\nafter\n"
	if string(text) != want {
		t.Errorf("got\n%s", text)
	}
	if err := m.wrong(); err == nil || !strings.Contains(err.Error(), "emergency lost") {
		t.Errorf("what went wrong is %v", err)
	}
	if err := m.into(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("a document that is missing is none")
	}
}

func TestWhatGrowsIsSeen(t *testing.T) {
	flat := gauge{memory: 40 << 10, handles: 12, goroutines: 30, exchange: 60 << 10}
	if err := grown(flat, flat); err != nil {
		t.Error(err)
	}
	for name, more := range map[string]gauge{
		"memory": {memory: 80 << 10}, "handles": {handles: 20}, "goroutines": {goroutines: 50}, "channels": {channels: 1},
	} {
		if err := grown(flat, more); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("more %s: %v", name, err)
		}
	}
}
