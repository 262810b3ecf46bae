package main

import (
	"cmp"
	"fmt"

	"clearline/lib/call"
)

// entryListing holds the flags of what lists entries.
type entryListing struct {
	configFlag
	Line string `help:"Only what was added for the line with this id." placeholder:"ID"`
	JSON bool   `help:"Print JSON: one object per line, times in UTC." name:"json"`
}

func (f entryListing) list(o *output, list call.List) error {
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
	if f.JSON {
		lines := make([]entryJSON, len(entries))
		for i, e := range entries {
			lines[i] = entryJSONOf(e)
		}
		return printJSON(o.out, lines)
	}
	if len(entries) == 0 {
		_, err := fmt.Fprintf(o.out, "no %ss; to add one: clearline %[1]s add --help\n", l.one())
		return err
	}
	rows := [][]string{{"NUMBER", "NAME", "FOR", "EXPIRES", "WORD", "SINCE", "HOW"}}
	if list == call.Blocks {
		rows[0] = []string{"NUMBER", "NAME", "FOR", "EXPIRES", "SINCE", "HOW"}
	}
	for _, e := range entries {
		rows = append(rows, l.row(e))
	}
	return table(o.out, rows)
}

func (l *ledger) row(e call.Entry) []string {
	name, expires := "", "never"
	if e.Name != "" {
		name = shownName(call.Caller{Name: e.Name})
	}
	switch {
	case !e.Holds(l.now):
		expires = "over"
	case !e.Until.IsZero():
		expires = l.when(e.Until)
	}
	row := []string{l.shownPattern(e.Pattern), cmp.Or(name, "-"), cmp.Or(plain(string(e.Line)), "all"), expires}
	if l.list == call.Contacts {
		row = append(row, word(e))
	}
	since := "-"
	if !e.Since.IsZero() {
		since = l.when(e.Since)
	}
	return append(row, since, dash(e.Source))
}

// word says whether a contact is asked for a word.
func word(e call.Entry) string {
	switch {
	case e.Word != "":
		return "keyed"
	case e.Verify:
		return "spoken"
	}
	return "-"
}
