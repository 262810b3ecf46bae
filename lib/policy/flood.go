package policy

// RuleFlood holds for callers of a flood. It is no rule of the order: how many calls there
// were is not the policy's to know.
const RuleFlood Rule = "flood"

// Flooded is the decision about a caller whom nobody knows when too many such calls came
// from one place, such as "this number", within a minute. Whoever may be calling back is
// let through all the same.
func (d Decision) Flooded(place string, most int) Decision {
	if d.Verdict != Unknown || d.Treatment == Unchallenged {
		return d
	}
	return Decision{Verdict: Blocked, Rule: RuleFlood, about: place, count: most}
}
