package boltstore

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"clearline/lib/call"
)

// plainest is how many digits a number must have to be looked for as it is: fewer stand in
// any file by chance.
const plainest = 7

// needles are the ways in which a number stands in a file, also where nothing refers to it
// any more.
func needles(number string) [][]byte {
	if digits := strings.TrimPrefix(number, "+"); len(digits) >= plainest {
		return [][]byte{[]byte(digits)}
	}
	return [][]byte{
		[]byte(`"Number":"` + number + `"`),
		append(entryKey(call.EntryKey{List: call.Contacts}), number...)[1:], // the line's id comes before
		append(entryKey(call.EntryKey{List: call.Blocks}), number...)[1:],
	}
}

// holds reports whether any of the needles is anywhere in a file.
func holds(path string, needles [][]byte) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }()
	overlap := 0
	for _, needle := range needles {
		overlap = max(overlap, len(needle)-1)
	}
	buffer, kept := make([]byte, 1<<20), 0
	for {
		n, err := io.ReadFull(file, buffer[kept:])
		text := buffer[:kept+n]
		for _, needle := range needles {
			if bytes.Contains(text, needle) {
				return true, nil
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return false, nil
		case err != nil:
			return false, err
		}
		kept = copy(buffer, text[len(text)-min(overlap, len(text)):])
	}
}
