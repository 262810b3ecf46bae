package policy

import (
	"cmp"
	"slices"

	"clearline/lib/call"
	"clearline/lib/number"
)

// change is an entry put into a book, or taken out of it.
type change struct {
	pattern number.Pattern
	entry   call.Entry // of one that is gone: its key
	gone    bool
}

func (c change) owner() owner { return owner{c.entry.Line, c.entry.List} }

// key is the number an exact pattern means, or the first that another one does.
func (c change) key() number.Key {
	first, _ := c.pattern.Bounds()
	return first
}

// compare orders changes of single numbers as a shelf does: by number, then by owner.
func (c change) compare(k number.Key, o owner) int {
	return cmp.Or(cmp.Compare(c.key(), k), c.owner().compare(o))
}

// settle sorts changes of one kind, and leaves of those with one key the last.
func settle(batch []change) []change {
	slices.SortStableFunc(batch, byPattern)
	slices.Reverse(batch) // Compact keeps the first
	batch = slices.CompactFunc(batch, func(a, b change) bool { return byPattern(a, b) == 0 })
	slices.Reverse(batch)
	return batch
}

func byPattern(a, b change) int {
	first, last := a.pattern.Bounds()
	otherFirst, otherLast := b.pattern.Bounds()
	return cmp.Or(
		cmp.Compare(first, otherFirst), cmp.Compare(last, otherLast),
		cmp.Compare(a.entry.Pattern, b.entry.Pattern), // names have no bounds
		a.owner().compare(b.owner()))
}

// mergeChanges merges settled changes; of two with one key the newer counts.
func mergeChanges(older, newer []change) []change {
	merged := make([]change, 0, len(older)+len(newer))
	for len(older) > 0 && len(newer) > 0 {
		switch order := byPattern(older[0], newer[0]); {
		case order < 0:
			merged, older = append(merged, older[0]), older[1:]
		case order == 0:
			older = older[1:]
		default:
			merged, newer = append(merged, newer[0]), newer[1:]
		}
	}
	return append(append(merged, older...), newer...)
}
