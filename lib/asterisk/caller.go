package asterisk

import (
	"strings"
	"unicode"

	"clearline/lib/call"
)

const (
	maxName   = 80 // runes of a display name
	maxNumber = 32 // digits of a number, a leading '+' included
)

// cleanText makes a stranger's text one line of at most maxName visible runes. Control
// and format characters go (the latter turn text around), so does what was not UTF-8.
func cleanText(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s { // an invalid byte reads as U+FFFD
		if n == maxName {
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

// cleanNumber keeps the digits and a leading '+'.
func cleanNumber(s string) string {
	var b strings.Builder
	for _, r := range s {
		if b.Len() == maxNumber {
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

// presentation reads the presentation as the dialplan hands it on: Clearline's own
// words, or those of Asterisk's CALLERID(pres). Many trunks say only in the number's
// place that the caller hid it (RFC 3323 section 4.1.1.3) or that the network knows none
// (3GPP TS 23.003 section 13.7); Asterisk calls both allowed.
func presentation(s, number string) call.Presentation {
	switch {
	case s == string(call.Withheld), strings.HasPrefix(s, "prohib"), strings.EqualFold(number, "anonymous"):
		return call.Withheld
	case strings.EqualFold(number, "unavailable"):
		return call.Unavailable
	case strings.HasPrefix(s, "allowed"):
		return call.Allowed
	}
	return call.Unavailable
}

// trunk is the endpoint in a channel's name: TECH/ENDPOINT-UNIQUE.
func trunk(channel string) string {
	_, rest, _ := strings.Cut(channel, "/")
	if dash := strings.LastIndexByte(rest, '-'); dash >= 0 {
		rest = rest[:dash]
	}
	return cleanText(rest)
}

// shown writes a caller as Asterisk reads a caller id, `"Name" <number>`. Only
// letters, digits, spaces and . - ' of the name survive: the rest means something to
// Asterisk's parser, to the dialplan's, or to a SIP header. A caller who may not be
// shown is anonymous (RFC 3323 section 4.1).
func shown(from call.Caller) string {
	var number, name string
	if from.Presentation != call.Withheld {
		number, name = cleanNumber(from.Number), plainName(from.Name)
	}
	switch {
	case number == "" && name == "":
		return `"Anonymous" <anonymous>`
	case name == "":
		return "<" + number + ">"
	}
	return `"` + name + `" <` + number + ">"
}

func plainName(s string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune(".-'", r) {
			return r
		}
		return ' '
	}, cleanText(s))
	return strings.Join(strings.Fields(plain), " ")
}
