package asterisk

import (
	"testing"

	"clearline/lib/call"
)

func TestPresentationFollowsTheDialplanAndTheNumbersPlace(t *testing.T) {
	for _, c := range []struct {
		pres, number string
		want         call.Presentation
	}{
		{"allowed_not_screened", "01632960200", call.Allowed},
		{"prohib_not_screened", "01632960200", call.Withheld},
		{"allowed_not_screened", "anonymous", call.Withheld},
		{"allowed", "Anonymous", call.Withheld},
		{"allowed", "unavailable", call.Unavailable},
		{"unavailable", "", call.Unavailable},
		{"", "", call.Unavailable},
	} {
		if got := presentation(c.pres, c.number); got != c.want {
			t.Errorf("presentation(%q, %q) is %q, want %q", c.pres, c.number, got, c.want)
		}
	}
}
