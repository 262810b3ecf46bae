package notify

import (
	"strings"
	"unicode"
)

const (
	longestName  = 40   // runes of what a stranger calls themselves
	longestTitle = 120  // runes
	longestText  = 1200 // runes: one message in every service
)

// plain makes a stranger's text harmless wherever it is shown. What no name needs goes: all
// that means something to HTML, to any Markdown, to a chat that looks for commands and for
// people to call, and dots within words, which make links.
func plain(text string) string {
	runes := []rune(text)
	var b strings.Builder
	n, space := 0, false
	for i, r := range runes {
		if !nameable(runes, i) {
			space = n > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			n++
		}
		if n >= longestName {
			break
		}
		b.WriteRune(r)
		n, space = n+1, false
	}
	return strings.TrimSpace(b.String())
}

// nameable reports whether a rune may stand in a name.
func nameable(runes []rune, i int) bool {
	r := runes[i]
	switch {
	case r == unicode.ReplacementChar:
		return false
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.Mn, r):
		return true
	case r == '\'', r == '’', r == ',', r == '+':
		return true
	case r == '-', r == '.': // not a rule, a list, or a link
		within := i > 0 && unicode.IsLetter(runes[i-1])
		followed := i+1 < len(runes) && !unicode.IsSpace(runes[i+1])
		return within && followed == (r == '-')
	}
	return false
}

// digitsOf is what is left of a number that cannot be read.
func digitsOf(text string) string {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune("0123456789+*#", r) {
			return r
		}
		return -1
	}, text)
	return digits[:min(len(digits), 24)]
}

// bounded is a text of at most so many runes, without anything that ends a line, or with
// the ends of lines that are in it when lines is set.
func bounded(text string, most int, lines bool) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if n == most-1 {
			b.WriteRune('…')
			break
		}
		switch {
		case r == '\n' && lines:
		case r == unicode.ReplacementChar, r != '\n' && !unicode.IsGraphic(r):
			continue
		case unicode.IsSpace(r):
			r = ' '
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}
