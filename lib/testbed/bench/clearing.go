package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

type clearingOptions struct {
	Calls  []int         `help:"How many calls are up at once, 1 to 50, such as 1,10,50." default:"1,10,50" placeholder:"N"`
	Rounds int           `help:"How often everything is measured." default:"3" placeholder:"N"`
	Within time.Duration `help:"No further batch of calls is begun after this time." default:"5m15s"`
	JSON   bool          `help:"Print every sample as JSON."`
	Trace  bool          `help:"Show one clearing with every request to Asterisk instead."`
}

// Help implements kong's HelpProvider.
func (clearingOptions) Help() string { return clearingHelp }

// Validate is called by kong.
func (o clearingOptions) Validate() error {
	for _, n := range o.Calls {
		if n < 1 || n > mostCalls {
			return fmt.Errorf("--calls %d: want 1 to %d", n, mostCalls)
		}
	}
	if o.Rounds < 1 {
		return fmt.Errorf("--rounds %d: want 1 or more", o.Rounds)
	}
	return nil
}

// mostCalls is how many numbers for callers and lines of their own are set aside.
const mostCalls = 50

// Run measures and prints.
func (o clearingOptions) Run(ctx context.Context) (err error) {
	progress := newProgress(os.Stderr)
	h, err := openHall(ctx, hallOptions{size: mostCalls, tapped: o.Trace, dialplan: plainDialplan}, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	watch := watchStandstills()
	defer watch.close()
	b := &bench{hall: h, standstills: watch, opt: o, progress: progress, until: time.Now().Add(o.Within), loadBefore: load()}
	if o.Trace {
		return b.trace(ctx, os.Stdout)
	}
	if err := b.measure(ctx); err != nil {
		return err
	}
	r := b.report()
	if o.JSON {
		return r.json(os.Stdout)
	}
	return r.table(os.Stdout)
}

// system is what clears the line.
type system string

const (
	clearline system = "Clearline"
	plain     system = "plain dialplan"
)

// pattern is how the residents' dialling is spread over time.
type pattern string

const (
	oneByOne pattern = "one by one"
	atOnce   pattern = "at once"
)

// kind is one row of the table.
type kind struct {
	calls   int
	pattern pattern
}

// bench collects samples.
type bench struct {
	hall     *hall
	opt      clearingOptions
	progress *progress
	until    time.Time
	cut      bool // not everything was measured in time
	results  []*result

	loadBefore  string
	standstills *standstills
}

// batches is how often a number of calls is set up in one round: a single sample says
// little.
func batches(calls int) int { return max(1, min(5, 20/calls)) }

func (b *bench) measure(ctx context.Context) error {
	for round := range b.opt.Rounds {
		for _, calls := range b.opt.Calls {
			patterns := []pattern{oneByOne, atOnce}
			if calls == 1 {
				patterns = patterns[:1] // there is nothing to be spread
			}
			for _, p := range patterns {
				b.progress.say("round %d of %d: %d calls, dialled %s", round+1, b.opt.Rounds, calls, p)
				for range batches(calls) {
					if err := b.both(ctx, kind{calls, p}); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// both measures both systems, one right behind the other.
func (b *bench) both(ctx context.Context, k kind) error {
	if time.Now().After(b.until) {
		b.cut = true
		return nil
	}
	for _, with := range []system{clearline, plain} {
		if err := b.batch(ctx, b.of(k, with)); err != nil {
			return fmt.Errorf("measure %d calls with %s, %s: %w", k.calls, with, k.pattern, err)
		}
	}
	return nil
}

// of finds the row to add to.
func (b *bench) of(k kind, with system) *result {
	i := slices.IndexFunc(b.results, func(r *result) bool { return r.kind == k && r.system == with })
	if i < 0 {
		b.results = append(b.results, &result{kind: k, system: with})
		i = len(b.results) - 1
	}
	return b.results[i]
}

// settle is how long calls are up before the first key, so that nothing of their set-up
// is measured.
const settle = time.Second

// batch sets calls up, lets the residents dial, and ends what is left.
func (b *bench) batch(ctx context.Context, r *result) error {
	pairs, err := b.ready(ctx, r.calls, r.system)
	if err != nil {
		return err
	}
	dial := b.hall.dialOneByOne
	if r.pattern == atOnce {
		dial = b.hall.dialAtOnce
	}
	b.hall.house.Bed.Pacer.Worst() // counts anew
	before := b.hall.gauge()
	samples, err := dial(ctx, pairs)
	late, _ := b.hall.house.Bed.Pacer.Worst()
	r.usage.add(before, b.hall.gauge(), late)
	for i, s := range samples {
		samples[i].disturbed = !s.missed && b.standstills.during(s.key, s.key.Add(max(s.Bye, s.Invite)))
	}
	r.samples = append(r.samples, samples...)
	return errors.Join(err, b.hall.hangUp(ctx, pairs))
}

// ready brings calls up. What fails on a machine that is busy with something else is
// tried once more, on other lines.
func (b *bench) ready(ctx context.Context, calls int, with system) ([]*pair, error) {
	for again := false; ; again = true {
		pairs, err := b.hall.take(ctx, calls, with)
		if err != nil {
			return nil, err
		}
		if err = b.hall.setUp(ctx, with, pairs); err == nil {
			return pairs, pause(ctx, settle)
		}
		err = errors.Join(err, b.hall.hangUp(ctx, pairs))
		if again || ctx.Err() != nil {
			return nil, err
		}
		first, _, _ := strings.Cut(err.Error(), "\n")
		b.progress.say("the calls did not come up, trying again: %s", first)
		b.hall.unused = len(b.hall.pairs) // Clearline begins anew
	}
}
