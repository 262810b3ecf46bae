package number

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Forms lists the ways a trunk in region may write n, without marks and without
// repeats: +44…, 44…, 0044…, and at home also 0… and the national number bare.
// A number without an E.164 form has one form, its digits.
func (n Number) Forms(region string) []string {
	if n.E164 == "" {
		return []string{n.Digits}
	}
	bare := n.E164[1:]
	forms := []string{n.E164, bare}
	if prefix := internationalPrefix(region); prefix != "" {
		forms = append(forms, prefix+bare)
	}
	if !n.Foreign(region) {
		national := phonenumbers.GetNationalSignificantNumber(n.parsed)
		forms = append(forms, phonenumbers.GetNddPrefixForRegion(region, true)+national, national)
	}
	return once(forms)
}

// Dialled lists the ways people and exchanges in region dial n, without marks and
// without repeats: +44…, 0044…, and at home also 44… and 0…. Unlike Forms it leaves
// out what only a trunk would send. A number without an E.164 form has one form, its
// digits.
func (n Number) Dialled(region string) []string {
	if n.E164 == "" {
		return []string{n.Digits}
	}
	bare := n.E164[1:]
	forms := []string{n.E164}
	if prefix := internationalPrefix(region); prefix != "" {
		forms = append(forms, prefix+bare)
	}
	if !n.Foreign(region) {
		national := digitsOf(phonenumbers.Format(n.parsed, phonenumbers.NATIONAL))
		trunk := phonenumbers.GetNddPrefixForRegion(region, true)
		forms = append(forms, bare, national, trunk+phonenumbers.GetNationalSignificantNumber(n.parsed))
	}
	return once(forms)
}

// once drops what stands in forms before.
func once(forms []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(forms, func(f string) bool {
		again := seen[f]
		seen[f] = true
		return again
	})
}

// digitsOf leaves the digits of a text.
func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// internationalPrefix is what is dialled in region before a country code ("00"),
// or empty where there is not exactly one. The library tells it only by the way
// it writes a number of another country.
func internationalPrefix(region string) string {
	abroad := "+442079460000"
	if phonenumbers.GetCountryCodeForRegion(region) == 44 {
		abroad = "+12125550100"
	}
	p, err := phonenumbers.Parse(abroad, "ZZ")
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(phonenumbers.FormatOutOfCountryCallingNumber(p, region), " ")
	if first == "" || strings.Trim(first, "0123456789") != "" {
		return ""
	}
	return first
}
