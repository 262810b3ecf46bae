package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/users"
)

// Recording is what a caller has said, as a WAV file. It is to be closed.
type Recording struct {
	io.ReadSeekCloser
	Made  time.Time // when the file was last written
	Bytes int64
}

// played is who was noted as having listened to what.
type played struct {
	who string
	id  call.RecordingID
}

// playedAgain is how soon listening again is not noted: browsers ask for one file in many
// pieces.
const playedAgain = time.Minute

// Play opens what a caller has said, for a warden of the line, and notes who listens. Without
// a note nothing is played. The error wraps ErrForbidden or ErrNotFound; for the warden of a
// line also when the file is there no more.
func (d *Desk) Play(ctx context.Context, p Person, id call.RecordingID) (*Recording, error) {
	if p.Role == users.Viewer {
		return nil, fmt.Errorf("play recording: %w: nothing is played to a viewer", ErrForbidden)
	}
	line, err := d.spokenOn(ctx, p, id)
	if err != nil {
		return nil, fmt.Errorf("play recording: %w", err)
	}
	if err := d.listens(ctx, p, line, id); err != nil {
		return nil, err
	}
	r, err := d.openRecording(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("play recording %s: %w: it is no longer kept", id, ErrNotFound)
	}
	return r, err
}

// spokenOn is the line of a recording that belongs to a call the person may know of.
func (d *Desk) spokenOn(ctx context.Context, p Person, id call.RecordingID) (line call.LineID, err error) {
	err = evenly(ctx, p, func() error {
		for _, u := range d.opts.Engine.Underway() {
			if u.Recording == id && id != "" && p.Sees(u.Line) {
				line = u.Line
				return nil
			}
		}
		of, _, _ := strings.Cut(string(id), "-")
		r, found, err := d.opts.History.Record(ctx, call.ID(of))
		if err != nil {
			return err
		}
		if !found || r.Recording != id || id == "" || !p.Sees(r.Line) {
			return p.missing()
		}
		line = r.Line
		return nil
	})
	return line, err
}

// listens notes that somebody listens, once in a while.
func (d *Desk) listens(ctx context.Context, p Person, line call.LineID, id call.RecordingID) error {
	what, now := played{p.Name, id}, time.Now()
	d.mu.Lock()
	noted := now.Sub(d.played[what]) < playedAgain
	d.mu.Unlock()
	if noted {
		return nil
	}
	if err := d.Note(ctx, p, store.Deed{Did: DidPlay, Line: line, To: string(id)}); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for other, at := range d.played {
		if now.Sub(at) >= playedAgain {
			delete(d.played, other)
		}
	}
	d.played[what] = now
	return nil
}

// openRecording opens a file in the folder of recordings, and nowhere else.
func (d *Desk) openRecording(id call.RecordingID) (*Recording, error) {
	if strings.ContainsFunc(string(id), func(r rune) bool { return !strings.ContainsRune(idLetters, r) }) {
		return nil, fs.ErrNotExist
	}
	root, err := os.OpenRoot(d.opts.Recordings)
	if err != nil {
		return nil, fmt.Errorf("open the folder of recordings: %w", err)
	}
	defer func() { _ = root.Close() }()
	file, err := root.Open(string(id) + ".wav")
	if err != nil {
		return nil, fmt.Errorf("open recording %s: %w", id, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &Recording{file, info.ModTime(), info.Size()}, nil
}

// idLetters are what the ids of recordings are made of.
const idLetters = "0123456789abcdefghijklmnopqrstuvwxyz-"
