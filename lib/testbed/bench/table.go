package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"clearline/lib/testbed/bench/stopwatch"
)

// table prints the report for people.
func (r *report) table(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nClearing a line for 999: milliseconds from the last key's release, at the telephones.\n"+
		"Asterisk %s, %d lines, %d cores, load %s before and %s after.\n"+
		"Every call has %d RTP packets a second in each direction, at either end.\n",
		r.asterisk, r.lines, r.cores, r.loadBefore, r.loadAfter, packetsPerCall)
	r.delays(&b, "BYE at the caller's telephone", bye)
	r.delays(&b, "INVITE at the emergency service's telephone", invite)
	r.usage(&b)
	r.remarks(&b)
	r.targets(&b)
	_, err := io.WriteString(out, b.String())
	return err
}

// delays prints one of the two delays of all rows.
func (r *report) delays(b *strings.Builder, title string, pick func(stopwatch.Delays) time.Duration) {
	fmt.Fprintf(b, "\n%s\n%24s%-32s%-32s%s\n", title, "", "Clearline", "plain dialplan", "ratio")
	const format = "%5s  %-11s %5s %8s %7s %7s    %5s %8s %7s %7s   %6s %6s\n"
	fmt.Fprintf(b, format, "calls", "dialled", "n", "median", "p99", "max", "n", "median", "p99", "max", "median", "p99")
	for _, row := range r.rows {
		with, without := row.with.delays(pick), row.without.delays(pick)
		s, p := spreadOf(with), spreadOf(without)
		fmt.Fprintf(b, format, strconv.Itoa(row.calls), row.pattern,
			strconv.Itoa(len(with)), ms(s.median), ms(s.p99), ms(s.longest),
			strconv.Itoa(len(without)), ms(p.median), ms(p.p99), ms(p.longest),
			times(ratio(s.median, p.median)), times(ratio(s.p99, p.p99)))
	}
}

// usage prints who used the processors.
func (r *report) usage(b *strings.Builder) {
	fmt.Fprintf(b, "\nWhile residents dialled: shares of one core, packets, and the telephones' latest frame\n")
	const format = "%5s  %-11s %-15s %9s %10s %11s %9s   %9s %8s\n"
	fmt.Fprintf(b, format, "calls", "dialled", "with", "Asterisk", "Clearline", "telephones", "others", "RTP/s in", "late ms")
	for _, row := range r.rows {
		for _, x := range []*result{row.with, row.without} {
			shares := x.usage.shares()
			fmt.Fprintf(b, format, strconv.Itoa(x.calls), x.pattern, x.system,
				percent(shares[0].of), percent(shares[1].of), percent(shares[2].of), percent(shares[3].of),
				fmt.Sprintf("%.0f", x.usage.packetRate()), ms(x.usage.late))
		}
	}
}

// remarks prints what qualifies the numbers.
func (r *report) remarks(b *strings.Builder) {
	b.WriteByte('\n')
	first, all, missed := 0, 0, 0
	for _, row := range r.rows {
		first, all = first+row.with.callerFirst(), all+len(row.with.samples)
		missed += row.with.missed() + row.without.missed()
	}
	fmt.Fprintf(b, "With Clearline the caller was told before anybody was rung in %d of %d.\n", first, all)
	if missed > 0 {
		fmt.Fprintf(b, "No BYE or no INVITE came within %s in %d; these are in no column.\n", dialWithin, missed)
	}
	if r.cut {
		b.WriteString("Cut short by --within: some rows have fewer samples than asked for, or are missing.\n")
	}
	r.disturbances(b)
	b.WriteString("Of fewer than 100 samples, p99 is the longest.\n")
}

// disturbances prints what p99 is without the samples that the machine disturbed.
func (r *report) disturbances(b *strings.Builder) {
	if r.standstills == 0 {
		return
	}
	fmt.Fprintf(b, "Times the machine stood still for over %s: %d, at most %s. All samples are in the table;\np99 without those during which it did:\n",
		standstill, r.standstills, r.longest.Round(time.Millisecond))
	for _, row := range r.rows {
		for _, x := range []*result{row.with, row.without} {
			rest := x.undisturbed()
			if n := len(x.samples) - len(rest.samples); n > 0 {
				fmt.Fprintf(b, "  %5d  %-11s %-15s BYE %8s   INVITE %8s   (without %d)\n", x.calls, x.pattern, x.system,
					ms(spreadOf(rest.delays(bye)).p99), ms(spreadOf(rest.delays(invite)).p99), n)
			}
		}
	}
}

// targets prints which targets are met.
func (r *report) targets(b *strings.Builder) {
	all := verdicts(r.rows)
	fmt.Fprintf(b, "\nTargets, for %d calls on %d cores:\n", targetCalls, targetCores)
	if len(all) == 0 {
		fmt.Fprintf(b, "  not measured: run with --calls %d\n", targetCalls)
	}
	if len(all) > 0 && r.cores != targetCores {
		fmt.Fprintf(b, "  (this machine has %d)\n", r.cores)
	}
	for _, v := range all {
		word := "not met"
		if v.Met {
			word = "met"
		}
		fmt.Fprintf(b, "  %-8s %-11s %-50s %8.1f\n", word, v.Pattern, v.Target, v.Measured)
	}
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", inMS(d)) }

func times(ratio float64) string {
	if ratio == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", ratio)
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }
