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

// answers lets other processes read and change what is in a store that only this one can
// open.
type answers struct {
	store  config.Store
	cancel context.CancelFunc
	serve  sync.WaitGroup
}

// start serves the socket beside the store's file until stop. Calls do not depend on
// it: what goes wrong is a warning. A Redis is read without our help.
func (a *answers) start(ctx context.Context, kept history.Kept, log *slog.Logger) {
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
			log.Warn("history not served, clearline calls, incidents, contact and block wait until Clearline is stopped", "err", err)
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

// ErrNoHistory is wrapped by the errors of readers when Clearline has never run.
var ErrNoHistory = errors.New("no history")

// History reads what Clearline keeps at s, whether it runs or not. It holds nothing
// open between two readings. Its errors tell an operator what to do.
func History(s config.Store, log *slog.Logger) history.Reader { return &archive{store: s, log: log} }

// Lists reads and changes the lists and the users at s, and reads the history, whether Clearline runs or
// not. A running Clearline knows of a change at once. Where none has run yet there is
// nothing to change.
func Lists(s config.Store, log *slog.Logger) history.Kept { return &archive{store: s, log: log} }

type archive struct {
	store config.Store
	log   *slog.Logger
	seen  boltstore.Seen // how the file was left: lists are changed in many steps
}

// Records implements history.Reader.
func (a *archive) Records(ctx context.Context, limit int) (found []call.Record, err error) {
	return found, a.consult(ctx, func(from history.Kept) error {
		found, err = from.Records(ctx, limit)
		return err
	})
}

// Attempts implements history.Reader.
func (a *archive) Attempts(ctx context.Context, limit int) (found []call.Attempt, err error) {
	return found, a.consult(ctx, func(from history.Kept) error {
		found, err = from.Attempts(ctx, limit)
		return err
	})
}

// Entries implements history.Lists.
func (a *archive) Entries(ctx context.Context, each func(call.Entry) error) error {
	return a.consult(ctx, func(from history.Kept) error { return from.Entries(ctx, each) })
}

// Change implements history.Lists.
func (a *archive) Change(ctx context.Context, put []call.Entry, remove []call.EntryKey) error {
	return a.open(ctx, openToChange, func(to history.Kept) error { return to.Change(ctx, put, remove) })
}

// Snapshot implements history.Snapshots.
func (a *archive) Snapshot(ctx context.Context) (path string, err error) {
	return path, a.consult(ctx, func(from history.Kept) error {
		path, err = from.Snapshot(ctx)
		return err
	})
}

// Documents implements store.Documents.
func (a *archive) Documents(ctx context.Context, folder string) (found []store.Document, err error) {
	return found, a.consult(ctx, func(from history.Kept) error {
		found, err = from.Documents(ctx, folder)
		return err
	})
}

// PutDocument implements store.Documents.
func (a *archive) PutDocument(ctx context.Context, d store.Document) error {
	return a.open(ctx, openToChange, func(to history.Kept) error { return to.PutDocument(ctx, d) })
}

// RemoveDocument implements store.Documents.
func (a *archive) RemoveDocument(ctx context.Context, folder, name string) error {
	return a.open(ctx, openToChange, func(to history.Kept) error { return to.RemoveDocument(ctx, folder, name) })
}

// Traces implements history.Forgetter.
func (a *archive) Traces(ctx context.Context, number string) (found call.Traces, err error) {
	return found, a.consult(ctx, func(from history.Kept) error {
		found, err = from.Traces(ctx, number)
		return err
	})
}

// Forget implements history.Forgetter.
func (a *archive) Forget(ctx context.Context, number string, lists bool) (found call.Traces, err error) {
	return found, a.open(ctx, openToChange, func(to history.Kept) error {
		found, err = to.Forget(ctx, number, lists)
		return err
	})
}

// consult reads.
func (a *archive) consult(ctx context.Context, read func(history.Kept) error) error {
	return a.open(ctx, openToRead, read)
}

// opened is a file that is to be closed.
type opened interface {
	history.Kept
	Close() error
}

// readOnly is the file of a Clearline that does not run, to be read.
type readOnly struct{ *boltstore.History }

// errReadOnly is never seen: what changes something opens the file to change it.
var errReadOnly = errors.New("the store was opened for reading only")

// Change implements history.Lists.
func (readOnly) Change(context.Context, []call.Entry, []call.EntryKey) error { return errReadOnly }

// PutDocument implements store.Documents.
func (readOnly) PutDocument(context.Context, store.Document) error { return errReadOnly }

// RemoveDocument implements store.Documents.
func (readOnly) RemoveDocument(context.Context, string, string) error { return errReadOnly }

// Forget implements history.Forgetter.
func (readOnly) Forget(context.Context, string, bool) (call.Traces, error) {
	return call.Traces{}, errReadOnly
}

// Snapshot implements history.Snapshots.
func (r readOnly) Snapshot(ctx context.Context) (string, error) {
	made, err := r.History.Snapshot(ctx)
	return made.Path, err
}

func openToRead(path string, o boltstore.Options) (opened, error) {
	h, err := boltstore.OpenReadOnly(path, o)
	return readOnly{h}, err
}

// openToChange opens a file that is there: whoever runs the command would own a new one,
// and the daemon, another user, could not open it.
func openToChange(path string, o boltstore.Options) (opened, error) {
	h, err := boltstore.OpenReadOnly(path, o)
	if err != nil {
		return nil, err
	}
	if err := h.Close(); err != nil {
		return nil, err
	}
	kept, err := boltstore.Open(path, o)
	return served{kept}, err
}

// open does something with the store where other processes may open it, and otherwise has
// the running Clearline do it; when none runs, the file is free.
func (a *archive) open(ctx context.Context, file func(path string, o boltstore.Options) (opened, error), do func(history.Kept) error) error {
	if !a.store.InFile() {
		kept, err := redisstore.Open(a.store.Redis.Reveal(), a.log)
		if err != nil {
			return err
		}
		err = doOnce(served{kept}, do)
		if errors.Is(err, store.ErrUnreachable) {
			err = fmt.Errorf("%w: does Redis run, and is store.url right?", err)
		}
		return err
	}
	running := history.Client{Path: history.Socket(a.store.Path)}
	err := do(running)
	if !errors.Is(err, history.ErrNobody) {
		return err
	}
	o := inFile(a.store, nil)
	o.Seen = &a.seen
	kept, err := file(a.store.Path, o)
	if errors.Is(err, boltstore.ErrHeld) { // one may have started since
		again := do(running)
		if !errors.Is(again, history.ErrNobody) {
			return again
		}
		err = fmt.Errorf("%w, and %w", err, again)
	}
	if err != nil {
		return advise(ctx, a.store.Path, err)
	}
	return doOnce(kept, do)
}

// doOnce does it and closes.
func doOnce(with opened, do func(history.Kept) error) error {
	return errors.Join(do(with), with.Close())
}

// advise says what to do when neither a running Clearline nor the file can be read.
func advise(ctx context.Context, path string, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no Clearline runs, and there is %w at %s: does --config name the configuration that Clearline runs with? If it never ran, start it once: clearline run", ErrNoHistory, path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: run the command as root or as the user Clearline runs as", err)
	case errors.Is(err, boltstore.ErrDamaged):
		return fmt.Errorf("%w; clearline run puts it aside and takes what it can from it and from the last snapshot, and clearline restore puts a snapshot in its place", err)
	case errors.Is(err, boltstore.ErrHeld):
		return fmt.Errorf("%w; run the command again, and if it stays so, look for \"history not served\" in Clearline's log", err)
	}
	return err
}
