package policy

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
	RuleCallBackOther     Rule = "callback-other"
	RuleWithheld          Rule = "withheld"
	RuleUnavailable       Rule = "unavailable"
	RuleClass             Rule = "class"
	RuleBreakThrough      Rule = "break-through"
	RuleNight             Rule = "night"
	RuleDefault           Rule = "default"
)
