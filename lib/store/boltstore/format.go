package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"go.etcd.io/bbolt"

	"clearline/lib/store"
)

// format is the version of what is written. A newer one is refused; older ones are
// migrated. In format 1 blocked numbers had a bucket of their own; up to format 2 nothing
// told whether a bucket still held what had been written to it, and up to format 3 there
// were no documents and no letters.
const format = 4

// tallied is the first format with tallies and a check of the format's number.
const tallied = 3

// Most buckets hold JSON. What they are keyed by stands beside each.
var (
	metaBucket      = []byte("meta")         // formatKey, checkKey, and the tally of each other bucket
	callsBucket     = []byte("calls")        // call ID
	historyBucket   = []byte("history")      // call ID, which sorts by arrival
	unknownBucket   = []byte("last-unknown") // "line:" and line ID
	attemptsBucket  = []byte("attempts")     // moment, then attempt ID
	momentsBucket   = []byte("moments")      // attempt ID; holds its key in attemptsBucket, as it is
	windowsBucket   = []byte("windows")      // JSON array of line ID, kind and number
	entriesBucket   = []byte("entries")      // entryKey; holds what store.AppendEntry writes
	endsBucket      = []byte("ends")         // moment, then entryKey, of entries that end; holds nothing
	documentsBucket = []byte("documents")    // documentKey; holds the text as it is
	outboxBucket    = []byte("outbox")       // receiver, NUL, letter ID
	auditBucket     = []byte("audit")        // deedKey, from 1 on
	blocksBucket    = []byte("blocks")       // line ID, NUL, number; format 1 only

	formatKey = []byte("format")       // four bytes, the most significant first
	turnKey   = []byte("turn")         // writer and eight bytes: the last turn that was written
	checkKey  = []byte("format-check") // CRC-32C of what is under formatKey, in the same order
)

// buckets are all that a file of this format has.
var buckets = [][]byte{
	metaBucket, callsBucket, historyBucket, unknownBucket, attemptsBucket, momentsBucket, windowsBucket, entriesBucket, endsBucket,
	documentsBucket, outboxBucket, auditBucket,
}

// begun is the first format in which there is a bucket, of those that came later than the
// first format with tallies.
var begun = map[string]uint32{string(documentsBucket): 4, string(outboxBucket): 4, string(auditBucket): 4}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// formatText is what stands under formatKey and checkKey.
func formatText(n uint32) (text, check []byte) {
	text = binary.BigEndian.AppendUint32(nil, n)
	return text, binary.BigEndian.AppendUint32(nil, crc32.Checksum(text, castagnoli))
}

// readFormat reads the format's number. A number that was not written as it is read is
// damage: it must not be taken for that of a newer version.
func readFormat(text, check []byte) (uint32, error) {
	if len(text) != 4 {
		return 0, errors.New("there is no number of the format")
	}
	n := binary.BigEndian.Uint32(text)
	_, want := formatText(n)
	if n < 1 || n >= tallied && string(check) != string(want) || n < tallied && check != nil {
		return 0, fmt.Errorf("the number of the format, %d, is not the one that was written", n)
	}
	return n, nil
}

// tooNew is the error for a file of a newer version.
func tooNew(path string, found uint32) error {
	return fmt.Errorf("open store %s: %w: it has format %d, this version knows %d at most; run the newer version again, or go back with clearline restore to a snapshot from before it",
		path, store.ErrNewer, found, format)
}

// begin makes the buckets of an empty file.
func begin(tx *bbolt.Tx) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	text, check := formatText(format)
	meta := tx.Bucket(metaBucket)
	return errors.Join(meta.Put(formatKey, text), meta.Put(checkKey, check))
}
