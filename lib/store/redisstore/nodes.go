package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// What the nodes that share a Redis know of each other. The hash tag keeps it in one
// place of a Cluster.
const (
	nodesKey  = "clearline:{nodes}"          // sorted set of node to when it counts as dead, in milliseconds of the server's clock
	postKey   = "clearline:{nodes}:post:"    // and an id: a text for a node, as long as it means anything
	nodesTell = "clearline:{nodes}:messages" // channel: "post", a node and an id; "here", a node and its run; "gone" and a node
)

// messageMax is how long nothing may be heard on the channel, where each node says that
// it is there much more often.
const messageMax = 10 * time.Second

var (
	announceScript = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PUBLISH', ARGV[3], 'here ' .. ARGV[1] .. ' ' .. ARGV[4])
return redis.call('ZRANGE', KEYS[1], 0, -1)`)
	withdrawScript = redis.NewScript(`
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('PUBLISH', ARGV[2], 'gone ' .. ARGV[1])`)
	postScript = redis.NewScript(`
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.call('PUBLISH', ARGV[3], ARGV[4])`)
)

// Announce says that a run of a node lives, for a time from now, and returns all nodes
// that do, itself among them.
func (s *Store) Announce(ctx context.Context, node, run string, lasts time.Duration) (live []string, err error) {
	err = s.within(ctx, takeMax, func(ctx context.Context) error {
		live, err = announceScript.Run(ctx, s.redis, []string{nodesKey}, node, lasts.Milliseconds(), nodesTell, run).StringSlice()
		return err
	})
	return live, err
}

// Withdraw says that a node lives no more.
func (s *Store) Withdraw(ctx context.Context, node string) error {
	return s.within(ctx, takeMax, func(ctx context.Context) error {
		return withdrawScript.Run(ctx, s.redis, []string{nodesKey}, node, nodesTell).Err()
	})
}

// Post leaves a text for a node, under an id of its own, for a time. It is told at once
// if it listens; nothing is ever read after that time, however long somebody was frozen.
func (s *Store) Post(ctx context.Context, node, id string, text []byte, lasts time.Duration) error {
	return s.within(ctx, takeMax, func(ctx context.Context) error {
		word := "post " + node + " " + url.QueryEscape(id)
		return postScript.Run(ctx, s.redis, []string{postKey + id}, text, lasts.Milliseconds(), nodesTell, word).Err()
	})
}

// Listen tells what nodes say, until ctx is done, one thing at a time: here with one that
// lives and its run, gone with one that has ended in order, post with a text that was left
// for node. It connects again by itself; began says that nothing is missed from then on.
func (s *Store) Listen(
	ctx context.Context, node string, began func(), here func(node, run string), gone func(node string), post func(text []byte),
) error {
	l := listener{node, began, here, gone, post}
	for {
		err := s.listenOnce(ctx, l)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // to be done is no failure
		case redis.HasErrorPrefix(err, "NOPERM"):
			return fmt.Errorf("listen to the other nodes: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(againWait):
		}
	}
}

// listener is who listens.
type listener struct {
	node  string
	began func()
	here  func(node, run string)
	gone  func(node string)
	post  func(text []byte)
}

func (s *Store) listenOnce(ctx context.Context, l listener) error {
	subscription := s.redis.Subscribe(ctx)
	stop := context.AfterFunc(ctx, func() { _ = subscription.Close() }) // wakes who receives
	defer func() {
		stop()
		_ = subscription.Close() // nothing was written that could be lost
	}()
	err := s.within(ctx, takeMax, func(ctx context.Context) error {
		if err := subscription.Subscribe(ctx, nodesTell); err != nil {
			return err
		}
		_, err := subscription.ReceiveTimeout(ctx, takeMax)
		return err
	})
	if err != nil {
		return err
	}
	l.began()
	for {
		got, err := subscription.ReceiveTimeout(ctx, messageMax)
		if err != nil {
			return err
		}
		message, ok := got.(*redis.Message)
		if !ok {
			return errMissed // the library has connected again by itself
		}
		if err := s.said(ctx, message.Payload, l); err != nil {
			return err
		}
	}
}

// said hands on one message.
func (s *Store) said(ctx context.Context, text string, l listener) error {
	word, rest, _ := strings.Cut(text, " ")
	switch word {
	case "here":
		node, run, _ := strings.Cut(rest, " ")
		l.here(node, run)
	case "gone":
		l.gone(rest)
	case "post":
		to, id, _ := strings.Cut(rest, " ")
		if to != l.node {
			return nil
		}
		if id, err := url.QueryUnescape(id); err == nil {
			return s.fetch(ctx, id, l)
		}
	}
	return nil
}

func (s *Store) fetch(ctx context.Context, id string, l listener) error {
	var text []byte
	err := s.within(ctx, takeMax, func(ctx context.Context) (err error) {
		text, err = s.redis.Get(ctx, postKey+id).Bytes()
		return err
	})
	if errors.Is(err, redis.Nil) { // it means nothing any more
		return nil
	}
	if err != nil {
		return err
	}
	l.post(text)
	return nil
}
