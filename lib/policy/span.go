package policy

import (
	"cmp"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
)

// span is an entry of a prefix or a range.
type span struct {
	first, last number.Key
	furthest    number.Key // the largest last of the spans that are below this one in the tree
	entry       call.Entry
}

func (s *span) width() number.Key { return s.last - s.first }

// spans are sorted by first. They are read as a tree: the middle one is the root, and
// those on either side are trees likewise.
type spans []span

// with returns the spans with settled changes made.
func (s spans) with(batch []change) spans {
	older := make([]change, len(s))
	for i := range s {
		p, _ := number.Canonical(s[i].entry.Pattern)
		older[i] = change{pattern: p, entry: s[i].entry}
	}
	var next spans
	for _, c := range mergeChanges(older, batch) {
		if !c.gone {
			first, last := c.pattern.Bounds()
			next = append(next, span{first: first, last: last, entry: c.entry})
		}
	}
	next.reach()
	return slices.Clip(next)
}

// reach fills in furthest and returns that of the whole.
func (s spans) reach() number.Key {
	if len(s) == 0 {
		return 0
	}
	root := len(s) / 2
	s[root].furthest = max(s[root].last, s[:root].reach(), s[root+1:].reach())
	return s[root].furthest
}

// narrowest is the owner's entry with the fewest numbers, that of k among them, which
// means something at now; nil when there is none. It takes a time that grows with the
// logarithm of how many spans there are, and with how many hold for k.
func (s spans) narrowest(k number.Key, o owner, now time.Time) *call.Entry {
	if found := s.search(k, o, now, nil); found != nil {
		return &found.entry
	}
	return nil
}

func (s spans) search(k number.Key, o owner, now time.Time, best *span) *span {
	for len(s) > 0 {
		root := len(s) / 2
		at := &s[root]
		if at.furthest < k {
			return best
		}
		best = s[:root].search(k, o, now, best)
		if at.first > k {
			return best
		}
		if k <= at.last && (best == nil || at.width() < best.width()) &&
			at.entry.Line == o.line && at.entry.List == o.list && at.entry.Holds(now) {
			best = at
		}
		s = s[root+1:]
	}
	return best
}

// named is an entry of a display name.
type named struct {
	pattern number.Pattern
	entry   call.Entry
}

// namesWith returns names with settled changes made: longer patterns first, because
// they say more.
func namesWith(names []named, batch []change) []named {
	next := slices.DeleteFunc(slices.Clone(names), func(n named) bool {
		return slices.ContainsFunc(batch, func(c change) bool { return c.entry.Key() == n.entry.Key() })
	})
	for _, c := range batch {
		if !c.gone {
			next = append(next, named{c.pattern, c.entry})
		}
	}
	slices.SortFunc(next, func(a, b named) int {
		return cmp.Or(
			cmp.Compare(len(b.entry.Pattern), len(a.entry.Pattern)),
			cmp.Compare(a.entry.Pattern, b.entry.Pattern),
			owner{a.entry.Line, a.entry.List}.compare(owner{b.entry.Line, b.entry.List}))
	})
	return next
}
