package boltfile

import (
	"errors"
	"fmt"
)

// bucket is where the pages of a bucket begin. One that is small lies in its own value.
type bucket struct {
	name   string
	root   uint64
	inline []byte
}

// Report is what a check found.
type Report struct {
	Faults  map[string]error // for each bucket that could be found: nil when all its pages are sound
	General error            // what is wrong besides; nil when nothing is
}

// Sound reports whether nothing at all is wrong.
func (r Report) Sound() bool {
	for _, fault := range r.Faults {
		if fault != nil {
			return false
		}
	}
	return r.General == nil
}

// Check looks at every page that is in use, hands over what the buckets hold, also from
// pages beside damaged ones, and counts whether each page is used once or free. Slices are
// valid as long as each runs. Buckets inside buckets are taken for damage.
func (f *File) Check(each func(bucket string, key, value []byte)) Report {
	report := Report{Faults: map[string]error{}}
	if int64(f.meta.pages)*int64(f.meta.pageSize) > f.size {
		report.General = fmt.Errorf("%d bytes are left of %d pages", f.size, f.meta.pages)
	}
	seen := newPageSet(f.pagesThere())
	seen.take(0, min(2, f.pagesThere()))
	buckets, err := f.buckets(seen)
	report.General = errors.Join(report.General, err)
	for _, b := range buckets {
		report.Faults[b.name] = f.each(b, seen, func(key, value []byte) { each(b.name, key, value) })
	}
	report.General = errors.Join(report.General, f.free(seen))
	return report
}

// pagesThere is how many pages there are to keep account of: a number of pages that the
// file has no room for is not believed.
func (f *File) pagesThere() uint64 {
	return min(f.meta.pages, uint64(f.size/int64(f.meta.pageSize))+1)
}

// Each hands over what a bucket holds and can be read, until each returns an error, which
// it returns as it is. What is damaged it passes by in silence: Check says it.
func (f *File) Each(name string, each func(key, value []byte) error) (err error) {
	seen := newPageSet(f.pagesThere())
	buckets, _ := f.buckets(seen)
	for _, b := range buckets {
		if b.name != name {
			continue
		}
		_ = f.each(b, seen, func(key, value []byte) {
			if err == nil {
				err = each(key, value)
			}
		})
		return err
	}
	return nil
}

// buckets finds the buckets there are.
func (f *File) buckets(seen pageSet) (found []bucket, fault error) {
	w := &walk{file: f, seen: seen}
	w.each = func(flags uint32, key, value []byte) {
		if flags != isBucket || len(value) < bucketSize {
			w.noted(fmt.Errorf("%q is no bucket", key))
			return
		}
		b := bucket{name: string(key), root: native.Uint64(value)}
		if b.root == 0 {
			b.inline = value
		}
		found = append(found, b)
	}
	w.page(f.meta.root, nil, 0)
	return found, w.fault
}

// each hands over what is in a bucket.
func (f *File) each(b bucket, seen pageSet, each func(key, value []byte)) error {
	w := &walk{file: f, seen: seen}
	w.each = func(flags uint32, key, value []byte) {
		if flags != 0 {
			w.noted(fmt.Errorf("key %q has the flags %x", key, flags))
			return
		}
		each(key, value)
	}
	if b.inline == nil {
		w.page(b.root, nil, 0)
	} else if p, err := inline(b.inline); err != nil {
		w.noted(err)
	} else if p.flags != leafPage {
		w.noted(errors.New("the page of an inline bucket is no leaf"))
	} else {
		w.leaf(p, nil)
	}
	return w.fault
}

// free checks that the pages that were not seen are those of the free list.
func (f *File) free(seen pageSet) error {
	if f.meta.freelist == noFreelist {
		return nil // bbolt finds out for itself what is free
	}
	p, err := f.page(f.meta.freelist)
	switch {
	case err != nil:
		return fmt.Errorf("the list of free pages: %w", err)
	case p.flags != freelistPage:
		return fmt.Errorf("page %d is no list of free pages", f.meta.freelist)
	case !seen.take(f.meta.freelist, p.spans):
		return fmt.Errorf("the list of free pages lies on page %d, which is used", f.meta.freelist)
	}
	count, ids := uint64(p.count), p.bytes[headerSize:]
	if p.count == 0xFFFF && len(ids) >= 8 { // too many for the header
		count, ids = native.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return fmt.Errorf("%d free pages are more than their list has room for", count)
	}
	for ; count > 0; count, ids = count-1, ids[8:] {
		if id := native.Uint64(ids); id < 2 || id >= f.pagesThere() || !seen.take(id, 1) {
			return fmt.Errorf("page %d is free, and used", id)
		}
	}
	for id := range f.pagesThere() {
		if !seen.has(id) {
			return fmt.Errorf("page %d is neither used nor free", id)
		}
	}
	return nil
}
