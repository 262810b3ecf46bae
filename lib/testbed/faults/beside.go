package main

import (
	"context"
	"fmt"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// The names of the nodes when there are two.
const (
	nodeHere   = `"here"`
	nodeBeside = `"beside"`
)

// beside is another node that shares the Redis: an Asterisk of its own with the program beside
// it, and the same lines, on which nobody talks there.
type beside struct {
	house     *house.House
	clearline *house.Process
}

// openBeside opens the other node of a scene whose Redis runs.
func (s *scene) openBeside(ctx context.Context) (err error) {
	b := &beside{}
	b.house, err = house.Open(ctx, house.Options{
		Bed:      testbed.Options{Lines: s.bedLines()},
		Settings: map[string]string{"node.name": nodeBeside, "store.url": fmt.Sprintf("%q", s.redis.URL())},
	})
	if err != nil {
		return err
	}
	s.beside = b
	b.clearline, err = b.house.Run(ctx, s.binary)
	return err
}

func (b *beside) close() {
	if b.clearline != nil {
		_ = b.clearline.Thaw() // or it cannot be ended
		b.clearline.Kill()
	}
	b.house.Close()
}

func killBeside(_ context.Context, s *scene) error   { s.beside.clearline.Kill(); return nil }
func freezeBeside(_ context.Context, s *scene) error { return s.beside.clearline.Freeze() }
func thawBeside(_ context.Context, s *scene) error   { return s.beside.clearline.Thaw() }
