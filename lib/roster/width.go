package roster

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"clearline/lib/number"
)

// The bounds of a block. What goes beyond one keeps people out whom nobody thought of.
const (
	leastDigits  = 3         // of a prefix, behind the country code
	mostNumbers  = 1_000_000 // of a range
	leastLetters = 4         // of a name: letters or digits with no * between them
	allDigits    = 15        // of the longest number (ITU-T E.164 section 6.1)
)

// TooWideError says that a block is for more callers than somebody is likely to mean.
type TooWideError struct {
	Whom  string // it would block, in words
	Right string // in words: what would be right
}

// Error is both in a sentence.
func (e *TooWideError) Error() string {
	return fmt.Sprintf("too wide: it would block %s; %s", e.Whom, e.Right)
}

// Blockable says whether a pattern is narrow enough to be blocked without asking. The
// error is a *TooWideError.
func Blockable(p number.Pattern) error {
	switch p.Kind() {
	case number.Prefix:
		digits := strings.Trim(p.String(), "+*")
		if len(digits) < countryCode(digits)+leastDigits {
			return &TooWideError{
				"every number that begins with +" + digits,
				fmt.Sprintf("write %d digits or more behind the code of the country", leastDigits),
			}
		}
	case number.Range:
		if wideRange(p) {
			first, last := p.Bounds()
			return &TooWideError{
				fmt.Sprintf("every number from %s to %s", first, last),
				fmt.Sprintf("a range has at most %d numbers, and no more than a prefix with %d digits behind the code of the country", mostNumbers, leastDigits),
			}
		}
	case number.Name:
		if lettersTogether(p.String()) < leastLetters {
			name := strings.TrimPrefix(p.String(), "name:")
			return &TooWideError{
				fmt.Sprintf("everybody who shows a name like %q", name),
				fmt.Sprintf("write %d letters or digits or more with no * between them", leastLetters),
			}
		}
	}
	return nil
}

// countryCode is how many digits the code of a country has that begins a number. No
// code begins another one.
func countryCode(digits string) int {
	for n := range min(len(digits), 2) {
		if code, err := strconv.Atoi(digits[:n+1]); err == nil && phonenumbers.GetSupportedCallingCodes()[code] {
			return n + 1
		}
	}
	return 3
}

// wideRange says whether a range holds too many numbers. A number longer than its ends
// is in it too, so that one of few digits can hold as many as a country has.
func wideRange(p number.Pattern) bool {
	first, last := p.Bounds()
	low, high := strings.TrimPrefix(first.String(), "+"), strings.TrimPrefix(last.String(), "+")
	from, fromErr := strconv.ParseUint(low, 10, 64)
	to, toErr := strconv.ParseUint(high, 10, 64)
	if fromErr != nil || toErr != nil || to-from >= mostNumbers {
		return true
	}
	span := to - from + 1
	for range allDigits - len(low) {
		span *= 10
	}
	widest := uint64(1)
	for range allDigits - countryCode(low) - leastDigits {
		widest *= 10
	}
	return span > widest
}

// lettersTogether is how many letters or digits of a pattern of names stand together at
// most, spaces and marks aside.
func lettersTogether(pattern string) (most int) {
	for piece := range strings.SplitSeq(strings.TrimPrefix(pattern, "name:"), "*") {
		n := 0
		for _, r := range piece {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}
