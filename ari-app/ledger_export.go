package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"clearline/lib/call"
	"clearline/lib/roster"
)

// exporting holds the flags of what is written into a file.
type exporting struct {
	configFlag
	Line   string `help:"Only what was added for the line with this id." placeholder:"ID"`
	Format string `help:"csv or vcard; otherwise the name of the file tells." enum:"csv,vcard,auto" default:"auto"`
	Out    string `help:"Write into this file, which only you can read; otherwise print." placeholder:"FILE" type:"path"`
}

// entryWriter writes one format.
type entryWriter interface {
	Write(e call.Entry) error
	Close() error
}

func (f exporting) export(o *output, list call.List) error {
	cards := f.Format == string(roster.VCard) || f.Format == "auto" && strings.EqualFold(filepath.Ext(f.Out), ".vcf")
	if cards && list == call.Blocks {
		return usageError("--format: blocks are no people, so they cannot be written as vCards; write --format csv")
	}
	l, err := onList{f.configFlag, f.Line}.open(o, list)
	if err != nil {
		return err
	}
	ctx, cancel := interruptible()
	defer cancel()
	entries, err := l.mine(ctx)
	if err != nil {
		return err
	}
	skipped := 0
	write := func(to io.Writer) error {
		var w entryWriter = roster.NewCSVWriter(to)
		if cards {
			w = roster.NewCardWriter(to)
		}
		for _, e := range entries {
			switch err := w.Write(e); {
			case errors.Is(err, roster.ErrNoCard):
				skipped++
			case err != nil:
				return err
			}
		}
		return w.Close()
	}
	if f.Out == "" {
		err = write(o.out)
	} else {
		err = replaced(f.Out, write)
	}
	if err != nil {
		return fmt.Errorf("export the %ss: %w", l.one(), err)
	}
	if skipped > 0 {
		complain(o.err, "clearline: %s left out: prefixes and ranges are no people, only --format csv has them\n", l.count(skipped))
	}
	if f.Out != "" {
		_, err = fmt.Fprintf(o.out, "%s written to %s\n", l.count(len(entries)-skipped), f.Out)
	}
	return err
}

// replaced writes a file that is there whole or not at all, and that only its owner can
// read: it tells whom people know.
func replaced(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".clearline-*")
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return fmt.Errorf("write %s: %w", path, failed.Err)
	}
	if err != nil {
		return err
	}
	err = errors.Join(write(file), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// writeRejected writes the rows that cannot be used, for a spreadsheet.
func writeRejected(path string, rejected []roster.Rejected) error {
	if err := replaced(path, func(to io.Writer) error { return roster.WriteRejected(to, rejected) }); err != nil {
		return fmt.Errorf("write the rejected rows: %w", err)
	}
	return nil
}
