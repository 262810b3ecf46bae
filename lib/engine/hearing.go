package engine

import (
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
	"clearline/lib/store"
)

// hear learns what another node has written: the windows its clearings opened, attempts,
// and callers it has had.
func (e *Engine) hear(c store.Change) {
	now := time.Now()
	e.mu.Lock()
	for _, w := range c.Windows {
		e.open(w, now)
	}
	for _, a := range c.Attempts {
		e.tried(a, now)
	}
	e.mu.Unlock()
	for _, r := range c.Records {
		e.remember(r)
		if r.Message != call.NoMessage {
			e.shine(r.Line)
		}
	}
}

// tried keeps an attempt in mind as long as it counts. Word of its beginning may come
// after word of its end. The lock is held.
func (e *Engine) tried(a call.Attempt, now time.Time) {
	var kept []call.Attempt
	for _, other := range e.attempts[a.Line] {
		if other.ID == a.ID && other.Outcome != "" && a.Outcome == "" {
			a = other
		}
		if other.ID != a.ID && now.Sub(other.At) <= e.opts.Windows.Window {
			kept = append(kept, other)
		}
	}
	if now.Sub(a.At) <= e.opts.Windows.Window {
		kept = append(kept, a)
	}
	e.attempts[a.Line] = kept
}

// missing are the entries of lines that were known and are not there.
func missing(known, there *policy.Book, lines []call.LineID) []call.Entry {
	if len(lines) == 0 {
		return nil
	}
	var found []call.Entry
	for entry := range known.Entries() {
		if !slices.Contains(lines, entry.Line) {
			continue
		}
		if _, kept := there.Entry(entry.Key()); !kept {
			found = append(found, entry)
		}
	}
	return found
}

// atOnce is how many entries are given back with one write, so that nothing else waits
// for it for long.
const atOnce = 2000

// giveBack writes to a store that has lost its data what is known of lines: windows,
// attempts and last callers at once, calls under way when each comes to it, entries behind
// everything else.
func (e *Engine) giveBack(entries []call.Entry, lines []call.LineID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	var known store.Changes
	for _, line := range lines {
		known.Windows = append(known.Windows, e.house.Windows().Of(line)...)
		known.Attempts = append(known.Attempts, e.attempts[line]...)
		if last, ok := e.unknown[line]; ok {
			known.Records = append(known.Records, last)
		}
	}
	e.saver.again(known)
	for _, l := range e.calls {
		if slices.Contains(lines, l.line) {
			l.mail.order(rewrite)
		}
	}
	e.aside(func() {
		for part := range slices.Chunk(entries, atOnce) {
			select {
			case <-e.saver.again(store.Changes{Put: part}):
			case <-e.closing:
				return
			}
		}
	})
}
