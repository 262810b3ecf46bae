package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"

	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/history"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
	"clearline/lib/store/redisstore"
)

// answers lets other processes read the history of a store that only this one can open.
type answers struct {
	store  config.Store
	cancel context.CancelFunc
	serve  sync.WaitGroup
}

// start serves the socket beside the store's file until stop. Calls do not depend on
// it: what goes wrong is a warning. A Redis is read without our help.
func (a *answers) start(ctx context.Context, kept history.Reader, log *slog.Logger) {
	if !a.store.InFile() {
		return
	}
	ctx, a.cancel = context.WithCancel(ctx)
	a.serve.Go(func() {
		l, err := history.Listen(ctx, history.Socket(a.store.Path))
		if err == nil {
			err = history.Serve(ctx, l, kept, log)
		}
		if err != nil && ctx.Err() == nil {
			log.Warn("history not served, clearline calls and incidents wait until Clearline is stopped", "err", err)
		}
	})
}

// stop returns when nothing reads the store any more.
func (a *answers) stop() {
	if a.cancel != nil {
		a.cancel()
	}
	a.serve.Wait()
}

// History reads what Clearline keeps at s, whether it runs or not. It holds nothing
// open between two readings. Its errors tell an operator what to do.
func History(s config.Store, log *slog.Logger) history.Reader { return &archive{s, log} }

type archive struct {
	store config.Store
	log   *slog.Logger
}

// Records implements history.Reader.
func (a *archive) Records(ctx context.Context, limit int) ([]call.Record, error) {
	return consult(ctx, a, func(r history.Reader) ([]call.Record, error) { return r.Records(ctx, limit) })
}

// Attempts implements history.Reader.
func (a *archive) Attempts(ctx context.Context, limit int) ([]call.Attempt, error) {
	return consult(ctx, a, func(r history.Reader) ([]call.Attempt, error) { return r.Attempts(ctx, limit) })
}

// consult reads from the store where other processes may open it, and otherwise asks the
// running Clearline; when none runs, the file is free.
func consult[T any](ctx context.Context, a *archive, read func(history.Reader) ([]T, error)) ([]T, error) {
	if !a.store.InFile() {
		kept, err := redisstore.Open(a.store.Redis.Reveal(), a.log)
		if err != nil {
			return nil, err
		}
		found, err := readOnce(kept, read)
		if errors.Is(err, store.ErrUnreachable) {
			err = fmt.Errorf("%w: does Redis run, and is store.url right?", err)
		}
		return found, err
	}
	running := history.Client{Path: history.Socket(a.store.Path)}
	found, err := read(running)
	if !errors.Is(err, history.ErrNobody) {
		return found, err
	}
	file, err := boltstore.OpenReadOnly(a.store.Path)
	if errors.Is(err, boltstore.ErrHeld) { // one may have started since
		found, again := read(running)
		if !errors.Is(again, history.ErrNobody) {
			return found, again
		}
		err = fmt.Errorf("%w, and %w", err, again)
	}
	if err != nil {
		return nil, advise(ctx, a.store.Path, err)
	}
	return readOnce(file, read)
}

// readOnce reads and closes.
func readOnce[T any](from interface {
	history.Reader
	Close() error
}, read func(history.Reader) ([]T, error),
) ([]T, error) {
	found, err := read(from)
	return found, errors.Join(err, from.Close())
}

// advise says what to do when neither a running Clearline nor the file can be read.
func advise(ctx context.Context, path string, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no Clearline runs, and there is no history at %s: does --config name the configuration that Clearline runs with?", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: run the command as root or as the user Clearline runs as", err)
	case errors.Is(err, boltstore.ErrHeld):
		return fmt.Errorf("%w; run the command again, and if it stays so, look for \"history not served\" in Clearline's log", err)
	}
	return err
}
