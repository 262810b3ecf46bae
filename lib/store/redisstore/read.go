package redisstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"clearline/lib/call"
	"clearline/lib/store"
)

// Saved implements store.Store.
func (s *Store) Saved(ctx context.Context) ([]store.Saved, error) {
	saved, err := values[store.Saved](ctx, s, listMax, calls, 0)
	slices.SortFunc(saved, func(a, b store.Saved) int { return cmp.Compare(a.ID, b.ID) })
	return saved, err
}

// Windows implements store.Store.
func (s *Store) Windows(ctx context.Context, now time.Time) ([]call.Window, error) {
	all, err := values[call.Window](ctx, s, takeMax, windows, stampLen)
	return slices.DeleteFunc(all, func(w call.Window) bool { return !w.Until.After(now) }), err
}

// values returns the values of one kind of hash of every line. Each is written as JSON
// after skip bytes.
func values[T any](ctx context.Context, s *Store, most time.Duration, kind, skip int) ([]T, error) {
	var found []T
	err := s.within(ctx, most, func(ctx context.Context) error {
		var lines []call.LineID
		if err := s.begin(ctx, &lines, none); err != nil {
			return err
		}
		return eachLine(ctx, s, lines, func(pipe redis.Pipeliner, line call.LineID) func() error {
			texts := pipe.HVals(ctx, key(line, kind))
			return func() error {
				for _, text := range texts.Val() {
					value, err := decode[T](text, skip, key(line, kind))
					if err != nil {
						return err
					}
					found = append(found, value)
				}
				return nil
			}
		})
	})
	return found, err
}

// eachLine asks one thing about each line, all at once, and then takes the answers.
func eachLine(ctx context.Context, s *Store, lines []call.LineID, ask func(redis.Pipeliner, call.LineID) (take func() error)) error {
	if len(lines) == 0 {
		return nil
	}
	pipe := s.redis.Pipeline()
	var takes []func() error
	for _, line := range lines {
		takes = append(takes, ask(pipe, line))
	}
	if err := exec(ctx, pipe); err != nil {
		return err
	}
	for _, take := range takes {
		if err := take(); err != nil {
			return err
		}
	}
	return nil
}

func decode[T any](text string, skip int, where string) (value T, err error) {
	if len(text) < skip {
		return value, fmt.Errorf("decode %T in %s: it is too short", value, where)
	}
	if err := json.Unmarshal([]byte(text[skip:]), &value); err != nil {
		return value, fmt.Errorf("decode %T in %s: %w", value, where, err)
	}
	return value, nil
}

// LastUnknown implements store.Store.
func (s *Store) LastUnknown(ctx context.Context) (map[call.LineID]call.Record, error) {
	last := map[call.LineID]call.Record{}
	err := s.within(ctx, listMax, func(ctx context.Context) error {
		var lines []call.LineID
		if err := s.begin(ctx, &lines, none); err != nil {
			return err
		}
		return eachLine(ctx, s, lines, func(pipe redis.Pipeliner, line call.LineID) func() error {
			text := pipe.HGet(ctx, key(line, unknown), "record")
			return func() (err error) {
				if text.Err() == nil {
					last[line], err = decode[call.Record](text.Val(), 0, key(line, unknown))
				}
				return err
			}
		})
	})
	if err != nil {
		return nil, err
	}
	return last, nil
}

// Records implements store.Store.
func (s *Store) Records(ctx context.Context, limit int) ([]call.Record, error) {
	return s.RecordsAfter(ctx, nil, store.Place{}, limit)
}

// RecordsAfter implements store.Pages.
func (s *Store) RecordsAfter(ctx context.Context, lines []call.LineID, place store.Place, limit int) ([]call.Record, error) {
	return latest[call.Record](ctx, s, lines, place, limit, arrivals, records, stampLen)
}

// Recorded implements store.Store.
func (s *Store) Recorded(ctx context.Context) ([]call.Record, error) {
	all, err := s.Records(ctx, math.MaxInt)
	return slices.DeleteFunc(all, func(r call.Record) bool { return r.Recording == "" }), err
}

