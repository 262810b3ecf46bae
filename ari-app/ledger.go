package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"clearline/lib/app"
	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/history"
	"clearline/lib/number"
)

// onList holds the flags of every command about contacts and blocks.
type onList struct {
	configFlag
	Line string `help:"Only for the line with this id; otherwise for the whole house." placeholder:"ID"`
}

// ledger is one of the two lists, as a command works on it.
type ledger struct {
	*output
	cfg  *config.Config
	kept history.Kept
	list call.List
	line call.LineID // the scope of what is added and removed; empty for the whole house
	now  time.Time
}

// open checks the flags and finds the lists.
func (f onList) open(o *output, list call.List) (*ledger, error) {
	cfg, err := f.load(o.err)
	if err != nil {
		return nil, err
	}
	if f.Line != "" {
		if err := knownLine(cfg, call.LineID(f.Line)); err != nil {
			return nil, err
		}
	}
	return &ledger{o, cfg, app.Lists(cfg.Store, slog.New(slog.DiscardHandler)), list, call.LineID(f.Line), time.Now()}, nil
}

// interruptible is done when somebody presses Control-C.
func interruptible() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
}

// one names one entry of the list.
func (l *ledger) one() string {
	if l.list == call.Contacts {
		return "contact"
	}
	return "block"
}

// count names so many entries of the list.
func (l *ledger) count(n int) string {
	if n == 1 {
		return "1 " + l.one()
	}
	return fmt.Sprintf("%d %ss", n, l.one())
}

// scope is who an entry is for.
func scope(line call.LineID) string {
	if line == "" {
		return "the whole house"
	}
	return "line " + plain(string(line))
}

// scopeFlag is what chooses the scope.
func scopeFlag(line call.LineID) string {
	if line == "" {
		return ""
	}
	return " --line " + string(line)
}

// shownPattern is a pattern for reading.
func (l *ledger) shownPattern(pattern string) string {
	p, ok := number.Canonical(pattern)
	if ok && p.Kind() == number.Exact {
		return grouped(pattern, l.cfg.Region)
	}
	return plain(pattern)
}

// called is the name of an entry in quotes, behind a blank.
func called(e call.Entry) string {
	if e.Name == "" {
		return ""
	}
	return " " + quoted(e.Name)
}

// when is a time in the house.
func (l *ledger) when(t time.Time) string { return t.In(l.cfg.Timezone).Format(time.DateTime) }

// pattern reads what somebody wrote as one or several words.
func (l *ledger) pattern(words []string) (number.Pattern, error) {
	written := strings.Join(words, " ")
	p, err := number.ParsePattern(written, l.cfg.Region)
	switch {
	case err != nil:
		return p, usageError(err.Error())
	case p.Kind() == number.Name && l.list == call.Contacts:
		return p, usageError("anybody can show any name: a contact is known by a number, only blocks can go by name")
	}
	return p, nil
}

// everything reads both lists.
func (l *ledger) everything(ctx context.Context) ([]call.Entry, error) {
	var all []call.Entry
	err := l.kept.Entries(ctx, func(e call.Entry) error {
		all = append(all, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the lists: %w", err)
	}
	slices.SortFunc(all, func(a, b call.Entry) int {
		return cmp.Or(cmp.Compare(a.List, b.List), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Pattern, b.Pattern))
	})
	return slices.CompactFunc(all, func(a, b call.Entry) bool { return a.Key() == b.Key() }), nil // one may come twice
}

// mine are the entries of the list; with a line only of that line.
func (l *ledger) mine(ctx context.Context) ([]call.Entry, error) {
	all, err := l.everything(ctx)
	return slices.DeleteFunc(all, func(e call.Entry) bool {
		return e.List != l.list || l.line != "" && e.Line != l.line
	}), err
}

// expiry reads when an entry ends: after a time, or with a day of the house.
func expiry(text string, now time.Time, zone *time.Location) (until time.Time, err error) {
	days, isDays := strings.CutSuffix(text, "d")
	if n := 0; isDays {
		if _, err := fmt.Sscanf(days+" ", "%d ", &n); err == nil && fmt.Sprint(n) == days && n <= 36500 {
			until = now.In(zone).AddDate(0, 0, n)
		}
	} else if lasts, err := time.ParseDuration(text); err == nil {
		until = now.Add(lasts)
	} else if day, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		until = day.AddDate(0, 0, 1)
	} else if at, err := time.ParseInLocation("2006-01-02 15:04", text, zone); err == nil {
		until = at
	}
	switch {
	case text == "", text == "never":
		return time.Time{}, nil
	case until.IsZero():
		return until, usageError(fmt.Sprintf("--expires: %q is no time; write 24h, 7d, never, a last day such as 2026-12-24, or '2026-12-24 18:00'", text))
	case !until.After(now):
		return until, usageError(fmt.Sprintf("--expires: %s is over already", text))
	}
	return until.UTC(), nil
}

// entryJSON is an entry for machines. The word of a family is nobody else's.
type entryJSON struct {
	List    call.List   `json:"list"`
	Line    call.LineID `json:"line"` // empty for the whole house
	Pattern string      `json:"pattern"`
	Name    string      `json:"name"`
	Verify  bool        `json:"verify"`
	Word    bool        `json:"word"` // a word is keyed; without one it is spoken
	Since   instant     `json:"since"`
	Expires instant     `json:"expires"`
	Source  string      `json:"source"`
}

func entryJSONOf(e call.Entry) entryJSON {
	return entryJSON{e.List, e.Line, e.Pattern, e.Name, e.Verify, e.Word != "", instant(e.Since), instant(e.Until), e.Source}
}
