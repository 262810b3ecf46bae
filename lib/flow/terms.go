package flow

import (
	"crypto/subtle"
	"fmt"
)

// Terms are what a caller may know that others do not, and whether knowing it still
// counts. What is locked is not compared, and the caller hears the same as for a miss.
type Terms struct {
	Code       Code // the bypass code of the line; empty when there is none
	CodeLocked bool
	Word       Code // the family's word in keys, for AskedWord; empty when it is spoken
	WordLocked bool
}

// Secret is what somebody may know.
type Secret string

// The secrets.
const (
	BypassCode Secret = "bypass-code"
	FamilyWord Secret = "family-word"
	StudioPIN  Secret = "studio-pin" // of who records what Clearline says
)

// Ground is why a resident is asked about a caller.
type Ground string

// The grounds.
const (
	Stated     Ground = ""            // the caller said name and purpose
	NotAsked   Ground = "not-asked"   // the caller may be calling back
	NotNow     Ground = "paused"      // the resident has paused screening
	KnownCode  Ground = "code"        // the caller keyed the bypass code
	KnownWord  Ground = "word"        // the caller keyed the family's word
	SpokenWord Ground = "spoken-word" // the caller said something for the family's word
)

// Code is digits that only trusted people know: the bypass code of a line, 3 to 6 of
// them, a family's word, 3 to 12, or the PIN of a Studio, 6 to 8. It prints redacted; as JSON it is plain, because a
// call under way is kept with it.
type Code string

const (
	longestCode = 6
	longestWord = 12
)

// String implements fmt.Stringer.
func (Code) String() string { return "[redacted]" }

// Format implements fmt.Formatter, so that no verb reaches the digits.
func (c Code) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(c.String())) }

// matches compares in a time that depends on neither, not on their lengths either. The
// empty code matches nothing.
func (c Code) matches(want Code) bool {
	var a, b [longestWord + 1]byte
	a[0], b[0] = byte(len(c)), byte(len(want))
	copy(a[1:], c)
	copy(b[1:], want)
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && want != ""
}

// plus is the code with one more key, which must be a digit.
func (c Code) plus(key rune) (Code, bool) {
	if key < '0' || key > '9' {
		return c, false
	}
	return c + Code(key), true
}
