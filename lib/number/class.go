package number

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"clearline/lib/call"
)

// Class groups callers by what is known of their number, for rules about all of a kind.
type Class string

// The classes. Those of numbers follow the United Kingdom's plan, in which they mean
// what the comments say; numbers of other plans take the class nearest in kind.
const (
	Geographic    Class = "geographic"    // 01, 02
	Mobile        Class = "mobile"        // 071 to 075, 077 to 079, and 07624
	UKWide        Class = "uk-wide"       // 03
	Freephone     Class = "freephone"     // 0800, 0808
	Service       Class = "service"       // 084, 087
	Premium       Class = "premium"       // 09
	Corporate     Class = "corporate"     // 055
	VoIP          Class = "voip"          // 056
	Personal      Class = "personal"      // 070
	Pager         Class = "pager"         // 076 without 07624
	ShortCode     Class = "short-code"    // 3 to 6 digits: 159, 116123
	International Class = "international" // of another country
	Withheld      Class = "withheld"      // the caller hid the number
	Unavailable   Class = "unavailable"   // the network knows no number
	Payphone      Class = "payphone"      // as signalled
	Operator      Class = "operator"      // as signalled: a person at an exchange
	Invalid       Class = "invalid"       // no telephone can have that number
)

// Classes lists every class, in the order of the constants.
func Classes() []Class {
	return []Class{
		Geographic, Mobile, UKWide, Freephone, Service, Premium, Corporate, VoIP, Personal, Pager,
		ShortCode, International, Withheld, Unavailable, Payphone, Operator, Invalid,
	}
}

// ClassOf says what kind of caller from is, to a line in region. A hidden number stays
// hidden whatever else is said. What the exchange says of the caller goes before the
// number, because British networks send it where there is none to show.
func ClassOf(from call.Caller, region string) Class {
	if from.Presentation == call.Withheld {
		return Withheld
	}
	switch Category(from.Category) {
	case PayphoneCategory:
		return Payphone
	case OperatorCategory:
		return Operator
	}
	if from.Presentation == call.Unavailable || from.Number == "" {
		return Unavailable
	}
	n, err := Parse(from.Number, region)
	if err != nil {
		return Invalid
	}
	return Classify(n, region)
}

// Classify says what kind of number n is, seen from region.
func Classify(n Number, region string) Class {
	switch {
	case n.Foreign(region):
		return International
	case n.parsed == nil:
		return classifyDigits(n.Digits)
	case n.country == ukCode:
		return classifyUK(strings.TrimPrefix(n.E164, "+44"))
	}
	return classifyPlan(n.parsed)
}

// classifyDigits tells short codes from what is left over when no plan knows a
// number. None begins with 0, which begins national and international numbers.
func classifyDigits(digits string) Class {
	if len(digits) < 3 || len(digits) > 6 || digits[0] == '0' {
		return Invalid
	}
	return ShortCode
}

// classifyPlan asks the library's tables, for the plans of other countries.
func classifyPlan(p *phonenumbers.PhoneNumber) Class {
	switch phonenumbers.GetNumberType(p) {
	case phonenumbers.FIXED_LINE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return Geographic
	case phonenumbers.MOBILE:
		return Mobile
	case phonenumbers.TOLL_FREE:
		return Freephone
	case phonenumbers.PREMIUM_RATE:
		return Premium
	case phonenumbers.SHARED_COST, phonenumbers.VOICEMAIL:
		return Service
	case phonenumbers.VOIP:
		return VoIP
	case phonenumbers.PERSONAL_NUMBER:
		return Personal
	case phonenumbers.PAGER:
		return Pager
	case phonenumbers.UAN:
		return UKWide
	}
	return Invalid
}
