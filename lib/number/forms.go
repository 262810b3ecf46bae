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
	seen := map[string]bool{}
	return slices.DeleteFunc(forms, func(f string) bool {
		again := seen[f]
		seen[f] = true
		return again
	})
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
