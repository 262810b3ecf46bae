package redisstore

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"clearline/lib/call"
	"clearline/lib/store"
)

//go:embed apply.lua
var applyText string

var (
	applyScript = redis.NewScript(applyText)
	clockScript = redis.NewScript(`local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000)`)
)

const (
	windowGrace = time.Hour              // a window that is over is kept for this long: clocks are set back
	sweepEvery  = time.Hour              // how often lines nobody calls are rid of what is too old
	perChange   = 250 * time.Microsecond // what a change adds to the time an Apply may take
	applyMax    = 4 * time.Second        // and the longest it may take
)

// Apply implements store.Store. The changes of a line are written by one script; of
// several lines some may be written when it fails.
func (s *Store) Apply(ctx context.Context, changes store.Changes) error {
	now := time.Now()
	groups, err := s.grouped(changes, now)
	if err != nil {
		return err
	}
	for _, g := range groups {
		g.turn = changes.Turn
	}
	size := len(changes.Save) + len(changes.Drop) + len(changes.Records) + len(changes.Attempts) + len(changes.Windows) + len(changes.Remove) + len(changes.Put)
	most := min(takeMax+time.Duration(size)*perChange, applyMax)
	return s.within(ctx, most, func(ctx context.Context) error { return s.apply(ctx, groups, now) })
}

func (s *Store) apply(ctx context.Context, groups map[call.LineID]*group, now time.Time) error {
	if len(groups) == 0 {
		return nil
	}
	if err := s.admit(ctx); err != nil {
		return err
	}
	var lines []call.LineID
	// A line is among the lines before it has anything, so that nothing is ever kept
	// where nobody finds it.
	clocks := make(map[call.LineID]*redis.Cmd, len(groups))
	err := s.begin(ctx, &lines, func(pipe redis.Pipeliner) {
		for line := range groups {
			pipe.SAdd(ctx, linesKey, string(line))
			clocks[line] = clockScript.Eval(ctx, pipe, []string{key(line, calls)})
		}
	})
	if err != nil {
		return err
	}
	for line, clock := range clocks {
		if err := groups[line].bound(ctx, clock); err != nil {
			return err
		}
	}
	if now.Sub(time.Unix(s.swept.Load(), 0)) < sweepEvery {
		return s.run(ctx, groups)
	}
	for _, line := range lines {
		if groups[line] == nil {
			groups[line] = s.newGroup(line, now) // to be rid of what is too old
		}
	}
	if err := s.run(ctx, groups); err != nil {
		return err
	}
	s.swept.Store(now.Unix())
	return nil
}

// admit leaves the format in a Redis that has none, and makes sure, once, that nothing
// is written to one of a newer version.
func (s *Store) admit(ctx context.Context) error {
	if s.admitted.Load() {
		return nil
	}
	err := s.begin(ctx, nil, func(pipe redis.Pipeliner) { pipe.SetNX(ctx, formatKey, format, 0) })
	if err != nil {
		return err
	}
	s.admitted.Store(true)
	return nil
}

// run runs the script for each line. To a server that does not know the script it is
// sent along, a second time.
func (s *Store) run(ctx context.Context, groups map[call.LineID]*group) error {
	pipe := s.redis.Pipeline()
	ran := make(map[call.LineID]*redis.Cmd, len(groups))
	for line, g := range groups {
		ran[line] = applyScript.EvalSha(ctx, pipe, keys(line), g.args()...)
	}
	_ = exec(ctx, pipe) // each has an error of its own
	again := s.redis.Pipeline()
	for line, cmd := range ran {
		switch {
		case redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT"):
			applyScript.Eval(ctx, again, keys(line), groups[line].args()...)
		case cmd.Err() != nil:
			return fmt.Errorf("write line %q: %w", line, cmd.Err())
		}
	}
	if again.Len() == 0 {
		return nil
	}
	return exec(ctx, again)
}

