package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"clearline/lib/testbed"
)

// narrator prints what happens in a story, a moment behind: ears know what they hear
// only after it began, and lines should come in order.
type narrator struct {
	out     *terminal
	lexicon *lexicon
	record  io.Writer // gets everything, as it is

	mu      sync.Mutex
	begun   time.Time
	pending []testbed.Moment
	rung    map[string]bool // who hears ringing already
	last    told
	lastAt  time.Time
	at      int // column after the open line; 0 where none is open
	stop    chan struct{}
	stopped chan struct{}
}

const (
	behind = 500 * time.Millisecond
	beat   = 100 * time.Millisecond
	// earsEarly is by how much a sound may seem to begin before what caused it: its first
	// packets arrive at once.
	earsEarly = 40 * time.Millisecond
)

// watch takes a moment from the timeline.
func (n *narrator) watch(m testbed.Moment) {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, _ = fmt.Fprintf(n.record, "%s  %-10s %s\n", m.At.Format("15:04:05.000"), m.Who, m.What)
	if strings.HasPrefix(m.What, "hears ") {
		m.At = m.At.Add(earsEarly)
	}
	if !n.begun.IsZero() {
		n.pending = append(n.pending, m)
	}
}

// begin starts to tell.
func (n *narrator) begin(at time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.begun, n.lastAt, n.pending, n.last, n.at, n.rung = at, at, nil, told{}, 0, map[string]bool{}
	n.stop, n.stopped = make(chan struct{}), make(chan struct{})
	go n.run(n.stop, n.stopped)
}

// end tells what is left.
func (n *narrator) end() {
	close(n.stop)
	<-n.stopped
	n.tell(time.Now().Add(time.Hour))
	n.mu.Lock()
	defer n.mu.Unlock()
	n.begun = time.Time{}
	n.closeLine()
}

func (n *narrator) run(stop <-chan struct{}, stopped chan<- struct{}) {
	defer close(stopped)
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			n.tell(time.Now().Add(-behind))
		case <-stop:
			return
		}
	}
}

// tell prints what happened before a time.
func (n *narrator) tell(before time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	slices.SortStableFunc(n.pending, func(a, b testbed.Moment) int { return a.At.Compare(b.At) })
	for len(n.pending) > 0 && n.pending[0].At.Before(before) {
		m := n.pending[0]
		n.pending = n.pending[1:]
		if t, ok := n.lexicon.words(m.Who, m.What); ok && n.fresh(t) {
			n.print(m.At, t)
		}
	}
}

// fresh leaves out ringing that only goes on.
func (n *narrator) fresh(t told) bool {
	ringing := t.text == "hears ringing"
	again := ringing && n.rung[t.who]
	if t.who != "Clearline" {
		n.rung[t.who] = ringing
	}
	return !again
}

func (n *narrator) print(at time.Time, t told) {
	if t.more != "" && n.at > 0 && t.who == n.last.who && t.kind == n.last.kind {
		laid, next := column(n.at, t.more)
		n.out.printf("%s", laid)
		n.at = next
		return
	}
	n.closeLine()
	// Prompts that begin alike are told apart late.
	if at.Before(n.lastAt) {
		at = n.lastAt
	}
	laid, next := column(textColumn, t.text)
	name := fmt.Sprintf("%-10s", t.who)
	n.out.printf("%6.1f s   %s %s", max(0, at.Sub(n.begun).Seconds()), n.out.paint(colourOf(t.who), name), laid)
	n.at, n.last, n.lastAt = next, t, at
}

func (n *narrator) closeLine() {
	if n.at > 0 {
		n.out.printf("\n")
		n.at = 0
	}
}

func colourOf(who string) string {
	switch {
	case who == "Clearline":
		return cyan
	case strings.HasPrefix(who, "resident"):
		return green
	}
	return yellow
}
