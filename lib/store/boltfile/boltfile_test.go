package boltfile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"clearline/lib/store/boltfile"
)

// made is a file of bbolt that is changed at random, and what it holds.
type made struct {
	path  string
	db    *bbolt.DB
	holds map[string]map[string]string
}

func newFile(t *testing.T, pageSize int) *made {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: pageSize, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &made{path, db, map[string]map[string]string{"small": {}, "large": {}, "empty": {}}}
}

// change puts and deletes keys in one transaction; more are deleted than put when shrinking.
func (m *made) change(t *testing.T, r *rand.Rand, shrinking bool) {
	t.Helper()
	err := m.db.Update(func(tx *bbolt.Tx) error {
		for name := range m.holds {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		for _, name := range []string{"small", "large"} {
			keys := map[string]int{"small": 8, "large": 2000}[name]
			bucket := tx.Bucket([]byte(name))
			for range 1 + r.IntN(keys/4) {
				key := fmt.Sprintf("%05d%s", r.IntN(keys), strings.Repeat("k", r.IntN(20)/19*300))
				if r.IntN(10) < 3 || shrinking && r.IntN(10) < 9 {
					for range 10 {
						k, _ := bucket.Cursor().Seek([]byte(key))
						if k != nil {
							delete(m.holds[name], string(k))
							if err := bucket.Delete(bytes.Clone(k)); err != nil {
								return err
							}
						}
					}
					continue
				}
				value := strings.Repeat("v", r.IntN(50)+r.IntN(40)/39*9000)
				m.holds[name][key] = value
				if err := bucket.Put([]byte(key), []byte(value)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// read checks a file and returns what it holds.
func read(t *testing.T, text []byte) (map[string]map[string]string, boltfile.Report) {
	t.Helper()
	f, err := boltfile.Open(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]string{}
	report := f.Check(func(bucket string, key, value []byte) {
		if found[bucket] == nil {
			found[bucket] = map[string]string{}
		}
		found[bucket][string(key)] = string(value)
	})
	for bucket := range report.Faults {
		if found[bucket] == nil {
			found[bucket] = map[string]string{}
		}
		n := 0
		if err := f.Each(bucket, func(key, value []byte) error {
			if n++; found[bucket][string(key)] != string(value) {
				t.Errorf("Each differs from Check at %q", key)
			}
			return nil
		}); err != nil || n != len(found[bucket]) {
			t.Errorf("Each hands over %d of %d items of %s, error %v", n, len(found[bucket]), bucket, err)
		}
	}
	return found, report
}

// TestWhatBboltWroteIsFoundSound lets a file grow, change and shrink, with big values, long
// keys, pages that are split, merged and freed, and holds the reader to it at every step.
func TestWhatBboltWroteIsFoundSound(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for _, pageSize := range []int{1024, 4096, 65536} {
		r, m := rand.New(rand.NewPCG(seed, uint64(pageSize))), newFile(t, pageSize)
		for n := range 120 {
			m.change(t, r, n/20%2 == 1)
			text, err := os.ReadFile(m.path)
			if err != nil {
				t.Fatal(err)
			}
			found, report := read(t, text)
			if !report.Sound() {
				t.Fatalf("pages of %d bytes, step %d: %+v", pageSize, n, report)
			}
			for bucket, want := range m.holds {
				if !maps.Equal(found[bucket], want) {
					t.Fatalf("pages of %d bytes, step %d: bucket %s differs", pageSize, n, bucket)
				}
			}
		}
	}
}

// page returns the first page with a flag that is in use: bbolt's own check knows no more.
func page(t *testing.T, text []byte, flag uint16, size int) []byte {
	t.Helper()
	for at := 2 * size; at < len(text); at += size {
		if binary.NativeEndian.Uint16(text[at+8:]) == flag && binary.NativeEndian.Uint16(text[at+10:]) > 2 {
			return text[at : at+size]
		}
	}
	t.Fatalf("there is no page %x", flag)
	return nil
}

func TestEveryDamageIsNamed(t *testing.T) {
	const size = 4096
	m := newFile(t, size)
	err := m.db.Update(func(tx *bbolt.Tx) error { // one commit: no page of an earlier one looks as if it were in use
		bucket, err := tx.CreateBucket([]byte("large"))
		for n := range 400 {
			err = errors.Join(err, bucket.Put(fmt.Appendf(nil, "key%04d", n), make([]byte, 50)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(m.path)
	if err != nil {
		t.Fatal(err)
	}
	put16, put32, put64 := binary.NativeEndian.PutUint16, binary.NativeEndian.PutUint32, binary.NativeEndian.PutUint64
	const branch, leaf, free = 0x01, 0x02, 0x10
	for name, c := range map[string]struct {
		harm func(text []byte)
		want string
	}{
		"a page that leads to itself":       {func(b []byte) { p := page(t, b, branch, size); copy(p[16+8:], p[:8]) }, "twice"},
		"a page that leads nowhere":         {func(b []byte) { put16(page(t, b, branch, size)[10:], 0) }, "leads nowhere"},
		"a page beyond the end":             {func(b []byte) { put64(page(t, b, branch, size)[16+8:], 1<<60) }, "none of the"},
		"a page with the number of another": {func(b []byte) { put64(page(t, b, leaf, size), 7777) }, "says that it is page 7777"},
		"a page of no kind":                 {func(b []byte) { put16(page(t, b, leaf, size)[8:], 0x40) }, "neither branch nor leaf"},
		"a page that goes on and on":        {func(b []byte) { put32(page(t, b, leaf, size)[12:], 1<<31) }, "go on for"},
		"more elements than a page holds":   {func(b []byte) { put16(page(t, b, leaf, size)[10:], 0xFFFF) }, "beyond its page"},
		"a key beyond its page":             {func(b []byte) { put32(page(t, b, leaf, size)[16+4:], 1<<31) }, "beyond its page"},
		"a value beyond its page":           {func(b []byte) { put32(page(t, b, leaf, size)[16+12:], 1<<31) }, "beyond its page"},
		"an element that is a bucket":       {func(b []byte) { put32(page(t, b, leaf, size)[16+16:], 1) }, "has the flags"},
		"no key":                            {func(b []byte) { put32(page(t, b, leaf, size)[16+16+8:], 0) }, "has no key"},
		"keys that are not in order": {func(b []byte) {
			p := page(t, b, leaf, size)
			for n := range 16 {
				p[32+n], p[48+n] = p[48+n], p[32+n]
			}
			put32(p[32+4:], binary.NativeEndian.Uint32(p[32+4:])+16)
			put32(p[48+4:], binary.NativeEndian.Uint32(p[48+4:])-16)
		}, "is not behind key"},
		"no list of free pages":     {func(b []byte) { put16(last(b, size, free)[8:], leaf) }, "no list of free pages"},
		"a list that is too long":   {func(b []byte) { put16(last(b, size, free)[10:], 0xFFFE) }, "room for"},
		"a page that is free twice": {func(b []byte) { p := last(b, size, free); copy(p[24:32], p[16:24]) }, "free"},
	} {
		t.Run(name, func(t *testing.T) {
			text := bytes.Clone(sound)
			c.harm(text)
			f, err := boltfile.Open(bytes.NewReader(text), int64(len(text)))
			if err != nil {
				t.Fatal(err)
			}
			report := f.Check(func(string, []byte, []byte) {})
			if said := fmt.Sprint(report.General, report.Faults); report.Sound() || !strings.Contains(said, c.want) {
				t.Errorf("want %q, got %s", c.want, said)
			}
		})
	}
}

// last returns the last page with a flag.
func last(text []byte, size int, flag uint16) (found []byte) {
	for at := 2 * size; at < len(text); at += size {
		if binary.NativeEndian.Uint16(text[at+8:]) == flag {
			found = text[at : at+size]
		}
	}
	return found
}

func TestTheOtherMetaPageIsUsedWhenOneIsDamaged(t *testing.T) {
	for _, size := range []int{1024, 4096, 16384} {
		m := newFile(t, size)
		r := rand.New(rand.NewPCG(3, 4))
		m.change(t, r, false)
		before := maps.Clone(m.holds["small"])
		m.change(t, r, false)
		sound, err := os.ReadFile(m.path)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 2 {
			text := bytes.Clone(sound)
			text[n*size+16+9] ^= 1
			f, err := boltfile.Open(bytes.NewReader(text), int64(len(text)))
			if err != nil || !f.HalfMeta() {
				t.Fatalf("pages of %d bytes, meta page %d: error %v", size, n, err)
			}
			found := map[string]string{}
			report := f.Check(func(bucket string, key, value []byte) {
				if bucket == "small" {
					found[string(key)] = string(value)
				}
			})
			if !report.Sound() || !maps.Equal(found, before) && !maps.Equal(found, m.holds["small"]) {
				t.Errorf("pages of %d bytes, meta page %d: %+v", size, n, report)
			}
			text[(1-n)*size+16+9] ^= 1
			if _, err := boltfile.Open(bytes.NewReader(text), int64(len(text))); err == nil {
				t.Error("a file without any meta page is opened")
			}
		}
	}
}

// FuzzCheck reads anything: whatever it is, reading ends, and says nothing is sound that
// is not.
func FuzzCheck(f *testing.F) {
	path := filepath.Join(f.TempDir(), "file")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: 1024})
	if err != nil {
		f.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range []string{"a", "b"} {
			bucket, err := tx.CreateBucket([]byte(name))
			if err != nil {
				return err
			}
			for n := range 60 {
				if err := bucket.Put([]byte(fmt.Sprint(name, n)), make([]byte, n)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	if err := db.Close(); err != nil {
		f.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint16(0), uint16(0), []byte{})
	f.Add(uint16(2048), uint16(9), []byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, at, cut uint16, bytes []byte) {
		text := append([]byte(nil), sound...)
		copy(text[min(int(at), len(text)):], bytes)
		text = text[:max(0, len(text)-int(cut))]
		opened, err := boltfile.Open(strings.NewReader(string(text)), int64(len(text)))
		if err != nil {
			return
		}
		count := 0
		report := opened.Check(func(string, []byte, []byte) { count++ })
		if report.Sound() && !opened.HalfMeta() && count > 120 {
			t.Errorf("%d items are sound, and 120 were written", count)
		}
	})
}
