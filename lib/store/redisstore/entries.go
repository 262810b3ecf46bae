package redisstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// page is about how many entries are asked for at once: so many hold up nobody else.
const page = 2000

// never is the stamp of the end of an entry that has none.
const never = "000000000000000000000"

// field is the field of an entry in the hash of its line.
func field(k call.EntryKey) string { return string(k.List) + "\x00" + k.Pattern }

func readField(line call.LineID, field string) (call.EntryKey, error) {
	list, pattern, found := strings.Cut(field, "\x00")
	if !found {
		return call.EntryKey{}, fmt.Errorf("the field %q of an entry of line %q is damaged", field, line)
	}
	return call.EntryKey{Line: line, List: call.List(list), Pattern: pattern}, nil
}

func readEntry(line call.LineID, field, value string) (call.Entry, error) {
	k, err := readField(line, field)
	if err != nil {
		return call.Entry{}, err
	}
	if len(value) < stampLen {
		return call.Entry{}, fmt.Errorf("the entry %q of line %q is damaged", field, line)
	}
	e, err := store.ReadEntry(k, []byte(value[stampLen:]))
	if err != nil {
		return call.Entry{}, fmt.Errorf("read the entry %q of line %q: %w", field, line, err)
	}
	return e, nil
}

func lapsed(e call.Entry, now time.Time) bool {
	return !e.Until.IsZero() && e.Until.Add(store.Lapse).Before(now)
}

func (g *group) remove(k call.EntryKey) { g.orders = append(g.orders, "remove", field(k)) }

// put orders an entry; one that lapsed replaces the one of its key with nothing.
func (g *group) put(e call.Entry) error {
	if lapsed(e, g.now) {
		g.remove(e.Key())
		return nil
	}
	end := never
	if !e.Until.IsZero() {
		end = stamp(e.Until)
	}
	value, err := store.AppendEntry([]byte(end), e)
	if err != nil {
		return err
	}
	g.orders = append(g.orders, "put", field(e.Key()), value)
	return nil
}

// Entries implements store.Store. It reads page by page; each has the time that a method
// has.
func (s *Store) Entries(ctx context.Context, each func(call.Entry) error) error {
	var lines []call.LineID
	err := s.within(ctx, takeMax, func(ctx context.Context) error { return s.begin(ctx, &lines, none) })
	if err != nil {
		return err
	}
	for _, line := range lines {
		if err := s.pages(ctx, line, entries, readEntry, each); err != nil {
			return err
		}
		if err := s.pages(ctx, line, blocks, readBlock, each); err != nil {
			return err
		}
	}
	return nil
}

// pages hands over the entries in one hash of a line.
func (s *Store) pages(
	ctx context.Context, line call.LineID, kind int,
	read func(line call.LineID, field, value string) (call.Entry, error), each func(call.Entry) error,
) error {
	now := time.Now()
	for cursor := uint64(0); ; {
		var found []string
		err := s.within(ctx, takeMax, func(ctx context.Context) (err error) {
			found, cursor, err = s.redis.HScan(ctx, key(line, kind), cursor, "", page).Result()
			return err
		})
		if err != nil {
			return err
		}
		for i := 0; i+1 < len(found); i += 2 {
			e, err := read(line, found[i], found[i+1])
			if err != nil {
				return err
			}
			if lapsed(e, now) {
				continue
			}
			if err := each(e); err != nil {
				return err
			}
		}
		if cursor == 0 {
			return nil
		}
	}
}

// readBlock reads a blocked number as earlier versions wrote it. The script takes it away
// when there is an entry of the same number or it is removed.
func readBlock(line call.LineID, number, value string) (call.Entry, error) {
	var b struct{ Since time.Time }
	if err := json.Unmarshal([]byte(value), &b); err != nil {
		return call.Entry{}, fmt.Errorf("decode the block of %s on line %q: %w", strconv.Quote(number), line, err)
	}
	return call.Entry{Line: line, List: call.Blocks, Pattern: number, Since: b.Since, Source: "the resident blocked the caller"}, nil
}
