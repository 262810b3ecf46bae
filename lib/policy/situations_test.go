package policy_test

import (
	"os"
	"testing"

	"clearline/lib/policy/situation"
)

// TestSituations asks Clearline's defaults about every call in testdata/situations.
func TestSituations(t *testing.T) {
	all, err := situation.Read(os.DirFS("testdata/situations"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := situation.Plan()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	legitimate := 0
	for _, s := range all {
		if seen[s.Title] {
			t.Errorf("%s:%d: %q is there twice", s.File, s.Row, s.Title)
		}
		seen[s.Title] = true
		house, err := s.House(plan)
		if err != nil {
			t.Errorf("%s:%d: %v", s.File, s.Row, err)
			continue
		}
		d := house.Decide(s.Question())
		got := situation.OutcomeOf(d)
		if got != s.Want {
			t.Errorf("%s:%d: %s\n\tis %s, want %s: %s", s.File, s.Row, s.Title, got, s.Want, d.Reason())
		}
		if s.Legitimate {
			legitimate++
			if got.Lost() {
				t.Errorf("%s:%d: %s\n\tis lost: %s", s.File, s.Row, s.Title, d.Reason())
			}
		}
	}
	if len(all) < 300 || legitimate < 150 || len(all)-legitimate < 100 {
		t.Errorf("only %d situations, %d of them legitimate", len(all), legitimate)
	}
}
