package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"
)

// What a verdict may add until the telephone rings.
const (
	addedMedianTarget = 3 * time.Millisecond
	addedP99Target    = 10 * time.Millisecond
)

// ringReport is what is printed of a trusted caller's wait.
type ringReport struct {
	asterisk              string
	rate                  int // calls of either kind that begin each second
	loadBefore, loadAfter string
	rings                 []ring
	standstills           int
	longest               time.Duration // of these
}

// delays are those of one kind that rang; undisturbed leaves out those during which the
// machine stood still.
func (r *ringReport) delays(with system, undisturbed bool) (all []time.Duration) {
	for _, x := range r.rings {
		if x.system == with && !x.missed && (!x.disturbed || !undisturbed) {
			all = append(all, x.took)
		}
	}
	return all
}

// missed counts the calls of one kind that never rang.
func (r *ringReport) missed(with system) (n int) {
	for _, x := range r.rings {
		if x.system == with && x.missed {
			n++
		}
	}
	return n
}

// added is what Clearline's calls took longer.
func (r *ringReport) added(undisturbed bool) spread {
	with, without := spreadOf(r.delays(clearline, undisturbed)), spreadOf(r.delays(direct, undisturbed))
	return spread{with.median - without.median, with.p99 - without.p99, with.longest - without.longest}
}

// ringTarget is a target and what was measured of it.
type ringTarget struct {
	Target   string  `json:"target"`
	Measured float64 `json:"measured_ms"`
	Met      bool    `json:"met"`
}

func (r *ringReport) targets() []ringTarget {
	added := r.added(false)
	all := len(r.delays(clearline, false)) > 0 && r.missed(clearline) == 0 // a call that never rang meets no target
	return []ringTarget{
		{fmt.Sprintf("median within %s of a plain Dial", addedMedianTarget), inMS(added.median), all && added.median <= addedMedianTarget},
		{fmt.Sprintf("p99 within %s of a plain Dial", addedP99Target), inMS(added.p99), all && added.p99 <= addedP99Target},
	}
}

// table prints the report for people.
func (r *ringReport) table(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nRinging for a trusted caller: milliseconds from the caller's INVITE to the telephone's.\n"+
		"Asterisk %s, %d lines, %d cores, load %s before and %s after.\n"+
		"%d calls of either kind begin each second, by turns.\n\n", r.asterisk, mostCalls, runtime.NumCPU(), r.loadBefore, r.loadAfter, r.rate)
	r.rows(&b, false)
	for _, with := range []system{clearline, direct} {
		if n := r.missed(with); n > 0 {
			fmt.Fprintf(&b, "%d calls with %s did not ring within %s; they are in no column.\n", n, with, ringWithin)
		}
	}
	if r.standstills > 0 {
		fmt.Fprintf(&b, "\nTimes the machine stood still for over %s: %d, at most %s. Without the calls of those times:\n\n",
			standstill, r.standstills, r.longest.Round(time.Millisecond))
		r.rows(&b, true)
	}
	b.WriteString("\nTargets, of all calls:\n")
	for _, t := range r.targets() {
		word := "not met"
		if t.Met {
			word = "met"
		}
		fmt.Fprintf(&b, "  %-8s %-32s %8.1f\n", word, t.Target, t.Measured)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *ringReport) rows(b *strings.Builder, undisturbed bool) {
	const format = "%-12s %6s %8s %8s %8s\n"
	fmt.Fprintf(b, format, "", "n", "median", "p99", "max")
	for _, with := range []system{clearline, direct} {
		delays := r.delays(with, undisturbed)
		s := spreadOf(delays)
		fmt.Fprintf(b, format, with, fmt.Sprint(len(delays)), ms(s.median), ms(s.p99), ms(s.longest))
	}
	added := r.added(undisturbed)
	fmt.Fprintf(b, format, "added", "", ms(added.median), ms(added.p99), ms(added.longest))
}

// ringJSON is the report for machines. Delays are in milliseconds.
type ringJSON struct {
	Asterisk   string       `json:"asterisk"`
	Cores      int          `json:"cores"`
	Rate       int          `json:"rate"`
	LoadBefore string       `json:"load_before"`
	LoadAfter  string       `json:"load_after"`
	Results    []ringsJSON  `json:"results"`
	Targets    []ringTarget `json:"targets"`
}

type ringsJSON struct {
	System    system    `json:"system"`
	Missed    int       `json:"missed"`
	Disturbed []bool    `json:"disturbed"` // each: the machine stood still meanwhile
	Rang      []float64 `json:"rang_ms"`
}

func (r *ringReport) json(w io.Writer) error {
	out := ringJSON{r.asterisk, runtime.NumCPU(), r.rate, r.loadBefore, r.loadAfter, nil, r.targets()}
	for _, with := range []system{clearline, direct} {
		one := ringsJSON{System: with, Missed: r.missed(with)}
		for _, x := range r.rings {
			if x.system == with && !x.missed {
				one.Disturbed, one.Rang = append(one.Disturbed, x.disturbed), append(one.Rang, inMS(x.took))
			}
		}
		out.Results = append(out.Results, one)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}
