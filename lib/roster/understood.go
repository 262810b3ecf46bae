package roster

import (
	"fmt"
	"strings"

	"clearline/lib/number"
)

// Understood says what a file was taken for, so that its owner can see whether that
// is right before anything is done.
type Understood struct {
	Format    Format
	Layout    string   // who writes such files: "Google Contacts"; empty where nobody is known
	Delimiter string   // of a CSV file, in words: "comma"
	Encoding  string   // "UTF-8", "UTF-16", "Windows-1252" or a mixture, in words
	Header    bool     // whether the first row names the columns
	Columns   []Column // that are read, in the order of the file
	Unread    []string // what the header calls the others
	Versions  []string // of the vCards in the file
}

// Column is one column of a CSV file that is read.
type Column struct {
	Number int    // from 1
	Header string // what the file calls it, fit to be shown; empty without a header
	As     string // what it is read as: "number", "first name", ...
}

// String tells it in sentences, one to a line.
func (u Understood) String() string {
	var b strings.Builder
	switch {
	case u.Format == VCard:
		b.WriteString("vCards")
		if len(u.Versions) > 0 {
			fmt.Fprintf(&b, " of version %s", strings.Join(u.Versions, ", "))
		}
	case u.Layout != "":
		fmt.Fprintf(&b, "CSV as %s writes it", u.Layout)
	default:
		b.WriteString("CSV")
	}
	if u.Delimiter != "" {
		fmt.Fprintf(&b, ", %s between the columns", u.Delimiter)
	}
	if u.Encoding != "" {
		fmt.Fprintf(&b, ", text in %s", u.Encoding)
	}
	b.WriteString(".\n")
	if u.Format != VCard && len(u.Columns) > 0 {
		u.columns(&b)
	}
	return b.String()
}

func (u Understood) columns(b *strings.Builder) {
	if u.Header {
		b.WriteString("The first row names the columns.\n")
	} else {
		b.WriteString("No row names the columns: what they hold decides.\n")
	}
	for _, c := range u.Columns {
		fmt.Fprintf(b, "Column %d", c.Number)
		if c.Header != "" {
			fmt.Fprintf(b, " (%s)", c.Header)
		}
		fmt.Fprintf(b, " is read as %s.\n", c.As)
	}
	if len(u.Unread) > 0 {
		fmt.Fprintf(b, "Not read: %s.\n", strings.Join(u.Unread, ", "))
	}
}

// shown makes a stranger's text fit to be shown.
func shown(text string) string {
	if len(text) > 400 {
		text = text[:400]
	}
	return number.DisplayName(text)
}
