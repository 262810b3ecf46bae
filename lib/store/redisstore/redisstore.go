// Package redisstore keeps everything in a Redis, so that several Clearlines can share
// it: a single server, one watched by Sentinels, or a Cluster.
//
// Every key of a line carries the same hash tag. What belongs to one line is written by
// one script, all or nothing, and not after its Apply has given up. How much of it survives a crash of the Redis is decided
// there: with appendfsync always, all; with its default, all but the last second.
package redisstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"clearline/lib/call"
	"clearline/lib/store"
)

// format is the version of what is written. A newer one is refused.
const format = 1

const (
	keepMost = 10_000

	dialMax = 250 * time.Millisecond // for one connection to be made
	takeMax = 500 * time.Millisecond // for one method to be done; Apply adds for its size
	listMax = 2 * time.Second        // for a method that lists what may be much
	idleMax = 5 * time.Second        // for an answer that nobody waits for, as of the state of a Cluster
)

// Store is a store.Store in a Redis. No method connects before it must, and a Redis
// that cannot be reached or cannot write is store.ErrUnreachable after at most half a
// second; methods that list take two seconds at most.
type Store struct {
	redis    redis.UniversalClient
	keep     int          // how many records and attempts of each line are kept; beyond it the earliest go
	admitted atomic.Bool  // the format was seen to be one this version may write
	swept    atomic.Int64 // when every line was last rid of what is too old; Unix seconds
	closed   atomic.Bool
}

var (
	_ store.Store     = (*Store)(nil)
	_ store.Documents = (*Store)(nil)
	_ store.Audit     = (*Store)(nil)
	_ store.Pages     = (*Store)(nil)
	_ store.Outbox    = (*Store)(nil)
)

// Open makes a store of a URL:
//
//	redis://user:password@host:port/db
//	redis+sentinel://user:password@host:port,host:port/master/db
//	redis+cluster://user:password@host:port,host:port
//
// and the same with rediss for TLS. Everything but a host may be left out, except the
// master. It does not connect; an error says what is wrong with the URL and never shows
// the password. What the client library has to say, of all stores of the process, goes
// to log at level debug.
func Open(url string, log *slog.Logger) (*Store, error) {
	opts, err := parse(url)
	if err != nil {
		return nil, fmt.Errorf("read the store's URL: %w", err)
	}
	redis.SetLogger(library{log})
	return &Store{redis: redis.NewUniversalClient(opts), keep: keepMost}, nil
}

// library is the log of the client library.
type library struct{ log *slog.Logger }

func (l library) Printf(ctx context.Context, format string, v ...any) {
	l.log.DebugContext(ctx, "redis client", "says", fmt.Sprintf(format, v...))
}

// Close ends the connections. Methods under way fail with store.ErrClosed.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	if err := s.redis.Close(); err != nil {
		return fmt.Errorf("close the connections to redis: %w", err)
	}
	return nil
}

// within runs what talks to Redis, for a time at most, and says what its error means.
func (s *Store) within(ctx context.Context, most time.Duration, do func(context.Context) error) error {
	if s.closed.Load() {
		return store.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	return s.meaning(ctx, do(bounded))
}

// begin is the first exchange of every method: the lines there are, unless lines is
// nil, and whether a newer version has been here. more adds commands that go before.
func (s *Store) begin(ctx context.Context, lines *[]call.LineID, more func(redis.Pipeliner)) error {
	pipe := s.redis.Pipeline()
	more(pipe)
	found := pipe.Get(ctx, formatKey)
	var members *redis.StringSliceCmd
	if lines != nil {
		members = pipe.SMembers(ctx, linesKey)
	}
	if err := exec(ctx, pipe); err != nil {
		return err
	}
	if members != nil {
		*lines = nil
		for _, member := range members.Val() {
			*lines = append(*lines, call.LineID(member))
		}
	}
	return checkFormat(found)
}

// exec sends what a pipeline holds and returns the first error of any command. A key
// that is not there is none.
func exec(ctx context.Context, pipe redis.Pipeliner) error {
	cmds, _ := pipe.Exec(ctx) // its error is one of theirs
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
	}
	return nil
}

func none(redis.Pipeliner) {}

func checkFormat(found *redis.StringCmd) error {
	written, err := found.Result()
	if errors.Is(err, redis.Nil) {
		return nil // nothing was written yet
	}
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(written)
	if err != nil {
		return fmt.Errorf("key %s is damaged", formatKey)
	}
	if version > format {
		return fmt.Errorf("%w: format %d, this version knows %d", store.ErrNewer, version, format)
	}
	return nil
}
