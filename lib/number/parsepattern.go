package number

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ErrPattern says that a text names no callers. What wraps it says what would.
var ErrPattern = errors.New("no number, prefix, range or name")

// ParsePattern reads a pattern as people in region write it: a number in any form
// Parse knows, a prefix ("+441632*", "01632*"), a range ("01632 960000 - 01632
// 960999", also with "to" or a dash), or "name:" and a display name with * for
// anything. ParsePattern(p.String()) is p again. The error is ErrPattern, with what
// would be right.
func ParsePattern(text, region string) (Pattern, error) {
	text = strings.TrimSpace(text)
	if len(namePrefix) <= len(text) && strings.EqualFold(text[:len(namePrefix)], namePrefix) {
		p, ok := namePattern(text[len(namePrefix):])
		if !ok {
			return Pattern{}, wrong(text, "a name has 2 to 80 letters or digits in it, such as name:*parcel*")
		}
		return p, nil
	}
	if digits, ok := strings.CutSuffix(text, "*"); ok {
		return parsePrefix(text, strings.TrimSpace(digits), region)
	}
	if low, high, ok := divided(text); ok {
		return parseRange(text, low, high, region)
	}
	n, err := Parse(text, region)
	if err == nil && n.E164 != "" {
		return Exactly(n, region)
	}
	if low, high, ok := hyphened(text, region); ok {
		return parseRange(text, low, high, region)
	}
	if err != nil {
		return Pattern{}, wrong(text, "write a number such as 01632 960123, a prefix such as 01632*, "+
			"a range such as 01632 960000-01632 960999, or name:*parcel*")
	}
	return Exactly(n, region)
}

// Exactly is the pattern of a number that Parse made in region. The error is
// ErrPattern, for what would be another number on the next reading and for more
// digits than a number has.
func Exactly(n Number, region string) (Pattern, error) {
	k, ok := KeyOf(n.String())
	if !ok {
		return Pattern{}, wrong(n.String(), "a number has at most 15 digits")
	}
	if n.E164 == "" {
		if again, err := Parse(n.Digits, region); err != nil || again.E164 != "" {
			return Pattern{}, wrong(n.Digits, "behind + goes the code of a country, such as +441632960123")
		}
	}
	return exactPattern(k), nil
}

func wrong(text, right string) error {
	return fmt.Errorf("%w: %.60q: %s", ErrPattern, text, right)
}

// parsePrefix reads the beginning of a number. Which country it is of must be plain
// from it: unlike with whole numbers the length does not tell.
func parsePrefix(text, begin, region string) (Pattern, error) {
	const right = "begin a prefix with + and the country code, or as it is dialled at home, such as +441632* or 01632*"
	country := phonenumbers.GetCountryCodeForRegion(region)
	code := fmt.Sprint(country)
	begin = strings.Replace(begin, "(0)", "", 1)
	digits, ok := strip(begin)
	if !ok {
		return Pattern{}, wrong(text, right)
	}
	trunk := phonenumbers.GetNddPrefixForRegion(region, true)
	abroad := internationalPrefix(region)
	switch {
	case strings.HasPrefix(begin, "+"):
	case abroad != "" && strings.HasPrefix(digits, abroad):
		digits = digits[len(abroad):]
	case country != 0 && trunk != "" && strings.HasPrefix(digits, trunk):
		digits = code + digits[len(trunk):]
	default:
		return Pattern{}, wrong(text, right)
	}
	if home, found := strings.CutPrefix(digits, code); found && trunk == "0" {
		digits = code + strings.TrimPrefix(home, "0")
	}
	p, ok := prefixPattern(digits, true)
	if !ok {
		return Pattern{}, wrong(text, right)
	}
	return p, nil
}

// divided cuts a range into its two numbers at what never stands inside of one.
func divided(text string) (low, high string, ok bool) {
	for _, cut := range []string{"..", "–", "—", " to ", " TO "} {
		if low, high, ok = strings.Cut(text, cut); ok {
			return low, high, true
		}
	}
	return "", "", false
}

// hyphened cuts a range at its hyphen. Hyphens also stand between the digits of one
// number, so a whole number must stand on either side.
func hyphened(text, region string) (low, high string, ok bool) {
	if len(text) > 2*longest+1 {
		return "", "", false
	}
	for i, r := range text {
		if r == '-' && whole(text[:i], region) && whole(text[i+1:], region) {
			return text[:i], text[i+1:], true
		}
	}
	return "", "", false
}

func whole(text, region string) bool {
	n, err := Parse(text, region)
	return err == nil && n.E164 != ""
}

func parseRange(text, low, high, region string) (Pattern, error) {
	const right = "a range goes from one whole number to a higher one of the same length, such as 01632 960000-01632 960999"
	first, err := Parse(low, region)
	if err != nil {
		return Pattern{}, wrong(text, right)
	}
	last, err := Parse(high, region)
	if err != nil || first.E164 == "" || len(first.E164) != len(last.E164) {
		return Pattern{}, wrong(text, right)
	}
	from, _ := KeyOf(first.E164)
	to, _ := KeyOf(last.E164)
	if from > to {
		return Pattern{}, wrong(text, right)
	}
	if from == to {
		return exactPattern(from), nil
	}
	return Pattern{kind: Range, from: from, to: to}, nil
}