// group is what changes of one line, as orders to the script.
type group struct {
	line   call.LineID
	now    time.Time
	keep   int
	waited int64 // until when the answer is waited for, in milliseconds of the clock of the line's server; 0 for always
	turn   store.Turn
	orders []any
}

func (s *Store) newGroup(line call.LineID, now time.Time) *group {
	return &group{line: line, now: now, keep: s.keep}
}

// bound sets how long the answer is waited for. clock is what the line's server has
// just said: its own clock decides, as it may differ from ours.
func (g *group) bound(ctx context.Context, clock *redis.Cmd) error {
	now, err := clock.Int64()
	if err != nil {
		return fmt.Errorf("read the clock of line %q: %w", g.line, err)
	}
	deadline, _ := ctx.Deadline() // within has set one
	g.waited = now + time.Until(deadline).Milliseconds()
	return nil
}

func (g *group) args() []any {
	return append([]any{
		store.Retention.Milliseconds(), stamp(g.now.Add(-store.Retention)), stamp(g.now.Add(-windowGrace)),
		stamp(g.now.Add(-store.Lapse)), g.keep, g.waited, notices, url.QueryEscape(string(g.line)),
		g.turn.Writer, g.turn.N, stamp(g.now),
	}, g.orders...)
}

// order adds an order whose last word is a value as JSON.
func (g *group) order(value any, words ...any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %T of line %s: %w", value, g.line, err)
	}
	g.orders = append(append(g.orders, words...), text)
	return nil
}

// grouped sorts changes by line, in the order the contract gives them. What is past its
// time is left out.
func (s *Store) grouped(changes store.Changes, now time.Time) (map[call.LineID]*group, error) {
	groups := map[call.LineID]*group{}
	of := func(line call.LineID) *group {
		if groups[line] == nil {
			groups[line] = s.newGroup(line, now)
		}
		return groups[line]
	}
	var errs []error
	for _, saved := range changes.Save {
		errs = append(errs, of(saved.Line).order(saved, "save", string(saved.ID)))
	}
	for _, drop := range changes.Drop {
		g := of(drop.Line)
		g.orders = append(g.orders, "drop", string(drop.ID))
	}
	for _, record := range changes.Records {
		errs = append(errs, of(record.Line).record(record))
	}
	for _, attempt := range changes.Attempts {
		errs = append(errs, of(attempt.Line).attempt(attempt))
	}
	for _, window := range changes.Windows {
		errs = append(errs, of(window.Line).window(window))
	}
	for _, k := range changes.Remove {
		of(k.Line).remove(k)
	}
	for _, e := range changes.Put {
		errs = append(errs, of(e.Line).put(e))
	}
	return groups, errors.Join(errs...)
}

func (g *group) record(record call.Record) error {
	if left := record.Ended.Add(store.Retention).Sub(g.now); store.Unknown(record) && left >= time.Millisecond {
		if err := g.order(record, "unknown", unknownOrder(record), left.Milliseconds()); err != nil {
			return err
		}
	}
	if record.Arrived.Add(store.Retention).Before(g.now) {
		return nil
	}
	return g.order(record, "record", string(record.ID), stamp(record.Arrived))
}

// unknownOrder sorts records by which of them is the last unknown caller.
func unknownOrder(r call.Record) string { return stamp(r.Ended) + string(r.ID) }

func (g *group) attempt(attempt call.Attempt) error {
	if attempt.At.Add(store.Retention).Before(g.now) {
		return nil
	}
	ended := "0"
	if attempt.Outcome != "" {
		ended = "1"
	}
	return g.order(attempt, "attempt", string(attempt.ID), ended, stamp(attempt.At))
}

func (g *group) window(window call.Window) error {
	left := window.Until.Add(windowGrace).Sub(g.now)
	if left < time.Millisecond {
		return nil
	}
	return g.order(window, "window", windowField(window), stamp(window.Until), left.Milliseconds())
}

// windowField is the field of a window in the hash of its line.
func windowField(w call.Window) string {
	return strconv.Quote(string(w.Kind)) + strconv.Quote(w.Number)
}
