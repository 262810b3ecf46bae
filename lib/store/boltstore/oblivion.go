package boltstore

import (
	"encoding/json"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// oblivion leaves what is kept about a number out of a copy of a file. A nil one leaves
// out nothing.
type oblivion struct {
	store.Oblivion
	stopped bool // nothing of it goes on: calls under way are left out, too
}

// passes returns what is copied of an item, and whether any of it is. What cannot be
// understood is not its business.
func (o *oblivion) passes(bucket string, key, value []byte) ([]byte, bool) {
	if o == nil {
		return value, true
	}
	switch bucket {
	case string(callsBucket):
		saved, err := decode[store.Saved](key, value)
		return value, err != nil || !o.stopped || !saved.Mentions(o.Number)
	case string(historyBucket), string(unknownBucket):
		record, err := decode[call.Record](key, value)
		return value, err != nil || record.From.Number != o.Number
	case string(windowsBucket):
		window, err := decode[call.Window](key, value)
		return value, err != nil || window.Number != o.Number
	case string(attemptsBucket):
		attempt, err := decode[call.Attempt](key, value)
		if err != nil || attempt.Suspect.Number != o.Number {
			return value, true
		}
		return marshalled(store.Unsuspected(attempt))
	case string(outboxBucket):
		kept, err := decode[envelope](key, value)
		discreet, said := store.Discreet(kept.Letter, o.Number)
		if err != nil || !said {
			return value, true
		}
		kept.Letter = discreet
		return marshalled(kept)
	case string(auditBucket):
		deed, err := decode[store.Deed](key, value)
		discreet, said := store.DiscreetDeed(deed, o.Number)
		if err != nil || !said {
			return value, true
		}
		return marshalled(discreet)
	case string(entriesBucket):
		k, err := readEntryKey(key)
		return value, err != nil || !o.Lists || k.Pattern != o.Number
	case string(blocksBucket):
		b, err := decode[block](key, value)
		return value, err != nil || !o.Lists || b.Number != o.Number
	}
	return value, true
}

// marshalled is what is kept of a value; nothing when it cannot be.
func marshalled(value any) ([]byte, bool) {
	text, err := json.Marshal(value)
	return text, err == nil
}

// traced adds what is kept about a number under a key of a bucket.
func traced(t *call.Traces, number, bucket string, key, value []byte) error {
	switch bucket {
	case string(callsBucket):
		saved, err := decode[store.Saved](key, value)
		if err == nil && saved.Mentions(number) {
			t.UnderWay = append(t.UnderWay, saved.ID)
		}
		return err
	case string(historyBucket), string(unknownBucket):
		record, err := decode[call.Record](key, value)
		if err == nil && record.From.Number == number && !slices.Contains(t.Calls, record.ID) {
			t.Calls = append(t.Calls, record.ID)
		}
		return err
	case string(windowsBucket):
		window, err := decode[call.Window](key, value)
		if err == nil && window.Number == number {
			t.Windows++
		}
		return err
	case string(attemptsBucket):
		attempt, err := decode[call.Attempt](key, value)
		if err == nil && attempt.Suspect.Number == number {
			t.Suspect = append(t.Suspect, attempt.ID)
		}
		return err
	case string(outboxBucket):
		kept, err := decode[envelope](key, value)
		if _, said := store.Discreet(kept.Letter, number); err == nil && said {
			t.Letters++
		}
		return err
	case string(auditBucket):
		deed, err := decode[store.Deed](key, value)
		if _, said := store.DiscreetDeed(deed, number); err == nil && said {
			t.Deeds++
		}
		return err
	case string(entriesBucket):
		entry, err := readEntry(key, value)
		if err == nil && entry.Pattern == number && !lapsed(entry, time.Now()) {
			t.Entries = append(t.Entries, entry)
		}
		return err
	}
	return nil
}