// Attempts implements store.Store.
func (s *Store) Attempts(ctx context.Context, limit int) ([]call.Attempt, error) {
	return s.AttemptsAfter(ctx, nil, store.Place{}, limit)
}

// AttemptsAfter implements store.Pages.
func (s *Store) AttemptsAfter(ctx context.Context, lines []call.LineID, place store.Place, limit int) ([]call.Attempt, error) {
	return latest[call.Attempt](ctx, s, lines, place, limit, moments, attempts, 1+stampLen)
}

// member is a value to fetch: its stamp and ID, and whose it is.
type member struct {
	name string
	line call.LineID
}

// latest returns the values of some lines, nil for every one, that have the latest times
// before a place, at most limit. What is removed while it reads is left out.
func latest[T any](ctx context.Context, s *Store, of []call.LineID, place store.Place, limit, times, kind, skip int) ([]T, error) {
	var found []T
	err := s.within(ctx, listMax, func(ctx context.Context) error {
		if limit <= 0 {
			return nil
		}
		var lines []call.LineID
		if err := s.begin(ctx, &lines, none); err != nil {
			return err
		}
		if of != nil { // one that has nothing has no keys
			lines = of
		}
		members, err := latestMembers(ctx, s, lines, place, limit, times)
		if err != nil {
			return err
		}
		found, err = fetch[T](ctx, s, members, kind, skip)
		return err
	})
	return found, err
}

func latestMembers(ctx context.Context, s *Store, lines []call.LineID, place store.Place, limit, times int) ([]member, error) {
	span := &redis.ZRangeBy{
		Min: "[" + stamp(time.Now().Add(-store.Retention)), Max: "+", Count: int64(min(limit, s.keep)),
	}
	if place != (store.Place{}) {
		span.Max = "(" + stamp(place.At) + string(place.ID)
	}
	var members []member
	err := eachLine(ctx, s, lines, func(pipe redis.Pipeliner, line call.LineID) func() error {
		names := pipe.ZRevRangeByLex(ctx, key(line, times), span)
		return func() error {
			for _, name := range names.Val() {
				members = append(members, member{name, line})
			}
			return nil
		}
	})
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(b.name, a.name) })
	return members[:min(limit, len(members))], err
}

// fetch returns the values of members, in their order.
func fetch[T any](ctx context.Context, s *Store, members []member, kind, skip int) ([]T, error) {
	ids := map[call.LineID][]string{}
	for _, m := range members {
		if len(m.name) < stampLen {
			return nil, fmt.Errorf("the index of line %s is damaged", m.line)
		}
		ids[m.line] = append(ids[m.line], m.name[stampLen:])
	}
	var lines []call.LineID
	for line := range ids {
		lines = append(lines, line)
	}
	texts := map[call.LineID][]any{}
	err := eachLine(ctx, s, lines, func(pipe redis.Pipeliner, line call.LineID) func() error {
		got := pipe.HMGet(ctx, key(line, kind), ids[line]...)
		return func() error {
			texts[line] = got.Val()
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	var found []T
	for _, m := range members {
		text, there := texts[m.line][0].(string)
		texts[m.line] = texts[m.line][1:]
		if !there {
			continue
		}
		value, err := decode[T](text, skip, key(m.line, kind))
		if err != nil {
			return nil, err
		}
		found = append(found, value)
	}
	return found, nil
}

// CountAttempts implements store.Store.
func (s *Store) CountAttempts(ctx context.Context, line call.LineID, since time.Time) (int, error) {
	if oldest := time.Now().Add(-store.Retention); since.Before(oldest) {
		since = oldest
	}
	var count *redis.IntCmd
	err := s.within(ctx, takeMax, func(ctx context.Context) error {
		return s.begin(ctx, nil, func(pipe redis.Pipeliner) {
			count = pipe.ZLexCount(ctx, key(line, moments), "["+stamp(since), "+")
		})
	})
	if err != nil {
		return 0, err
	}
	return int(count.Val()), nil
}
