package boltstore

import (
	"bytes"
	"fmt"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// sweepEvery is how often what is too old is looked for.
const sweepEvery = time.Hour

// sweep removes records and attempts older than store.Retention, and windows that are
// over, and entries that lapsed. The history and the attempts sort by time, so only their beginnings are read.
func sweep(e *edit, now time.Time) error {
	oldest := now.Add(-store.Retention)
	err := remove(e, historyBucket, true, func(r call.Record) bool { return r.Arrived.Before(oldest) })
	if err != nil {
		return err
	}
	err = remove(e, unknownBucket, false, func(r call.Record) bool { return r.Ended.Before(oldest) })
	if err != nil {
		return err
	}
	err = remove(e, attemptsBucket, true, func(a call.Attempt) bool {
		return a.At.Before(oldest) && e.part(momentsBucket).Delete([]byte(a.ID)) == nil
	})
	if err != nil {
		return err
	}
	err = remove(e, windowsBucket, false, func(w call.Window) bool { return over(w, now) })
	if err != nil {
		return err
	}
	return sweepEntries(e, now)
}

// remove deletes the values of a bucket that are old. Of a bucket in order of time
// nothing is read beyond the first that is not.
func remove[T any](e *edit, name []byte, inOrder bool, old func(T) bool) error {
	bucket := e.part(name)
	var keys [][]byte
	cursor := bucket.Cursor()
	for key, text := cursor.First(); key != nil; key, text = cursor.Next() {
		value, err := decode[T](key, text)
		switch {
		case err != nil: // damaged: whoever reads it says so
		case old(value):
			keys = append(keys, bytes.Clone(key))
		case inOrder:
			return deleteAll(bucket, keys)
		}
	}
	return deleteAll(bucket, keys)
}

func deleteAll(bucket *part, keys [][]byte) error {
	for _, key := range keys {
		if err := bucket.Delete(key); err != nil {
			return fmt.Errorf("remove %q: %w", key, err)
		}
	}
	return nil
}
