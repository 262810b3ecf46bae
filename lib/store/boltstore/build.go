package boltstore

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"clearline/lib/call"
	"clearline/lib/store"
)

// portion is what is taken from one file or another as a whole.
type portion struct {
	name    string   // in an operator's words
	buckets [][]byte // in the order in which they are copied; one that is missing is empty
}

// portions are everything that is kept. What follows from them, momentsBucket and
// endsBucket, is made anew. The last unknown callers come before the history, which adds
// later ones.
var portions = []portion{
	{"calls under way", [][]byte{callsBucket}},
	{"last unknown callers", [][]byte{unknownBucket}},
	{"history of calls", [][]byte{historyBucket}},
	{"attempts", [][]byte{attemptsBucket}},
	{"windows", [][]byte{windowsBucket}},
	{"lists", [][]byte{blocksBucket, entriesBucket}},
	{"users and other documents", [][]byte{documentsBucket}},
	{"letters", [][]byte{outboxBucket}},
	{"audit log", [][]byte{auditBucket}},
}

// batch is how many items are copied in one transaction.
const batch = 2000

// build makes a file of this format in the folder of path, and returns it checked and
// locked, under a name that nobody else knows. from[n] is where portions[n] comes from; nil
// leaves it empty. Items that cannot be understood are left out, and so is what is forgotten;
// nil forgets nothing.
func build(path string, from []*survey, forgotten *oblivion) (made *os.File, err error) {
	made, err = temporary(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("make a new file for the store: %w", errors.Join(err, made.Close(), os.Remove(made.Name())))
		}
	}()
	if err := fill(made.Name(), from, forgotten); err != nil {
		return made, err
	}
	if err := look(made).fault(); err != nil {
		return made, fmt.Errorf("it cannot be read again: %w", err)
	}
	return made, errors.Join(hold(made, lockAlone, time.Now()), made.Sync())
}

func fill(path string, from []*survey, forgotten *oblivion) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: holdMax, NoSync: true})
	if err != nil {
		return err
	}
	err = db.Update(begin)
	now := time.Now()
	for n, p := range portions {
		for _, bucket := range p.buckets {
			if err == nil && from[n] != nil {
				err = copied(db, from[n], bucket, forgotten, now)
			}
		}
	}
	return errors.Join(err, db.Sync(), db.Close())
}

// copied copies a bucket, some items at a time.
func copied(db *bbolt.DB, from *survey, bucket []byte, forgotten *oblivion, now time.Time) error {
	type item struct{ key, value []byte }
	var items []item
	flush := func() error {
		defer func() { items = items[:0] }()
		return update(db, func(e *edit) error {
			for _, i := range items {
				if err := copyItem(e, bucket, i.key, i.value, now); err != nil && !errors.Is(err, ErrDamaged) {
					return err
				}
			}
			return nil
		})
	}
	err := from.file.Each(string(bucket), func(key, value []byte) error {
		value, keep := forgotten.passes(string(bucket), key, value)
		if !keep {
			return nil
		}
		if items = append(items, item{bytes.Clone(key), bytes.Clone(value)}); len(items) == batch {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// copyItem puts what was under a key of a bucket into a new file.
func copyItem(e *edit, bucket, key, value []byte, now time.Time) error {
	switch string(bucket) {
	case string(callsBucket):
		return copyAs[store.Saved](e, bucket, key, value)
	case string(windowsBucket):
		return copyAs[call.Window](e, bucket, key, value)
	case string(unknownBucket):
		return copyAs[call.Record](e, bucket, key, value)
	case string(outboxBucket):
		return copyAs[envelope](e, bucket, key, value)
	case string(historyBucket):
		record, err := decode[call.Record](key, value)
		if err != nil {
			return err
		}
		return errors.Join(e.part(bucket).Put(key, value), putUnknown(e, record))
	case string(attemptsBucket):
		attempt, err := decode[call.Attempt](key, value)
		if err != nil {
			return err
		}
		return putAttempt(e, attempt, now)
	case string(entriesBucket):
		entry, err := readEntry(key, value)
		if err != nil {
			return err
		}
		return putEntry(e, entry, now)
	case string(documentsBucket):
		if _, err := readDocument(key, value); err != nil {
			return err
		}
		return e.part(bucket).Put(key, value)
	case string(auditBucket):
		if _, err := readDeed(key, value); err != nil {
			return err
		}
		return e.part(bucket).Put(key, value)
	case string(blocksBucket):
		b, err := decode[block](key, value)
		if err != nil {
			return err
		}
		return putEntry(e, b.entry(), now)
	}
	return fmt.Errorf("copy bucket %s: nothing is known of it", bucket)
}

// copyAs copies what is a T.
func copyAs[T any](e *edit, bucket, key, value []byte) error {
	if _, err := decode[T](key, value); err != nil {
		return err
	}
	return e.part(bucket).Put(key, value)
}
