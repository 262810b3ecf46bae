package main

import (
	"fmt"
	"io"
)

// complain writes what went wrong. Nobody can be told when that fails.
func complain(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// output is where a command writes: what was asked for, and what it complains of; and
// where it reads what is too much or too secret for its arguments.
type output struct {
	out, err io.Writer
	in       io.Reader
}
