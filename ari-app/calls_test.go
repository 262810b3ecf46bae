package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// night is when calls of the tests arrive: a whole second lately.
var night = time.Now().Truncate(time.Second).Add(-time.Hour)

func TestCalls(t *testing.T) {
	caller := func(number, name string, p call.Presentation) call.Caller {
		return call.Caller{Number: number, Name: name, Presentation: p, Trunk: "trunk"}
	}
	clockAt := func(n int) string { return night.Add(time.Duration(n) * time.Minute).Local().Format(time.DateTime) }
	record := func(n int, line call.LineID, from call.Caller, lasted time.Duration, cause call.Cause) call.Record {
		at := night.Add(time.Duration(n) * time.Minute)
		return call.Record{
			ID: call.ID(fmt.Sprintf("000%d", n)), Line: line, Dialled: "01632960199", From: from,
			Arrived: at, Ended: at.Add(lasted), Cause: cause, Approved: cause == call.Completed,
		}
	}
	config, _ := configureStore(t, store.Changes{Records: []call.Record{
		record(1, "flat-1", caller("+441632960200", "Your Bank", call.Allowed), 3*time.Minute+5*time.Second+400*time.Millisecond, call.Completed),
		record(2, "flat-2", caller("+441632960201", "Hidden", call.Withheld), 12*time.Second, call.RefusedBlocked),
		record(3, "flat-1", caller("", "", call.Unavailable), 0, call.CallerHungUp),
		record(4, "", caller("+493012345678", "", call.Allowed), time.Hour, call.NoLine),
		record(5, "flat-1", caller("159", strings.Repeat("long ", 16), call.Allowed), -time.Second, call.Lost),
	}})
	want := [][]string{
		{"TIME", "LINE", "NUMBER", "NAME", "WHAT HAPPENED", "APPROVED", "LASTED", "CALL"},
		{clockAt(5), "flat-1", "159", `"long long long long long long "...`, "Clearline stopped while the call was up", "no", "-", "0005"},
		{clockAt(4), "-", "+493012345678", "the number dialled belongs to no line: 01632 960 199", "no", "1h0m0s", "0004"},
		{clockAt(3), "flat-1", "no number", "the caller hung up before anything was decided", "no", "0s", "0003"},
		{clockAt(2), "flat-2", "withheld", "the resident refused and blocked the caller", "no", "12s", "0002"},
		{clockAt(1), "flat-1", "01632 960 200", `"Your Bank"`, "the two talked, and one hung up", "yes", "3m5s", "0001"},
	}
	for args, wanted := range map[string][]int{
		"calls": {0, 1, 2, 3, 4, 5}, "calls --limit 2": {0, 1, 2}, "calls --line flat-1": {0, 1, 3, 5},
		"calls --line flat-2 --limit 1": {0, 4},
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

func TestTheColumnsOfCallsAreAligned(t *testing.T) {
	config, _ := configureStore(t, store.Changes{Records: []call.Record{
		{ID: "0001", Line: "flat-1", From: call.Caller{Number: "+441632960200", Name: "Siân", Presentation: call.Allowed}, Arrived: night, Ended: night, Cause: call.Refused},
		{ID: "0002", Line: "flat-1", From: call.Caller{Presentation: call.Withheld}, Arrived: night, Ended: night, Cause: call.NoAnswer},
	}})
	_, out, _ := command("calls", "-c", config)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for _, words := range [][]string{{"NUMBER", "withheld", "01632"}, {"WHAT", "nobody", "the resident"}, {"CALL", "0002", "0001"}} {
		place := len([]rune(lines[0][:strings.LastIndex(lines[0], words[0])]))
		for i, word := range words {
			before, _, found := strings.Cut(lines[i], word)
			if words[0] == "CALL" {
				before = lines[i][:strings.LastIndex(lines[i], word)]
			}
			if !found || len([]rune(before)) != place {
				t.Errorf("%q is not at column %d of\n%s", word, place, out)
			}
		}
	}
}

func TestCallsInJSON(t *testing.T) {
	at := time.Date(2026, 3, 29, 1, 59, 58, 123456789, time.FixedZone("", 3600))
	var b strings.Builder
	err := printJSON(&b, []callJSON{
		callJSONOf(call.Record{
			ID: "0001", Line: "flat-1", Dialled: "01632960101", Arrived: at, Ended: at.Add(time.Minute), Cause: call.Completed, Approved: true, DecidedBy: "night-desk",
			From:      call.Caller{Number: "+441632960200", Name: "Siân \u202e😀\x7f", Presentation: call.Allowed, Trunk: "trunk"},
			Recording: "0001-purpose-1", Notes: call.Notes{SpokeOver: true, WrongDigits: 1, Silences: 2, KeysInCall: 3},
		}),
		callJSONOf(call.Record{ID: "0002", Line: "flat-1", From: call.Caller{Number: "+441632960201", Name: "Hidden", Presentation: call.Withheld}, Ended: at, Cause: call.Lost}),
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "calls.json", b.String())
}

func TestALineThatIsSeldomCalledIsFound(t *testing.T) {
	var records []call.Record
	for n := range 1000 {
		r := call.Record{ID: call.ID(fmt.Sprintf("%04d", n)), Line: "flat-1", Arrived: night, Ended: night, Cause: call.Refused}
		if n < 3 {
			r.Line = "flat-2"
		}
		records = append(records, r)
	}
	config, _ := configureStore(t, store.Changes{Records: records})
	for limit, want := range map[string]int{"1": 1, "3": 3, "50": 3} {
		if got := rows(t, "calls", "-c", config, "--line", "flat-2", "--limit", limit); len(got) != want+1 {
			t.Errorf("limit %s: %q", limit, got)
		}
	}
}
