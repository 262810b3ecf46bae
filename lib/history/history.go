// Package history lets an operator read what happened, and read and change the lists, from
// a second process and while Clearline runs: the store's file belongs to one process, so
// that one answers on a unix socket beside it. The package also has the words for what is
// read.
package history

import (
	"context"
	"errors"
	"fmt"

	"clearline/lib/call"
)

// Most bounds how many records or attempts are read at once.
const Most = 10_000

// longest is how long the path of a socket may be, in bytes. Linux has room for 107,
// the BSDs for 103.
const longest = 100

// ErrNobody is wrapped by the errors of a Client when no Clearline listens.
var ErrNobody = errors.New("no running Clearline answers")

// Reader reads the history. Its methods honour their context.
type Reader interface {
	// Records returns at most limit records of calls, the latest to arrive first.
	Records(ctx context.Context, limit int) ([]call.Record, error)
	// Attempts returns at most limit attempts, the latest first.
	Attempts(ctx context.Context, limit int) ([]call.Attempt, error)
}

// Socket is the path of the socket that belongs to a store's file.
func Socket(file string) string { return file + ".sock" }

func checkLength(path string) error {
	if len(path) > longest {
		return fmt.Errorf("the path of the socket %s is %d bytes long, and %d are possible: give the store's file a shorter path", path, len(path), longest)
	}
	return nil
}
