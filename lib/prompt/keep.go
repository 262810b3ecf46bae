package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// ErrTooLong is wrapped by the errors of Keep when a recording is longer than Longest.
var ErrTooLong = errors.New("it is longer than a prompt may be")

// CanKeep says why Keep would not do; nil when it would. A folder for the operator's
// recordings that is not there yet is made.
func CanKeep(o Options) error {
	if o.Own == "" {
		return errors.New("no folder for recordings of your own is named")
	}
	err := errors.Join(installed("sox"), os.MkdirAll(o.Own, 0o755))
	for _, folder := range []string{o.Own, o.Out} {
		probe, failed := os.MkdirTemp(folder, ".keep-")
		if failed == nil {
			failed = os.Remove(probe)
		}
		err = errors.Join(err, failed)
	}
	return err
}

// Keep makes a recording, a WAV file, the operator's own recording of a prompt, and the sound
// file of the prompt from it. It is an error that wraps ErrTooLong when that would be longer
// than Longest, and nothing is changed by an error.
//
// The former recording stays beside the new one, under its name with ".before-" and the time
// behind it, and so does a sound file that somebody has put into Out, with ".played-before-". To keep the same recording twice is the same as once. Only one Keep or Render may
// work on the same folders at a time.
func Keep(ctx context.Context, o Options, recording, language string, name Name, now time.Time) (err error) {
	failed := func(err error) error { return fmt.Errorf("keep %s/%s: %w", language, name, err) }
	c, err := LoadCatalogue(language)
	if err != nil {
		return failed(err)
	}
	if !slices.Contains(Recordable(), name) {
		return failed(errors.New("there is no such prompt"))
	}
	if err := CanKeep(o); err != nil {
		return failed(err)
	}
	work, err := os.MkdirTemp(o.Own, ".keep-")
	if err != nil {
		return failed(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	raw := filepath.Join(work, "raw.wav")
	if err := copyFile(recording, raw); err != nil {
		return failed(err)
	}
	sound, err := finish(ctx, work, raw)
	if err != nil {
		return failed(err)
	}
	if length, _ := lengthOf(sound); length > Longest {
		return failed(fmt.Errorf("%w: %.1f seconds", ErrTooLong, length.Seconds()))
	}
	if err := o.replace(ctx, c, name, raw, now); err != nil {
		return failed(err)
	}
	return nil
}

// replace puts a recording in the place of the former one, and makes the sound file from it.
// When that fails, all is as before.
func (o Options) replace(ctx context.Context, c *Catalogue, name Name, raw string, now time.Time) error {
	own := filepath.Join(o.Own, c.Language, filepath.FromSlash(string(name))+".wav")
	if err := os.MkdirAll(filepath.Dir(own), 0o755); err != nil {
		return err
	}
	if same, err := sameContent(raw, own); err != nil || same {
		return errors.Join(err, o.renderAgain(ctx, c, name, false))
	}
	byHand, err := o.putByHand(c, name)
	if err != nil {
		return err
	}
	at := now.UTC().Format("20060102T150405.000Z")
	if byHand != "" {
		if err := copyFile(byHand, own+".played-before-"+at); err != nil {
			return fmt.Errorf("keep the sound file that is played now: %w", err)
		}
	}
	before := own + ".before-" + at
	former, err := setAside(own, before)
	if err != nil {
		return fmt.Errorf("keep the former recording: %w", err)
	}
	if err := os.Rename(raw, own); err != nil {
		return err
	}
	if err := o.renderAgain(ctx, c, name, byHand != ""); err != nil {
		if former {
			return errors.Join(err, os.Rename(before, own))
		}
		return errors.Join(err, os.Remove(own))
	}
	return nil
}

// putByHand is the sound file of a prompt when somebody has put it where Render puts its own,
// and empty otherwise. One that Render would give way to is an error.
func (o Options) putByHand(c *Catalogue, name Name) (string, error) {
	base := filepath.Join(o.Out, c.Language, filepath.FromSlash(string(name)))
	if others := besides(base); len(others) > 0 {
		return "", fmt.Errorf("%s lies in the folder of sound files, and would still be played: move it to %s", others[0], o.Own)
	}
	made, err := loadManifest(o.Out)
	if err != nil {
		return "", err
	}
	if standing, err := made.look(base+".wav", ""); err != nil || standing != foreign {
		return "", err
	}
	return base + ".wav", nil
}

// setAside keeps the former recording under another name, and says whether there was one.
func setAside(own, before string) (bool, error) {
	err := os.Link(own, before)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return true, copyFile(own, before) // a disk without links
	}
	return true, nil
}

// renderAgain makes the sound file of one prompt from its recording.
func (o Options) renderAgain(ctx context.Context, c *Catalogue, name Name, force bool) error {
	made, err := loadManifest(o.Out)
	if err != nil {
		return err
	}
	o.Force = force
	_, err = (&renderer{Options: o, made: made}).one(ctx, c, name)
	return err
}

// sameContent says whether a file is there, and holds what another does.
func sameContent(path, other string) (bool, error) {
	one, err := hashFile(path)
	if err != nil {
		return false, err
	}
	two, err := hashFile(other)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return one == two, err
}

// copyFile copies a file, and has it on the disk when it returns.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Sync()
}
