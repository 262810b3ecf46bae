package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"clearline/lib/call"
	"clearline/lib/store"
)

// chunk is how many entries are read in one transaction: one that is open for long
// keeps the file from shrinking what it holds.
const chunk = 1000

// entryKey is an entry's key as bytes that can be taken apart again, whatever a line is
// called.
func entryKey(k call.EntryKey) []byte {
	key := binary.AppendUvarint(nil, uint64(len(k.Line)))
	key = binary.AppendUvarint(append(key, k.Line...), uint64(len(k.List)))
	return append(append(key, k.List...), k.Pattern...)
}

func readEntryKey(key []byte) (k call.EntryKey, err error) {
	var parts [2]string
	rest := key
	for i := range parts {
		length, used := binary.Uvarint(rest)
		if used <= 0 || length > uint64(len(rest)-used) {
			return k, fmt.Errorf("%w: the key %q is none of an entry", ErrDamaged, key)
		}
		parts[i] = string(rest[used : used+int(length)])
		rest = rest[used+int(length):]
	}
	return call.EntryKey{Line: call.LineID(parts[0]), List: call.List(parts[1]), Pattern: string(rest)}, nil
}

func readEntry(key, text []byte) (call.Entry, error) {
	k, err := readEntryKey(key)
	if err != nil {
		return call.Entry{}, err
	}
	e, err := store.ReadEntry(k, text)
	if err != nil {
		return call.Entry{}, fmt.Errorf("%w: read the entry %q: %w", ErrDamaged, key, err)
	}
	return e, nil
}

func lapsed(e call.Entry, now time.Time) bool {
	return !e.Until.IsZero() && e.Until.Add(store.Lapse).Before(now)
}

// applyEntries removes and then puts.
func applyEntries(e *edit, changes store.Changes, now time.Time) error {
	for _, k := range changes.Remove {
		if err := removeEntry(e, entryKey(k)); err != nil {
			return err
		}
	}
	for _, one := range changes.Put {
		if err := putEntry(e, one, now); err != nil {
			return err
		}
	}
	return nil
}

func removeEntry(e *edit, key []byte) error {
	entries := e.part(entriesBucket)
	text := entries.Get(key)
	if text == nil {
		return nil
	}
	if was, err := readEntry(key, text); err == nil && !was.Until.IsZero() { // a damaged one has no end
		if err := e.part(endsBucket).Delete(append(moment(was.Until), key...)); err != nil {
			return fmt.Errorf("forget the end of the entry %q: %w", key, err)
		}
	}
	if err := entries.Delete(key); err != nil {
		return fmt.Errorf("remove the entry %q: %w", key, err)
	}
	return nil
}

func putEntry(e *edit, entry call.Entry, now time.Time) error {
	key := entryKey(entry.Key())
	if err := removeEntry(e, key); err != nil || lapsed(entry, now) {
		return err
	}
	text, err := store.AppendEntry(nil, entry)
	if err != nil {
		return err
	}
	if err := e.part(entriesBucket).Put(key, text); err != nil {
		return fmt.Errorf("put the entry %q: %w", key, err)
	}
	if entry.Until.IsZero() {
		return nil
	}
	if err := e.part(endsBucket).Put(append(moment(entry.Until), key...), []byte{}); err != nil {
		return fmt.Errorf("put the end of the entry %q: %w", key, err)
	}
	return nil
}

// sweepEntries removes entries that lapsed. Their ends sort by time, so only the
// beginning is read.
func sweepEntries(e *edit, now time.Time) error {
	oldest, ends := moment(now.Add(-store.Lapse)), e.part(endsBucket)
	var gone [][]byte
	cursor := ends.Cursor()
	for key, _ := cursor.First(); key != nil && bytes.Compare(key[:min(len(key), len(oldest))], oldest) < 0; key, _ = cursor.Next() {
		gone = append(gone, bytes.Clone(key))
	}
	for _, key := range gone {
		if err := removeEntry(e, key[min(len(key), len(oldest)):]); err != nil {
			return err
		}
	}
	return deleteAll(ends, gone)
}

// Entries implements store.Store.
func (s *Store) Entries(ctx context.Context, each func(call.Entry) error) error {
	now := time.Now()
	entries := make([]call.Entry, 0, chunk)
	for after := []byte(nil); ; {
		entries = entries[:0]
		err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
			after, err = readChunk(tx.Bucket(entriesBucket), after, &entries)
			return err
		})
		if err != nil {
			return err
		}
		for _, e := range entries {
			if lapsed(e, now) {
				continue
			}
			if err := each(e); err != nil {
				return err
			}
		}
		if after == nil {
			return nil
		}
	}
}

// readChunk reads the entries behind the key after, and returns the key of the last one;
// nil when there are no more.
func readChunk(bucket *bbolt.Bucket, after []byte, entries *[]call.Entry) (last []byte, err error) {
	cursor := bucket.Cursor()
	key, text := cursor.First()
	if after != nil {
		if key, text = cursor.Seek(after); bytes.Equal(key, after) {
			key, text = cursor.Next()
		}
	}
	for ; key != nil; key, text = cursor.Next() {
		e, err := readEntry(key, text)
		if err != nil {
			return nil, err
		}
		if *entries = append(*entries, e); len(*entries) == cap(*entries) {
			return bytes.Clone(key), nil
		}
	}
	return nil, nil
}

// block is a blocked number in a file of format 1.
type block struct {
	Line   call.LineID
	Number string
	Since  time.Time
}

func (b block) entry() call.Entry {
	return call.Entry{Line: b.Line, List: call.Blocks, Pattern: b.Number, Since: b.Since, Source: "the resident blocked the caller"}
}

// eachBlock hands over what a file of format 1 has blocked.
func eachBlock(tx *bbolt.Tx, each func(call.Entry) error) error {
	blocks := tx.Bucket(blocksBucket)
	if blocks == nil {
		return nil
	}
	return blocks.ForEach(func(key, text []byte) error {
		b, err := decode[block](key, text)
		if err != nil {
			return err
		}
		return each(b.entry())
	})
}
