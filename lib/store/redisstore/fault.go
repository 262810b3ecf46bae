package redisstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"clearline/lib/store"
)

// passing are the errors of a server that cannot do what it is asked just now, by
// their first word.
var passing = []string{
	"NOREPLICAS", "READONLY", "OOM", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "BUSY", "TRYAGAIN", "MISCONF", "MOVED", "ASK",
	"LATE", // from apply.lua
}

// meaning turns an error of the client library into one of the store. asked is the
// context the caller gave.
func (s *Store) meaning(asked context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case s.closed.Load() || errors.Is(err, redis.ErrClosed):
		return store.ErrClosed
	case errors.Is(err, store.ErrNewer):
		return err
	case errors.Is(asked.Err(), context.Canceled):
		return asked.Err()
	case past(asked): // a time-out as any other, that says whose it was
		return fmt.Errorf("%w: %w: %w", store.ErrUnreachable, context.DeadlineExceeded, err)
	case unreachable(err):
		return fmt.Errorf("%w: %w", store.ErrUnreachable, err)
	}
	return err
}

// past reports whether the deadline of a context is past. The connection, which knows
// the same deadline, may notice before the context does.
func past(asked context.Context) bool {
	deadline, ok := asked.Deadline()
	return ok && !time.Now().Before(deadline)
}

// unreachable reports whether trying again later may help.
func unreachable(err error) bool {
	var answer redis.Error
	if errors.As(err, &answer) {
		return refused(answer.Error())
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, redis.ErrPoolExhausted) ||
		strings.HasPrefix(err.Error(), "redis: ") // no master, no reachable node, a connection that was given up
}

func refused(answer string) bool {
	for _, word := range passing {
		if strings.HasPrefix(answer, word+" ") || strings.Contains(answer, " -"+word+" ") { // before 7.0 a script's errors are within
			return true
		}
	}
	return strings.HasPrefix(answer, "ERR max number of clients")
}
