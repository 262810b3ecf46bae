package roster

import (
	"encoding/csv"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"clearline/lib/call"
)

// written are the columns of an exported file.
var written = []string{"number", "name", "list", "line", "verify", "expires", "since", "source"}

// risky are the characters at which a spreadsheet begins to read a cell as a formula
// (OWASP, "CSV Injection"), their wide forms, and the apostrophe that guards them.
const risky = "=+-@\t\r\n'＝＋－＠"

// CSVWriter writes entries as CSV (RFC 4180), in UTF-8 with a byte-order mark, because
// spreadsheets take it for something else without one. A cell that begins like a
// formula gets an apostrophe in front. That includes every number with a plus, which
// a spreadsheet would otherwise turn into 4.41633E+11; Read takes the apostrophe off
// again. The words of families are not written.
type CSVWriter struct {
	w     *csv.Writer
	begun bool
	to    io.Writer
}

// NewCSVWriter returns a writer to w, which stays the caller's to close.
func NewCSVWriter(w io.Writer) *CSVWriter {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	return &CSVWriter{w: c, to: w}
}

// Write writes one entry.
func (c *CSVWriter) Write(e call.Entry) error {
	if err := c.begin(); err != nil {
		return err
	}
	verify := ""
	if e.Verify {
		verify = "yes"
	}
	row := []string{e.Pattern, e.Name, string(e.List), string(e.Line), verify, stamp(e.Until), stamp(e.Since), e.Source}
	for i, cell := range row {
		row[i] = guarded(cell)
	}
	return c.w.Write(row)
}

// Close writes what is left; without entries it writes the header alone.
func (c *CSVWriter) Close() error {
	if err := c.begin(); err != nil {
		return err
	}
	c.w.Flush()
	return c.w.Error()
}

func (c *CSVWriter) begin() error {
	if c.begun {
		return nil
	}
	c.begun = true
	if _, err := io.WriteString(c.to, "\ufeff"); err != nil {
		return err
	}
	return c.w.Write(written)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// guarded makes a cell that no spreadsheet reads as a formula.
func guarded(cell string) string {
	if first, _ := utf8.DecodeRuneInString(cell); cell != "" && strings.ContainsRune(risky, first) {
		return "'" + cell
	}
	return cell
}

// unguarded takes the apostrophe of guarded off, and nobody else's.
func unguarded(cell string) string {
	rest, ok := strings.CutPrefix(cell, "'")
	if first, _ := utf8.DecodeRuneInString(rest); ok && rest != "" && strings.ContainsRune(risky, first) {
		return rest
	}
	return cell
}
