package testbed

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// Moment is one thing that happened.
type Moment struct {
	At   time.Time
	Who  string // a phone's name, "asterisk", "clearline", "scenario"
	What string // one line
}

// Timeline collects what phones, Asterisk and the program under test did, and prints it
// in order. It may be used from many goroutines.
type Timeline struct {
	mu      sync.Mutex
	start   time.Time
	moments []Moment
	watch   func(Moment)
}

// NewTimeline returns a timeline whose clock starts now.
func NewTimeline() *Timeline { return &Timeline{start: time.Now()} }

// Add notes something that happens now.
func (t *Timeline) Add(who, format string, args ...any) {
	t.AddAt(time.Now(), who, fmt.Sprintf(format, args...))
}

// AddAt notes something that happened at a known time. Control characters in what are
// shown escaped, so that a stranger's bytes stay on their line.
func (t *Timeline) AddAt(at time.Time, who, what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := Moment{at, who, plain(what)}
	t.moments = append(t.moments, m)
	if t.watch != nil {
		t.watch(m)
	}
}

// Watch hands every later moment to watch, in the order in which they become known; nil
// ends that. Ears know what they hear only a little after it began. watch must return at
// once and leave the timeline alone.
func (t *Timeline) Watch(watch func(Moment)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.watch = watch
}

// Moments returns everything noted since a time, sorted; the zero time means all.
func (t *Timeline) Moments(since time.Time) []Moment {
	t.mu.Lock()
	all := slices.Clone(t.moments)
	t.mu.Unlock()
	all = slices.DeleteFunc(all, func(m Moment) bool { return m.At.Before(since) })
	slices.SortStableFunc(all, func(a, b Moment) int { return a.At.Compare(b.At) })
	return all
}

// Print writes the moments since a time, one line each, with seconds since the
// timeline's start.
func (t *Timeline) Print(w io.Writer, since time.Time) {
	for _, m := range t.Moments(since) {
		_, _ = fmt.Fprintf(w, "%9.3f  %-12s %s\n", m.At.Sub(t.start).Seconds(), m.Who, m.What)
	}
}

// Writer returns a writer that notes each line written to it, for a program's log.
func (t *Timeline) Writer(who string) io.Writer { return &lineWriter{to: t, who: who} }

type lineWriter struct {
	to   *Timeline
	who  string
	mu   sync.Mutex
	rest []byte
}

func (w *lineWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, b...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte("\n"))
		if !found {
			return len(b), nil
		}
		w.to.AddAt(time.Now(), w.who, string(line))
		w.rest = rest
	}
}

// plain escapes what would break a line or a terminal.
func plain(s string) string {
	clean := func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }
	if strings.IndexFunc(s, clean) < 0 {
		return s
	}
	q := fmt.Sprintf("%+q", s)
	return q[1 : len(q)-1]
}
