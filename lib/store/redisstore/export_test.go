package redisstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// Describe says how a URL is read.
func Describe(url string) (string, error) {
	o, err := parse(url)
	if err != nil {
		return "", err
	}
	kind := "client "
	switch {
	case o.MasterName != "":
		kind = "master " + o.MasterName + " by "
	case o.IsClusterMode:
		kind = "cluster "
	}
	return kind + fmt.Sprintf("%s db %d user %s password %s tls %t",
		strings.Join(o.Addrs, ","), o.DB, o.Username, o.Password, o.TLSConfig != nil), nil
}

// Key names the key of a kind of what is kept of a line.
func Key(line call.LineID, kind string) string {
	for i, name := range kinds {
		if name == kind {
			return key(line, i)
		}
	}
	panic("no such kind")
}

// Do sends one command as the store's own client does.
func (s *Store) Do(ctx context.Context, words ...any) (any, error) {
	return s.redis.Do(ctx, words...).Result()
}

// ApplyAfter applies changes as a server does that comes to them when nobody has waited
// for them for a time.
func (s *Store) ApplyAfter(ctx context.Context, changes store.Changes, late time.Duration) error {
	groups, err := s.grouped(changes, time.Now())
	if err != nil {
		return err
	}
	for _, g := range groups {
		g.waited = time.Now().Add(-late).UnixMilli()
	}
	return s.meaning(ctx, s.run(ctx, groups))
}

// SweepNext makes the next Apply rid every line of what is too old.
func (s *Store) SweepNext() { s.swept.Store(0) }

// KeepOnly makes the store keep fewer records and attempts of each line.
func (s *Store) KeepOnly(most int) { s.keep = most }

// Unreachable reports whether an error of the client library means that trying again
// later may help.
var Unreachable = unreachable

// ReadNotice reads what the script tells of a line.
var ReadNotice = readNotice
