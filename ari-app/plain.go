package main

import (
	"strconv"
	"strings"
	"unicode"
)

// plain makes any text one that moves no cursor, starts no escape sequence and turns
// no other text around: letters written from left to right one beside the other, and
// ASCII, stay; every other rune is written as \u and its code.
func plain(text string) string {
	var b strings.Builder
	for _, r := range text {
		if harmless(r) {
			b.WriteRune(r)
			continue
		}
		b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
	}
	return b.String()
}

func harmless(r rune) bool {
	switch {
	case r < 0x80:
		return ' ' <= r && r <= '~'
	case unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic):
		return unicode.IsLetter(r) && r < 0x2000 // those beyond are marks of compatibility
	}
	return strings.ContainsRune("‘’“”–—£€", r)
}
