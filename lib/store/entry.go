package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"clearline/lib/call"
)

// Entries are written a million at a time, so they have a form of their own. It is a
// sequence of fields, each its length as a uvarint and so many bytes: name, word, source,
// since, until, and "v" for Verify. Fields at the end that are empty may be missing, and
// those that a later version adds are skipped. Times are as time.Time.AppendBinary
// writes them, the zero time is empty.

// errEntry says that bytes are no entry.
var errEntry = errors.New("the entry is damaged")

// AppendEntry appends the written form of an entry without its key.
func AppendEntry(b []byte, e call.Entry) ([]byte, error) {
	for _, text := range [...]string{e.Name, e.Word, e.Source} {
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
	}
	for _, t := range [...]time.Time{e.Since, e.Until} {
		var room [24]byte
		field := room[:0]
		if !t.IsZero() {
			var err error
			if field, err = t.AppendBinary(field); err != nil {
				return nil, fmt.Errorf("write a time of the entry %q: %w", e.Pattern, err)
			}
		}
		b = append(binary.AppendUvarint(b, uint64(len(field))), field...)
	}
	if e.Verify {
		b = append(b, 1, 'v')
	}
	return b, nil
}

// ReadEntry reads what AppendEntry has written. It keeps nothing of b.
func ReadEntry(key call.EntryKey, b []byte) (call.Entry, error) {
	e := call.Entry{Line: key.Line, List: key.List, Pattern: key.Pattern}
	for n := 0; len(b) > 0; n++ {
		length, used := binary.Uvarint(b)
		if used <= 0 || length > uint64(len(b)-used) {
			return call.Entry{}, errEntry
		}
		field := b[used : used+int(length)]
		b = b[used+int(length):]
		if len(field) == 0 {
			continue
		}
		var err error
		switch n {
		case 0:
			e.Name = string(field)
		case 1:
			e.Word = string(field)
		case 2:
			e.Source = string(field)
		case 3:
			err = e.Since.UnmarshalBinary(field)
		case 4:
			err = e.Until.UnmarshalBinary(field)
		case 5:
			e.Verify = string(field) == "v"
		}
		if err != nil {
			return call.Entry{}, errors.Join(errEntry, err)
		}
	}
	return e, nil
}
