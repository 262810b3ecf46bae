package number

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind tells the kinds of patterns apart.
type Kind uint8

// The kinds.
const (
	NoPattern Kind = iota // the zero Pattern, which holds for nothing
	Exact                 // one number
	Prefix                // every number that begins so
	Range                 // every number between two, both included
	Name                  // every display name that fits
)

// Pattern says which callers an entry of a list means. Patterns are compared with ==;
// make them with ParsePattern or Canonical. The zero Pattern holds for nothing.
type Pattern struct {
	kind     Kind
	from, to Key
	name     string // lower case, with * for anything
}

const (
	namePrefix   = "name:"
	longestName  = 80 // runes, as many as call.Caller.Name has
	fewestOfName = 2  // letters or digits; fewer fit nearly everybody
)

// Canonical reads what Pattern.String wrote, as stores keep it. It asks no numbering
// plan and does not allocate for numbers, so that a million entries load quickly.
// People's writing is for ParsePattern.
func Canonical(text string) (Pattern, bool) {
	if name, ok := strings.CutPrefix(text, namePrefix); ok {
		return namePattern(name)
	}
	if digits, ok := strings.CutSuffix(text, "*"); ok {
		digits, ok = strings.CutPrefix(digits, "+")
		return prefixPattern(digits, ok)
	}
	if low, high, ok := strings.Cut(text, "-"); ok {
		from, lowOK := KeyOf(low)
		to, highOK := KeyOf(high)
		p := Pattern{kind: Range, from: from, to: to}
		return p, lowOK && highOK && p.from.E164() && from < to && len(low) == len(high)
	}
	k, ok := KeyOf(text)
	return exactPattern(k), ok
}

func exactPattern(k Key) Pattern { return Pattern{kind: Exact, from: k, to: k} }

func prefixPattern(digits string, ok bool) (Pattern, bool) {
	from, fromOK := pack(digits, '0')
	to, toOK := pack(digits, '9')
	ok = ok && fromOK && toOK && digits[0] != '0' // no country code begins with 0
	return Pattern{kind: Prefix, from: from, to: to | keyLongest}, ok
}

// namePattern tidies a pattern of display names: lower case, one space between
// words, one * where there were several.
func namePattern(text string) (Pattern, bool) {
	if len(text) > longestName*utf8.UTFMax || !utf8.ValidString(text) {
		return Pattern{}, false
	}
	tidy := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsGraphic(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)), " ")
	for strings.Contains(tidy, "**") {
		tidy = strings.ReplaceAll(tidy, "**", "*")
	}
	meant := 0
	for _, r := range tidy {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			meant++
		}
	}
	ok := meant >= fewestOfName && utf8.RuneCountInString(tidy) <= longestName
	return Pattern{kind: Name, name: tidy}, ok
}

// Kind says what kind of pattern it is.
func (p Pattern) Kind() Kind { return p.kind }

// Bounds are the first and the last Key the pattern holds for; it holds for exactly
// those from first to last. They are equal for one number, and zero for names. A
// range counts as text is sorted: a number with more digits than the range's ends
// is in it when it begins with a number of the range other than the last.
func (p Pattern) Bounds() (first, last Key) { return p.from, p.to }

// HasKey says whether the pattern holds for a number. It does not allocate.
func (p Pattern) HasKey(k Key) bool { return k != 0 && p.from <= k && k <= p.to }

// HasName says whether the pattern holds for a display name, in any case. It does
// not allocate; the time it takes is bounded by the product of both lengths.
func (p Pattern) HasName(display string) bool {
	if p.kind != Name {
		return false
	}
	pat, text := p.name, display
	star, retry := "", "" // behind the last *, and the text tried there last
	seen := false
	for text != "" {
		r, n := utf8.DecodeRuneInString(text)
		want, m := utf8.DecodeRuneInString(pat)
		switch {
		case m > 0 && want == '*':
			seen, star, retry = true, pat[m:], text
			pat = star
		case m > 0 && want == unicode.ToLower(r):
			pat, text = pat[m:], text[n:]
		case seen:
			_, n = utf8.DecodeRuneInString(retry)
			retry = retry[n:]
			pat, text = star, retry
		default:
			return false
		}
	}
	return strings.Trim(pat, "*") == ""
}

// String is the canonical text, as in call.Entry.Pattern; empty for the zero Pattern.
func (p Pattern) String() string {
	switch p.kind {
	case Exact:
		return p.from.String()
	case Prefix:
		return p.from.String() + "*"
	case Range:
		return p.from.String() + "-" + p.to.String()
	case Name:
		return namePrefix + p.name
	}
	return ""
}
