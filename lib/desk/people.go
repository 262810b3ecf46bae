package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/roster"
	"clearline/lib/store"
	"clearline/lib/users"
)

// EntryQuery says which entries of a list are asked for. Zero fields ask for any.
type EntryQuery struct {
	List   call.List
	Lines  []call.LineID // of the person's lines; empty for all of them, and the house for who sees it
	House  bool          // those of the whole house alone
	Text   string        // in the pattern, the name or the source, in any case
	Over   bool          // also those that hold no longer
	Cursor string
	Limit  int
}

// Entries is a page of a list, by line and pattern; that of the whole house comes first. The
// words of families are not in it: "-" stands for one. The error is as that of Calls, or
// wraps ErrBusy.
func (d *Desk) Entries(ctx context.Context, p Person, q EntryQuery) (page Page[call.Entry], err error) {
	if err := checkList(q.List); err != nil {
		return page, err
	}
	n, err := limit(q.Limit)
	if err != nil {
		return page, err
	}
	lines, err := d.some(p, q.Lines)
	if err != nil {
		return page, fmt.Errorf("list entries: %w", err)
	}
	var from call.EntryKey
	if err := d.cursors.open(string(q.List), q.Cursor, &from); err != nil {
		return page, err
	}
	now := time.Now()
	wants := func(e call.Entry) bool {
		return e.List == q.List && p.Sees(e.Line) && (lines == nil || slices.Contains(lines, e.Line)) && (!q.House || e.Line == "") &&
			(q.Over || e.Holds(now)) && (q.Text == "" || contains(q.Text, e.Pattern, e.Name, e.Source)) &&
			(q.Cursor == "" || compareKeys(e.Key(), from) > 0)
	}
	err = evenly(ctx, p, func() error {
		page.Items, err = d.first(ctx, n+1, wants)
		return err
	})
	if err == nil && len(page.Items) > n {
		page.Items = page.Items[:n]
		page.Next, err = d.cursors.seal(string(q.List), page.Items[n-1].Key())
	}
	return page, err
}

func compareKeys(a, b call.EntryKey) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Pattern, b.Pattern))
}

// first returns the first n of the entries that are wanted, of one list, without words.
func (d *Desk) first(ctx context.Context, n int, wants func(call.Entry) bool) ([]call.Entry, error) {
	kept := []call.Entry{}
	tidy := func() { // one entry may come twice
		slices.SortFunc(kept, func(a, b call.Entry) int { return compareKeys(a.Key(), b.Key()) })
		kept = slices.CompactFunc(kept, func(a, b call.Entry) bool { return a.Key() == b.Key() })
		kept = kept[:min(n, len(kept))]
	}
	err := d.read(ctx, func(e call.Entry) {
		if wants(e) {
			if kept = append(kept, masked(e)); len(kept) >= 4*n {
				tidy()
			}
		}
	})
	tidy()
	return kept, err
}

// masked is an entry that does not tell the family's word.
func masked(e call.Entry) call.Entry {
	if e.Word != "" {
		e.Word = "-"
	}
	return e
}

// read reads both lists. Only few may do so at once.
func (d *Desk) read(ctx context.Context, each func(call.Entry)) error {
	select {
	case d.reading <- struct{}{}:
		defer func() { <-d.reading }()
	default:
		return fmt.Errorf("read the lists: %w: try again in a moment", ErrBusy)
	}
	err := d.opts.Lists.Entries(ctx, func(e call.Entry) error {
		each(e)
		return ctx.Err()
	})
	if err != nil {
		return fmt.Errorf("read the lists: %w", err)
	}
	return nil
}

func checkList(list call.List) error {
	if list != call.Contacts && list != call.Blocks {
		return &WrongError{"list", `there are "contacts" and "blocks"`}
	}
	return nil
}

// Draft is an entry as somebody writes it.
type Draft struct {
	List   call.List
	Line   call.LineID // empty for the whole house
	Number string      // a number, prefix, range or name as people in the region write it
	Name   string
	Verify bool   // a contact is asked for a word
	Word   string // its keys, 3 to 12 digits; empty when it is spoken
	Until  time.Time
	Wide   bool // a block is meant although a great many callers have it in common
}

