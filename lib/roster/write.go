package roster

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"

	"clearline/lib/call"
)

// written are the columns of an exported file.
var written = []string{"number", "name", "list", "line", "verify", "expires", "since", "source"}

// CSVWriter writes entries as CSV (RFC 4180), in UTF-8 with a byte-order mark, because
// spreadsheets take it for something else without one. Where a spreadsheet of any country
// may see a cell begin like a formula stands an apostrophe. That includes every number
// with a plus, which a spreadsheet would otherwise turn into 4.41633E+11; Read takes the
// apostrophes off again. The words of families are not written.
type CSVWriter struct{ sheet }

// NewCSVWriter returns a writer to w, which stays the caller's to close.
func NewCSVWriter(w io.Writer) *CSVWriter {
	return &CSVWriter{sheet{w: bufio.NewWriter(w), header: written}}
}

// Write writes one entry.
func (c *CSVWriter) Write(e call.Entry) error {
	verify := ""
	if e.Verify {
		verify = "yes"
	}
	return c.row(e.Pattern, e.Name, string(e.List), string(e.Line), verify, stamp(e.Until), stamp(e.Since), e.Source)
}

// Close writes what is left; without entries it writes the header alone.
func (c *CSVWriter) Close() error { return c.close() }

// WriteRejected writes rows that were not used as CSV, as safe to open as CSVWriter's.
func WriteRejected(w io.Writer, rejected []Rejected) error {
	s := sheet{w: bufio.NewWriter(w), header: []string{"line", "text", "reason"}}
	for _, r := range rejected {
		if err := s.row(strconv.Itoa(r.Line), r.Text, r.Reason); err != nil {
			return err
		}
	}
	return s.close()
}

// sheet writes rows that people open in spreadsheets. encoding/csv quotes for one
// delimiter, and spreadsheets of other countries read with another.
type sheet struct {
	w      *bufio.Writer // remembers its error
	header []string
	begun  bool
}

func (s *sheet) begin() {
	if !s.begun {
		s.begun = true
		_, _ = s.w.WriteString("\ufeff" + strings.Join(s.header, ",") + "\r\n")
	}
}

func (s *sheet) row(cells ...string) error {
	s.begin()
	for i, cell := range cells {
		cells[i] = quoted(guarded(cell))
	}
	_, err := s.w.WriteString(strings.Join(cells, ",") + "\r\n")
	return err
}

func (s *sheet) close() error {
	s.begin()
	return s.w.Flush()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
