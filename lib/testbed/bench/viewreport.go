package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"
)

// seenTarget is within how long half of all consoles show a change.
const seenTarget = 300 * time.Millisecond

// viewReport is what is printed of consoles.
type viewReport struct {
	asterisk              string
	options               consolesOptions
	loadBefore, loadAfter string
	changes               []change
	unseen, seen          usage // without and with consoles
	pages                 int   // that the consoles have asked for
	bytes                 int64 // of these
	standstills           int
	longest               time.Duration // of these
}

// delays are those of one kind of change, or of all, in all consoles.
func (r *viewReport) delays(kind string, undisturbed bool) (all []time.Duration) {
	for _, c := range r.changes {
		if (kind == "" || c.kind == kind) && (!undisturbed || !c.disturbed) {
			all = append(all, c.seen...)
		}
	}
	return all
}

// missed counts the changes that a console never showed.
func (r *viewReport) missed() (n int) {
	for _, c := range r.changes {
		n += c.missed
	}
	return n
}

func (r *viewReport) target() ringTarget {
	median := spreadOf(r.delays("", false)).median
	return ringTarget{fmt.Sprintf("median within %s", seenTarget), inMS(median), median > 0 && r.missed() == 0 && median <= seenTarget}
}

// own is what Clearline took of one core.
func own(u *usage) float64 {
	for _, s := range u.shares() {
		if s.who == "clearline" {
			return s.of
		}
	}
	return 0
}

// table prints the report for people.
func (r *viewReport) table(w io.Writer) error {
	var b strings.Builder
	o := r.options
	fmt.Fprintf(&b, "\nUntil a change is on every screen: milliseconds from the caller's packet to the page.\n"+
		"Asterisk %s, %d lines, %d guarded calls, %d consoles, %d cores, load %s before and %s after.\n\n",
		r.asterisk, o.Lines, o.Active, o.Consoles, runtime.NumCPU(), r.loadBefore, r.loadAfter)
	r.rows(&b, false)
	if n := r.missed(); n > 0 {
		fmt.Fprintf(&b, "%d times a console did not show a change within %s; they are in no column.\n", n, seenWithin)
	}
	if r.standstills > 0 {
		fmt.Fprintf(&b, "\nTimes the machine stood still for over %s: %d, at most %s. Without the changes of those times:\n\n",
			standstill, r.standstills, r.longest.Round(time.Millisecond))
		r.rows(&b, true)
	}
	fmt.Fprintf(&b, "\nWhat Clearline takes of one core while callers ring and give up:\n"+
		"  nobody looks     %5.1f %%\n  %2d consoles open %5.1f %%, %d pages of %d KiB\n",
		100*own(&r.unseen), o.Consoles, 100*own(&r.seen), r.pages, r.bytes/int64(max(1, r.pages))/1024)
	word, t := "not met", r.target()
	if t.Met {
		word = "met"
	}
	fmt.Fprintf(&b, "\nTarget, of all changes:\n  %-8s %-32s %8.1f\n", word, t.Target, t.Measured)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *viewReport) rows(b *strings.Builder, undisturbed bool) {
	const format = "%-12s %6s %8s %8s %8s\n"
	fmt.Fprintf(b, format, "", "n", "median", "p99", "max")
	for _, kind := range []string{ringsChange, givesUpChange} {
		delays := r.delays(kind, undisturbed)
		s := spreadOf(delays)
		fmt.Fprintf(b, format, kind, fmt.Sprint(len(delays)), ms(s.median), ms(s.p99), ms(s.longest))
	}
}

// viewJSON is the report for machines. Delays are in milliseconds, shares of one core.
type viewJSON struct {
	Asterisk   string               `json:"asterisk"`
	Cores      int                  `json:"cores"`
	Lines      int                  `json:"lines"`
	Active     int                  `json:"active"`
	Consoles   int                  `json:"consoles"`
	LoadBefore string               `json:"load_before"`
	LoadAfter  string               `json:"load_after"`
	Seen       map[string][]float64 `json:"seen_ms"`
	Missed     int                  `json:"missed"`
	Unwatched  float64              `json:"clearline_core_nobody_looks"`
	Watched    float64              `json:"clearline_core_consoles_open"`
	Pages      int                  `json:"pages"`
	Target     ringTarget           `json:"target"`
}

func (r *viewReport) json(w io.Writer) error {
	o := r.options
	out := viewJSON{
		r.asterisk, runtime.NumCPU(), o.Lines, o.Active, o.Consoles, r.loadBefore, r.loadAfter,
		map[string][]float64{},
		r.missed(), own(&r.unseen), own(&r.seen), r.pages, r.target(),
	}
	for _, kind := range []string{ringsChange, givesUpChange} {
		for _, d := range r.delays(kind, false) {
			out.Seen[kind] = append(out.Seen[kind], inMS(d))
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}
