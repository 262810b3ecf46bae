package redisstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/redis/go-redis/v9"

	"clearline/lib/call"
	"clearline/lib/store"
)

// What is replaced is what was read: a letter may have been sent meanwhile.
var (
	replaceLetter = redis.NewScript(`
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1`)
	replaceDeed = redis.NewScript(`
if redis.call('LINDEX', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('LSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1`)
)

// telling is a letter or a deed that names a number.
type telling struct {
	replace  *redis.Script
	key      string
	place    any // the field, or the index
	text     string
	discreet any // the same without the number
}

// makeDiscreet takes a number out of the letters that wait and of the audit log.
func (s *Store) makeDiscreet(ctx context.Context, number string) error {
	letters, deeds, err := s.telling(ctx, number)
	if err != nil {
		return err
	}
	for _, t := range append(letters, deeds...) {
		discreet, err := json.Marshal(t.discreet)
		if err != nil {
			return fmt.Errorf("encode %T: %w", t.discreet, err)
		}
		if err := t.replace.Run(ctx, s.redis, []string{t.key}, t.place, t.text, discreet).Err(); err != nil {
			return err
		}
	}
	return nil
}

// countTelling counts the letters and deeds that name a number.
func (s *Store) countTelling(ctx context.Context, number string, found *call.Traces) error {
	letters, deeds, err := s.telling(ctx, number)
	found.Letters, found.Deeds = len(letters), len(deeds)
	return err
}

func (s *Store) telling(ctx context.Context, number string) (letters, deeds []telling, err error) {
	pipe := s.redis.Pipeline()
	waiting, log := pipe.HGetAll(ctx, lettersKey), pipe.LRange(ctx, auditKey, 0, -1)
	if err := exec(ctx, pipe); err != nil {
		return nil, nil, err
	}
	for field, text := range waiting.Val() {
		l, err := decode[store.Letter](text, 0, lettersKey)
		if err != nil {
			return nil, nil, err
		}
		if discreet, said := store.Discreet(l, number); said {
			letters = append(letters, telling{replaceLetter, lettersKey, field, text, discreet})
		}
	}
	for i, text := range log.Val() {
		d, err := decode[store.Deed](text, 0, auditKey)
		if err != nil {
			return nil, nil, err
		}
		if discreet, said := store.DiscreetDeed(d, number); said {
			deeds = append(deeds, telling{replaceDeed, auditKey, i, text, discreet})
		}
	}
	return letters, deeds, nil
}
