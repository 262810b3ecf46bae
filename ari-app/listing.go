package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"clearline/lib/app"
	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/history"
	"clearline/lib/number"
)

// readMax bounds how long the history is waited for.
const readMax = 20 * time.Second

// listing holds the flags of every command that lists what happened.
type listing struct {
	configFlag
	Line  string `help:"Only of the line with this id." placeholder:"ID"`
	Limit int    `help:"At most so many (${default})." default:"50" placeholder:"N"`
	JSON  bool   `help:"Print JSON: one object per line, times in UTC." name:"json"`
}

// open checks the flags and finds the history.
func (l listing) open(o *output) (*config.Config, history.Reader, error) {
	if l.Limit < 1 || l.Limit > history.Most {
		return nil, nil, usageError(fmt.Sprintf("--limit: write a number from 1 to %d", history.Most))
	}
	cfg, err := l.load(o.err)
	if err != nil {
		return nil, nil, err
	}
	if l.Line != "" {
		if err := knownLine(cfg, call.LineID(l.Line)); err != nil {
			return nil, nil, err
		}
	}
	return cfg, app.History(cfg.Store, slog.New(slog.DiscardHandler)), nil
}

// knownLine refuses the id of a line that there is not.
func knownLine(cfg *config.Config, id call.LineID) error {
	var ids []string
	for _, l := range cfg.Lines {
		if l.ID == id {
			return nil
		}
		ids = append(ids, string(l.ID))
	}
	return usageError(fmt.Sprintf("--line: there is no line %q; there is %s", id, strings.Join(ids, ", ")))
}

// wants says whether what happened on a line is asked for.
func (l listing) wants(line call.LineID) bool { return l.Line == "" || l.Line == string(line) }

// take reads until the limit of what is wanted is found, the latest first. It says so
// when it could not look back far enough to know.
func take[T any](l listing, o *output, read func(context.Context, int) ([]T, error), wanted func(T) bool) ([]T, error) {
	ctx, cancel := context.WithTimeout(context.Background(), readMax)
	defer cancel()
	for n := l.Limit; ; n = min(8*n, history.Most) {
		all, err := read(ctx, n)
		if err != nil {
			return nil, err
		}
		read := len(all)
		found := slices.DeleteFunc(all, func(one T) bool { return !wanted(one) })
		switch {
		case len(found) >= l.Limit, read < n:
			return found[:min(len(found), l.Limit)], nil
		case n == history.Most:
			complain(o.err, "clearline: only the latest %d of all were looked at\n", n)
			return found, nil
		}
	}
}

// table prints aligned columns. Every cell must be plain.
func table(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		if _, err := fmt.Fprintln(t, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return t.Flush()
}

// printJSON prints each value on a line of its own, in ASCII: a terminal that shows it
// takes no orders from it.
func printJSON[T any](w io.Writer, values []T) error {
	for _, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		var b strings.Builder
		for _, r := range string(text) {
			switch {
			case r < 0x7f:
				b.WriteRune(r)
			case r <= 0xffff:
				fmt.Fprintf(&b, `\u%04x`, r)
			default:
				high, low := (r-0x10000)>>10, (r-0x10000)&0x3ff
				fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+high, 0xdc00+low)
			}
		}
		if _, err := fmt.Fprintln(w, b.String()); err != nil {
			return err
		}
	}
	return nil
}

// clock is a time as people at this machine read it.
func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format(time.DateTime)
}

// instant is a time in JSON: RFC 3339, UTC, null when there is none.
type instant time.Time

// MarshalJSON implements json.Marshaler.
func (i instant) MarshalJSON() ([]byte, error) {
	t := time.Time(i)
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000Z"`), nil
}

// party is a caller in JSON. What the caller hid is not there.
type party struct {
	Number       string            `json:"number"`
	Name         string            `json:"name"`
	Presentation call.Presentation `json:"presentation"`
	Trunk        string            `json:"trunk"`
}

func partyOf(c call.Caller) party {
	if c.Presentation == call.Withheld {
		c.Number, c.Name = "", ""
	}
	return party{c.Number, c.Name, c.Presentation, c.Trunk}
}

// shownNumber is a caller's number for reading, or why there is none.
func shownNumber(c call.Caller, region string) string {
	switch {
	case c.Presentation == call.Withheld:
		return "withheld"
	case c.Number == "":
		return "no number"
	}
	return grouped(c.Number, region)
}

// grouped is a number for reading: one from abroad keeps its country code.
func grouped(text, region string) string {
	n, err := number.Parse(text, region)
	switch {
	case err != nil:
		return quoted(text)
	case n.Foreign(region):
		return n.E164
	}
	return n.Grouped()
}

// shownName is a caller's name in quotes, cut to what a line of a table has room for.
func shownName(c call.Caller) string {
	if c.Presentation == call.Withheld {
		return ""
	}
	return shownText(c.Name, 30)
}

// shownText is a stranger's text in quotes, cut to room runes; empty when there is none.
func shownText(text string, room int) string {
	switch {
	case text == "":
		return ""
	case utf8.RuneCountInString(text) <= room:
		return quoted(text)
	}
	return quoted(string([]rune(text)[:room])) + "..."
}

// quoted is a stranger's text that a terminal can be shown, and that cannot be taken
// for anything else in a table.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(plain(text)) + `"`
}

// dash stands for what is not there.
func dash(text string) string { return cmp.Or(plain(text), "-") }
