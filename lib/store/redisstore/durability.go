package redisstore

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Durability is what a Redis keeps when it is started anew. Of a Cluster it is what holds
// for every master.
type Durability struct {
	Appends bool // every change goes to a file (appendonly)
	Saves   bool // all is written to a file at times (save)
	Skew    time.Duration
}

// Durability asks the Redis for what it keeps, and how far its clock is ahead of this
// machine's.
func (s *Store) Durability(ctx context.Context) (Durability, error) {
	var d Durability
	err := s.within(ctx, listMax, func(ctx context.Context) error {
		cluster, many := s.redis.(*redis.ClusterClient)
		if !many {
			var err error
			d, err = durability(ctx, s.redis)
			return err
		}
		var mu sync.Mutex
		d = Durability{Appends: true, Saves: true}
		return cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
			one, err := durability(ctx, master)
			mu.Lock()
			defer mu.Unlock()
			d.Appends, d.Saves = d.Appends && one.Appends, d.Saves && one.Saves
			if one.Skew.Abs() > d.Skew.Abs() {
				d.Skew = one.Skew
			}
			return err
		})
	})
	return d, err
}

func durability(ctx context.Context, server redis.Cmdable) (Durability, error) {
	info, err := server.Info(ctx, "persistence").Result()
	if err != nil {
		return Durability{}, err
	}
	d := Durability{Appends: strings.Contains(info, "aof_enabled:1")}
	// Redis of a provider often keeps its configuration to itself, and saves.
	saves, err := server.ConfigGet(ctx, "save").Result()
	d.Saves = err != nil || saves["save"] != ""
	asked := time.Now()
	told, err := server.Time(ctx).Result()
	if err != nil {
		return Durability{}, err
	}
	d.Skew = told.Sub(asked).Truncate(time.Millisecond)
	return d, nil
}
