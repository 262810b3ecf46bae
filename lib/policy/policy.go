// Package policy decides, from what is known at the moment a call comes in, how
// the caller is treated. It is pure: no clock, no store, no exchange.
package policy

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
)

// Verdict says how a caller is treated.
type Verdict string

// The verdicts.
const (
	Trusted Verdict = "trusted" // rings as if Clearline were not there
	Unknown Verdict = "unknown" // answered by Clearline, and given a Treatment
	Blocked Verdict = "blocked" // refused without being answered
)

// everyLine is the line of entries that hold in the whole house.
const everyLine call.LineID = ""

// Question is a call that comes in.
type Question struct {
	Line  call.LineID
	From  call.Caller
	Class number.Class // number.ClassOf(From, region)
	At    time.Time    // in the time zone of the house: night is by its wall clocks
	// Recent counts the calls of this caller to this line before this one, within
	// Rules.BreakThroughWithin, that were not put through. Callers who show no number
	// count as one caller.
	Recent int
}

// Decision is how a caller is treated, and why.
type Decision struct {
	Verdict   Verdict
	Treatment Treatment  // of an Unknown caller; empty otherwise, save in monitor mode
	Rule      Rule       // that decided
	Entry     call.Entry // that decided; zero when none did
	Monitored bool       // Verdict is Trusted because the line is only monitored
	Would     Verdict    // what Verdict would be without that; empty when not Monitored

	about string // what the rule found, for its sentence: a name of a service, a class
	count int    // likewise
}

// Step is one rule on the way to a decision.
type Step struct {
	Rule     Rule
	Held     bool   // the rule decided; it is the last step then
	Sentence string // what was found, for a warden
}
