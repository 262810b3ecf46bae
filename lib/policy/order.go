package policy

import "clearline/lib/call"

// Rule names what decided about a caller.
type Rule string

// The rules, in the order they are asked. The first that holds decides.
const (
	RuleEndpoint          Rule = "trusted-endpoint"
	RuleQuarantine        Rule = "quarantine"
	RuleCallBackEmergency Rule = "callback-emergency"
	RuleLineContact       Rule = "line-contact"
	RuleHouseContact      Rule = "house-contact"
	RuleLineBlock         Rule = "line-block"
	RuleHouseBlock        Rule = "house-block"
	RuleNeverCalls        Rule = "never-calls"
	RuleOwnNumber         Rule = "own-number"
	RuleUnderAttack       Rule = "under-attack"
	RulePaused            Rule = "screening-paused"
	RuleCallBackOther     Rule = "callback-other"
	RuleWithheld          Rule = "withheld"
	RuleUnavailable       Rule = "unavailable"
	RuleClass             Rule = "class"
	RuleBreakThrough      Rule = "break-through"
	RuleNight             Rule = "night"
	RuleDefault           Rule = "default"
)

// order is all there is to a verdict: Decide and Explain both go by it. unmet says why
// a rule did not hold; what it says when it does is in Decision.Reason.
//
// A window in which the emergency services may call back comes even before the lists,
// so that nothing anybody has written keeps them away; only the very number that was
// torn down does not profit from it, and contacts, who would be trusted otherwise, are.
// Contacts come before blocks, so that one known
// person of a blocked range is known, and lists before everything that is a guess.
var order = [...]struct {
	rule  Rule
	unmet func(asked) string
}{
	{RuleEndpoint, because("the call did not come by an endpoint that is always trusted")},
	{RuleQuarantine, because("no caller with this number was cut off lately")},
	{RuleCallBackEmergency, noEmergency},
	{RuleLineContact, notListed(call.Contacts, true)},
	{RuleHouseContact, notListed(call.Contacts, false)},
	{RuleLineBlock, notListed(call.Blocks, true)},
	{RuleHouseBlock, notListed(call.Blocks, false)},
	{RuleNeverCalls, notSpoofed("the number is none that never makes calls")},
	{RuleOwnNumber, notSpoofed("the number is not the line's own")},
	{RuleUnderAttack, because("nothing says that the resident is under attack")},
	{RulePaused, because("the resident has not paused screening")},
	{RuleCallBackOther, because("the resident has not called a service for help lately")},
	{RuleWithheld, notMissing("the caller does not hide the number", call.Withheld)},
	{RuleUnavailable, notMissing("the caller has a number, or hides it", call.Unavailable)},
	{RuleClass, noClass},
	{RuleBreakThrough, noBreakThrough},
	{RuleNight, because("it is not night for this line")},
	{RuleDefault, nil},
}

// Decide decides about a caller. It does not allocate.
func (h *House) Decide(q Question) Decision {
	var d Decision
	a := h.ask(q)
	for i := range order {
		if a.decide(order[i].rule, &d) {
			break
		}
	}
	return d
}

// Explain lists the rules that were asked, in order; the last one decided as Decide does.
func (h *House) Explain(q Question) []Step {
	var d Decision
	var steps []Step
	a := h.ask(q)
	for _, each := range order {
		if a.decide(each.rule, &d) {
			return append(steps, Step{Rule: d.Rule, Held: true, Sentence: d.Reason()})
		}
		steps = append(steps, Step{Rule: each.rule, Sentence: each.unmet(a)})
	}
	return steps
}
