package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
)

var update = flag.Bool("update", false, "write golden files anew")

// configureStore writes a configuration of two lines whose store is in a folder of the
// test, and keeps there what happened.
func configureStore(t *testing.T, changes store.Changes) (path, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "clearline.db")
	path, _ = configure(t, fmt.Sprintf("[[line]]\nid = \"flat-2\"\nnumbers = [\"01632 960102\"]\nendpoints = [\"PJSIP/102\"]\n[store]\nurl = \"file:%s\"\n", file))
	kept, err := boltstore.Open(file, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(kept.Apply(t.Context(), changes), kept.Close()); err != nil {
		t.Fatal(err)
	}
	return path, file
}

// rows runs a command that must succeed and returns the cells of its table.
func rows(t *testing.T, args ...string) [][]string {
	t.Helper()
	code, out, complaints := command(args...)
	if code != exitDone || complaints != "" {
		t.Fatalf("%q: %d %s", args, code, complaints)
	}
	var rows [][]string
	for line := range strings.Lines(out) {
		var cells []string
		for cell := range strings.SplitSeq(strings.TrimRight(line, "\n"), "  ") {
			if cell = strings.TrimSpace(cell); cell != "" {
				cells = append(cells, cell)
			}
		}
		rows = append(rows, cells)
	}
	return rows
}

// golden compares with a file under testdata/listing.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "listing", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s; look at it with -update and git diff:\n%s", path, got)
	}
}

var hostile = map[string]string{
	"colours":          "\x1b[31mBank\x1b[0m",
	"one-byte escapes": "\u009b2JBank",
	"a new row":        "Bank\n2026-01-01  flat-1  999",
	"other columns":    "Bank\t\t\"yes\v\f",
	"rubout":           "Bank\x7f\b\b\b\bPost",
	"turned around":    "\u202eknaB\u2066\u200f",
	"Hebrew letters":   "בנק",
	"stacked marks":    "B\u0301\u0301\u0301\u0301ank",
	"joiners":          "Ba\u200dnk\ufeff",
	"no UTF-8":         "Bank\xff\xfe",
	"full width":       "Ｂank",
	"an end of quotes": `Bank" yes \`,
}

func TestHostileTextGivesATerminalNoOrders(t *testing.T) {
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			from := call.Caller{Number: text, Name: text, Presentation: call.Allowed, Trunk: text}
			config, _ := configureStore(t, store.Changes{
				Records:  []call.Record{{ID: call.ID("1" + text), Line: call.LineID(text), Dialled: text, From: from, Arrived: now, Ended: now, Cause: call.NoLine, Recording: call.RecordingID(text)}, {ID: "2", Arrived: now, Ended: now, From: from, Cause: call.Cause(text)}},
				Attempts: []call.Attempt{{ID: "3", Line: call.LineID(text), Dialled: text, Number: text, Service: text, Way: call.Way(text), Urgency: call.Urgency(text), Outcome: call.Outcome(text), At: now, Suspect: from}},
			})
			for _, args := range [][]string{{"calls"}, {"calls", "--json"}, {"incidents"}, {"incidents", "--json"}} {
				code, out, complaints := command(append(args, "-c", config)...)
				lines := map[string]int{"calls": 3, "incidents": 2}[args[0]]
				if len(args) > 1 {
					lines--
				}
				if code != exitDone || complaints != "" || strings.Count(out, "\n") != lines {
					t.Errorf("%q: %d %s%s", args, code, out, complaints)
				}
				if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }); i >= 0 {
					t.Errorf("%q print %q", args, out[i:min(len(out), i+8)])
				}
			}
		})
	}
}

func TestPlainKeepsWhatPeopleAreCalled(t *testing.T) {
	for _, name := range []string{"Siân Llŷr", "Zoë O’Brien", "Ελένη", "Пётр", "Łukasz", "J. Smith (Flat 3)"} {
		if got := plain(name); got != name {
			t.Errorf("%q becomes %q", name, got)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range quoted(text) {
			if !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Mn, unicode.Me) {
				t.Errorf("%q lets %q through", text, r)
			}
		}
		var out bytes.Buffer
		if err := printJSON(&out, []string{text}); err != nil {
			t.Fatal(err)
		}
		if i := bytes.IndexFunc(out.Bytes()[:out.Len()-1], func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
			t.Errorf("%q in JSON: %q", text, out.String())
		}
	})
}

func TestListingsUsedWrongly(t *testing.T) {
	config, _ := configureStore(t, store.Changes{})
	faulty, _ := configure(t, "colour = 1\n")
	for _, verb := range []string{"calls", "incidents"} {
		for _, c := range []struct {
			args []string
			want string
		}{
			{[]string{"-c", config, "--line", "flat-9"}, `no line "flat-9"; there is flat-1, flat-2`},
			{[]string{"-c", config, "--limit", "0"}, "from 1 to 10000"},
			{[]string{"-c", config, "--limit", "10001"}, "from 1 to 10000"},
			{[]string{"-c", config, "--limit", "many"}, "--limit"},
			{[]string{"-c", faulty}, "colour"},
			{[]string{"-c", "/nonexistent"}, "cannot be read"},
		} {
			code, out, complaints := command(append([]string{verb}, c.args...)...)
			if code != exitUsage || out != "" || !strings.Contains(complaints, c.want) {
				t.Errorf("%s %q: %d %s%s", verb, c.args, code, out, complaints)
			}
		}
		if code, out, _ := command(verb, "--help"); code != exitDone || !strings.Contains(out, "one object on a line") || !strings.Contains(out, "(50)") {
			t.Errorf("help: %d %s", code, out)
		}
	}
}

func TestWhatIsNotThereIsSaid(t *testing.T) {
	empty, file := configureStore(t, store.Changes{})
	for args, want := range map[string]string{
		"calls": "no calls yet\n", "incidents": "no incidents yet\n", "incidents --all": "no incidents yet\n",
		"calls --line flat-1": "no calls yet\n", "calls --json": "", "incidents --json": "",
	} {
		if code, out, complaints := command(append(strings.Fields(args), "-c", empty)...); code != exitDone || out != want || complaints != "" {
			t.Errorf("%s: %d %q %s", args, code, out, complaints)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"calls", "incidents --json"} {
		code, out, complaints := command(append(strings.Fields(args), "-c", empty)...)
		if code != exitFailed || out != "" || !strings.Contains(complaints, "no Clearline runs, and there is no history at "+file) {
			t.Errorf("%s: %d %s%s", args, code, out, complaints)
		}
	}
}
