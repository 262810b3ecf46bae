package roster

import (
	"strings"
	"unicode/utf8"
)

const (
	// risky are the characters at which a spreadsheet begins to read a cell as a formula
	// (OWASP, "CSV Injection"), their wide forms, and the apostrophe that guards them.
	risky = "=+-@\t\r\n'＝＋－＠"

	// dividing are the characters at which some spreadsheet begins another cell. Which
	// one depends on its country: where ; divides, the , of the file does not, and the
	// quotation marks around a cell in the middle of a line mean nothing.
	dividing = ";,\t\r\n"

	// passedOver are those a cell may have before the one that makes it a formula.
	passedOver = " \""
)

// beginning follows a text and knows where a spreadsheet may see a cell begin.
type beginning bool

func (b *beginning) pass(r rune) {
	*b = beginning(strings.ContainsRune(dividing, r)) || *b && beginning(strings.ContainsRune(passedOver, r))
}

// guarded puts an apostrophe before every risky character with which a spreadsheet may
// see a cell begin.
func guarded(cell string) string {
	if !strings.ContainsAny(cell, risky) {
		return cell
	}
	var b strings.Builder
	at := beginning(true)
	for _, r := range cell {
		if bool(at) && strings.ContainsRune(risky, r) {
			b.WriteByte('\'')
		}
		b.WriteRune(r)
		at.pass(r)
	}
	return b.String()
}

// unguarded takes the apostrophes of guarded off, and nobody else's.
func unguarded(cell string) string {
	if !strings.Contains(cell, "'") {
		return cell
	}
	var b strings.Builder
	at := beginning(true)
	for rest := cell; rest != ""; {
		if after, ok := strings.CutPrefix(rest, "'"); ok && bool(at) {
			if next, _ := utf8.DecodeRuneInString(after); after != "" && strings.ContainsRune(risky, next) {
				rest = after
			}
		}
		r, n := utf8.DecodeRuneInString(rest)
		b.WriteString(rest[:n])
		rest = rest[n:]
		at.pass(r)
	}
	return b.String()
}

// quoted is a cell as it stands in a file (RFC 4180): in quotation marks where it holds
// something that divides cells anywhere.
func quoted(cell string) string {
	if !strings.ContainsAny(cell, dividing+`"`) && strings.TrimSpace(cell) == cell {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
}
