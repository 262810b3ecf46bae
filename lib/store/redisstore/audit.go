package redisstore

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/redis/go-redis/v9"

	"clearline/lib/store"
)

// auditKey names the list of deeds, the first one first.
const auditKey = "clearline:{audit}:deeds"

// AddDeed implements store.Audit.
func (s *Store) AddDeed(ctx context.Context, d store.Deed) error {
	d.ID = 0 // its place says it
	text, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encode a deed of %s: %w", d.By, err)
	}
	return s.within(ctx, takeMax, func(ctx context.Context) error {
		if err := s.admit(ctx); err != nil {
			return err
		}
		return s.redis.RPush(ctx, auditKey, text).Err()
	})
}

// Deeds implements store.Audit.
func (s *Store) Deeds(ctx context.Context, before uint64, limit int) (found []store.Deed, err error) {
	if limit <= 0 {
		return nil, ctx.Err()
	}
	err = s.within(ctx, listMax, func(ctx context.Context) error {
		found = nil
		var length *redis.IntCmd
		if err := s.begin(ctx, nil, func(pipe redis.Pipeliner) { length = pipe.LLen(ctx, auditKey) }); err != nil {
			return err
		}
		last := length.Val() // as a place, from 1
		if before != 0 && before <= math.MaxInt64 {
			last = min(last, int64(before)-1)
		}
		first := max(last-int64(limit)+1, 1)
		if last < first {
			return nil
		}
		texts, err := s.redis.LRange(ctx, auditKey, first-1, last-1).Result()
		if err != nil {
			return err
		}
		for i, text := range texts {
			d, err := decode[store.Deed](text, 0, auditKey)
			if err != nil {
				return err
			}
			d.ID = uint64(first) + uint64(i)
			found = append(found, d)
		}
		return nil
	})
	slices.Reverse(found)
	return found, err
}
