package policy_test

import (
	"testing"

	"clearline/lib/policy"
)

func TestAFloodHoldsBackOnlyWhoIsUnknown(t *testing.T) {
	for _, c := range []struct {
		name string
		d    policy.Decision
		want policy.Verdict
	}{
		{"a caller to be screened", policy.Decision{Verdict: policy.Unknown, Treatment: policy.Screen}, policy.Blocked},
		{"a caller at night", policy.Decision{Verdict: policy.Unknown, Treatment: policy.TakeMessage}, policy.Blocked},
		{"a contact", policy.Decision{Verdict: policy.Trusted}, policy.Trusted},
		{"a service that may be calling back", policy.Decision{Verdict: policy.Unknown, Treatment: policy.Unchallenged}, policy.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.d.Flooded("this number", 10)
			if got.Verdict != c.want {
				t.Errorf("the verdict is %s, want %s", got.Verdict, c.want)
			}
			if c.want == policy.Blocked && got.Reason() != "more than 10 calls of people nobody knows came from this number within a minute" {
				t.Errorf("the reason is %q", got.Reason())
			}
		})
	}
}