// Put puts an entry on a list, in place of the one with its pattern, and returns it. The
// error wraps ErrForbidden or ErrNotFound, or is a *WrongError.
func (d *Desk) Put(ctx context.Context, p Person, draft Draft) (call.Entry, error) {
	if err := d.keeps(p, draft.List, draft.Line); err != nil {
		return call.Entry{}, fmt.Errorf("change the %s: %w", draft.List, err)
	}
	now := time.Now()
	pattern, err := d.pattern(draft)
	if err != nil {
		return call.Entry{}, err
	}
	e := call.Entry{
		Line: draft.Line, List: draft.List, Pattern: pattern.String(), Name: number.DisplayName(draft.Name),
		Verify: draft.Verify || draft.Word != "", Word: draft.Word, Since: now.UTC(), Until: draft.Until.UTC(), Source: "by " + p.Name,
	}
	switch {
	case e.Verify && e.List == call.Blocks:
		return call.Entry{}, &WrongError{"verify", "only contacts are asked for a word"}
	case !rightWord(draft.Word):
		return call.Entry{}, &WrongError{"word", "a word has 3 to 12 keys, 0 to 9"}
	case draft.Until.IsZero():
		e.Until = time.Time{}
	case !e.Holds(now):
		return call.Entry{}, &WrongError{"expires", "that is over already"}
	}
	if err := d.Note(ctx, p, store.Deed{Did: DidPut, Line: e.Line, To: e.Pattern, Note: string(e.List)}); err != nil {
		return call.Entry{}, err
	}
	if err := d.opts.Lists.Change(ctx, []call.Entry{e}, nil); err != nil {
		return call.Entry{}, fmt.Errorf("change the %s: %w", draft.List, err)
	}
	return masked(e), nil
}

func rightWord(word string) bool {
	return word == "" || len(word) >= 3 && len(word) <= 12 && strings.Trim(word, "0123456789") == ""
}

// keeps says whether the person may change a list.
func (d *Desk) keeps(p Person, list call.List, line call.LineID) error {
	if err := checkList(list); err != nil {
		return err
	}
	switch {
	case p.Role == users.Viewer:
		return fmt.Errorf("%w: a viewer only looks", ErrForbidden)
	case line != "":
		_, err := d.Line(p, line)
		return err
	case !p.Everything():
		return fmt.Errorf("%w: only who looks after every line changes the lists of the house", ErrForbidden)
	}
	return nil
}

// pattern reads whom a draft is about.
func (d *Desk) pattern(draft Draft) (number.Pattern, error) {
	wrong := func(why string) (number.Pattern, error) { return number.Pattern{}, &WrongError{"number", why} }
	pattern, err := number.ParsePattern(draft.Number, d.opts.Region)
	switch {
	case err != nil:
		return wrong(err.Error())
	case draft.List == call.Blocks && !draft.Wide:
		if err := roster.Blockable(pattern); err != nil {
			return wrong(err.Error())
		}
	case draft.List == call.Contacts && pattern.Kind() == number.Name:
		return wrong("anybody can show any name: a contact is known by a number, only blocks can go by name")
	case draft.List == call.Contacts && pattern.Kind() == number.Exact:
		n, err := number.Parse(pattern.String(), d.opts.Region)
		if err != nil || number.Classify(n, d.opts.Region) == number.Invalid {
			return wrong("no telephone can have that number: a digit is missing, wrong or too many")
		}
	}
	return pattern, nil
}

// Remove takes an entry off a list: the one with the pattern of the key, or with what that
// means as people in the region write it. The error wraps ErrForbidden, and ErrNotFound when
// there is none.
func (d *Desk) Remove(ctx context.Context, p Person, key call.EntryKey) error {
	if err := d.keeps(p, key.List, key.Line); err != nil {
		return fmt.Errorf("change the %s: %w", key.List, err)
	}
	meant := ""
	if pattern, err := number.ParsePattern(key.Pattern, d.opts.Region); err == nil {
		meant = pattern.String()
	}
	found := ""
	err := d.read(ctx, func(e call.Entry) {
		if e.List == key.List && e.Line == key.Line && (e.Pattern == key.Pattern || e.Pattern == meant && found == "") {
			found = e.Pattern
		}
	})
	if err != nil {
		return err
	}
	if found == "" {
		return fmt.Errorf("remove %q: %w: the list has no such entry", key.Pattern, ErrNotFound)
	}
	key.Pattern = found
	if err := d.Note(ctx, p, store.Deed{Did: DidRemove, Line: key.Line, To: key.Pattern, Note: string(key.List)}); err != nil {
		return err
	}
	if err := d.opts.Lists.Change(ctx, nil, []call.EntryKey{key}); err != nil {
		return fmt.Errorf("change the %s: %w", key.List, err)
	}
	return nil
}
