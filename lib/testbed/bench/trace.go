package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// trace shows what Clearline and Asterisk say to each other between the last key and the
// INVITE: of one clearing everything, of many the counts.
func (b *bench) trace(ctx context.Context, w io.Writer) error {
	for _, calls := range b.opt.Calls {
		b.progress.say("%d calls, at once", calls)
		pairs, err := b.ready(ctx, calls, clearline)
		if err != nil {
			return err
		}
		samples, err := b.hall.dialAtOnce(ctx, pairs)
		if err != nil {
			return err
		}
		if err := b.hall.hangUp(ctx, pairs); err != nil {
			return err
		}
		b.printTrace(w, &result{samples: samples}, calls)
	}
	return nil
}

// printTrace prints what was said from a moment before the first last key.
func (b *bench) printTrace(w io.Writer, r *result, calls int) {
	const before, behind = 20 * time.Millisecond, 50 * time.Millisecond
	var keys, rings []time.Time
	for _, s := range r.samples {
		if !s.missed {
			keys, rings = append(keys, s.key), append(rings, s.key.Add(s.Invite))
		}
	}
	if len(keys) == 0 {
		_, _ = fmt.Fprintf(w, "\n%d calls: nobody got through\n", calls)
		return
	}
	first, last := slices.MinFunc(keys, time.Time.Compare), slices.MaxFunc(rings, time.Time.Compare)
	_, _ = fmt.Fprintf(w, "\n%d calls at once, %d missed: BYE median %s ms, INVITE median %s ms, last INVITE %s ms\n",
		calls, r.missed(), ms(spreadOf(r.delays(bye)).median), ms(spreadOf(r.delays(invite)).median), ms(last.Sub(first)))
	if calls == 1 {
		_, _ = fmt.Fprintf(w, "\n  %8s  %7s\n", "at ms", "took ms")
		printOne(w, b.hall.tap.between(first.Add(-before), last.Add(behind)), first)
		return
	}
	_, _ = fmt.Fprintf(w, "\n  %6s  %8s  %8s  %8s\n", "each", "median", "p99", "max ms")
	printAll(w, b.hall.tap.between(first, last), calls)
}
