package boltfile

import (
	"bytes"
	"errors"
	"fmt"
)

// walk goes through the pages of one tree, from its root to its leaves in the order of
// the keys. What is damaged is noted and passed by.
type walk struct {
	file  *File
	seen  pageSet
	each  func(flags uint32, key, value []byte)
	fault error  // the first
	last  []byte // key that was handed over
}

// noted keeps the first of many faults: the others mostly follow from it.
func (w *walk) noted(err error) {
	if w.fault == nil {
		w.fault = err
	}
}

// page goes through a page and what is below it. Unless it is the root, its first key
// must be what the branch above says: bbolt finds and replaces pages by it.
func (w *walk) page(id uint64, first []byte, depth int) {
	p, err := w.file.page(id)
	switch {
	case err != nil:
		w.noted(err)
		return
	case depth > deepest:
		w.noted(fmt.Errorf("page %d is below %d others", id, depth))
		return
	case !w.seen.take(id, p.spans):
		w.noted(fmt.Errorf("page %d is used twice", id))
		return
	}
	switch p.flags {
	case branchPage:
		w.branch(p, id, first, depth)
	case leafPage:
		if first != nil && p.count == 0 {
			w.noted(fmt.Errorf("page %d is empty", id))
		}
		w.leaf(p, first)
	default:
		w.noted(fmt.Errorf("page %d is neither branch nor leaf", id))
	}
}

func (w *walk) branch(p page, id uint64, first []byte, depth int) {
	if p.count == 0 {
		w.noted(fmt.Errorf("page %d leads nowhere", id))
	}
	for n := range p.count {
		key, child, err := p.branch(n)
		switch {
		case err != nil:
			w.noted(fmt.Errorf("page %d: %w", id, err))
			return
		case len(key) == 0, n == 0 && first != nil && !bytes.Equal(key, first):
			w.noted(fmt.Errorf("page %d begins with another key than the branch above says", id))
		}
		w.page(child, key, depth+1)
	}
}

func (w *walk) leaf(p page, first []byte) {
	for n := range p.count {
		flags, key, value, err := p.leaf(n)
		if err != nil {
			w.noted(err)
			return
		}
		if n == 0 && first != nil && !bytes.Equal(key, first) {
			w.noted(errors.New("a leaf begins with another key than the branch above says"))
		}
		if w.last != nil && bytes.Compare(key, w.last) <= 0 {
			w.noted(fmt.Errorf("key %q is not behind key %q", key, w.last))
		}
		w.last = key
		w.each(flags, key, value)
	}
}

// pageSet is which pages were seen.
type pageSet []uint64

func newPageSet(pages uint64) pageSet { return make(pageSet, pages/64+1) }

func (s pageSet) has(id uint64) bool { return s[id/64]&(1<<(id%64)) != 0 }

// take adds pages that lie behind each other, unless one of them is there already.
func (s pageSet) take(id, count uint64) bool {
	for n := id; n < id+count; n++ {
		if s.has(n) {
			return false
		}
	}
	for n := id; n < id+count; n++ {
		s[n/64] |= 1 << (n % 64)
	}
	return true
}
