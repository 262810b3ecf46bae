package store

import "strings"

const (
	// telling is how many digits at the end of a number tell it from others, with or without
	// the code of a country.
	telling = 9
	// forgotten is what stands in a letter in place of a number.
	forgotten = "(a number that was forgotten)"
)

// Discreet is a letter without what it says about a number, and whether it said anything.
// Whoever gets it still learns that something happened, as it may be an alarm.
func Discreet(l Letter, number string) (Letter, bool) {
	title, named := without(l.Title, number)
	text, told := without(l.Text, number)
	if !named && !told {
		return l, false
	}
	l.Title, l.Text = title, text
	if told { // a name may stand beside the number
		l.Text = "What this message said of the caller was forgotten before it could be sent. The history has the rest."
	}
	return l, true
}

// DiscreetDeed is a deed that does not say any more whose number it was about, and whether
// it did.
func DiscreetDeed(d Deed, number string) (Deed, bool) {
	to, named := without(d.To, number)
	note, told := without(d.Note, number)
	if d.To == number {
		to, named = forgotten, true
	}
	d.To, d.Note = to, note
	return d, named || told
}

// without is a text in which another one stands in place of a number, however that is
// grouped, and whether it stood there.
func without(text, number string) (string, bool) {
	digits := onlyDigits(number)
	if len(digits) < telling {
		return text, false
	}
	var b strings.Builder
	found := false
	for text != "" {
		length := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("+0123456789 ().-", r) })
		if length < 0 {
			length = len(text)
		}
		run := text[:length]
		if strings.Contains(onlyDigits(run), digits[len(digits)-telling:]) {
			first, last := strings.IndexAny(run, "+0123456789"), strings.LastIndexAny(run, "0123456789")
			run, found = run[:first]+forgotten+run[last+1:], true
		}
		b.WriteString(run)
		text = text[length:]
		if text != "" {
			other := strings.IndexAny(text, "+0123456789")
			if other < 0 {
				other = len(text)
			}
			b.WriteString(text[:other])
			text = text[other:]
		}
	}
	return b.String(), found
}

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
