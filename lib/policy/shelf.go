package policy

import (
	"iter"
	"slices"
	"sort"

	"clearline/lib/call"
	"clearline/lib/number"
)

// shelf holds entries of single numbers, sorted by number, then by owner, in columns:
// 20 bytes for most entries, 28 when any of them ends. It does not change.
type shelf struct {
	keys   []number.Key
	since  []int64  // microseconds since 1970
	until  []int64  // likewise; nil when no entry ends
	labels []uint32 // places in kinds
	kinds  []kind
	asides []aside // sorted by at
}

// kind is what many entries have in common, as those of one import.
type kind struct {
	owner  owner
	verify bool
	source string
}

// aside is what few entries of a long list have.
type aside struct {
	at         uint32 // place in the columns
	name, word string
}

// run finds the entries of a number: those from first to last, last outside.
func (s *shelf) run(k number.Key) (first, last int) {
	first = sort.Search(len(s.keys), func(i int) bool { return s.keys[i] >= k })
	last = first
	if first == len(s.keys) || s.keys[first] != k {
		return first, last
	}
	// Most numbers stand there once: looking further in growing steps is faster than
	// another search.
	step := 1
	for last+step < len(s.keys) && s.keys[last+step] == k {
		last += step
		step *= 2
	}
	rest := min(step, len(s.keys)-last)
	return first, last + sort.Search(rest, func(i int) bool { return s.keys[last+i] != k })
}

// find is the place of an owner's entry among those of one number, or -1.
func (s *shelf) find(first, last int, o owner) int {
	i := first + sort.Search(last-first, func(i int) bool { return s.ownerOf(first+i).compare(o) >= 0 })
	if i == last || s.ownerOf(i) != o {
		return -1
	}
	return i
}

// place is the place of an entry, or -1.
func (s *shelf) place(k number.Key, o owner) int {
	first, last := s.run(k)
	return s.find(first, last, o)
}

func (s *shelf) ownerOf(i int) owner { return s.kinds[s.labels[i]].owner }

// ends is when an entry ends, in microseconds, or never.
func (s *shelf) ends(i int) int64 {
	if s.until == nil {
		return never
	}
	return s.until[i]
}

// entry makes the entry at a place, which has the given pattern.
func (s *shelf) entry(i int, pattern string) call.Entry {
	k := &s.kinds[s.labels[i]]
	e := call.Entry{
		Line: k.owner.line, List: k.owner.list, Pattern: pattern, Verify: k.verify, Source: k.source,
		Since: fromMicro(s.since[i]), Until: fromMicro(s.ends(i)),
	}
	if at := s.asideOf(i); at != nil {
		e.Name, e.Word = at.name, at.word
	}
	return e
}

func (s *shelf) asideOf(i int) *aside {
	at := sort.Search(len(s.asides), func(j int) bool { return int(s.asides[j].at) >= i })
	if at == len(s.asides) || int(s.asides[at].at) != i {
		return nil
	}
	return &s.asides[at]
}

// beside lists the entries of the shelf and settled changes in their common order:
// the place on the shelf, or the change, which also stands for the entry it changes.
func (s *shelf) beside(changes []change) iter.Seq2[int, *change] {
	return func(yield func(int, *change) bool) {
		i := 0
		for j := range changes {
			c := &changes[j]
			for ; i < len(s.keys) && c.compare(s.keys[i], s.ownerOf(i)) > 0; i++ {
				if !yield(i, nil) {
					return
				}
			}
			if i < len(s.keys) && c.compare(s.keys[i], s.ownerOf(i)) == 0 {
				i++
			}
			if !yield(-1, c) {
				return
			}
		}
		for ; i < len(s.keys); i++ {
			if !yield(i, nil) {
				return
			}
		}
	}
}

// with makes another shelf on which the changes are made.
func (s *shelf) with(changes []change) shelf {
	m := newMaker(len(s.keys)+len(changes), s.until != nil)
	for i, c := range s.beside(changes) {
		switch {
		case c == nil:
			r := row{key: s.keys[i], since: s.since[i], until: s.ends(i), label: m.label(s.kinds[s.labels[i]])}
			if at := s.asideOf(i); at != nil {
				m.add(r, at.name, at.word)
			} else {
				m.add(r, "", "")
			}
		case !c.gone:
			m.add(m.row(c.key(), c.entry), c.entry.Name, c.entry.Word)
		}
	}
	return m.shelf()
}

// never is the time at which an entry without an end ends.
var never = call.Entry{}.Until.UnixMicro()

// row is an entry on its way to a shelf.
type row struct {
	key          number.Key
	since, until int64
	label        uint32
	order        uint32 // in which entries came
}

// maker makes a shelf of rows.
type maker struct {
	made   shelf
	places map[kind]uint32 // in made.kinds
}

// newMaker makes room for n rows.
func newMaker(n int, ending bool) *maker {
	m := &maker{places: map[kind]uint32{}}
	m.made.keys = make([]number.Key, 0, n)
	m.made.since = make([]int64, 0, n)
	m.made.labels = make([]uint32, 0, n)
	if ending {
		m.made.until = make([]int64, 0, n)
	}
	return m
}

// row makes a row of an entry.
func (m *maker) row(k number.Key, e call.Entry) row {
	return row{
		key: k, since: e.Since.UnixMicro(), until: e.Until.UnixMicro(),
		label: m.label(kind{owner{e.Line, e.List}, e.Verify, e.Source}),
	}
}

// label is the place of a kind.
func (m *maker) label(k kind) uint32 {
	if n := len(m.made.kinds); n > 0 && m.made.kinds[n-1] == k {
		return uint32(n - 1)
	}
	at, known := m.places[k]
	if !known {
		at = uint32(len(m.made.kinds))
		m.made.kinds = append(m.made.kinds, k)
		m.places[k] = at
	}
	return at
}

// add appends a row.
func (m *maker) add(r row, name, word string) {
	s := &m.made
	if name != "" || word != "" {
		s.asides = append(s.asides, aside{uint32(len(s.keys)), name, word})
	}
	if r.until != never && s.until == nil {
		s.until = slices.Repeat([]int64{never}, len(s.keys))
	}
	if s.until != nil {
		s.until = append(s.until, r.until)
	}
	s.keys, s.since, s.labels = append(s.keys, r.key), append(s.since, r.since), append(s.labels, r.label)
}

// shelf is what was made, without the room that was left over.
func (m *maker) shelf() shelf {
	s := m.made
	s.keys, s.since, s.until, s.labels = slices.Clip(s.keys), slices.Clip(s.since), slices.Clip(s.until), slices.Clip(s.labels)
	s.kinds, s.asides = slices.Clip(s.kinds), slices.Clip(s.asides)
	return s
}
