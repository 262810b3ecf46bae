package prompt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Options say what Render makes.
type Options struct {
	Out       string    // the folder below which <language>/<flow>/<name>.wav are written
	Own       string    // the folder of the operator's own recordings, named likewise; empty for none
	Languages []string  // nil means all
	Names     []Name    // nil means all
	Voice     Voice     // nil means Espeak
	Force     bool      // make every file again, recordings that lie in Out too
	Progress  io.Writer // one line for each prompt; nil means none
}

// Render makes the sound files of prompts: 8 kHz, 16-bit, mono WAV, finished by sox for the
// telephone. A prompt with a recording of the operator's in Own is made from that, any
// other from its text, read aloud by the voice.
//
// Files it made before from the same text or recording are kept. A file in Out that it did
// not make is an operator's own recording, too: it is left alone unless Force is set. So is every
// prompt that has a recording in another format beside it, Force or not, since
// the exchange might choose either. Nothing is ever written into Own. Files appear whole or not at all; a run that
// was interrupted can simply be repeated.
func Render(ctx context.Context, o Options) error {
	o.Voice = cmp.Or[Voice](o.Voice, Espeak{})
	if err := errors.Join(o.Voice.Ready(), installed("sox")); err != nil {
		return fmt.Errorf("render prompts: %w", err)
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
		for _, name := range r.named(c) {
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

// named are the prompts of a catalogue that are asked for.
func (o Options) named(c *Catalogue) []Name {
	if o.Names == nil {
		return c.Names()
	}
	return o.Names
}

// source is what a prompt's sound file is made from: an operator's recording, or a text.
type source struct {
	own       string // path of the recording; empty for none
	utterance Utterance
	recipe    string
}

// sourceOf is what the sound file of a prompt is to be made from.
func (o Options) sourceOf(c *Catalogue, name Name) (source, error) {
	if own := ownFile(o.Own, c.Language, name); own != "" {
		recipe, err := ownRecipe(own)
		return source{own: own, recipe: recipe}, err
	}
	text, ok := c.Text(name)
	if !ok {
		return source{}, errors.New("has no text")
	}
	if text == "" {
		return source{recipe: recipeOf("pause")}, nil
	}
	u := Utterance{Language: c.Language, Voice: c.Voice, Text: text, Pace: paceOf(name)}
	return source{utterance: u, recipe: recipeOf(o.Voice.Recipe(u))}, nil
}

// one renders one prompt and returns what it did, for the operator to read.
func (r *renderer) one(ctx context.Context, c *Catalogue, name Name) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	from, err := r.sourceOf(c, name)
	if err != nil {
		return "", err
	}
	base := filepath.Join(r.Out, c.Language, filepath.FromSlash(string(name)))
	wav := base + ".wav"
	before, err := r.made.look(wav, from.recipe)
	if err != nil {
		return "", err
	}
	if own := besides(base); len(own) > 0 {
		return yield(wav, before, own[0])
	}
	did := "made"
	if from.own != "" {
		did = "made from your recording"
	}
	switch {
	case r.Force:
	case before == upToDate:
		return "up to date", nil
	case before == foreign:
		return "own recording, left alone (--force replaces it)", nil
	case before == outdated:
		did += " again, it has changed"
	}
	return did, r.write(ctx, from, wav)
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
func (r *renderer) write(ctx context.Context, from source, wav string) (err error) {
	if err := os.MkdirAll(filepath.Dir(wav), 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	work, err := os.MkdirTemp(r.Out, ".render-")
	if err != nil {
		return fmt.Errorf("make temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	var sound string
	if from.own != "" {
		sound, err = finish(ctx, work, from.own)
	} else {
		sound, err = synthesise(ctx, work, r.Voice, from.utterance)
	}
	if err != nil {
		return err
	}
	// The manifest first: a file that is in place is always known to be ours.
	if err := r.made.add(sound, from.recipe); err != nil {
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
