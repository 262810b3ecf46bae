package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// trace shows what Clearline and Asterisk say to each other between the last key and the
// INVITE: of one clearing everything, of many the counts.
func (b *bench) trace(ctx context.Context, w io.Writer) error {
	for _, calls := range b.opt.Calls {
		b.progress.say("%d calls, at once", calls)
		pairs, err := b.hall.take(ctx, calls, clearline)
		if err != nil {
			return err
		}
		if err := b.hall.setUp(ctx, clearline, pairs); err != nil {
			return err
		}
		if err := pause(ctx, settle); err != nil {
			return err
		}
		samples, err := b.hall.dialAtOnce(ctx, pairs)
		if err != nil {
			return err
		}
		first, last := time.Time{}, time.Time{}
		var r result
		for _, s := range samples {
			r.samples = append(r.samples, s)
			if first.IsZero() || s.key.Before(first) {
				first = s.key
			}
			if rung := s.key.Add(s.Invite); rung.After(last) {
				last = rung
			}
		}
		if err := b.hall.hangUp(ctx, pairs); err != nil {
			return err
		}
		said := b.hall.tap.between(first.Add(-150*time.Millisecond), last.Add(50*time.Millisecond))
		_, _ = fmt.Fprintf(w, "\n%d calls: BYE median %s ms, INVITE median %s ms, last INVITE %s ms\n",
			calls, ms(r.bye().Median), ms(r.invite().Median), ms(last.Sub(first)))
		if calls == 1 {
			_, _ = fmt.Fprintf(w, "\n  %8s  %7s\n", "at ms", "took")
			printOne(w, said, first)
			continue
		}
		_, _ = fmt.Fprintf(w, "\n  %6s  %8s  %8s  %8s\n", "each", "median", "p99", "max ms")
		printAll(w, b.hall.tap.between(first, last), calls)
	}
	return nil
}
