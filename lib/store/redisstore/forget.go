package redisstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"clearline/lib/call"
	"clearline/lib/store"
)

var _ store.Forgetter = (*Store)(nil)

// kept is what a line has of what may be about a number.
type kept struct {
	calls    []store.Saved
	records  []call.Record
	attempts []call.Attempt
	windows  []call.Window
	last     *call.Record // the unknown caller
}

// traced is what a line keeps about a number.
type traced struct {
	call.Traces
	suspected []call.Attempt
	windows   []call.Window
	keys      []call.EntryKey
	last      *call.Record // the last unknown caller, who is to be forgotten
	before    *call.Record // who is the last one then; nil for nobody
}

// Traces implements store.Forgetter. There are no Copies: what a Redis makes of itself is
// not known here.
func (s *Store) Traces(ctx context.Context, number string) (call.Traces, error) {
	_, found, err := s.trace(ctx, number)
	return found, err
}

// Forget implements store.Forgetter. Of each line everything is removed at once.
func (s *Store) Forget(ctx context.Context, o store.Oblivion) (call.Traces, error) {
	lines, found, err := s.trace(ctx, o.Number)
	if err != nil {
		return found, err
	}
	now, groups := time.Now(), map[call.LineID]*group{}
	for line, t := range lines {
		g := s.newGroup(line, now)
		if err := g.forget(t, o, now); err != nil {
			return found, err
		}
		groups[line] = g
	}
	if err := s.within(ctx, applyMax, func(ctx context.Context) error { return s.apply(ctx, groups, now) }); err != nil {
		return found, err
	}
	return found, s.within(ctx, listMax, func(ctx context.Context) error { return s.makeDiscreet(ctx, o.Number) })
}

// forget orders what a line is to be rid of. What is empty is told all the same: each
// Clearline has a memory of its own.
func (g *group) forget(t traced, o store.Oblivion, now time.Time) error {
	for _, id := range t.Calls {
		g.orders = append(g.orders, "unrecord", string(id))
	}
	for _, a := range t.suspected {
		if err := g.attempt(store.Unsuspected(a)); err != nil {
			return err
		}
	}
	for _, w := range t.windows {
		g.orders = append(g.orders, "unwindow", windowField(w))
	}
	if o.Lists {
		for _, k := range t.keys {
			g.remove(k)
		}
	}
	if t.last != nil {
		g.orders = append(g.orders, "ununknown", unknownOrder(*t.last))
		if before := t.before; before != nil {
			left := before.Ended.Add(store.Retention).Sub(now)
			if err := g.order(*before, "unknown", unknownOrder(*before), left.Milliseconds()); err != nil {
				return err
			}
		}
	}
	g.orders = append(g.orders, "forget", o.Number)
	return nil
}

// trace reads what every line keeps about a number.
func (s *Store) trace(ctx context.Context, number string) (map[call.LineID]traced, call.Traces, error) {
	var lines []call.LineID
	err := s.within(ctx, takeMax, func(ctx context.Context) error { return s.begin(ctx, &lines, none) })
	if err != nil {
		return nil, call.Traces{}, err
	}
	of, all := make(map[call.LineID]traced, len(lines)), call.Traces{}
	for _, line := range lines {
		var k kept
		err := s.within(ctx, listMax, func(ctx context.Context) error { return s.readLine(ctx, line, &k) })
		if err != nil {
			return nil, all, err
		}
		of[line] = k.about(number)
	}
	err = s.Entries(ctx, func(e call.Entry) error {
		if e.Pattern == number {
			t := of[e.Line]
			t.keys, t.Entries = append(t.keys, e.Key()), append(t.Entries, e)
			of[e.Line] = t
		}
		return nil
	})
	slices.Sort(lines)
	for _, line := range lines {
		t := of[line]
		all.Calls, all.Suspect, all.Windows = append(all.Calls, t.Calls...), append(all.Suspect, t.Suspect...), all.Windows+len(t.windows)
		all.UnderWay, all.Entries = append(all.UnderWay, t.UnderWay...), append(all.Entries, t.Entries...)
	}
	if err != nil {
		return of, all, err
	}
	return of, all, s.within(ctx, listMax, func(ctx context.Context) error { return s.countTelling(ctx, number, &all) })
}

// readLine reads everything of a line but its lists.
func (s *Store) readLine(ctx context.Context, line call.LineID, k *kept) error {
	*k = kept{}
	pipe := s.redis.Pipeline()
	var texts [4]*redis.StringSliceCmd
	for i, kind := range []int{calls, records, attempts, windows} {
		texts[i] = pipe.HVals(ctx, key(line, kind))
	}
	last := pipe.HGet(ctx, key(line, unknown), "record")
	if err := exec(ctx, pipe); err != nil {
		return err
	}
	err := cmp.Or(
		decodeAll(&k.calls, texts[0].Val(), 0, key(line, calls)),
		decodeAll(&k.records, texts[1].Val(), stampLen, key(line, records)),
		decodeAll(&k.attempts, texts[2].Val(), 1+stampLen, key(line, attempts)),
		decodeAll(&k.windows, texts[3].Val(), stampLen, key(line, windows)),
	)
	if err != nil || last.Err() != nil {
		return err
	}
	k.last = new(call.Record)
	if err := json.Unmarshal([]byte(last.Val()), k.last); err != nil {
		return fmt.Errorf("decode the last unknown caller of line %s: %w", line, err)
	}
	return nil
}

func decodeAll[T any](to *[]T, texts []string, skip int, where string) error {
	for _, text := range texts {
		value, err := decode[T](text, skip, where)
		if err != nil {
			return err
		}
		*to = append(*to, value)
	}
	return nil
}

// about is what of it is about a number.
func (k *kept) about(number string) (t traced) {
	for _, saved := range k.calls {
		if saved.Mentions(number) {
			t.UnderWay = append(t.UnderWay, saved.ID)
		}
	}
	for _, r := range k.records {
		switch {
		case r.From.Number == number:
			t.Calls = append(t.Calls, r.ID)
		case store.Unknown(r) && (t.before == nil || unknownOrder(r) > unknownOrder(*t.before)):
			t.before = &r
		}
	}
	if k.last != nil && k.last.From.Number == number {
		t.last = k.last
		if !slices.Contains(t.Calls, k.last.ID) {
			t.Calls = append(t.Calls, k.last.ID)
		}
	}
	for _, a := range k.attempts {
		if a.Suspect.Number == number {
			t.Suspect, t.suspected = append(t.Suspect, a.ID), append(t.suspected, a)
		}
	}
	for _, w := range k.windows {
		if w.Number == number {
			t.windows = append(t.windows, w)
		}
	}
	return t
}
