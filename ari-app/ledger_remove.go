package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/roster"
)

// removal holds the flags of what is removed.
type removal struct {
	onList
	Number []string `help:"As it is on the list: a number in any form, a prefix or a range." arg:""`
}

func (f removal) remove(o *output, list call.List) error {
	l, err := f.open(o, list)
	if err != nil {
		return err
	}
	ctx, cancel := interruptible()
	defer cancel()
	all, err := l.everything(ctx)
	if err != nil {
		return err
	}
	key, err := l.named(f.Number, all)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(e call.Entry) bool { return e.Key() == key })
	if at < 0 {
		return l.notThere(key, all)
	}
	if err := l.kept.Change(ctx, nil, []call.EntryKey{key}); err != nil {
		return fmt.Errorf("remove the %s: %w", l.one(), err)
	}
	_, err = fmt.Fprintf(o.out, "%s removed for %s: %s%s\n", l.one(), scope(l.line), l.shownPattern(key.Pattern), called(all[at]))
	return err
}

// named is the entry that words name: by the text its pattern has, then by what they mean,
// then by how the list shows it. Callers show numbers that read as another when they are
// written, or as none at all.
func (l *ledger) named(words []string, all []call.Entry) (call.EntryKey, error) {
	written := strings.TrimSpace(strings.Join(words, " "))
	key := call.EntryKey{Line: l.line, List: l.list}
	there := func(is func(pattern string) bool) bool {
		at := slices.IndexFunc(all, func(e call.Entry) bool { return e.List == l.list && e.Line == l.line && is(e.Pattern) })
		if at >= 0 {
			key.Pattern = all[at].Pattern
		}
		return at >= 0
	}
	if there(func(pattern string) bool { return pattern == written }) {
		return key, nil
	}
	p, err := l.pattern(words)
	if err == nil && there(func(pattern string) bool { return pattern == p.String() }) {
		return key, nil
	}
	if there(func(pattern string) bool { return l.shownPattern(pattern) == written }) {
		return key, nil
	}
	key.Pattern = p.String()
	return key, err
}

// notThere says that there is no such entry, and which ones may have been meant.
func (l *ledger) notThere(key call.EntryKey, all []call.Entry) error {
	said := fmt.Sprintf("there is no %s %s for %s", l.one(), l.shownPattern(key.Pattern), scope(key.Line))
	near := nearest(key, all)
	if len(near) == 0 {
		return fmt.Errorf("%s; to see what there is: clearline %s list", said, l.one())
	}
	var meant []string
	for _, e := range near {
		meant = append(meant, fmt.Sprintf("%s%s for %s", l.shownPattern(e.Pattern), called(e), scope(e.Line)))
	}
	said += "; there is " + strings.Join(meant, ", and ")
	if near[0].Pattern == key.Pattern {
		if line := near[0].Line; line != "" {
			said += fmt.Sprintf(": add --line %s", plain(string(line)))
		} else {
			said += ": leave out --line"
		}
	}
	return errors.New(said)
}

// nearest are the entries of the same list that may have been meant, three at most: the
// same for somebody else, one digit off, or a prefix or range with the number in it.
func nearest(key call.EntryKey, all []call.Entry) []call.Entry {
	wanted := call.Entry{Pattern: key.Pattern}
	off := func(e call.Entry) int {
		p, _ := number.Canonical(e.Pattern)
		switch {
		case e.Pattern == key.Pattern:
			return 0
		case p.Kind() == number.Exact && oneOff(e.Pattern, key.Pattern):
			return 1
		case p.Kind() != number.Exact && roster.Meets(wanted, call.Entry{Pattern: e.Pattern}):
			return 2
		}
		return 3
	}
	var near []call.Entry
	for _, e := range all {
		if e.List == key.List && off(e) < 3 {
			near = append(near, e)
		}
	}
	slices.SortStableFunc(near, func(a, b call.Entry) int { return cmp.Compare(off(a), off(b)) })
	return near[:min(len(near), 3)]
}

// oneOff says whether one text becomes the other when one character is changed, left
// out, or put in, or when two neighbours change places.
func oneOff(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch {
	case len(a)+1 == len(b):
		return a[i:] == b[i+1:]
	case len(a) != len(b) || i == len(a):
		return false
	case a[i+1:] == b[i+1:]:
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
