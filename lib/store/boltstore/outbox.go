package boltstore

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"clearline/lib/store"
)

// envelope is what is kept of a letter. Of one that was removed only Removed is.
type envelope struct {
	Letter  store.Letter
	Due     time.Time // when it may be handed out
	Taken   bool      `json:",omitempty"` // it was handed out, and neither given back nor removed
	Removed time.Time `json:",omitzero"`
}

// forgotten reports whether a removed letter need not be remembered any more. Clocks that
// are set back make it be remembered longer.
func (e envelope) forgotten(now time.Time) bool {
	return !e.Removed.IsZero() && now.Sub(e.Removed) > store.Recall
}

// ready reports whether a letter may be handed out.
func (e envelope) ready(to string, now time.Time) bool {
	return e.Removed.IsZero() && e.Letter.To == to && !e.Due.After(now)
}

// mail changes the outbox, after what is forgotten was removed from it.
func (s *Store) mail(ctx context.Context, change func(box *part, now time.Time) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.with(func(db *bbolt.DB) error {
		return update(db, func(e *edit) error { return change(e.part(outboxBucket), time.Now()) })
	})
}

// letterKey keeps what is told to one receiver apart from the rest.
func letterKey(l store.Letter) string { return l.To + "\x00" + l.ID }

// removed reports whether a letter is remembered as one that was removed.
func removed(box *part, l store.Letter, now time.Time) (bool, error) {
	kept, found, err := get[envelope](box, []byte(letterKey(l)))
	return found && !kept.Removed.IsZero() && !kept.forgotten(now), err
}

// Mail implements store.Outbox.
func (s *Store) Mail(ctx context.Context, letters ...store.Letter) error {
	return s.mail(ctx, func(box *part, now time.Time) error {
		if err := forget(box, now); err != nil {
			return err
		}
		for _, l := range letters {
			if err := lay(box, l, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// lay puts a letter into the outbox, unless it was removed.
func lay(box *part, l store.Letter, now time.Time) error {
	if gone, err := removed(box, l, now); gone || err != nil {
		return err
	}
	return put(box, letterKey(l), envelope{Letter: l, Due: now.Add(l.Wait)})
}

// release makes letters be handed out again that whoever had the file before has taken: they
// are not sent any more by anybody.
func release(box *part, now time.Time) error {
	var taken []envelope
	err := box.ForEach(func(key, text []byte) error {
		if e, err := decode[envelope](key, text); err == nil && e.Taken {
			e.Due, e.Taken = now, false
			taken = append(taken, e)
		}
		return nil
	})
	for _, e := range taken {
		if err == nil {
			err = put(box, letterKey(e.Letter), e)
		}
	}
	return err
}

// forget removes what need not be remembered.
func forget(box *part, now time.Time) error {
	var keys [][]byte
	err := box.ForEach(func(key, text []byte) error {
		if kept, err := decode[envelope](key, text); err == nil && kept.forgotten(now) {
			keys = append(keys, bytes.Clone(key))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return deleteAll(box, keys)
}

// TakeMail implements store.Outbox. It writes only when there is anything to take.
func (s *Store) TakeMail(ctx context.Context, to string, lease time.Duration, limit int) ([]store.Letter, error) {
	if found, err := s.ready(ctx, to); len(found) == 0 || err != nil {
		return nil, err
	}
	var taken []store.Letter
	err := s.mail(ctx, func(box *part, now time.Time) error {
		found, err := waiting(box.Bucket, to, now)
		if err != nil {
			return err
		}
		taken = nil
		for _, e := range found[:min(limit, len(found))] {
			e.Due, e.Taken = now.Add(lease), true
			if err := put(box, letterKey(e.Letter), e); err != nil {
				return err
			}
			taken = append(taken, e.Letter)
		}
		return nil
	})
	return taken, err
}

// ready are the letters that may be handed out now.
func (s *Store) ready(ctx context.Context, to string) (found []envelope, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) (err error) {
		found, err = waiting(tx.Bucket(outboxBucket), to, time.Now())
		return err
	})
	return found, err
}

// waiting are the letters that may be handed out, the first to be sent first.
func waiting(box *bbolt.Bucket, to string, now time.Time) ([]envelope, error) {
	var found []envelope
	cursor, prefix := box.Cursor(), []byte(to+"\x00")
	for key, text := cursor.Seek(prefix); bytes.HasPrefix(key, prefix); key, text = cursor.Next() {
		e, err := decode[envelope](key, text)
		if err != nil {
			return nil, err
		}
		if e.ready(to, now) {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b envelope) int {
		switch {
		case a.Letter.Urgent == b.Letter.Urgent:
			return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Letter.ID, b.Letter.ID))
		case a.Letter.Urgent:
			return -1
		}
		return 1
	})
	return found, nil
}

// ReturnMail implements store.Outbox.
func (s *Store) ReturnMail(ctx context.Context, letter store.Letter) error {
	return s.mail(ctx, func(box *part, now time.Time) error { return lay(box, letter, now) })
}

// RemoveMail implements store.Outbox.
func (s *Store) RemoveMail(ctx context.Context, letter store.Letter) error {
	return s.mail(ctx, func(box *part, now time.Time) error {
		return put(box, letterKey(letter), envelope{Letter: store.Letter{ID: letter.ID, To: letter.To}, Removed: now})
	})
}

// CountMail implements store.Outbox.
func (s *Store) CountMail(ctx context.Context) (map[string]int, error) {
	envelopes, err := all[envelope](ctx, s, outboxBucket)
	count := map[string]int{}
	for _, e := range envelopes {
		if e.Removed.IsZero() {
			count[e.Letter.To]++
		}
	}
	return count, err
}
