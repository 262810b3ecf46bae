package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/history"
	"clearline/lib/roster"
)

// importing holds the flags of what is read from a file.
type importing struct {
	onList
	File     string            `help:"A CSV or vCard file; - for standard input." arg:""`
	DryRun   bool              `help:"Only show what was understood, what would be done, and every row that cannot be used."`
	Format   string            `help:"csv or vcard; otherwise the file tells." enum:"csv,vcard,auto" default:"auto"`
	Column   map[string]string `help:"Which column to read as what, by its number or name: number=3, name='Full name'." placeholder:"WHAT=WHICH"`
	Expires  string            `help:"When entries end that say nothing else: 24h, 7d, 2026-12-24." placeholder:"WHEN"`
	Rejected string            `help:"Write the rows that cannot be used into this file, as CSV." placeholder:"FILE" type:"path"`
}

// shownRejected is how many rejected rows are shown when something is done.
const shownRejected = 10

// importFile reads a file and puts what it holds on a list. Nothing is written before all
// of the file is known to be right. of changes each entry first.
func (f importing) importFile(o *output, list call.List, of func(*call.Entry)) error {
	l, err := f.open(o, list)
	if err != nil {
		return err
	}
	ctx, cancel := interruptible()
	defer cancel()
	found, err := f.read(ctx, l)
	if err != nil {
		return err
	}
	for i := range found.Entries {
		of(&found.Entries[i])
	}
	if err := knownLines(l.cfg, found.Entries); err != nil {
		return fmt.Errorf("import %s: %w; nothing was changed", f.File, err)
	}
	all, err := l.everything(ctx)
	if err != nil {
		return err
	}
	p := roster.Compare(found.Entries, all, l.list, l.now)
	if err := f.report(l, found, p); err != nil || f.DryRun {
		return err
	}
	if len(found.Entries) == 0 {
		return fmt.Errorf("import %s: no row of it can be used; nothing was changed", f.File)
	}
	if err := l.write(ctx, p.Put); err != nil {
		return fmt.Errorf("import %s: %w", f.File, err)
	}
	_, err = fmt.Fprintf(o.out, "done: %s\n", said(l, p, false))
	return err
}

// read reads the file.
func (f importing) read(ctx context.Context, l *ledger) (found roster.Result, err error) {
	done := newProgress(l.err, "read")
	defer done.end()
	options := roster.Options{
		Kind: l.list, Region: l.cfg.Region, Line: l.line, Columns: f.Column, Zone: l.cfg.Timezone,
		Now: l.now, Since: l.now.UTC(), Source: "import of standard input", Progress: func(rows int, _ int64) { done.at(rows) },
	}
	if f.Format != "auto" {
		options.Format = roster.Format(f.Format)
	}
	if options.Until, err = expiry(f.Expires, l.now, l.cfg.Timezone); err != nil {
		return found, err
	}
	in := l.in
	if f.File != "-" {
		file, err := os.Open(f.File)
		if err != nil {
			return found, fmt.Errorf("import: %w", err)
		}
		defer func() { _ = file.Close() }()
		in, options.Source = file, "import of "+filepath.Base(f.File)
	}
	found, err = roster.Read(ctx, in, options)
	if err == nil {
		return found, nil
	}
	var broken *roster.BrokenError
	if errors.As(err, &broken) && len(found.Understood.Columns) > 0 {
		complain(l.err, "%s", found.Understood)
	}
	return found, fmt.Errorf("import %s: %w; nothing was changed", f.File, err)
}

// knownLines refuses entries for lines that there are not.
func knownLines(cfg *config.Config, entries []call.Entry) error {
	known := map[call.LineID]bool{"": true}
	for _, line := range cfg.Lines {
		known[line.ID] = true
	}
	for _, e := range entries {
		if !known[e.Line] {
			return fmt.Errorf("%s is for line %s, and there is no such line in the configuration", plain(e.Pattern), quoted(string(e.Line)))
		}
	}
	return nil
}

// said tells what is done, or would be.
func said(l *ledger, p roster.Plan, would bool) string {
	verbs := []string{"added", "changed"}
	if would {
		verbs = []string{"would be added", "would be changed"}
	}
	text := fmt.Sprintf("%s %s, %d %s", l.count(p.Added), verbs[0], p.Changed, verbs[1])
	if p.Same > 0 {
		text += fmt.Sprintf(", %d as before", p.Same)
	}
	return text
}

// report says what was understood and what cannot be used. A dry run shows all of it.
func (f importing) report(l *ledger, found roster.Result, p roster.Plan) error {
	show, to := found.Rejected, l.out
	if !f.DryRun {
		show, to = show[:min(len(show), shownRejected)], l.err
	}
	var b strings.Builder
	if f.DryRun {
		b.WriteString(found.Understood.String())
	}
	fmt.Fprintf(&b, "rows: %d; numbers that can be used: %d, there more than once: %d, rejected: %d\n",
		found.Rows, len(found.Entries), found.Duplicates, len(found.Rejected))
	for _, r := range show {
		fmt.Fprintf(&b, "line %d: %s: %s\n", r.Line, quoted(r.Text), plain(r.Reason))
	}
	if more := len(found.Rejected) - len(show); more > 0 {
		fmt.Fprintf(&b, "and %d more; to see them all: --dry-run, or --rejected FILE\n", more)
	}
	if p.Other > 0 && l.list == call.Contacts {
		fmt.Fprintf(&b, "warning: %d of them are blocked as well; the contact wins\n", p.Other)
	} else if p.Other > 0 {
		fmt.Fprintf(&b, "warning: %d of them are contacts as well; the contact wins, and the block does nothing\n", p.Other)
	}
	if f.DryRun {
		fmt.Fprintf(&b, "%s; nothing was changed\n", said(l, p, true))
	}
	if _, err := io.WriteString(to, b.String()); err != nil && f.DryRun {
		return err
	}
	if f.Rejected == "" {
		return nil
	}
	return writeRejected(f.Rejected, found.Rejected)
}

// changeMax bounds how long one batch is waited for.
const changeMax = 20 * time.Second

// write puts entries batch by batch, each of which is written or not.
func (l *ledger) write(ctx context.Context, entries []call.Entry) error {
	done := newProgress(l.err, "written")
	defer done.end()
	for n := 0; n < len(entries); n += history.Batch {
		batch := entries[n:min(n+history.Batch, len(entries))]
		patience, cancel := context.WithTimeout(ctx, changeMax)
		err := l.kept.Change(patience, batch, nil)
		cancel()
		if err != nil {
			return fmt.Errorf("%d of %d are written, the rest is not: %w; run the command again: what is written stays as it is", n, len(entries), err)
		}
		done.at(n + len(batch))
	}
	return nil
}

// progressEvery is how many rows go by without a word.
const progressEvery = 10_000

// progress tells how far something has come: a terminal often, in one place, and a file
// seldom.
type progress struct {
	to   io.Writer
	did  string // "read"
	live bool
	told int // rows, when it last told
}

func newProgress(to io.Writer, did string) *progress {
	return &progress{to: to, did: did, live: terminal(to)}
}

func (p *progress) at(rows int) {
	switch {
	case rows < progressEvery:
		return
	case p.live:
		complain(p.to, "\r%d rows %s ", rows, p.did)
	case rows/progressEvery > p.told/progressEvery:
		complain(p.to, "clearline: %d rows %s\n", rows, p.did)
	}
	p.told = rows
}

// end leaves the place on the terminal.
func (p *progress) end() {
	if p.live && p.told > 0 {
		complain(p.to, "\n")
	}
}
