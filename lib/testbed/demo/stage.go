package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/bench/stopwatch"
	"clearline/lib/testbed/house"
)

// stage is where stories are played: a house with Clearline in it.
type stage struct {
	out      *terminal
	house    *house.House
	program  *house.Process
	binary   string
	play     *storyPlay
	narrator *narrator
	phones   softphones
	record   string // path of the record

	recorded *os.File
	dir      string // temporary
}

// storyPlay performs stories one after the other.
type storyPlay struct {
	bed    *testbed.Bed
	sounds string
	times  *stopwatch.Delays // of the story under way, or the last one
}

// patience is for sentences of speech, not for noises.
const patience = 20 * time.Second

// Perform plays a scenario.
func (p *storyPlay) Perform(ctx context.Context, s *testbed.Scenario) error {
	p.times = &stopwatch.Delays{}
	ctx = context.WithValue(ctx, stageKey{}, onStage{sounds: p.sounds, begun: time.Now(), times: p.times})
	return (&testbed.Play{Bed: p.bed, Patience: patience}).Perform(ctx, s)
}

// openStage makes and starts everything. The caller closes the stage.
func openStage(ctx context.Context, opt options, out *terminal) (s *stage, err error) {
	s = &stage{out: out}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.phones, err = newSoftphones(opt); err != nil {
		return s, err
	}
	if s.dir, err = os.MkdirTemp("", "clearline-demo-"); err != nil {
		return s, fmt.Errorf("make a temporary folder: %w", err)
	}
	progress := &progress{out: out}
	sounds, err := s.sounds(ctx, opt.Fast, progress)
	if err != nil {
		return s, err
	}
	err = progress.step("Compiling Clearline (the first time takes a minute or two)", func() (err error) {
		s.binary, err = house.Build(ctx, s.dir)
		return err
	})
	if err != nil {
		return s, err
	}
	var install testbed.Install
	err = progress.step("Looking for Asterisk", func() (err error) {
		install, err = testbed.FindAsterisk(ctx, progress)
		return err
	})
	if err != nil {
		return s, err
	}
	return s, progress.step("Starting Asterisk "+install.Version+" and Clearline", func() error {
		return s.start(ctx, &install, sounds)
	})
}

// flats are the lines of the house. An attempt to reach help is remembered for its line:
// each story that has one plays in a flat of its own.
var flats = []testbed.Line{
	{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
	{ID: "flat-2", Numbers: []string{"+441632960102"}, Endpoints: []string{"102"}},
	{ID: "flat-3", Numbers: []string{"+441632960103"}, Endpoints: []string{"103"}},
}

// sounds makes what is said and returns the folder.
func (s *stage) sounds(ctx context.Context, fast bool, progress *progress) (string, error) {
	if fast {
		dir := filepath.Join(s.dir, "sounds")
		return dir, progress.step("Making noises", func() error { return noises(dir) })
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "sounds")
	return dir, progress.step("Making speech, in "+dir, func() error { return speech(ctx, dir, progress) })
}

// start opens the house and lets Clearline move in.
func (s *stage) start(ctx context.Context, install *testbed.Install, sounds string) (err error) {
	s.house, err = house.Open(ctx, house.Options{
		Sounds: sounds,
		Bed: testbed.Options{
			Install:    install,
			Lines:      flats,
			Softphones: s.phones.endpoints(),
			Listen:     s.phones.listen,
		},
	})
	if err != nil {
		return err
	}
	lexicon, err := newLexicon()
	if err != nil {
		return err
	}
	if s.recorded, err = newRecord(); err != nil {
		return err
	}
	s.record = s.recorded.Name()
	s.narrator = &narrator{out: s.out, lexicon: lexicon, record: s.recorded}
	s.house.Bed.Timeline.Watch(s.narrator.watch)
	s.play = &storyPlay{bed: s.house.Bed, sounds: filepath.Join(sounds, language)}
	s.program, err = s.house.Run(ctx, s.binary)
	return err
}

// newRecord opens the file that gets every moment of this run.
func newRecord() (*os.File, error) {
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	f, err := os.Create(filepath.Join(cache, "last.log"))
	if err != nil {
		return nil, fmt.Errorf("open the record: %w", err)
	}
	return f, nil
}

// stopWithin bounds how long Clearline may take to end in order.
const stopWithin = 8 * time.Second

// close ends everything, in the order of dependence.
func (s *stage) close() error {
	var errs []error
	if s.program != nil {
		s.house.Bed.StopPhones()
		stopped := make(chan error, 1)
		go func() { stopped <- s.program.Stop() }()
		select {
		case <-stopped: // Ctrl-C reaches Clearline too: how it ended says nothing
		case <-time.After(stopWithin):
			s.program.Kill()
			errs = append(errs, fmt.Errorf("clearline did not stop within %s", stopWithin))
		}
	}
	if s.house != nil {
		s.house.Bed.Timeline.Watch(nil)
		s.house.Close()
	}
	if s.recorded != nil {
		errs = append(errs, s.recorded.Close())
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	if err := errors.Join(errs...); err != nil {
		return leftover{err}
	}
	return nil
}

// leftover says what could not be taken away.
type leftover struct{ error }

func (l leftover) Unwrap() error { return l.error }
