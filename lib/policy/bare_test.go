package policy_test

import (
	"slices"
	"testing"
)

func TestWhatStandsInFrontOfANumberIsTakenOff(t *testing.T) {
	p := plan(t, "9")
	for dialled, want := range map[string][]string{
		"07700900123":     {"07700900123"},
		"907700900123":    {"907700900123", "07700900123"},
		"14107700900123":  {"14107700900123", "07700900123"},
		"914107700900123": {"914107700900123", "14107700900123", "07700900123"},
		"9":               {"9"},
	} {
		if got := p.Bare(dialled); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", dialled, got, want)
		}
	}
}
