package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"clearline/lib/config"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
)

// lastSnapshotMax bounds how long a stop waits for its snapshot.
const lastSnapshotMax = 20 * time.Second

// inFile is how a store in a file is opened.
func inFile(s config.Store, log *slog.Logger) boltstore.Options {
	return boltstore.Options{Snapshots: s.SnapshotFolder(), Log: log}
}

// snapshots makes snapshots of a store in a file: every day, and at a stop in order.
type snapshots struct {
	store  *boltstore.Store // nil when it is no file
	days   int
	cancel context.CancelFunc
	daily  sync.WaitGroup
}

func snapshotsOf(kept store.Store, s config.Store) snapshots {
	file, _ := kept.(*boltstore.Store)
	return snapshots{store: file, days: s.KeepSnapshots}
}

func (s *snapshots) start(ctx context.Context) {
	if s.store == nil {
		return
	}
	ctx, s.cancel = context.WithCancel(ctx)
	s.daily.Go(func() { s.store.KeepSnapshots(ctx, s.days) })
}

// repairShown is how long somebody has to notice that the store was damaged.
const repairShown = 24 * time.Hour

// well is nil when the file is the one that was there, and a snapshot of it can be made.
func (s *snapshots) well(now time.Time) error {
	if r := s.store.Repaired(); r != nil && now.Sub(r.At) < repairShown {
		return fmt.Errorf("the store was damaged, and another file is in its place; the damaged one is %s", r.Damaged)
	}
	return s.store.Unmade()
}

// stop makes the last snapshot.
func (s *snapshots) stop(ctx context.Context) {
	if s.cancel == nil {
		return
	}
	s.cancel()
	s.daily.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSnapshotMax)
	defer cancel()
	s.store.KeepSnapshot(ctx, s.days)
}

// ErrNoFile is wrapped by errors about snapshots of a store that is kept elsewhere.
var ErrNoFile = errors.New("store.url names a Redis, and there are snapshots of a file only")

// Snapshot is a snapshot and what it holds.
type Snapshot struct {
	SnapshotFile
	boltstore.Contents
}

// Backup makes a snapshot of what Clearline keeps at s, whether it runs or not. With a
// path out it is copied there too; a file that is there is replaced.
func Backup(ctx context.Context, s config.Store, out string) (Snapshot, error) {
	if !s.InFile() {
		return Snapshot{}, fmt.Errorf("%w: back up the Redis itself, with redis-cli --rdb FILE, or by a copy of its RDB file (after BGSAVE) or of its append-only files", ErrNoFile)
	}
	if out != "" && same(out, s.Path) {
		return Snapshot{}, fmt.Errorf("%s is the store itself: name another file", out)
	}
	path, err := (&archive{store: s, log: slog.New(slog.DiscardHandler)}).Snapshot(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	made, err := Examine(path)
	if err != nil || out == "" {
		return made, err
	}
	if err := boltstore.Copy(path, out); err != nil {
		return made, fmt.Errorf("the snapshot %s was made, but not copied: %w", path, err)
	}
	made.Path = out
	return made, nil
}

// same reports whether two paths lead to one file.
func same(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return filepath.Clean(a) == filepath.Clean(b)
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// Examine says what a snapshot holds. One that cannot be used is an error that says why.
func Examine(path string) (Snapshot, error) {
	at, err := boltstore.MadeAt(path)
	if err != nil {
		return Snapshot{}, err
	}
	holds, err := boltstore.Examine(path)
	return Snapshot{SnapshotFile{Path: path, At: at}, holds}, err
}

// SnapshotFile is where a snapshot is and when it was made.
type SnapshotFile = boltstore.Snapshot

// Snapshots lists the snapshots of the store at s, the newest first.
func Snapshots(s config.Store) ([]SnapshotFile, error) {
	if !s.InFile() {
		return nil, errNoRestore
	}
	return boltstore.Snapshots(s.Path, inFile(s, nil)), nil
}

var errNoRestore = fmt.Errorf("%w: stop Clearline and Redis, put back the RDB file or the append-only files that you kept of it, and start them again", ErrNoFile)

// Find is the path of a snapshot: a file of that name, or one in the folder of the
// snapshots.
func Find(s config.Store, name string) string {
	if _, err := os.Stat(name); err != nil && !strings.ContainsRune(name, filepath.Separator) {
		return filepath.Join(s.SnapshotFolder(), name)
	}
	return name
}

// Restore puts a copy of a snapshot in the place of the file of a Clearline that does not
// run, and returns where that file is now; nowhere when there was none. Its errors tell an
// operator what to do.
func Restore(s config.Store, snapshot string) (before string, err error) {
	if !s.InFile() {
		return "", errNoRestore
	}
	before, err = boltstore.Restore(s.Path, snapshot, inFile(s, nil))
	switch {
	case errors.Is(err, boltstore.ErrHeld):
		err = fmt.Errorf("%w: stop Clearline first", err)
	case errors.Is(err, fs.ErrPermission):
		err = fmt.Errorf("%w: run the command as root or as the user Clearline runs as", err)
	}
	return before, err
}
