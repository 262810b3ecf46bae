package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"clearline/lib/prompt"
	"clearline/lib/testbed"
)

// language is the one the demonstration is in.
const language = prompt.DefaultLanguage

// cacheDir is where the demonstration keeps what takes long to make.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w; set HOME or XDG_CACHE_HOME", err)
	}
	dir = filepath.Join(dir, "clearline", "demo")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	return dir, nil
}

// speech makes prompts and voices that speak, in a folder that is kept: what was made
// from the same text before is not made again.
func speech(ctx context.Context, dir string, progress *progress) error {
	for _, program := range []string{"espeak-ng", "sox"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("make speech: %s is missing; run: sudo scripts/setup (or try --fast, which needs no speech)", program)
		}
	}
	counter := &counter{progress: progress, what: "sentences"}
	if err := prompt.Render(ctx, prompt.Options{Out: dir, Languages: []string{language}, Progress: counter}); err != nil {
		return err
	}
	all, err := utterances()
	if err != nil {
		return err
	}
	for _, u := range all {
		if err := u.speak(ctx, filepath.Join(dir, language)); err != nil {
			return fmt.Errorf("make the voice of %s: %w", u.who, err)
		}
		if _, err := fmt.Fprintf(counter, "%s\n", u.name()); err != nil {
			return err
		}
	}
	return nil
}

// noises makes a short noise for every prompt and voice.
func noises(dir string) error {
	catalogue, err := prompt.LoadCatalogue(language)
	if err != nil {
		return err
	}
	var names []string
	for _, name := range catalogue.Names() {
		names = append(names, string(name))
	}
	dir = filepath.Join(dir, language)
	if err := testbed.ToneTongue(dir, names, testbed.BurstLength); err != nil {
		return err
	}
	all, err := utterances()
	if err != nil {
		return err
	}
	for _, u := range all {
		if err := u.hum(dir); err != nil {
			return err
		}
	}
	return nil
}

// lexicon gives the words of sounds.
type lexicon struct {
	catalogue *prompt.Catalogue
	voices    map[string]utterance // by name
}

func newLexicon() (*lexicon, error) {
	catalogue, err := prompt.LoadCatalogue(language)
	if err != nil {
		return nil, err
	}
	all, err := utterances()
	if err != nil {
		return nil, err
	}
	l := &lexicon{catalogue: catalogue, voices: map[string]utterance{}}
	for _, u := range all {
		l.voices[u.name()] = u
	}
	return l, nil
}

// voice finds an utterance by the path of its sound.
func (l *lexicon) voice(path string) (utterance, bool) {
	path = strings.TrimSuffix(filepath.ToSlash(path), ".wav")
	if i := strings.LastIndex(path, "voices/"); i >= 0 {
		path = path[i:]
	}
	u, ok := l.voices[path]
	return u, ok
}
