package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/history"
	"clearline/lib/roster"
	"clearline/lib/store"
)

// ImportFile is a file with entries for a list.
type ImportFile struct {
	io.Reader
	Name    string // as its owner calls it
	List    call.List
	Line    call.LineID // of every entry; empty to take it from a column, or the whole house
	Format  roster.Format
	Columns map[string]string // as in roster.Options
	Verify  bool              // the numbers alone are no proof: ask each for a spoken word
}

// Import is what was made of a file.
type Import struct {
	roster.Result
	roster.Plan
}

// Preview reads a file and says what Import would do. The error wraps ErrForbidden or
// ErrNotFound for a line of the file that is not the person's, wraps ErrBusy, or is a
// *roster.BrokenError.
func (d *Desk) Preview(ctx context.Context, p Person, f ImportFile) (Import, error) {
	if f.Line != "" || !p.Everything() {
		if err := d.keeps(p, f.List, f.Line); err != nil {
			return Import{}, fmt.Errorf("import: %w", err)
		}
	} else if err := checkList(f.List); err != nil {
		return Import{}, err
	}
	now := time.Now()
	found, err := roster.Read(ctx, f.Reader, roster.Options{
		Kind: f.List, Region: d.opts.Region, Line: f.Line, Format: f.Format, Columns: f.Columns, Zone: d.opts.Zone,
		Now: now, Since: now.UTC(), Source: fmt.Sprintf("import of %s by %s", shortName(f.Name), p.Name),
	})
	if err != nil {
		return Import{Result: found}, fmt.Errorf("import: %w", err)
	}
	for i := range found.Entries {
		e := &found.Entries[i]
		e.Verify = e.Verify || f.Verify && f.List == call.Contacts
		if err := d.keeps(p, f.List, e.Line); err != nil {
			return Import{Result: found}, fmt.Errorf("import %s for line %q: %w", e.Pattern, e.Line, err)
		}
	}
	var all []call.Entry
	err = d.read(ctx, func(e call.Entry) {
		if p.Sees(e.Line) {
			all = append(all, e)
		}
	})
	if err != nil {
		return Import{Result: found}, err
	}
	return Import{found, roster.Compare(found.Entries, all, f.List, now)}, nil
}

// shortName is a file's name that fits beside an entry.
func shortName(name string) string {
	runes := []rune(name)
	return string(runes[:min(len(runes), 60)])
}

// Import puts what a file holds on a list. Nothing is written before all of the file is known
// to be right; then what fails is what was not written yet. The error is as that of Preview.
func (d *Desk) Import(ctx context.Context, p Person, f ImportFile) (Import, error) {
	made, err := d.Preview(ctx, p, f)
	if err != nil {
		return made, err
	}
	note := fmt.Sprintf("%s: %d added, %d changed", f.List, made.Added, made.Changed)
	if err := d.Note(ctx, p, store.Deed{Did: DidImport, Line: f.Line, To: shortName(f.Name), Note: note}); err != nil {
		return made, err
	}
	written := 0
	for batch := range slices.Chunk(made.Put, history.Batch) {
		if err := d.opts.Lists.Change(ctx, batch, nil); err != nil {
			return made, fmt.Errorf("%d of %d are written, the rest is not: %w", written, len(made.Put), err)
		}
		written += len(batch)
	}
	return made, nil
}

// Export writes a list as CSV, or contacts as vCards. It returns how many entries the format
// cannot hold. The error is as that of Entries; nothing was written then, unless it is w's.
func (d *Desk) Export(ctx context.Context, p Person, list call.List, lines []call.LineID, format roster.Format, w io.Writer) (leftOut int, err error) {
	if err := checkList(list); err != nil {
		return 0, err
	}
	lines, err = d.some(p, lines)
	if err != nil {
		return 0, fmt.Errorf("export the %s: %w", list, err)
	}
	all, err := d.first(ctx, roster.MaxRows, func(e call.Entry) bool {
		return e.List == list && p.Sees(e.Line) && (lines == nil || slices.Contains(lines, e.Line))
	})
	if err != nil {
		return 0, err
	}
	var line call.LineID
	if len(lines) == 1 {
		line = lines[0]
	}
	if err := d.Note(ctx, p, store.Deed{Did: DidExport, Line: line, To: string(list)}); err != nil {
		return 0, err
	}
	var out interface {
		Write(e call.Entry) error
		Close() error
	} = roster.NewCSVWriter(w)
	if format == roster.VCard {
		out = roster.NewCardWriter(w)
	}
	for _, e := range all {
		switch err := out.Write(e); {
		case errors.Is(err, roster.ErrNoCard):
			leftOut++
		case err != nil:
			return leftOut, err
		}
	}
	return leftOut, out.Close()
}
