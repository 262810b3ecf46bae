package policy

import (
	"time"

	"clearline/lib/number"
)

// ClassRule says how the callers of a class are treated.
type ClassRule string

// The rules for classes.
const (
	ClassTrusted ClassRule = "trusted"
	ClassUnknown ClassRule = "unknown" // as any unknown caller; so are classes without a rule
	ClassBlocked ClassRule = "blocked"
)

// Rules are what an operator has decided for a line.
type Rules struct {
	// Monitor lets everybody through and only says what would have been.
	Monitor bool
	// Withheld and Unavailable treat callers who hide their number, and those of whom
	// the network knows none; empty is Screen, and Screen leaves them to Night.
	Withheld, Unavailable Treatment
	// Classes treats the other callers by class. Those of number.Withheld and
	// number.Unavailable are ignored: their numbers are missing, which nobody is
	// refused for by a rule about numbers.
	Classes map[number.Class]ClassRule
	// Night treats unknown callers by the time of day. The first profile that runs counts.
	Night []Profile
	// TrustDialled is how long a number that the resident dialled is a contact; zero
	// for never.
	TrustDialled time.Duration
	// BreakThrough is with which call within BreakThroughWithin an unknown caller is
	// screened in spite of Night; zero for never.
	BreakThrough       int
	BreakThroughWithin time.Duration
	// TrustedEndpoints are those whose calls are never touched, as call.Caller.Trunk
	// names them: telephones of the house, telecare, doors, an operator's desk.
	TrustedEndpoints []string
}

// Profile is a time of day, by the wall clock, with a treatment of its own.
type Profile struct {
	From, To int       // minutes after midnight, 0 to 1439; To is outside. Not before To, From goes on past midnight
	Days     Days      // on which From falls
	Unknown  Treatment // of unknown callers; empty is TakeMessage
}

// Days is a set of weekdays. The zero value is every day.
type Days uint8

// DaysOf makes a set.
func DaysOf(days ...time.Weekday) Days {
	var d Days
	for _, day := range days {
		d |= 1 << day
	}
	return d
}

// Has says whether day is in the set.
func (d Days) Has(day time.Weekday) bool { return d == 0 || d&(1<<day) != 0 }

// DefaultRules are those of a line that nothing was decided for. They refuse nobody who
// may be who they say they are: premium numbers (09) alone are blocked, because no
// caller may show one (Ofcom, "Guidance on the provision of Calling Line Identification
// facilities"). There is no night, and dialling a number makes nobody a contact: people
// are talked into ringing back.
func DefaultRules() Rules {
	return Rules{
		Withheld:           Screen,
		Unavailable:        Screen,
		Classes:            map[number.Class]ClassRule{number.Premium: ClassBlocked},
		BreakThrough:       3,
		BreakThroughWithin: 30 * time.Minute,
	}
}

// Runs says whether at falls into the profile, by the wall clock of its time zone: in
// the night in which clocks change a profile is an hour shorter or longer.
func (p Profile) Runs(at time.Time) bool {
	minute := at.Hour()*60 + at.Minute()
	if p.From < p.To {
		return p.From <= minute && minute < p.To && p.Days.Has(at.Weekday())
	}
	yesterday := (at.Weekday() + 6) % 7
	return minute >= p.From && p.Days.Has(at.Weekday()) || minute < p.To && p.Days.Has(yesterday)
}
