// Package number parses and normalises telephone numbers, and groups them for
// reading out. What it is given may come from strangers: every function accepts
// any text and never panics.
package number

import (
	"errors"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ErrNotNumber says that a text is no telephone number: it is empty, too long,
// or holds something other than digits and the marks people write between them.
var ErrNotNumber = errors.New("not a telephone number")

// longest bounds the text of a number, marks included. E.164 allows 15 digits;
// the rest is room for prefixes and spaces.
const longest = 40

// Number is one telephone number. The zero value is no number.
type Number struct {
	// E164 is "+" and digits (ITU-T E.164), or empty for what has no such form:
	// short codes, and numbers too short or too long for their country.
	E164 string
	// Digits holds the digits as they were written, with neither "+" nor marks.
	Digits string

	country int // calling code, 0 when E164 is empty
	parsed  *phonenumbers.PhoneNumber
}

// Parse reads a number written the way people or exchanges in region (ISO 3166,
// "GB") write it: international with "+" or the region's prefix, or national.
// A short code ("159") or an odd number comes back with Digits only. The error is
// ErrNotNumber.
func Parse(text, region string) (Number, error) {
	digits, ok := strip(text)
	if !ok {
		return Number{}, ErrNotNumber
	}
	n := Number{Digits: digits}
	p, err := phonenumbers.Parse(text, region)
	if err != nil || phonenumbers.IsPossibleNumberWithReason(p) != phonenumbers.IS_POSSIBLE {
		return n, nil //nolint:nilerr // what the plan does not know stays digits
	}
	e164 := phonenumbers.Format(p, phonenumbers.E164)
	if !settled(e164, region) {
		return n, nil
	}
	n.E164, n.country, n.parsed = e164, int(p.GetCountryCode()), p
	return n, nil
}

// KnownRegion says whether region is one whose numbering plan is known.
func KnownRegion(region string) bool {
	return phonenumbers.GetSupportedRegions()[region]
}

// String is the E.164 form, or the digits where there is none.
func (n Number) String() string {
	if n.E164 != "" {
		return n.E164
	}
	return n.Digits
}

// Foreign says whether the number belongs to a country with another calling code
// than region's. Numbers without an E.164 form are never foreign.
func (n Number) Foreign(region string) bool {
	return n.country != 0 && n.country != phonenumbers.GetCountryCodeForRegion(region)
}

// Grouped is the national form in groups short enough to take in by ear, one
// space between them: "01632 960 200". A number without an E.164 form is grouped
// from its digits.
func (n Number) Grouped() string {
	national := n.Digits
	if n.parsed != nil {
		national = phonenumbers.Format(n.parsed, phonenumbers.NATIONAL)
	}
	groups := strings.FieldsFunc(national, func(r rune) bool { return r < '0' || r > '9' })
	var spoken []string
	for i, g := range groups {
		if i == 0 && len(groups) > 1 && len(g) <= 5 {
			spoken = append(spoken, g) // an area code stays whole
			continue
		}
		spoken = append(spoken, split(g)...)
	}
	return strings.Join(spoken, " ")
}

// split cuts a run of digits into groups of three and four.
func split(g string) []string {
	var parts []string
	for len(g) > 4 {
		cut := 3
		if len(g) == 8 {
			cut = 4
		}
		parts = append(parts, g[:cut])
		g = g[cut:]
	}
	return append(parts, g)
}

// strip returns the digits of text, and whether text is written like a number.
func strip(text string) (string, bool) {
	if len(text) > longest {
		return "", false
	}
	var b strings.Builder
	for _, r := range strings.TrimSpace(text) {
		switch {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case r == '+' && b.Len() == 0:
		case strings.ContainsRune(" ()-./", r):
		default:
			return "", false
		}
	}
	return b.String(), b.Len() > 0
}

// settled says whether e164 is a number E.164 has room for that reads as itself.
// In a few plans a trunk prefix is taken off twice; such a number would be another
// one on the next reading.
func settled(e164, region string) bool {
	rest, ok := strings.CutPrefix(e164, "+")
	if !ok || len(rest) < 7 || len(rest) > 15 || strings.Trim(rest, "0123456789") != "" {
		return false
	}
	if strings.HasPrefix(rest, "44") && rest[2] != '0' {
		return true // that plan takes off one 0 and nothing else; reading again costs as much as reading
	}
	p, err := phonenumbers.Parse(e164, region)
	return err == nil && phonenumbers.Format(p, phonenumbers.E164) == e164
}
