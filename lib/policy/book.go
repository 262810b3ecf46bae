package policy

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
)

// Book is the lists in memory, made for looking callers up. Books do not change: With
// and Without return another, so that a book can be read by many while somebody makes
// the next. A nil Book is empty.
//
// Entries of single numbers, of which there may be a million, stand in columns, and
// those changed since in a short list beside them, which goes before the columns.
// Prefixes, ranges and names are expected to be few.
type Book struct {
	shelf   shelf
	changes []change // sorted; none of them is without effect on the shelf
	spans   spans
	names   []named
	length  int
}

// owner is whose list an entry is on.
type owner struct {
	line call.LineID
	list call.List
}

func (o owner) compare(other owner) int {
	return cmp.Or(strings.Compare(string(o.list), string(other.list)), strings.Compare(string(o.line), string(other.line)))
}

// mostChanges is how many changes stand beside the shelf before it is made anew, which
// takes some tens of milliseconds for a million entries.
const mostChanges = 512

// With returns the book with e in the place of the entry that has its key. The error
// says what is wrong with e; the book that comes with it is the receiver.
func (b *Book) With(e call.Entry) (*Book, error) { return b.Change([]call.Entry{e}, nil) }

// Without returns the book without the entry that has this key.
func (b *Book) Without(k call.EntryKey) *Book {
	next, _ := b.Change(nil, []call.EntryKey{k}) // only what is put can be wrong
	return next
}

// Change returns the book with the entries of put, of those with one key the last, and
// without those of remove, as if removed first. For many changes at once it is much
// cheaper than With. The error names each entry that is wrong; those are left out.
func (b *Book) Change(put []call.Entry, remove []call.EntryKey) (*Book, error) {
	if b == nil {
		b = &Book{}
	}
	var errs []error
	batch := make([]change, 0, len(put)+len(remove))
	for _, k := range remove {
		if p, ok := number.Canonical(k.Pattern); ok {
			batch = append(batch, change{pattern: p, entry: call.Entry{Line: k.Line, List: k.List, Pattern: k.Pattern}, gone: true})
		}
	}
	for _, e := range put {
		p, err := check(e)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		batch = append(batch, change{pattern: p, entry: tidy(e)})
	}
	if len(batch) == 0 {
		return b, errors.Join(errs...)
	}
	next := *b
	next.change(batch)
	return &next, errors.Join(errs...)
}

// change makes the changes of a batch. It leaves alone what other books share.
func (b *Book) change(batch []change) {
	var exact, spans, names []change
	for _, c := range batch {
		switch c.pattern.Kind() {
		case number.Exact:
			exact = append(exact, c)
		case number.Name:
			names = append(names, c)
		default:
			spans = append(spans, c)
		}
	}
	before := len(b.spans) + len(b.names)
	if len(exact) > 0 {
		b.changeExact(settle(exact))
	}
	if len(spans) > 0 {
		b.spans = b.spans.with(settle(spans))
	}
	if len(names) > 0 {
		b.names = namesWith(b.names, settle(names))
	}
	b.length += len(b.spans) + len(b.names) - before
}

// changeExact puts settled changes beside the shelf, or into a new one when they have
// become many.
func (b *Book) changeExact(batch []change) {
	for _, c := range batch {
		was, is := b.exact(c.key(), c.entry.Key()) != nil, !c.gone
		switch {
		case is && !was:
			b.length++
		case was && !is:
			b.length--
		}
	}
	merged := mergeChanges(b.changes, batch)
	b.changes = slices.DeleteFunc(merged, func(c change) bool {
		return c.gone && b.shelf.place(c.key(), c.owner()) < 0
	})
	if len(b.changes) > mostChanges {
		b.shelf, b.changes = b.shelf.with(b.changes), nil
	}
}

// exact is the entry of a single number, or nil.
func (b *Book) exact(k number.Key, key call.EntryKey) *call.Entry {
	o := owner{key.Line, key.List}
	if i, found := slices.BinarySearchFunc(b.changes, k, func(c change, k number.Key) int { return c.compare(k, o) }); found {
		if b.changes[i].gone {
			return nil
		}
		return &b.changes[i].entry
	}
	if i := b.shelf.place(k, o); i >= 0 {
		e := b.shelf.entry(i, key.Pattern)
		return &e
	}
	return nil
}

// Len is how many entries there are.
func (b *Book) Len() int {
	if b == nil {
		return 0
	}
	return b.length
}

// Entry returns the entry with this key.
func (b *Book) Entry(k call.EntryKey) (call.Entry, bool) {
	p, ok := number.Canonical(k.Pattern)
	if b == nil || !ok {
		return call.Entry{}, false
	}
	if p.Kind() == number.Exact {
		first, _ := p.Bounds()
		if e := b.exact(first, k); e != nil {
			return *e, true
		}
		return call.Entry{}, false
	}
	for e := range b.wide() {
		if e.Key() == k {
			return e, true
		}
	}
	return call.Entry{}, false
}

// Entries lists all entries: single numbers in rising order, then prefixes and ranges,
// then names. Their times are in UTC, to the microsecond.
func (b *Book) Entries() iter.Seq[call.Entry] {
	return func(yield func(call.Entry) bool) {
		if b == nil {
			return
		}
		for e := range b.single() {
			if !yield(e) {
				return
			}
		}
		for e := range b.wide() {
			if !yield(e) {
				return
			}
		}
	}
}

// single lists the entries of single numbers: those of the shelf with the changes.
func (b *Book) single() iter.Seq[call.Entry] {
	return func(yield func(call.Entry) bool) {
		for i, c := range b.shelf.beside(b.changes) {
			switch {
			case c == nil && !yield(b.shelf.entry(i, b.shelf.keys[i].String())):
				return
			case c != nil && !c.gone && !yield(c.entry):
				return
			}
		}
	}
}

// wide lists the entries that hold for many.
func (b *Book) wide() iter.Seq[call.Entry] {
	return func(yield func(call.Entry) bool) {
		for i := range b.spans {
			if !yield(b.spans[i].entry) {
				return
			}
		}
		for i := range b.names {
			if !yield(b.names[i].entry) {
				return
			}
		}
	}
}

// check reads the pattern of an entry.
func check(e call.Entry) (number.Pattern, error) {
	p, ok := number.Canonical(e.Pattern)
	switch {
	case e.List != call.Contacts && e.List != call.Blocks:
		return p, fmt.Errorf("put %.90q on the list %.20q: there are the lists %s and %s", e.Pattern, e.List, call.Contacts, call.Blocks)
	case !ok || p.Kind() == number.Name && p.String() != e.Pattern:
		return p, fmt.Errorf("put %.90q on the list of %s: no pattern as number.ParsePattern writes it, such as +441632960123, +441632* or name:*parcel*", e.Pattern, e.List)
	case p.Kind() == number.Name && e.List == call.Contacts:
		return p, fmt.Errorf("put %.90q on the list of contacts: anybody can show a name, so that only a number makes a contact", e.Pattern)
	}
	return p, nil
}

// tidy leaves of the times what a shelf keeps, so that an entry reads the same from
// wherever it stands.
func tidy(e call.Entry) call.Entry {
	e.Since, e.Until = fromMicro(e.Since.UnixMicro()), fromMicro(e.Until.UnixMicro())
	return e
}

func fromMicro(t int64) time.Time { return time.UnixMicro(t).UTC() }
