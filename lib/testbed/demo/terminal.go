package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// ANSI styles.
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// terminal prints text, in colour where somebody sees it.
type terminal struct {
	mu     sync.Mutex
	w      io.Writer
	colour bool
}

// newTerminal honours NO_COLOR (no-color.org).
func newTerminal(f *os.File) *terminal {
	info, err := f.Stat()
	tty := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &terminal{w: f, colour: tty && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func (t *terminal) paint(style, s string) string {
	if !t.colour {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// printf ignores a terminal that has gone away: what runs is ended in order anyway.
func (t *terminal) printf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = fmt.Fprintf(t.w, format, args...)
}

// Where the columns of a story's lines begin, and where lines end.
const (
	textColumn = 22
	lastColumn = 100
)

// column lays out words from textColumn on, beginning at column at, and returns the
// column after them.
func column(at int, text string) (laid string, next int) {
	var b strings.Builder
	for i, word := range strings.Fields(text) {
		switch {
		case at > textColumn && at+1+len(word) > lastColumn:
			b.WriteString("\n" + strings.Repeat(" ", textColumn))
			at = textColumn
		case i > 0 || at > textColumn:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += len(word)
	}
	return b.String(), at
}
