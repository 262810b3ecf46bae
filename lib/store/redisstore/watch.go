package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"clearline/lib/call"
	"clearline/lib/store"
)

const (
	pollEvery = 2 * time.Second        // how often revisions are asked for, in case a notice was lost
	againWait = 500 * time.Millisecond // before another try, when a Redis cannot be reached or something was missed
)

// errMissed says that a notice was lost.
var errMissed = errors.New("a notice was missed")

// Watch implements store.Store. Every change is published, and counted in the revision of
// its line: a number left out shows that something was missed, and so does a revision that
// nothing was published for. After that, and after each loss of the connection, the lists
// are to be read again.
func (s *Store) Watch(ctx context.Context, changed func(put []call.Entry, removed []call.EntryKey, reload bool)) error {
	for {
		err := s.watch(ctx, changed)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // to be done is no failure
		case s.closed.Load():
			return store.ErrClosed
		}
		if err = s.meaning(ctx, err); !errors.Is(err, errMissed) && !errors.Is(err, store.ErrUnreachable) {
			return fmt.Errorf("watch the lists: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(againWait):
		}
	}
}

// watch watches until something is missed.
func (s *Store) watch(ctx context.Context, changed func(put []call.Entry, removed []call.EntryKey, reload bool)) error {
	heard, stop, err := s.listen(ctx)
	if err != nil {
		return err
	}
	defer stop()
	w := watch{store: s, changed: changed}
	if w.seen, err = s.revisions(ctx); err != nil {
		return err
	}
	changed(nil, nil, true)
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case h := <-heard:
			if h.err != nil {
				return h.err
			}
			if err := w.notice(h.text); err != nil {
				return err
			}
		case <-poll.C:
			if err := w.compare(ctx); err != nil {
				return err
			}
		}
	}
}

// heard is a notice, or why there are no more.
type heard struct {
	text string
	err  error
}

// listen subscribes to the notices. Where the user of this Redis may not do that, none
// ever come. stop returns when nobody listens any more.
func (s *Store) listen(ctx context.Context) (notice <-chan heard, stop func(), err error) {
	subscription := s.redis.Subscribe(ctx)
	err = s.within(ctx, takeMax, func(ctx context.Context) error {
		if err := subscription.Subscribe(ctx, notices); err != nil {
			return err
		}
		_, err := subscription.ReceiveTimeout(ctx, takeMax)
		return err
	})
	if err != nil {
		_ = subscription.Close() // it is of no use
		if redis.HasErrorPrefix(err, "NOPERM") {
			return nil, func() {}, nil
		}
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	said, done := make(chan heard), make(chan struct{})
	go func() {
		defer close(done)
		for {
			got, err := subscription.Receive(ctx)
			h := heard{err: err}
			if message, ok := got.(*redis.Message); ok {
				h.text = message.Payload
			} else if err == nil {
				h.err = errMissed // the library has connected again by itself
			}
			select {
			case said <- h:
			case <-ctx.Done():
				return
			}
			if h.err != nil {
				return
			}
		}
	}()
	stop = func() {
		cancel()
		_ = subscription.Close() // wakes who receives
		<-done
	}
	return said, stop, nil
}

// revisions are those of every line that has one.
func (s *Store) revisions(ctx context.Context) (map[call.LineID]int64, error) {
	found := map[call.LineID]int64{}
	err := s.within(ctx, takeMax, func(ctx context.Context) error {
		var lines []call.LineID
		if err := s.begin(ctx, &lines, none); err != nil {
			return err
		}
		return eachLine(ctx, s, lines, func(pipe redis.Pipeliner, line call.LineID) func() error {
			count := pipe.Get(ctx, key(line, revision))
			return func() error {
				n, err := count.Int64()
				if errors.Is(err, redis.Nil) {
					return nil
				}
				found[line] = n
				return err
			}
		})
	})
	return found, err
}

// watch is a Watch while nothing was missed.
type watch struct {
	store   *Store
	changed func(put []call.Entry, removed []call.EntryKey, reload bool)
	seen    map[call.LineID]int64 // revisions
	due     map[call.LineID]int64 // revisions that there were at the last comparison
}

// notice hands over what was published.
func (w *watch) notice(text string) error {
	name, rest, _ := strings.Cut(text, " ")
	line, err := url.QueryUnescape(name)
	if err != nil {
		return errMissed
	}
	count, rest, _ := strings.Cut(rest, " ")
	n, err := strconv.ParseInt(count, 10, 64)
	id := call.LineID(line)
	switch {
	case err != nil, n > w.seen[id]+1:
		return errMissed
	case n <= w.seen[id]: // published before its revision was read
		return nil
	}
	put, removed, err := readNotice(id, rest)
	if err != nil {
		return errMissed
	}
	w.seen[id] = n
	w.changed(put, removed, false)
	return nil
}

// compare asks for the revisions. A notice that was not there at the next time was lost,
// and a revision that has gone back is that of another Redis.
func (w *watch) compare(ctx context.Context) error {
	found, err := w.store.revisions(ctx)
	if err != nil {
		return err
	}
	for line, n := range w.due {
		if w.seen[line] < n {
			return errMissed
		}
	}
	for line, n := range w.seen {
		if found[line] < n {
			return errMissed
		}
	}
	w.due = found
	return nil
}

// readNotice reads what the script tells: "r" and a field, or "p" and a field, "=" and an
// entry; after each letter come the length, ":" and the text. Of one field the last holds.
func readNotice(line call.LineID, text string) (put []call.Entry, removed []call.EntryKey, err error) {
	var field string
	for text != "" {
		var what byte
		var said string
		if what, said, text, err = nextWord(text); err != nil {
			return nil, nil, err
		}
		switch what {
		case 'r':
			k, err := readField(line, said)
			if err != nil {
				return nil, nil, err
			}
			removed = append(removed, k)
		case 'p':
			field = said
		case '=':
			e, err := readEntry(line, field, said)
			if err != nil {
				return nil, nil, err
			}
			put = append(put, e)
		}
	}
	return put, removed, nil
}

func nextWord(text string) (what byte, said, rest string, err error) {
	length, rest, found := strings.Cut(text[1:], ":")
	n, err := strconv.ParseUint(length, 10, 31)
	if !found || err != nil || n > uint64(len(rest)) {
		return 0, "", "", errors.New("the notice is damaged")
	}
	return text[0], rest[:n], rest[n:], nil
}
