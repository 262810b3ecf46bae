package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progress says on stderr what is being done.
type progress struct {
	w     io.Writer
	begun time.Time
}

func newProgress(w io.Writer) *progress { return &progress{w: w, begun: time.Now()} }

func (p *progress) say(format string, args ...any) {
	_, _ = fmt.Fprintf(p.w, "%4.0f s  %s\n", time.Since(p.begun).Seconds(), fmt.Sprintf(format, args...))
}

// Write takes lines of somebody else's progress.
func (p *progress) Write(b []byte) (int, error) {
	for line := range strings.Lines(string(b)) {
		p.say("%s", strings.TrimPrefix(strings.TrimRight(line, "\n"), "testbed: "))
	}
	return len(b), nil
}
