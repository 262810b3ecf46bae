package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

func TestIncidents(t *testing.T) {
	suspect := call.Caller{Number: "+441632960200", Name: "Your Bank", Presentation: call.Allowed, Trunk: "trunk"}
	hidden := call.Caller{Number: "+441632960201", Presentation: call.Withheld}
	minute := func(n int) time.Time { return night.Add(time.Duration(n) * time.Minute) }
	clockAt := func(n int) string { return minute(n).Local().Format(time.DateTime) }
	config, _ := configureStore(t, store.Changes{Attempts: []call.Attempt{
		{
			ID: "0001", Line: "flat-1", Dialled: "9999", Number: "999", Service: "Emergency services", Role: call.Emergency, Way: call.WayGuarded, At: minute(1),
			Found: 2, Gone: 1, Took: 984*time.Millisecond + 600*time.Microsecond, Outcome: call.OutcomeUnproved, Suspect: suspect, Urgency: call.High,
		},
		{
			ID: "0002", Line: "flat-2", Dialled: "159", Number: "159", Service: "Your bank, through the fraud hotline", Role: call.Verification, Way: call.WayFresh, At: minute(2),
			Found: 1, Gone: 1, Took: 84 * time.Millisecond, Outcome: call.OutcomeCleared, Suspect: hidden, Urgency: call.Raised,
		},
		{ID: "0003", Line: "flat-1", Dialled: "101", Number: "101", Service: "Police", Way: call.WayFresh, At: minute(3), Outcome: call.OutcomeCleared},
		{ID: "0004", Line: "flat-1", Dialled: "01632960999", Number: "+441632960999", Service: "01632 960 999", Way: call.WayConsult, At: minute(4), Urgency: call.High},
		{ID: "0005", Line: "flat-1", Dialled: "161", Number: "161", Way: call.WayGuarded, At: minute(5), Found: 2, Outcome: call.OutcomeNotMade, Suspect: suspect, Urgency: call.High},
	}})
	legend := []string{strings.TrimSpace(unsafeLegend)}
	want := [][]string{
		{"TIME", "LINE", "URGENCY", "DIALLED", "HOW", "SUSPECT", "LEGS GONE", "TOOK", "WHAT HAPPENED", "CALL"},
		{"!", clockAt(5), "flat-1", "HIGH", "161", "inside the call", "01632 960 200", "0 of 2", "0 ms", "call NOT made, a leg was not proved gone: advised another telephone", "0005"},
		{clockAt(4), "flat-1", "HIGH", "01632 960 999", "while asked about a caller", "-", "0 of 0", "-", "not over yet", "0004"},
		{clockAt(3), "flat-1", "calm", "Police, 101", "on a fresh call", "-", "0 of 0", "0 ms", "line cleared, call made", "0003"},
		{clockAt(2), "flat-2", "raised", "Your bank, through the fraud hotline, 159", "on a fresh call", "withheld", "1 of 1", "84 ms", "line cleared, call made", "0002"},
		{"!", clockAt(1), "flat-1", "HIGH", "Emergency services, 999", "inside the call", "01632 960 200", "1 of 2", "984 ms", "call made, but not every other leg was proved gone", "0001"},
		nil, legend,
	}
	for args, wanted := range map[string][]int{
		"incidents": {0, 1, 2, 4, 5, 6, 7}, "incidents --all": {0, 1, 2, 3, 4, 5, 6, 7}, "incidents --limit 3": {0, 1, 2, 4, 6, 7},
		"incidents --line flat-2": {0, 4}, "incidents --line flat-1 --limit 1": {0, 1, 6, 7}, "incidents --all --limit 3": {0, 1, 2, 3, 6, 7},
	} {
		got := rows(t, append(strings.Fields(args), "-c", config)...)
		var expected [][]string
		for _, n := range wanted {
			expected = append(expected, want[n])
		}
		if !slices.EqualFunc(got, expected, slices.Equal) {
			t.Errorf("%s: got\n%q\nwant\n%q", args, got, expected)
		}
	}
}

func TestIncidentsInJSON(t *testing.T) {
	at := time.Date(2026, 3, 29, 2, 0, 0, 5_000_000, time.UTC)
	var b strings.Builder
	err := printJSON(&b, []incidentJSON{
		incidentJSONOf(call.Attempt{
			ID: "0001", Line: "flat-1", Dialled: "9999", Number: "999", Service: "Emergency services", Role: call.Emergency, Way: call.WayGuarded,
			At: at, Found: 2, Gone: 1, Took: 984600 * time.Microsecond, Outcome: call.OutcomeUnproved,
			Suspect: call.Caller{Number: "+441632960200", Name: "Your \x1bBank", Presentation: call.Allowed, Trunk: "trunk"}, Urgency: call.High,
		}),
		incidentJSONOf(call.Attempt{ID: "0002", Line: "flat-1", Dialled: "159", Number: "159", Service: "Your bank", Role: call.Verification, Way: call.WayFresh, At: at}),
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "incidents.json", b.String())
}
