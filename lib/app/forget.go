package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/history"
	"clearline/lib/number"
)

// forgetTries is how often a number is forgotten that comes up again meanwhile: one of its
// calls may end in just that moment.
const forgetTries = 3

// ErrRemains is wrapped by the error of a Forget that was done, and after which something
// is kept all the same.
var ErrRemains = errors.New("not everything is forgotten")

// Memory is what is kept about a number, in the store and on the disk.
type Memory struct {
	Number string // as Caller.Number has it
	call.Traces
	Recordings []string // paths of what was recorded in its calls
}

// Forgetful finds and forgets what a Clearline with this configuration keeps about numbers,
// whether it runs or not.
type Forgetful struct {
	kept       history.Kept
	recordings string
}

// NewForgetful makes a Forgetful of a configuration.
func NewForgetful(cfg *config.Config) *Forgetful {
	return &Forgetful{Lists(cfg.Store, slog.New(slog.DiscardHandler)), cfg.Recordings.Dir}
}

// CallerNumber is a number that somebody wrote as the callers' numbers are kept: E.164, or
// the digits of one that cannot be read as that.
func CallerNumber(written, region string) string {
	if n, err := number.Parse(written, region); err == nil {
		return n.String()
	}
	return strings.Join(strings.Fields(written), "")
}

// Find returns what is kept about a number.
func (f *Forgetful) Find(ctx context.Context, number string) (Memory, error) {
	m := Memory{Number: number}
	var err error
	if m.Traces, err = f.kept.Traces(ctx, number); err != nil {
		return m, err
	}
	m.Recordings, err = f.recorded(m.Calls)
	return m, err
}

// Forget removes what was found about a number: recordings first, as only the store knows
// whose they are. It returns everything it has removed, and looks again afterwards: an error
// that wraps ErrRemains says what is left.
func (f *Forgetful) Forget(ctx context.Context, found Memory, lists bool) (Memory, error) {
	gone := Memory{Number: found.Number}
	for range forgetTries {
		if err := f.remove(found.Recordings, &gone); err != nil {
			return gone, err
		}
		did, err := f.kept.Forget(ctx, found.Number, lists)
		if err != nil {
			return gone, err
		}
		if !lists {
			did.Entries = nil
		}
		gone.add(did)
		late, err := f.recorded(did.Calls)
		if err == nil {
			err = f.remove(late, &gone)
		}
		if err != nil {
			return gone, err
		}
		if found, err = f.Find(ctx, found.Number); err != nil {
			return gone, fmt.Errorf("look whether anything is left: %w", err)
		}
		if found.settled() {
			return gone, found.remains()
		}
	}
	return gone, fmt.Errorf("%w: the number keeps calling; block it, and run the command again", ErrRemains)
}

// settled reports whether forgetting once more would remove nothing else. Copies hold what
// the store still has.
func (m Memory) settled() bool {
	return len(m.Calls)+len(m.Suspect)+m.Windows+len(m.Recordings) == 0
}

// remains is what is left for a reason.
func (m Memory) remains() error {
	if len(m.UnderWay) > 0 {
		return fmt.Errorf("%w: a call with the number is under way, or was when Clearline was stopped; run the command again once it is over, and Clearline runs", ErrRemains)
	}
	return nil
}

// add notes what was removed.
func (m *Memory) add(did call.Traces) {
	m.Calls, m.Suspect, m.Windows = append(m.Calls, did.Calls...), append(m.Suspect, did.Suspect...), m.Windows+did.Windows
	m.Entries = append(m.Entries, did.Entries...)
	for _, path := range did.Copies {
		if !slices.Contains(m.Copies, path) {
			m.Copies = append(m.Copies, path)
		}
	}
}

func (f *Forgetful) remove(paths []string, gone *Memory) error {
	for _, path := range paths {
		err := os.Remove(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case errors.Is(err, fs.ErrPermission):
			return fmt.Errorf("remove a recording: %w: run the command as root", err)
		case err != nil:
			return fmt.Errorf("remove a recording: %w", err)
		}
		gone.Recordings = append(gone.Recordings, path)
	}
	return nil
}

// recorded lists what was recorded in calls, whatever it is called behind the call's ID.
func (f *Forgetful) recorded(calls []call.ID) (paths []string, err error) {
	if len(calls) == 0 {
		return nil, nil
	}
	files, err := os.ReadDir(f.recordings)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("look for recordings: %w: run the command as root", err)
	case err != nil:
		return nil, fmt.Errorf("look for recordings: %w", err)
	}
	mine := make(map[string]bool, len(calls))
	for _, id := range calls {
		mine[string(id)] = true
	}
	for _, file := range files {
		id, _, found := strings.Cut(file.Name(), "-")
		if found && mine[id] && file.Type().IsRegular() {
			paths = append(paths, filepath.Join(f.recordings, file.Name()))
		}
	}
	return paths, nil
}
