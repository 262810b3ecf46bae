package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// run shows what the options ask for. When it returns, nothing it started is left.
func run(ctx context.Context, opt options, out *terminal, in io.Reader) (err error) {
	stories, err := chosen(opt.Only)
	if err != nil {
		return err
	}
	out.printf("\n %s Nothing leaves this machine; all numbers are Ofcom's drama numbers.\n\n",
		out.paint(bold, "Clearline demonstration."))
	s, err := openStage(ctx, opt, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	begun := time.Now()
	for i, story := range stories {
		if err := s.tell(ctx, story); err != nil {
			return err
		}
		stories[i] = story.timed(*s.play.times)
	}
	summary(out, stories, time.Since(begun))
	if err := s.incidents(ctx); err != nil {
		return err
	}
	if opt.Keep {
		return s.keep(ctx, in)
	}
	return nil
}

// tell plays one story and prints it as it happens.
func (s *stage) tell(ctx context.Context, story story) error {
	s.out.printf("%s\n", s.out.paint(bold, fmt.Sprintf("(%s) %s", story.key, story.scenario.Title)))
	s.narrator.begin(time.Now())
	err := s.play.Perform(ctx, story.scenario)
	s.narrator.end()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("story (%s) did not come out as told: %w\nThe whole record is in %s", story.key, err, s.record)
	}
	s.out.printf("   %s %s\n\n", s.out.paint(green, "=>"), story.timed(*s.play.times).outcome)
	return nil
}

// incidents shows what an operator can look up afterwards; nothing where there was none.
func (s *stage) incidents(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, s.binary, "incidents", "--config", s.house.ConfigPath)
	list, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("list the incidents: %w: %s", err, list)
	}
	if !bytes.Contains(list, []byte("flat-")) {
		return nil
	}
	s.out.printf("\n%s\n", s.out.paint(bold, "What \"clearline incidents\" lists:"))
	for line := range strings.Lines(string(list)) {
		s.out.printf("  %s", line)
	}
	return nil
}

// summary says what was seen and where to read on.
func summary(out *terminal, stories []story, took time.Duration) {
	out.printf("%s\n", out.paint(bold, fmt.Sprintf("What you have seen, in %d s, on a real Asterisk:", int(took.Seconds()))))
	for _, story := range stories {
		out.printf("  (%s) %s\n", story.key, story.lesson)
	}
	out.printf(`
 Every step above was checked while it was played: what each telephone was sent,
 who was hung up, and that nothing was left in Asterisk.

 Read on: README.md says what Clearline does and how to install it,
          docs/ how to run it, and lib/app/testdata holds many more conversations
          like these; scripts/test plays them all.
`)
}
