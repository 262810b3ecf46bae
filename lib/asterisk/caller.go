package asterisk

import (
	"strings"
	"unicode"

	"clearline/lib/call"
	"clearline/lib/callerid"
)

// shown writes a caller as Asterisk reads a caller id, `"Name" <number>`. Only
// letters, digits, spaces and . - ' of the name survive: the rest means something to
// Asterisk's parser, to the dialplan's, or to a SIP header. A caller who may not be
// shown is anonymous (RFC 3323 section 4.1).
func shown(from call.Caller) string {
	var number, name string
	if from.Presentation != call.Withheld {
		number, name = callerid.Number(from.Number), plainName(from.Name)
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
	}, callerid.Text(s))
	return strings.Join(strings.Fields(plain), " ")
}
