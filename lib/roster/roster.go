// Package roster reads and writes lists of people: CSV as telephone systems, mail
// programs and spreadsheets export it, and vCards. Files come from strangers and have
// been through other people's hands: a broken one is refused as a whole, a row that
// cannot be used is reported with its line, and nothing is changed anywhere.
package roster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"clearline/lib/call"
)

// The bounds of a file. A file that goes beyond one is broken.
const (
	MaxRows   = 2_000_000 // rows of a CSV file, cards of a vCard file, and entries made of either
	MaxLine   = 1 << 20   // bytes of one line, and of one record that runs over several
	MaxNumber = 100       // numbers of one row or card
	MaxColumn = 500       // columns of the first row
)

// Format is a kind of file.
type Format string

// The formats. The zero Format is for Read to find out.
const (
	Auto  Format = ""
	CSV   Format = "csv"
	VCard Format = "vcard"
)

// Options say how a file is read. Region must be known to package number; everything
// else may be left out.
type Options struct {
	Kind     call.List         // the list the rows are for; empty to take it from a column
	Region   string            // ISO 3166, whose people wrote the numbers: "GB"
	Line     call.LineID       // the line of every entry; empty to take it from a column, or the whole house
	Format   Format            // of the file
	Columns  map[string]string // what to read from which column: "number": "3", "name": "Full name", "number": "2,4"
	Zone     *time.Location    // of days without a time; nil for UTC
	Now      time.Time         // entries that ended before are rejected; zero takes them all
	Since    time.Time         // when entries began, where no column tells
	Until    time.Time         // when entries end, where no column tells; zero for never
	Source   string            // how entries came to be, where no column tells: "import of family.csv"
	Progress func(rows int, bytes int64)
}

// Result is what was made of a file.
type Result struct {
	Entries    []call.Entry // in the order of the file, one for each key
	Rejected   []Rejected   // in the order of the file
	Understood Understood
	Rows       int // with something in them, header excepted; cards
	Duplicates int // numbers that stood in the file before; the first one counts
}

// Rejected is a row, or one number of a row, that was not used.
type Rejected struct {
	Line   int    // in the file, from 1; where the row begins
	Text   string // what stood there, made fit to be shown, at most 80 runes
	Reason string // in words: what is wrong, and what would be right
}

// BrokenError says that a file cannot be read at all.
type BrokenError struct {
	Line   int    // from 1; 0 where it is about the whole file
	Reason string // in words: what is wrong, and what would be right
}

// Error is the line and the reason.
func (e *BrokenError) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
}

func broken(line int, format string, args ...any) error {
	return &BrokenError{line, fmt.Sprintf(format, args...)}
}

// Read reads a whole file. The error is a *BrokenError, an error of r or of ctx, or
// says which of the columns asked for there is not. With an error the result has no
// entries, only what was understood until then.
func Read(ctx context.Context, r io.Reader, o Options) (Result, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	in := newLines(ctx, r)
	format, err := in.sniff(o.Format)
	g := &gatherer{Options: o, in: in, seen: map[call.EntryKey]struct{}{}}
	g.Understood.Format = format
	switch {
	case err != nil:
	case format == VCard:
		err = g.cards()
	default:
		err = g.table()
	}
	g.Understood.Encoding = in.encoding()
	if err == nil && g.Rows == 0 {
		err = broken(0, "nothing to read: the file holds no row of data")
	}
	if err != nil {
		var b *BrokenError
		if !errors.As(err, &b) {
			err = fmt.Errorf("read roster: %w", err)
		}
		return Result{Understood: g.Understood}, err
	}
	g.progress(true)
	return g.Result, nil
}

// gatherer collects the entries of one file.
type gatherer struct {
	Options
	Result
	in   *lines
	seen map[call.EntryKey]struct{}
}

// row counts a row, and tells who waits of the progress.
func (g *gatherer) row(line int) error {
	if g.Rows++; g.Rows > MaxRows || len(g.Entries) > MaxRows {
		return broken(line, "more than %d rows: divide the file", MaxRows)
	}
	g.progress(false)
	return nil
}

func (g *gatherer) progress(end bool) {
	if g.Progress != nil && (end || g.Rows%1000 == 0) {
		g.Progress(g.Rows, g.in.taken())
	}
}

func (g *gatherer) add(e call.Entry) {
	if _, again := g.seen[e.Key()]; again {
		g.Duplicates++
		return
	}
	g.seen[e.Key()] = struct{}{}
	g.Entries = append(g.Entries, e)
}

func (g *gatherer) reject(line int, text, reason string) {
	g.Rejected = append(g.Rejected, Rejected{line, shown(text), reason})
}
