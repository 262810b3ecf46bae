package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
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
// nothing was published for. A change of a line that was born at another time is none of
// what is known: a Cluster passes on late what was published before it was emptied. After
// that, and after each loss of the connection, everything is to be read again. A line that
// was born at another time than it was, or is no more, or whose revision has gone back, was
// lost, or a part of it: nothing but a Redis that loses its data does that, or a replica
// that has not had everything when it becomes the master.
func (s *Store) Watch(ctx context.Context, changed func(store.Change)) error {
	known := map[call.LineID]state{}
	for {
		err := s.watch(ctx, known, changed)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // to be done is no failure
		case s.closed.Load():
			return store.ErrClosed
		}
		if err = s.meaning(ctx, err); !errors.Is(err, errMissed) && !errors.Is(err, store.ErrUnreachable) {
			return fmt.Errorf("watch for changes: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(againWait):
		}
	}
}

// watch watches until something is missed. known is how far each line had come that has
// ever been seen.
func (s *Store) watch(ctx context.Context, known map[call.LineID]state, changed func(store.Change)) error {
	heard, stop, err := s.listen(ctx)
	if err != nil {
		return err
	}
	defer stop()
	w := watch{store: s, changed: changed, known: known}
	found, err := s.revisions(ctx)
	if err != nil {
		return err
	}
	lost := w.lost(found)
	if len(lost) > 0 {
		s.admitted.Store(false) // the format may be lost as well
	}
	w.know(found)
	changed(store.Change{Reload: true, Lost: lost})
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

// state is how far a line has come.
type state struct {
	revision int64
	born     string // empty for a line that an earlier version has written
}

// revisions are the states of every line there is.
func (s *Store) revisions(ctx context.Context) (map[call.LineID]state, error) {
	found := map[call.LineID]state{}
	err := s.within(ctx, takeMax, func(ctx context.Context) error {
		var lines []call.LineID
		if err := s.begin(ctx, &lines, none); err != nil {
			return err
		}
		return eachLine(ctx, s, lines, func(pipe redis.Pipeliner, line call.LineID) func() error {
			count, since := pipe.Get(ctx, key(line, revision)), pipe.Get(ctx, key(line, birth))
			return func() error {
				n, err := count.Int64()
				if err != nil && !errors.Is(err, redis.Nil) {
					return err
				}
				if n > 0 || since.Val() != "" {
					found[line] = state{n, since.Val()}
				}
				return nil
			}
		})
	})
	return found, err
}

// watch is a Watch while nothing was missed.
type watch struct {
	store   *Store
	changed func(store.Change)
	known   map[call.LineID]state
	due     map[call.LineID]int64 // revisions that there were at the last comparison
}

// know takes what is there as what has been seen.
func (w *watch) know(found map[call.LineID]state) {
	clear(w.known)
	maps.Copy(w.known, found)
}

// lost are the lines that have not come as far as was known, or are others.
func (w *watch) lost(found map[call.LineID]state) []call.LineID {
	var lines []call.LineID
	for line, was := range w.known {
		now := found[line]
		if was.born != "" && (now.born != was.born || now.revision < was.revision) {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
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
	if err != nil {
		return errMissed
	}
	id := call.LineID(line)
	born, change, err := readNotice(id, rest)
	was := w.known[id]
	switch {
	case err != nil, n > was.revision+1:
		return errMissed
	case born != "" && was.born != "" && born != was.born: // before it was lost, or after that
		return errMissed
	case n <= was.revision: // published before its revision was read
		return nil
	}
	w.known[id] = state{n, cmp.Or(was.born, born)}
	w.changed(change)
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
		if w.known[line].revision < n {
			return errMissed
		}
	}
	w.due = map[call.LineID]int64{}
	for line, was := range w.known {
		if found[line].revision < was.revision {
			return errMissed
		}
	}
	if len(w.lost(found)) > 0 {
		return errMissed
	}
	for line, s := range found {
		w.due[line] = s.revision
		w.known[line] = state{w.known[line].revision, s.born} // one that is new is told of
	}
	return nil
}

// readNotice reads what the script tells: "b" and when the line was born, which earlier
// versions leave out; "r" and a field, or "p" and a field, "=" and an entry; "w", "a" and
// "h" and a window, an attempt or a record; "f" and a number that is forgotten. After each
// letter come the length, ":" and the text. Of one field the last holds. A letter that
// only a later version knows is passed over.
func readNotice(line call.LineID, text string) (born string, change store.Change, err error) {
	var field string
	for text != "" && err == nil {
		var what byte
		var said string
		if what, said, text, err = nextWord(text); err != nil {
			break
		}
		switch what {
		case 'b':
			born = said
		case 'r':
			change.Removed, err = added(change.Removed, func() (call.EntryKey, error) { return readField(line, said) })
		case 'p':
			field = said
		case '=':
			change.Put, err = added(change.Put, func() (call.Entry, error) { return readEntry(line, field, said) })
		case 'w':
			change.Windows, err = added(change.Windows, func() (call.Window, error) { return decode[call.Window](said, 0, notices) })
		case 'a':
			change.Attempts, err = added(change.Attempts, func() (call.Attempt, error) { return decode[call.Attempt](said, 0, notices) })
		case 'f':
			change.Forgotten = append(change.Forgotten, said)
		case 'h':
			change.Records, err = added(change.Records, func() (call.Record, error) { return decode[call.Record](said, 0, notices) })
		}
	}
	if err != nil {
		return "", store.Change{}, err
	}
	return born, change, nil
}

func added[T any](to []T, read func() (T, error)) ([]T, error) {
	one, err := read()
	if err != nil {
		return to, err
	}
	return append(to, one), nil
}

func nextWord(text string) (what byte, said, rest string, err error) {
	length, rest, found := strings.Cut(text[1:], ":")
	n, err := strconv.ParseUint(length, 10, 31)
	if !found || err != nil || n > uint64(len(rest)) {
		return 0, "", "", errors.New("the notice is damaged")
	}
	return text[0], rest[:n], rest[n:], nil
}
