package number

import (
	"strings"
	"unicode"
)

// DisplayName makes any text a name that can be shown: one line of at most 80 visible
// runes. Control and format characters go (the latter turn text around), so does what
// was not UTF-8; any white space is one space.
func DisplayName(text string) string {
	var b strings.Builder
	n, space := 0, false
	for _, r := range text { // an invalid byte reads as U+FFFD
		if n == longestName {
			break
		}
		if unicode.IsSpace(r) {
			space = n > 0
			continue
		}
		if r == unicode.ReplacementChar || !unicode.IsGraphic(r) {
			continue
		}
		if space && n+2 > longestName {
			break
		}
		if space {
			b.WriteByte(' ')
			n++
		}
		b.WriteRune(r)
		n, space = n+1, false
	}
	return b.String()
}
