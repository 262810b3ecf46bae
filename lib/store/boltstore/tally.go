package boltstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc64"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"clearline/lib/store"
)

// tally tells whether a bucket holds what was written to it, no more, no less, and every
// byte as it was: bbolt's pages have no checksum. It is a count, and the sum of a checksum
// of each key with its value, so that a change costs no more than what is changed.
type tally struct{ count, sum uint64 }

var ecma = crc64.MakeTable(crc64.ECMA)

func weight(key, value []byte) uint64 {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(key)))
	return crc64.Update(crc64.Update(crc64.Update(0, ecma, length[:]), ecma, key), ecma, value)
}

func (t *tally) add(key, value []byte) { t.count, t.sum = t.count+1, t.sum+weight(key, value) }

func (t *tally) take(key, value []byte) { t.count, t.sum = t.count-1, t.sum-weight(key, value) }

// tallyKey is where the tally of a bucket stands in metaBucket.
func tallyKey(bucket string) []byte { return []byte("tally:" + bucket) }

func (t tally) text() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, t.count), t.sum)
}

func readTally(text []byte) (t tally, ok bool) {
	if len(text) != 16 {
		return t, false
	}
	return tally{binary.BigEndian.Uint64(text), binary.BigEndian.Uint64(text[8:])}, true
}

// edit is a change of the file under way. Whatever it changes goes through its parts, so
// that their tallies stay true.
type edit struct {
	tx    *bbolt.Tx
	parts map[string]*part
}

// part is a bucket that is changed.
type part struct {
	*bbolt.Bucket
	tally tally
}

// update changes the file, all of it or nothing.
func update(db *bbolt.DB, change func(*edit) error) error {
	return db.Update(func(tx *bbolt.Tx) error {
		e := &edit{tx: tx, parts: map[string]*part{}}
		if err := change(e); err != nil {
			return err
		}
		return e.finish()
	})
}

func (e *edit) part(name []byte) *part {
	if p := e.parts[string(name)]; p != nil {
		return p
	}
	p := &part{Bucket: e.tx.Bucket(name)}
	p.tally, _ = readTally(e.tx.Bucket(metaBucket).Get(tallyKey(string(name)))) // none yet: nothing was written
	e.parts[string(name)] = p
	return p
}

// turn takes the turn of a writer, and reports whether it was had before.
func (e *edit) turn(t store.Turn) (had bool, err error) {
	if t == (store.Turn{}) {
		return false, nil
	}
	text := binary.BigEndian.AppendUint64([]byte(t.Writer), t.N)
	meta := e.tx.Bucket(metaBucket)
	if bytes.Equal(meta.Get(turnKey), text) {
		return true, nil
	}
	return false, meta.Put(turnKey, text)
}

// finish writes the tallies.
func (e *edit) finish() error {
	meta := e.tx.Bucket(metaBucket)
	for _, name := range slices.Sorted(maps.Keys(e.parts)) {
		if err := meta.Put(tallyKey(name), e.parts[name].tally.text()); err != nil {
			return fmt.Errorf("put the tally of %s: %w", name, err)
		}
	}
	return nil
}

// Put replaces what is under a key.
func (p *part) Put(key, value []byte) error {
	if was := p.Get(key); was != nil {
		p.tally.take(key, was)
	}
	p.tally.add(key, value)
	return p.Bucket.Put(key, value)
}

// Delete removes what is under a key, if there is anything.
func (p *part) Delete(key []byte) error {
	was := p.Get(key)
	if was == nil {
		return nil
	}
	p.tally.take(key, was)
	return p.Bucket.Delete(key)
}
