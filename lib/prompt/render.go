package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Options say what Render makes.
type Options struct {
	Out       string    // the folder below which <language>/<flow>/<name>.wav are written
	Languages []string  // nil means all
	Force     bool      // make every file again, operators' own recordings too
	Progress  io.Writer // one line for each prompt; nil means none
}

// Render makes the sound files of prompts from their texts: 8 kHz, 16-bit, mono
// WAV with the speech of espeak-ng, finished by sox for the telephone.
//
// Files it made before from the same text are kept. A file it did not make is an
// operator's own recording: it is left alone unless Force is set. So is every
// prompt that has a recording in another format beside it, Force or not, since
// the exchange might choose either. Files appear whole or not at all; a run that
// was interrupted can simply be repeated.
func Render(ctx context.Context, o Options) error {
	for _, program := range []string{"espeak-ng", "sox"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("render prompts: %s is not installed; install it with: apt install espeak-ng sox", program)
		}
	}
	if o.Languages == nil {
		o.Languages = Languages()
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return fmt.Errorf("render prompts: make folder: %w", err)
	}
	made, err := loadManifest(o.Out)
	if err != nil {
		return fmt.Errorf("render prompts: %w", err)
	}
	r := &renderer{Options: o, made: made}
	if err := r.all(ctx); err != nil {
		return fmt.Errorf("render prompts: %w", err)
	}
	return nil
}

type renderer struct {
	Options
	made *manifest

	progress sync.Mutex // over writes to Progress
}

// all renders every prompt of every language, as many at a time as there are
// processors.
func (r *renderer) all(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, language := range r.Languages {
		c, err := LoadCatalogue(language)
		if err != nil {
			return errors.Join(err, g.Wait())
		}
		for _, name := range c.Names() {
			g.Go(func() error {
				did, err := r.one(ctx, c, name)
				if err != nil {
					return fmt.Errorf("%s/%s: %w", language, name, err)
				}
				r.progress.Lock()
				defer r.progress.Unlock()
				_, err = fmt.Fprintf(r.Progress, "%s/%s: %s\n", language, name, did)
				return err
			})
		}
	}
	return g.Wait()
}

// one renders one prompt and returns what it did, for the operator to read.
func (r *renderer) one(ctx context.Context, c *Catalogue, name Name) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	text, ok := c.Text(name)
	if !ok {
		return "", errors.New("has no text")
	}
	base := filepath.Join(r.Out, c.Language, filepath.FromSlash(string(name)))
	wav, recipe := base+".wav", recipeOf(c.Voice, text)
	before, err := r.made.look(wav, recipe)
	if err != nil {
		return "", err
	}
	if own := besides(base); len(own) > 0 {
		return yield(wav, before, own[0])
	}
	did := "made"
	switch {
	case r.Force:
	case before == upToDate:
		return "up to date", nil
	case before == foreign:
		return "own recording, left alone (--force replaces it)", nil
	case before == outdated:
		did = "made again, the text has changed"
	}
	return did, r.write(ctx, c.Voice, text, wav, recipe)
}

// yield gives way to an operator's recording in another format: a file made here
// would leave the exchange to choose.
func yield(wav string, before standing, own string) (string, error) {
	if before != upToDate && before != outdated {
		return fmt.Sprintf("own recording %s, nothing made", own), nil
	}
	if err := os.Remove(wav); err != nil {
		return "", fmt.Errorf("give way to the recording %s: %w", own, err)
	}
	return fmt.Sprintf("own recording %s, the file made here is removed", own), nil
}

// write makes the sound in a temporary folder beside its place and moves it there.
func (r *renderer) write(ctx context.Context, voice, text, wav, recipe string) (err error) {
	if err := os.MkdirAll(filepath.Dir(wav), 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	work, err := os.MkdirTemp(r.Out, ".render-")
	if err != nil {
		return fmt.Errorf("make temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	sound, err := synthesise(ctx, work, voice, text)
	if err != nil {
		return err
	}
	// The manifest first: a file that is in place is always known to be ours.
	if err := r.made.add(sound, recipe); err != nil {
		return err
	}
	if err := os.Chmod(sound, 0o644); err != nil {
		return fmt.Errorf("let the exchange read the sound file: %w", err)
	}
	if err := os.Rename(sound, wav); err != nil {
		return fmt.Errorf("put the sound file in place: %w", err)
	}
	return nil
}
