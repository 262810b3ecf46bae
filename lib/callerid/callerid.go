// Package callerid cleans what a stranger sends about himself, however the exchange
// hands it on. It knows Asterisk's words and numbers for a presentation, and how Asterisk
// names channels. What comes out is still a stranger's: it is one line of bounded length,
// and is encoded for where it goes.
package callerid

import (
	"strings"
	"unicode"
)

const (
	// MaxText is how many runes of a display name are kept.
	MaxText = 80
	// MaxNumber is how many characters of a number are kept, a leading '+' included.
	MaxNumber = 32
)

// Text makes a stranger's text one line of at most MaxText visible runes. Control and
// format characters go (the latter turn text around), so does what was not UTF-8.
func Text(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s { // an invalid byte reads as U+FFFD
		if n == MaxText {
			break
		}
		if r == unicode.ReplacementChar || !unicode.IsGraphic(r) {
			continue
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}

// Number keeps the digits and a leading '+', at most MaxNumber characters.
func Number(s string) string {
	var b strings.Builder
	for _, r := range s {
		if b.Len() == MaxNumber {
			break
		}
		if '0' <= r && r <= '9' || r == '+' && b.Len() == 0 {
			b.WriteRune(r)
		}
	}
	if b.String() == "+" {
		return ""
	}
	return b.String()
}

// Endpoint is the endpoint in a channel's name, TECH/ENDPOINT-UNIQUE, without technology.
func Endpoint(channel string) string {
	_, rest, _ := strings.Cut(channel, "/")
	if dash := strings.LastIndexByte(rest, '-'); dash >= 0 {
		rest = rest[:dash]
	}
	return Text(rest)
}
