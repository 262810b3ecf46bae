package number

import (
	"errors"
	"regexp"
	"strings"

	"clearline/lib/call"
)

// The ways a number in a file can be beyond reading, for people. ParseWritten returns
// these and ErrNotNumber.
var (
	ErrRounded = errors.New("a spreadsheet has rounded the number off: " +
		"make the column text there, enter the number again and export anew")
	ErrHidden  = errors.New("no number: the caller's was hidden or not known")
	ErrLetters = errors.New("letters in the number: write the digits they stand for")
	ErrSeveral = errors.New("more than 15 digits: if these are several numbers, give each a row or a column of its own")
)

var (
	scientific = regexp.MustCompile(`^\+?(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})$`)
	decimal    = regexp.MustCompile(`^\+?\d{9,15}[.,]0{1,2}$`)
	extension  = regexp.MustCompile(`(?i)^(.*\d)[\s)]*(?:;\s*ext(?:ension)?\s*=|[,;]?\s*(?:extension|extn|ext|x|#)[.:\s]*)\s*(\d{1,8})$`)
)

var hyphens = strings.NewReplacer("‐", "-", "‑", "-", "–", "-", "—", "-")

// nobodies are what telephones and exchanges write where a number should be.
var nobodies = map[string]bool{
	"anonymous": true, "withheld": true, "private": true, "unknown": true,
	"unavailable": true, "restricted": true, "hidden": true, "blocked": true,
}

// ParseWritten reads a number from a file that people and spreadsheets have had their
// hands on: with an apostrophe before it, as a tel or SIP address, with an extension
// behind it (returned beside the number, digits only), as the decimal 1632960123.0 or
// as 4.41632960123E+11 where no digit was lost. The missing 0 of 1632960123 is Parse's
// business. The error is one of those above, or ErrNotNumber.
func ParseWritten(text, region string) (n Number, ext string, err error) {
	if len(text) > longestURI {
		return Number{}, "", unreadable(text)
	}
	if text = tidy(text); strings.Trim(text, "+0123456789 ()-/") == "" {
		n, err = parseShort(text, region)
		return n, "", err
	}
	if nobodies[strings.ToLower(text)] {
		return Number{}, "", ErrHidden
	}
	if m := extension.FindStringSubmatch(text); m != nil {
		text, ext = m[1], m[2]
	}
	if scheme, _, ok := strings.Cut(text, ":"); ok || strings.HasSuffix(text, ">") {
		return ofAddress(text, scheme, ext, region)
	}
	if decimal.MatchString(text) {
		text = text[:strings.IndexAny(text, ".,")]
	}
	if m := scientific.FindStringSubmatch(text); m != nil {
		if text, err = unrounded(m[1], m[2], m[3]); err != nil {
			return Number{}, "", err
		}
	}
	n, err = parseShort(text, region)
	return n, ext, err
}

// parseShort is Parse, but for texts with more digits than a number has.
func parseShort(text, region string) (Number, error) {
	n, err := Parse(text, region)
	if err != nil {
		return Number{}, unreadable(text)
	}
	if n.E164 == "" && len(n.Digits) > keyDigits {
		return Number{}, ErrSeveral
	}
	return n, nil
}

// tidy takes off what protects a number from a spreadsheet, and blanks that are none
// of the keyboard's.
func tidy(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\u2009' || r == '\ufeff' || '\u200b' <= r && r <= '\u200f' ||
			'\u202a' <= r && r <= '\u202e'
	}), " ")
	if inside, ok := strings.CutPrefix(text, `="`); ok {
		text = strings.TrimSuffix(inside, `"`)
	}
	text = strings.TrimSpace(strings.TrimLeft(text, "'’`"))
	return hyphens.Replace(text)
}

// ofAddress reads a tel or SIP address. A tel extension stands in a parameter, which
// the pattern of extensions has taken off unless others follow it.
func ofAddress(text, scheme, ext, region string) (Number, string, error) {
	if strings.EqualFold(scheme, "callto") {
		text = "tel" + text[len(scheme):]
	}
	u, err := ParseURI(text)
	if err != nil {
		return Number{}, "", unreadable(text)
	}
	if u.Presentation() != call.Allowed {
		return Number{}, "", ErrHidden
	}
	n, err := Parse(u.Number(), region)
	if err != nil {
		return Number{}, "", ErrNotNumber
	}
	if _, after, ok := strings.Cut(strings.ToLower(text), ";ext="); ok && ext == "" {
		after, _, _ = strings.Cut(after, ";")
		ext = digitsOf(after)
	}
	return n, ext, nil
}

// unrounded writes a floating-point number out, which it can only when there are as
// many digits behind the point as places: with fewer some were cut off. Zeros at the
// end of a number are cut off too, but cannot be told from lost digits.
func unrounded(first, fraction, exponent string) (string, error) {
	places := 0
	for _, d := range exponent {
		places = places*10 + int(d-'0')
	}
	if len(fraction) != places || places < 6 || places > 14 {
		return "", ErrRounded
	}
	return first + fraction, nil
}

// unreadable says in people's words what is wrong with a text that Parse refused.
func unreadable(text string) error {
	letters, digits := false, 0
	for _, r := range text {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
			letters = true
		case '0' <= r && r <= '9':
			digits++
		}
	}
	switch {
	case letters && digits >= 3:
		return ErrLetters
	case digits > keyDigits:
		return ErrSeveral
	}
	return ErrNotNumber
}
