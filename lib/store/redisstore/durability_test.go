package redisstore_test

import (
	"errors"
	"testing"
	"time"

	"clearline/lib/store"
	"clearline/lib/store/redisstore"
	"clearline/lib/testbed/redisserver"
)

func TestDurability(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{Address: "127.0.88.4", Durable: true})
	s := opened(t, server.Direct())
	ask := func(want redisstore.Durability) {
		t.Helper()
		d, err := s.Durability(t.Context())
		if skew := d.Skew; err != nil || skew.Abs() > time.Minute {
			t.Errorf("clocks are %v apart, %v", skew, err)
		}
		if d.Skew = 0; d != want {
			t.Errorf("it keeps %+v, want %+v", d, want)
		}
	}
	ask(redisstore.Durability{Appends: true})
	if _, err := s.Do(t.Context(), "CONFIG", "SET", "appendonly", "no"); err != nil {
		t.Fatal(err)
	}
	ask(redisstore.Durability{})
	if _, err := s.Do(t.Context(), "CONFIG", "SET", "save", "3600 1"); err != nil {
		t.Fatal(err)
	}
	ask(redisstore.Durability{Saves: true})
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Durability(t.Context()); !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("without a server: %v", err)
	}
}
