package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"clearline/lib/testbed/bench/stopwatch"
)

// The targets, for 50 calls on two processors.
const (
	byeTarget    = 20 * time.Millisecond
	inviteTarget = 60 * time.Millisecond
	ratioTarget  = 3.0
)

// spread is what a set of delays looks like.
type spread struct {
	Median, P99, Max time.Duration
}

// spreadOf takes the nearest rank: of fewer than 100 delays, p99 is the longest.
func spreadOf(delays []time.Duration) spread {
	if len(delays) == 0 {
		return spread{}
	}
	slices.Sort(delays)
	rank := func(share int) time.Duration { return delays[max(0, (len(delays)*share+99)/100-1)] }
	return spread{rank(50), rank(99), delays[len(delays)-1]}
}

// measured are the delays of the samples that came to their end.
func (r *result) measured() []stopwatch.Delays {
	var all []stopwatch.Delays
	for _, s := range r.samples {
		if !s.missed {
			all = append(all, s.Delays)
		}
	}
	return all
}

func (r *result) bye() spread {
	var all []time.Duration
	for _, d := range r.measured() {
		all = append(all, d.Bye)
	}
	return spreadOf(all)
}

func (r *result) invite() spread {
	var all []time.Duration
	for _, d := range r.measured() {
		all = append(all, d.Invite)
	}
	return spreadOf(all)
}

type report struct {
	Asterisk   string
	Cores      int
	LoadBefore string
	LoadAfter  string
	Cut        bool
	results    []*result
}

func (b *bench) report(context.Context) *report {
	slices.SortStableFunc(b.results, func(x, y *result) int {
		return cmp.Or(cmp.Compare(x.pattern, y.pattern)*-1, cmp.Compare(x.calls, y.calls))
	})
	return &report{
		Asterisk: b.hall.house.Bed.Asterisk.Install.Version, Cores: runtime.NumCPU(),
		LoadBefore: b.loadBefore, LoadAfter: load(), Cut: b.cut, results: b.results,
	}
}

func (r *report) json(w io.Writer) error {
	return json.NewEncoder(w).Encode(r)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) }

func (r *report) table(out io.Writer) error {
	fmt.Fprintf(out, "Asterisk %s, %d cores, load %s before and %s after\n", r.Asterisk, r.Cores, r.LoadBefore, r.LoadAfter)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "calls\tpattern\tsystem\tsamples\tmissed\tBYE med\tp99\tmax\tINVITE med\tp99\tmax\tast\tclr\tphones\tall\trtp/s\tlate\t")
	for _, x := range r.results {
		b, i := x.bye(), x.invite()
		n := len(x.measured())
		share := func(d time.Duration) string { return fmt.Sprintf("%.0f%%", 100*d.Seconds()/x.usage.Took.Seconds()) }
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.0f\t%s\t\n", x.calls, x.pattern, x.system, n, len(x.samples)-n,
			ms(b.Median), ms(b.P99), ms(b.Max), ms(i.Median), ms(i.P99), ms(i.Max),
			share(x.usage.Asterisk), share(x.usage.Clearline), share(x.usage.Phones), share(x.usage.Everybody), float64(x.usage.Received)/x.usage.Took.Seconds(), ms(x.usage.Late))
	}
	return w.Flush()
}
