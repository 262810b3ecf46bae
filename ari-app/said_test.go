package main

import (
	"strings"
	"testing"

	"clearline/lib/call"
	"clearline/lib/store"
)

func TestCallsShowWhatWasSaidWhereAnythingIsKnown(t *testing.T) {
	said := call.Record{ID: "0001", Line: "flat-1", Arrived: night, Ended: night, Cause: call.Refused, Said: "This is your \x1b[31m\"bank\". " + strings.Repeat("Hello ", 20)}
	silent := call.Record{ID: "0002", Line: "flat-1", Arrived: night, Ended: night, Cause: call.NoAnswer}
	config, _ := configureStore(t, store.Changes{Records: []call.Record{said, silent}})
	got := rows(t, "calls", "-c", config)
	last := func(row []string) string { return row[len(row)-1] }
	if last(got[0]) != "SAID" || last(got[1]) != "0002" {
		t.Errorf("the rows are %q", got)
	}
	if want := `"This is your \\x1b[31m\"bank\". Hello Hello Hello Hello Hello Hell"...`; last(got[2]) != want {
		t.Errorf("it says %s, want %s", last(got[2]), want)
	}
	config, _ = configureStore(t, store.Changes{Records: []call.Record{silent}})
	if got := rows(t, "calls", "-c", config); last(got[0]) != "CALL" {
		t.Errorf("where nothing is known the columns are %q", got[0])
	}
}
