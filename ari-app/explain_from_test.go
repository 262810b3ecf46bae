package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

func TestExplainACaller(t *testing.T) {
	lately := time.Now().Add(-5 * time.Minute)
	path, _ := configureStore(t, store.Changes{
		Put: []call.Entry{
			{List: call.Contacts, Pattern: "+447700900123", Name: "Mary", Source: "by hand", Since: lately},
			{Line: "flat-2", List: call.Contacts, Pattern: "+447700900124", Name: "John", Verify: true, Since: lately},
			{List: call.Blocks, Pattern: "+441632*", Source: "by hand", Since: lately},
			{List: call.Blocks, Pattern: "name:*parcel*", Source: "by hand", Since: lately},
		},
		Attempts: []call.Attempt{{
			ID: "a1", Line: "flat-2", Dialled: "999", Number: "999", Role: call.Emergency, Way: call.WayFresh,
			At: lately, Found: 1, Gone: 1, Outcome: call.OutcomeCleared,
			Suspect: call.Caller{Number: "+447700900999", Presentation: call.Allowed}, Urgency: call.Raised,
		}},
	})
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"a contact of the house", []string{"--line", "flat-1", "--from", "07700 900123"}, []string{"verdict   trusted\n", "> house-contact", "Mary"}},
		{
			"a contact whose number is no proof",
			[]string{"--line", "flat-2", "--from", "07700 900124", "--at", tomorrow()},
			[]string{"verdict   unknown\n", "> line-contact", "word the family agreed on"},
		},
		{"the same, attested", []string{"--line", "flat-2", "--from", "07700 900124", "--at", tomorrow(), "--attested", "passed"}, []string{"verdict   trusted\n"}},
		{"a prefix", []string{"--line", "flat-1", "--from", "01632 960200"}, []string{"verdict   blocked\n", "> house-block", "refused without being answered"}},
		{"a name", []string{"--line", "flat-1", "--from", "07700 900001", "--name", "Your Parcel"}, []string{"verdict   blocked\n"}},
		{"a spoofed 101", []string{"--line", "flat-1", "--from", "101"}, []string{"verdict   blocked\n", "> never-calls"}},
		{"a hidden number", []string{"--line", "flat-1", "--from", "withheld"}, []string{"from      withheld\n", "verdict   unknown\n", "asked who they are"}},
		{"after 999", []string{"--line", "flat-2", "--from", "withheld"}, []string{"> callback-emergency", "asked nothing"}},
		{"the caller who was cut off", []string{"--line", "flat-2", "--from", "07700 900999"}, []string{"> quarantine", "turned away"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, complaints := command(append([]string{"explain", "-c", path}, c.args...)...)
			if code != exitDone || complaints != "" {
				t.Fatalf("%d %s", code, complaints)
			}
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("without %q:\n%s", want, out)
				}
			}
		})
	}
}

// tomorrow is when everything that happened lately is over.
func tomorrow() string { return time.Now().Add(48 * time.Hour).Format("2006-01-02 15:04") }

func TestExplainACallerInJSON(t *testing.T) {
	path, _ := configureStore(t, store.Changes{Put: []call.Entry{{List: call.Contacts, Pattern: "+447700900123"}}})
	code, out, complaints := command("explain", "-c", path, "--line", "flat-1", "--from", "+44 7700 900123", "--at", "2026-12-24 23:30", "--json")
	var got judgement
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitDone {
		t.Fatal(code, err, out, complaints)
	}
	last := got.Steps[len(got.Steps)-1]
	if got.Verdict != "trusted" || got.Rule != "house-contact" || !last.Held || last.Rule != got.Rule || got.At.Format("15:04") != "23:30" {
		t.Errorf("%+v", got)
	}
}

func TestExplainRefusesWhatMakesNoSense(t *testing.T) {
	path, _ := configureStore(t, store.Changes{Put: []call.Entry{{List: call.Contacts, Pattern: "+447700900123"}}})
	for _, c := range []struct{ args, want string }{
		{"--from nobody", `"nobody" is no telephone number`},
		{"--from 101 --at noon", `"noon" is no time`},
		{"--from 101 --dial 101", "one of them at a time"},
		{"--at 12:00", "say who with --from"},
	} {
		code, _, complaints := command(append([]string{"explain", "-c", path, "--line", "flat-1"}, strings.Fields(c.args)...)...)
		if code != exitUsage || !strings.Contains(complaints, c.want) {
			t.Errorf("%s: %d %s", c.args, code, complaints)
		}
	}
}

func TestExplainBeforeClearlineEverRan(t *testing.T) {
	path, _ := configure(t, "[store]\nurl = \"file:"+t.TempDir()+"/clearline.db\"\n")
	code, out, complaints := command("explain", "-c", path, "--line", "flat-1", "--from", "101")
	if code != exitDone || !strings.Contains(out, "> never-calls") || !strings.Contains(complaints, "only the configuration counts") {
		t.Errorf("%d %s%s", code, out, complaints)
	}
}
