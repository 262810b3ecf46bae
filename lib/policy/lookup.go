package policy

import (
	"sort"
	"time"
	"unicode/utf8"

	"clearline/lib/call"
	"clearline/lib/number"
)

// longestName is how many runes of a display name are compared with patterns.
const longestName = 80

// lookup is a caller on the way through a book. The number is searched for once.
type lookup struct {
	book        *Book
	number      string // shown; empty for none
	name        string // shown
	key         number.Key
	first, last int // on the shelf
	changed     int // the first change of the number
}

// look begins to look a caller up. What may not be shown proves nothing, and is not
// looked up, nor is the name beside it.
func (b *Book) look(from call.Caller) lookup {
	l := lookup{book: b, number: from.Shown()}
	if b == nil || from.Presentation != call.Allowed {
		return lookup{}
	}
	l.name = firstRunes(from.Name, longestName)
	if k, ok := number.KeyOf(l.number); ok {
		l.key = k
		l.first, l.last = b.shelf.run(k)
		l.changed = sort.Search(len(b.changes), func(i int) bool { return b.changes[i].key() >= k })
	}
	return l
}

// entry finds what an owner's list says about the caller at now, and puts it into e: the
// entry of the number itself, or of the fewest numbers, or of the longest name.
func (l *lookup) entry(o owner, now time.Time, e *call.Entry) bool {
	if l.book == nil {
		return false
	}
	return l.key != 0 && (l.exact(o, now, e) || l.wide(o, now, e)) || l.name != "" && l.named(o, now, e)
}

// exact finds the owner's entry of the number itself. Its pattern is the number.
func (l *lookup) exact(o owner, now time.Time, e *call.Entry) bool {
	for i := l.changed; i < len(l.book.changes); i++ {
		c := &l.book.changes[i]
		order := c.compare(l.key, o)
		if order > 0 {
			break
		}
		if order == 0 {
			return !c.gone && c.entry.Holds(now) && put(e, &c.entry)
		}
	}
	i := l.book.shelf.find(l.first, l.last, o)
	if i < 0 {
		return false
	}
	found := l.book.shelf.entry(i, l.number)
	return found.Holds(now) && put(e, &found)
}

func (l *lookup) wide(o owner, now time.Time, e *call.Entry) bool {
	found := l.book.spans.narrowest(l.key, o, now)
	return found != nil && put(e, found)
}

func (l *lookup) named(o owner, now time.Time, e *call.Entry) bool {
	for i := range l.book.names {
		n := &l.book.names[i]
		if n.entry.Line == o.line && n.entry.List == o.list && n.entry.Holds(now) && n.pattern.HasName(l.name) {
			return put(e, &n.entry)
		}
	}
	return false
}

func put(into, e *call.Entry) bool {
	*into = *e
	return true
}

// firstRunes cuts a text behind n runes.
func firstRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	at := 0
	for range n {
		if at == len(s) {
			break
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return s[:at]
}

// Find returns what a list of a line, or of the house for an empty line, says about a
// caller at now: the entry of the number itself, or of the fewest numbers, or of the
// longest name.
func (b *Book) Find(from call.Caller, line call.LineID, list call.List, now time.Time) (e call.Entry, found bool) {
	l := b.look(from)
	found = l.entry(owner{line, list}, now, &e)
	return e, found
}
