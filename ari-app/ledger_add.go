package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/history"
	"clearline/lib/number"
	"clearline/lib/roster"
)

// addition holds the flags of what is added by hand.
type addition struct {
	onList
	Number   []string `help:"Who: a number, a prefix such as 01632*, or a range." arg:"" optional:""`
	Name     string   `help:"Who that is, for you." placeholder:"TEXT"`
	Expires  string   `help:"When it ends: 24h, 7d, the last day, such as 2026-12-24, or never." placeholder:"WHEN"`
	FromCall string   `help:"Take the number from the call with this id; clearline calls shows it." placeholder:"ID"`
}

// add puts an entry made by hand on a list. of gives it what only entries of that list
// have, and says what of it was there before: it gets the zero Entry when there was none.
func (f addition) add(o *output, list call.List, of func(l *ledger, e *call.Entry, was call.Entry) (kept []string, err error)) error {
	if len(f.Number) > 0 == (f.FromCall != "") {
		return usageError("say who: a number, or --from-call with the id of a call")
	}
	l, err := f.open(o, list)
	if err != nil {
		return err
	}
	ctx, cancel := interruptible() // a million entries take a while
	defer cancel()
	e := call.Entry{Line: l.line, List: list, Name: number.DisplayName(f.Name), Since: l.now.UTC(), Source: "by hand"}
	if e.Until, err = expiry(f.Expires, l.now, l.cfg.Timezone); err != nil {
		return err
	}
	p, err := f.who(ctx, l, &e)
	if err != nil {
		return err
	}
	if err := l.possible(p); err != nil {
		return err
	}
	e.Pattern = p.String()
	all, err := l.everything(ctx)
	if err != nil {
		return err
	}
	var was call.Entry
	if at := slices.IndexFunc(all, func(other call.Entry) bool { return other.Key() == e.Key() }); at >= 0 {
		was = all[at]
	}
	stays := f.merge(&e, was, l.now)
	more, err := of(l, &e, was)
	if err != nil {
		return err
	}
	if err := l.kept.Change(ctx, []call.Entry{e}, nil); err != nil {
		return fmt.Errorf("add the %s: %w", l.one(), err)
	}
	return l.added(e, was, all, append(stays, more...))
}

// merge leaves what the command does not name as it was, and says what that is. Of an
// entry that has ended the times do not stay: it begins anew.
func (f addition) merge(e *call.Entry, was call.Entry, now time.Time) (kept []string) {
	if number.DisplayName(f.Name) == "" && was.Name != "" {
		e.Name = was.Name
		kept = append(kept, "the name")
	}
	if !was.Holds(now) {
		return kept
	}
	if !was.Since.IsZero() {
		e.Since = was.Since
	}
	if f.Expires == "" && !was.Until.IsZero() {
		e.Until = was.Until
		kept = append(kept, "the end")
	}
	return kept
}

// possible refuses a contact nobody can ever call as. Who is blocked may well show such
// a number.
func (l *ledger) possible(p number.Pattern) error {
	if l.list != call.Contacts || p.Kind() != number.Exact {
		return nil
	}
	n, err := number.Parse(p.String(), l.cfg.Region)
	if err != nil || number.Classify(n, l.cfg.Region) == number.Invalid {
		return usageError(fmt.Sprintf("no telephone can have the number %s: a digit is missing, wrong or too many", p))
	}
	return nil
}

// who finds out whom the entry is for.
func (f addition) who(ctx context.Context, l *ledger, e *call.Entry) (number.Pattern, error) {
	if f.FromCall == "" {
		return l.pattern(f.Number)
	}
	records, err := l.kept.Records(ctx, history.Most)
	if err != nil {
		return number.Pattern{}, fmt.Errorf("read the history: %w", err)
	}
	for _, r := range records {
		if string(r.ID) == f.FromCall {
			return l.callerOf(r, e)
		}
	}
	return number.Pattern{}, fmt.Errorf("there is no call %s in the history: clearline calls shows the ids of the latest ones", quoted(f.FromCall))
}

// callerOf is the number of a call, which also names the entry and says where it is from.
func (l *ledger) callerOf(r call.Record, e *call.Entry) (number.Pattern, error) {
	if r.From.Presentation != call.Allowed || r.From.Number == "" {
		return number.Pattern{}, fmt.Errorf("the caller of call %s showed no number: there is nothing to tell the next call by", r.ID)
	}
	e.Source = fmt.Sprintf("by hand, from call %s", r.ID)
	if l.list == call.Blocks && e.Name == "" {
		e.Name = number.DisplayName(r.From.Name) // of a contact it would be what a stranger says
	}
	p, ok := number.Canonical(r.From.Number)
	if !ok {
		p, _ = number.ParsePattern(r.From.Number, l.cfg.Region)
	}
	if p.Kind() != number.Exact { // callers show whatever they like
		return number.Pattern{}, fmt.Errorf("the caller of call %s showed %s, which is no number a list can hold: it has at most 15 digits", r.ID, quoted(r.From.Number))
	}
	return p, nil
}

// added says what was added, what stays of the entry that was there, and what that means
// beside the rest of both lists.
func (l *ledger) added(e, was call.Entry, all []call.Entry, kept []string) error {
	for _, other := range all {
		if other.List != e.List && other.Holds(l.now) && roster.Meets(e, other) {
			l.conflict(e, other)
		}
	}
	verb := "added"
	if was.Key() == e.Key() {
		verb = "changed"
	}
	var more string
	if !e.Until.IsZero() {
		more += ", until " + l.when(e.Until)
	}
	switch {
	case e.Word != "":
		more += ", asked for the word on the keypad"
	case e.Verify:
		more += ", asked for a spoken word that the resident judges"
	case was.Verify:
		more += ", asked for no word any more"
	}
	_, err := fmt.Fprintf(l.out, "%s %s for %s: %s%s%s%s\n", l.one(), verb, scope(e.Line), l.shownPattern(e.Pattern), called(e), more, stay(kept))
	return err
}

// stay says what of an entry is kept.
func stay(kept []string) string {
	switch n := len(kept); n {
	case 0:
		return ""
	case 1:
		return "; " + kept[0] + " is kept"
	default:
		return "; " + strings.Join(kept[:n-1], ", ") + " and " + kept[n-1] + " are kept"
	}
}

// conflict warns that an entry is on one list and another on the other.
func (l *ledger) conflict(e, other call.Entry) {
	if e.List == call.Contacts {
		complain(l.err, "clearline: warning: %s%s is blocked for %s as well; the contact wins\n",
			l.shownPattern(other.Pattern), called(other), scope(other.Line))
		return
	}
	complain(l.err, "clearline: warning: %s%s is a contact for %s as well; the contact wins, and the block does nothing there. To take the contact away: clearline contact remove '%s'%s\n",
		l.shownPattern(other.Pattern), called(other), scope(other.Line), plain(other.Pattern), scopeFlag(other.Line))
}
