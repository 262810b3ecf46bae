package roster_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/roster"
)

func TestBlocksThatAreTooWideSayWhomTheyWouldBlock(t *testing.T) {
	cases := []struct{ name, pattern, whom string }{
		{"a country", "+44*", "every number that begins with +44"},
		{"two digits of a country", "+4416*", "+4416"},
		{"three digits of a country", "+44163*", ""},
		{"the area code of a country with one digit", "+1212*", ""},
		{"part of an area code there", "+121*", "+121"},
		{"a country with three digits", "+353*", "+353"},
		{"three digits of that", "+353123*", ""},
		{"a code no country has", "+2101*", "+2101"},
		{"the beginning of many codes", "+3*", "+3"},
		{"a million numbers", "+441632000000-+441632999999", ""},
		{"one more", "+441632000000-+441633000000", "every number from +441632000000 to +441633000000"},
		{"across two area codes", "+441632999999-+441633000000", ""},
		{"few digits with most countries behind them", "+1-+9", "from +1 to +9"},
		{"few digits with an area behind them", "+441000000-+441999999", "from +441000000"},
		{"four letters", "name:*bank*", ""},
		{"three letters", "name:*ban*", `everybody who shows a name like "*ban*"`},
		{"two letters with nothing else", "name:an", "an"},
		{"letters one by one", "name:*a*e*i*o*r*s*", "a*e*i*o*r*s"},
		{"letters and digits over two words", "name:mr 1b*", ""},
		{"one number", "+441632960123", ""},
		{"a short code", "159", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, ok := number.Canonical(c.pattern)
			if !ok {
				t.Fatalf("%q is no pattern", c.pattern)
			}
			err := roster.Blockable(p)
			var wide *roster.TooWideError
			if errors.As(err, &wide) != (c.whom != "") || wide != nil && !strings.Contains(wide.Whom, c.whom) {
				t.Errorf("%s: %v", c.pattern, err)
			}
		})
	}
}

func TestNoFileBlocksNearlyEverybody(t *testing.T) {
	const rows = "+44*,%\nname:*an*,%\n07*,%\n+441000000000-+442000000000,%\n+441632960123,%\n"
	const head = "number,name,list,line,verify,expires,since,source\n"
	for name, text := range map[string]string{
		"a stranger's":              "number,name\n" + strings.ReplaceAll(rows, "%", "Ann"),
		"one like Clearline's":      head + strings.ReplaceAll(rows, "%", "Ann,blocks,,,,,"),
		"one with guarded cells":    head + strings.ReplaceAll(strings.ReplaceAll(rows, "+44*", "'+44*"), "%", ",,,,,,"),
		"one with several in a row": "number,name\n+44*:::name:*an*:::07*:::+441000000000-+442000000000:::+441632960123,Ann\n",
	} {
		r, err := read(t, text, roster.Options{Kind: call.Blocks})
		if err != nil || len(r.Entries) != 1 || len(r.Rejected) != 4 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		for _, rejected := range r.Rejected {
			if !strings.Contains(rejected.Reason, "too wide: it would block ") || !strings.Contains(rejected.Reason, "clearline block add --wide") {
				t.Errorf("%s: %+v", name, rejected)
			}
		}
	}
	r, err := read(t, "number\n+44163*\n", roster.Options{Kind: call.Contacts})
	if err != nil || len(r.Entries) != 1 {
		t.Errorf("contacts: %+v, %v", r, err)
	}
}

func TestRowsThatHaveExpiredAreRejected(t *testing.T) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 7, 1, 0, 0, 0, 0, zone)
	r, err := read(t, "number,expires\n01632 960123,2026-06-30\n01632 960124,2026-07-01\n01632 960125,\n01632 960126,2026-06-30T22:59:59Z\n",
		roster.Options{Kind: call.Contacts, Zone: zone, Now: now})
	if err != nil || len(r.Entries) != 2 || len(r.Rejected) != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	for i, line := range []int{2, 5} {
		if got := r.Rejected[i]; got.Line != line || got.Reason != "expired on 2026-06-30" {
			t.Errorf("rejected %+v", got)
		}
	}
	r, err = read(t, "number,expires\n01632 960123,2001-01-01\n", roster.Options{Kind: call.Contacts})
	if err != nil || len(r.Entries) != 1 {
		t.Errorf("whoever names no time gets %+v, %v", r, err)
	}
}
