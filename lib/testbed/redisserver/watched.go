package redisserver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Watched is a master with a replica, and three Sentinels, of which two must agree that
// the master is down before they put the replica in its place.
type Watched struct {
	Master, Replica *Server
	Sentinels       []*Server
}

const sentinels = 3

// StartWatched runs all five and waits until they know each other, which takes some
// seconds. They are closed when ctx ends.
func StartWatched(ctx context.Context, opt Options) (*Watched, error) {
	w := &Watched{}
	if err := w.start(ctx, opt); err != nil {
		return nil, errors.Join(fmt.Errorf("start redis with sentinels: %w", err), w.Close())
	}
	return w, nil
}

func (w *Watched) start(ctx context.Context, opt Options) (err error) {
	if w.Master, err = Start(ctx, opt); err != nil {
		return err
	}
	opt.copied = w.Master
	if w.Replica, err = Start(ctx, opt); err != nil {
		return err
	}
	err = until(ctx, "the replica never follows", func(ctx context.Context) bool {
		info, err := w.Replica.Command(ctx, "INFO replication")
		return err == nil && strings.Contains(info, "master_link_status:up")
	})
	if err != nil {
		return err
	}
	for range sentinels {
		s, err := Start(ctx, Options{Address: w.Master.opt.Address, watched: w.Master, quorum: sentinels/2 + 1})
		if err != nil {
			return err
		}
		w.Sentinels = append(w.Sentinels, s)
	}
	known := fmt.Sprintf("status=ok,address=%s,slaves=1,sentinels=%d", w.Master.address(), sentinels)
	return until(ctx, "the sentinels do not know each other", func(ctx context.Context) bool {
		return w.agree(ctx, known)
	})
}

// FailedOver waits until every Sentinel that runs says that the replica is the master.
func (w *Watched) FailedOver(ctx context.Context) error {
	return until(ctx, "the replica never becomes the master", func(ctx context.Context) bool {
		role, err := w.Replica.Command(ctx, "INFO replication")
		return err == nil && strings.Contains(role, "role:master") && w.agree(ctx, "address="+w.Replica.address())
	})
}

// agree says whether every Sentinel describes what it watches so.
func (w *Watched) agree(ctx context.Context, state string) bool {
	for _, s := range w.Sentinels {
		if info, err := s.Command(ctx, "INFO sentinel"); err != nil || !strings.Contains(info, state) {
			return false
		}
	}
	return true
}

// until polls until something is so.
func until(ctx context.Context, never string, so func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 2*bootTime)
	defer cancel()
	for !so(ctx) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", never, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// URL is where clients learn from the Sentinels where the master is. There is no proxy
// on the way.
func (w *Watched) URL() string {
	var hosts []string
	for _, s := range w.Sentinels {
		hosts = append(hosts, s.address())
	}
	return "redis+sentinel://" + w.Master.userinfo() + strings.Join(hosts, ",") + "/" + Master
}

// Close ends all five.
func (w *Watched) Close() error {
	var errs []error
	for _, s := range append([]*Server{w.Replica, w.Master}, w.Sentinels...) {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}
