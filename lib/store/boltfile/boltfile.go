// Package boltfile reads files of bbolt and believes nothing they say. bbolt itself maps
// a file into memory and follows what stands there: a damaged file makes it panic, fault,
// or recurse without end, in goroutines of its own too, and the process with it. Here
// every page is read with ReadAt, every offset is checked before it is used, and no page
// is visited twice.
//
// The form of the pages is that of go.etcd.io/bbolt/internal/common, version 2: numbers
// are in the byte order of the machine.
package boltfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

const (
	magic   = 0xED0CDAED
	version = 2

	headerSize  = 16 // id, flags, count, overflow
	elementSize = 16 // of a branch, and of a leaf
	bucketSize  = 16 // root and sequence; a page follows when the root is 0
	metaSize    = 64 // behind a header
	sumOffset   = 56 // of the checksum in a meta

	noFreelist = ^uint64(0)
	deepest    = 32 // levels of pages: with two keys on each there would be billions
)

// The flags of pages.
const (
	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10
)

// isBucket is the flag of an element of a leaf that holds a bucket.
const isBucket = 0x01

// ErrNoMeta says that neither of a file's two meta pages can be used: nothing else can be
// found then.
var ErrNoMeta = errors.New("neither meta page is sound")

var native = binary.NativeEndian

// meta is a meta page: where everything begins.
type meta struct {
	pageSize       int
	root, freelist uint64
	pages          uint64 // in use, the first unused one's id
	txid           uint64
}

// File is a file of bbolt. Its methods only read.
type File struct {
	r    io.ReaderAt
	size int64
	meta meta
	half bool
}

// Open finds the meta page of the last commit. The error wraps ErrNoMeta.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, size: size}
	first, one := f.metaAt(0)
	if one {
		f.meta = first
	}
	second, other := f.second(first, one)
	switch {
	case !one && !other:
		return nil, fmt.Errorf("%w in %d bytes", ErrNoMeta, size)
	case !one, other && second.txid > first.txid:
		f.meta = second
	}
	f.half = !one || !other
	return f, nil
}

// second finds the second meta page. Where it is depends on the size of the pages, which
// only a meta page tells.
func (f *File) second(first meta, known bool) (meta, bool) {
	if known {
		m, ok := f.metaAt(int64(first.pageSize))
		return m, ok && m.pageSize == first.pageSize
	}
	for size := int64(1024); size <= 1024<<14 && size < f.size; size *= 2 {
		if m, ok := f.metaAt(size); ok && int64(m.pageSize) == size {
			return m, true
		}
	}
	return meta{}, false
}

func (f *File) metaAt(offset int64) (m meta, ok bool) {
	var page [headerSize + metaSize]byte
	if _, err := f.r.ReadAt(page[:], offset); err != nil {
		return m, false
	}
	b := page[headerSize:]
	sum := fnv.New64a()
	_, _ = sum.Write(b[:sumOffset])
	if native.Uint32(b) != magic || native.Uint32(b[4:]) != version || native.Uint64(b[sumOffset:]) != sum.Sum64() {
		return m, false
	}
	m = meta{
		pageSize: int(native.Uint32(b[8:])),
		root:     native.Uint64(b[16:]), freelist: native.Uint64(b[32:]), pages: native.Uint64(b[40:]), txid: native.Uint64(b[48:]),
	}
	return m, m.pageSize >= 512 && m.pageSize <= 1<<24 && m.pages < 1<<40
}

// HalfMeta reports that one of the two meta pages is damaged. What is read is then what
// the last commit wrote, or the one before: a machine that loses power in the middle of a
// commit leaves such a file.
func (f *File) HalfMeta() bool { return f.half }

// page is a page with those that continue it, or the page inside an inline bucket.
type page struct {
	flags uint16
	count int
	bytes []byte
	spans uint64 // pages
}

func (f *File) page(id uint64) (p page, err error) {
	if id < 2 || id >= f.meta.pages {
		return p, fmt.Errorf("page %d is none of the %d pages", id, f.meta.pages)
	}
	offset := int64(id) * int64(f.meta.pageSize)
	var header [headerSize]byte
	if _, err := f.r.ReadAt(header[:], offset); err != nil {
		return p, fmt.Errorf("read page %d: %w", id, err)
	}
	if said := native.Uint64(header[:]); said != id {
		return p, fmt.Errorf("page %d says that it is page %d", id, said)
	}
	p = page{flags: native.Uint16(header[8:]), count: int(native.Uint16(header[10:])), spans: 1 + uint64(native.Uint32(header[12:]))}
	length := int64(p.spans) * int64(f.meta.pageSize)
	if p.spans > f.meta.pages-id || length > f.size-offset {
		return p, fmt.Errorf("page %d is said to go on for %d pages", id, p.spans)
	}
	p.bytes = make([]byte, length)
	if _, err := f.r.ReadAt(p.bytes, offset); err != nil {
		return p, fmt.Errorf("read page %d: %w", id, err)
	}
	return p, nil
}

// inline is the page inside the value of a bucket.
func inline(value []byte) (p page, err error) {
	b := value[bucketSize:]
	if len(b) < headerSize {
		return p, errors.New("an inline bucket has no page")
	}
	return page{flags: native.Uint16(b[8:]), count: int(native.Uint16(b[10:])), bytes: b}, nil
}

// branch returns the key and the page of the nth element of a branch.
func (p page) branch(n int) (key []byte, child uint64, err error) {
	at := headerSize + n*elementSize
	if at+elementSize > len(p.bytes) {
		return nil, 0, fmt.Errorf("element %d of a branch is beyond its page", n)
	}
	b := p.bytes[at:]
	key, err = part(b, native.Uint32(b), native.Uint32(b[4:]))
	return key, native.Uint64(b[8:]), err
}

// leaf returns the nth element of a leaf.
func (p page) leaf(n int) (flags uint32, key, value []byte, err error) {
	at := headerSize + n*elementSize
	if at+elementSize > len(p.bytes) {
		return 0, nil, nil, fmt.Errorf("element %d of a leaf is beyond its page", n)
	}
	b := p.bytes[at:]
	flags = native.Uint32(b)
	position, length := native.Uint32(b[4:]), native.Uint32(b[8:])
	if key, err = part(b, position, length); err != nil {
		return 0, nil, nil, err
	}
	if len(key) == 0 {
		return 0, nil, nil, fmt.Errorf("element %d of a leaf has no key", n)
	}
	value, err = part(b[int(position)+int(length):], 0, native.Uint32(b[12:]))
	return flags, key, value, err
}

// part is what lies behind a position, counted from the beginning of an element.
func part(b []byte, position, length uint32) ([]byte, error) {
	if uint64(position)+uint64(length) > uint64(len(b)) {
		return nil, errors.New("an element reaches beyond its page")
	}
	return b[position : uint64(position)+uint64(length)], nil
}
