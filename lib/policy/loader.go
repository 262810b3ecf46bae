package policy

import (
	"cmp"
	"slices"

	"clearline/lib/call"
	"clearline/lib/number"
)

// Loader collects entries for a Book: the quickest way for many. The zero value is
// ready. It is for one goroutine.
type Loader struct {
	maker  *maker
	rows   []row
	asides []aside // at is the order of their rows
	wide   []call.Entry
}

// Add adds an entry; of entries with one key the last counts. The error says what is
// wrong with the entry, which is left out then.
func (l *Loader) Add(e call.Entry) error {
	p, err := check(e)
	if err != nil {
		return err
	}
	if p.Kind() != number.Exact {
		l.wide = append(l.wide, e)
		return nil
	}
	if l.maker == nil {
		l.maker = newMaker(0, false)
	}
	first, _ := p.Bounds()
	r := l.maker.row(first, e)
	r.order = uint32(len(l.rows))
	l.rows = append(l.rows, r)
	if e.Name != "" || e.Word != "" {
		l.asides = append(l.asides, aside{r.order, e.Name, e.Word})
	}
	return nil
}

// Book returns a book of what was added. The Loader is empty then.
func (l *Loader) Book() *Book {
	b := &Book{shelf: l.shelf()}
	b.length = len(b.shelf.keys)
	wide := l.wide
	*l = Loader{}
	if len(wide) > 0 {
		b, _ = b.Change(wide, nil) // Add has checked them
	}
	return b
}

func (l *Loader) shelf() shelf {
	if l.maker == nil {
		return shelf{}
	}
	kinds := l.maker.made.kinds
	same := func(a, b row) int {
		if order := cmp.Compare(a.key, b.key); order != 0 {
			return order
		}
		return kinds[a.label].owner.compare(kinds[b.label].owner)
	}
	slices.SortFunc(l.rows, func(a, b row) int {
		if order := same(a, b); order != 0 {
			return order
		}
		return cmp.Compare(b.order, a.order) // the last first, for Compact
	})
	l.rows = slices.CompactFunc(l.rows, func(a, b row) bool { return same(a, b) == 0 })
	ending := slices.ContainsFunc(l.rows, func(r row) bool { return r.until != never })
	m := newMaker(len(l.rows), ending)
	m.made.kinds = kinds
	for _, r := range l.rows {
		at, has := slices.BinarySearchFunc(l.asides, r.order, func(a aside, order uint32) int { return cmp.Compare(a.at, order) })
		if has {
			m.add(r, l.asides[at].name, l.asides[at].word)
		} else {
			m.add(r, "", "")
		}
	}
	return m.shelf()
}
