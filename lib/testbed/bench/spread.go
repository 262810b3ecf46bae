package main

import (
	"slices"
	"time"

	"clearline/lib/testbed/bench/stopwatch"
)

// spread is what a set of delays looks like.
type spread struct{ median, p99, longest time.Duration }

// spreadOf takes the nearest rank: of fewer than 100 delays, p99 is the longest.
func spreadOf(delays []time.Duration) spread {
	if len(delays) == 0 {
		return spread{}
	}
	delays = slices.Sorted(slices.Values(delays))
	rank := func(percent int) time.Duration { return delays[max(0, (len(delays)*percent+99)/100-1)] }
	return spread{rank(50), rank(99), delays[len(delays)-1]}
}

// result is everything measured of one kind with one system.
type result struct {
	kind
	system  system
	samples []sample
	usage   usage
}

// delays picks one delay of each sample that came to its end.
func (r *result) delays(pick func(stopwatch.Delays) time.Duration) []time.Duration {
	var all []time.Duration
	for _, s := range r.samples {
		if !s.missed {
			all = append(all, pick(s.Delays))
		}
	}
	return all
}

func bye(d stopwatch.Delays) time.Duration    { return d.Bye }
func invite(d stopwatch.Delays) time.Duration { return d.Invite }

// undisturbed is the result without the samples during which the machine stood still.
func (r *result) undisturbed() *result {
	rest := *r
	rest.samples = slices.DeleteFunc(slices.Clone(r.samples), func(s sample) bool { return s.disturbed })
	return &rest
}

// callerFirst counts the samples in which the caller was told before anybody was rung.
func (r *result) callerFirst() (n int) {
	for _, s := range r.samples {
		if !s.missed && s.CallerFirst() {
			n++
		}
	}
	return n
}

// row is a kind with both its results.
type row struct {
	kind
	with, without *result
}

// ratio is how many times as long something takes with Clearline; 0 where one is missing.
func ratio(with, without time.Duration) float64 {
	if without <= 0 {
		return 0
	}
	return with.Seconds() / without.Seconds()
}
