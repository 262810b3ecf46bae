package redisstore

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"clearline/lib/call"
	"clearline/lib/store"
)

// Record implements store.Pages. It asks every line: the call alone does not say whose it is.
func (s *Store) Record(ctx context.Context, id call.ID) (record call.Record, found bool, err error) {
	err = s.within(ctx, takeMax, func(ctx context.Context) error {
		var lines []call.LineID
		if err := s.begin(ctx, &lines, none); err != nil {
			return err
		}
		return eachLine(ctx, s, lines, func(pipe redis.Pipeliner, line call.LineID) func() error {
			text := pipe.HGet(ctx, key(line, records), string(id))
			return func() (err error) {
				if text.Val() == "" { // it is another line's, or there is none
					return nil
				}
				record, err = decode[call.Record](text.Val(), stampLen, key(line, records))
				return err
			}
		})
	})
	found = err == nil && record.ID != "" && !record.Arrived.Before(time.Now().Add(-store.Retention))
	if !found {
		record = call.Record{}
	}
	return record, found, err
}
