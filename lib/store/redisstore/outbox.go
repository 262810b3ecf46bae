package redisstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"clearline/lib/store"
)

// The letters that wait. The hash tag keeps them in one place of a Cluster.
const (
	lettersKey = "clearline:{outbox}:letters" // hash of receiver, NUL and letter ID to letter
	removedKey = "clearline:{outbox}:removed" // sorted set of the same to when it was removed, in milliseconds of the server's clock
	dueKey     = "clearline:{outbox}:due:"    // and a receiver: sorted set of letter ID, after "0" for an urgent one and "1" for another, to when it may be handed out
)

// takeAmong is among how many letters that are due Take looks for the urgent ones.
const takeAmong = 500

var (
	postLetter = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[5])
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZREM', KEYS[3], '0' .. ARGV[3], '1' .. ARGV[3])
redis.call('ZADD', KEYS[3], now + ARGV[4], ARGV[6] .. ARGV[3])
return 1`)
	takeLetters = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[4])
local taken = {}
for _, urgency in ipairs({'0', '1'}) do
  for _, member in ipairs(due) do
    if #taken < tonumber(ARGV[3]) and string.sub(member, 1, 1) == urgency then
      local letter = redis.call('HGET', KEYS[1], ARGV[1] .. string.sub(member, 2))
      if letter then
        redis.call('ZADD', KEYS[2], now + ARGV[2], member)
        table.insert(taken, letter)
      else
        redis.call('ZREM', KEYS[2], member)
      end
    end
  end
end
return taken`)
	removeLetter = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[3], '0' .. ARGV[2], '1' .. ARGV[2])
redis.call('ZADD', KEYS[2], now, ARGV[1])
return 1`)
)

// letterField names a letter among those of all receivers.
func letterField(l store.Letter) string { return l.To + "\x00" + l.ID }

// box names the keys that a receiver's letters are under.
func box(to string) []string { return []string{lettersKey, removedKey, dueKey + url.QueryEscape(to)} }

// Mail implements store.Outbox.
func (s *Store) Mail(ctx context.Context, letters ...store.Letter) error {
	return s.within(ctx, takeMax, func(ctx context.Context) error {
		if err := s.admit(ctx); err != nil {
			return err
		}
		for _, l := range letters {
			text, err := json.Marshal(l)
			if err != nil {
				return fmt.Errorf("encode letter %s: %w", l.ID, err)
			}
			urgency := "1"
			if l.Urgent {
				urgency = "0"
			}
			err = postLetter.Run(ctx, s.redis, box(l.To),
				letterField(l), text, l.ID, l.Wait.Milliseconds(), store.Recall.Milliseconds(), urgency).Err()
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// TakeMail implements store.Outbox.
func (s *Store) TakeMail(ctx context.Context, to string, lease time.Duration, limit int) (taken []store.Letter, err error) {
	err = s.within(ctx, takeMax, func(ctx context.Context) error {
		keys := box(to)
		texts, err := takeLetters.Run(ctx, s.redis, []string{keys[0], keys[2]},
			to+"\x00", lease.Milliseconds(), limit, takeAmong).StringSlice()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		for _, text := range texts {
			var l store.Letter
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				return fmt.Errorf("decode a letter to %s: %w", to, err)
			}
			taken = append(taken, l)
		}
		return nil
	})
	return taken, err
}

// ReturnMail implements store.Outbox.
func (s *Store) ReturnMail(ctx context.Context, letter store.Letter) error {
	return s.Mail(ctx, letter)
}

// RemoveMail implements store.Outbox.
func (s *Store) RemoveMail(ctx context.Context, letter store.Letter) error {
	return s.within(ctx, takeMax, func(ctx context.Context) error {
		return removeLetter.Run(ctx, s.redis, box(letter.To), letterField(letter), letter.ID).Err()
	})
}

// CountMail implements store.Outbox.
func (s *Store) CountMail(ctx context.Context) (map[string]int, error) {
	count := map[string]int{}
	err := s.within(ctx, takeMax, func(ctx context.Context) error {
		fields, err := s.redis.HKeys(ctx, lettersKey).Result()
		for _, f := range fields {
			to, _, _ := strings.Cut(f, "\x00")
			count[to]++
		}
		return err
	})
	return count, err
}
