package main

import (
	"os"
	"strings"
	"testing"

	"clearline/lib/call"
	"clearline/lib/policy/situation"
)

func TestPoliciesAreScored(t *testing.T) {
	calls, err := situation.Read(os.DirFS("../../policy/testdata/situations"))
	if err != nil {
		t.Fatal(err)
	}
	r := policyReport{Entries: 2000}
	if r.Scores, err = scoreAll(calls); err != nil {
		t.Fatal(err)
	}
	if r.Book, r.Map, err = measureLists(r.Entries); err != nil {
		t.Fatal(err)
	}
	for i, s := range r.Scores {
		if s.Legitimate.all()+s.Fraudulent.all() != len(calls) || len(s.LostCalls) != s.Legitimate.Lost {
			t.Errorf("%s: %+v", s.Policy, s)
		}
		if lost := s.Legitimate.Lost; (lost == 0) != (i == 0) {
			t.Errorf("%s loses %d legitimate callers", s.Policy, lost)
		}
	}
	var b strings.Builder
	if err := r.table(&b, true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Clearline's defaults  ", "a plain block list  ", "2000 blocked numbers", "Legitimate and lost under Clearline's defaults: 0"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing from\n%s", want, b.String())
		}
	}
	if r.Book.LoadSeconds <= 0 || r.Book.Nanoseconds <= 0 || r.Map.Nanoseconds <= 0 || r.Book.Allocations > 0.01 {
		t.Errorf("measured %+v and %+v", r.Book, r.Map)
	}
}

func TestTheOtherPoliciesArePlain(t *testing.T) {
	from := func(number string) call.Caller { return call.Caller{Number: number, Presentation: call.Allowed} }
	entries := []call.Entry{
		{List: call.Contacts, Pattern: "+441632960201"},
		{List: call.Blocks, Pattern: "+44163296020*"},
	}
	for name, c := range map[string]struct {
		situation                  situation.Situation
		unnumbered, listed, closed situation.Outcome
	}{
		"a stranger":         {situation.Situation{From: from("+441632960300")}, situation.Trusted, situation.Trusted, situation.Blocked},
		"a contact":          {situation.Situation{From: from("+441632960201")}, situation.Trusted, situation.Blocked, situation.Trusted},
		"a blocked number":   {situation.Situation{From: from("+441632960202")}, situation.Blocked, situation.Blocked, situation.Blocked},
		"a hidden number":    {situation.Situation{From: call.Caller{Presentation: call.Withheld}}, situation.Blocked, situation.Trusted, situation.Blocked},
		"telecare, by a box": {situation.Situation{From: call.Caller{Trunk: "telecare"}, Endpoints: []string{"telecare"}}, situation.Trusted, situation.Trusted, situation.Trusted},
	} {
		c.situation.Entries = entries
		if got := blockUnnumbered(c.situation); got != c.unnumbered {
			t.Errorf("%s: without unnumbered callers %s", name, got)
		}
		if got := blockListed(c.situation); got != c.listed {
			t.Errorf("%s: by a block list %s", name, got)
		}
		if got := contactsOnly(c.situation); got != c.closed {
			t.Errorf("%s: for contacts only %s", name, got)
		}
	}
}

func TestOptionsOfListsThatMakeNoSense(t *testing.T) {
	for _, n := range []int{0, mostEntries + 1} {
		if (policyOptions{Entries: n}).Validate() == nil {
			t.Errorf("%d entries are accepted", n)
		}
	}
}
