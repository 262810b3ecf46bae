package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"
)

// progress says what takes its time, so that nobody waits in silence.
type progress struct {
	out   *terminal
	begun time.Time
}

// step does one thing and says how long it took.
func (p *progress) step(what string, do func() error) error {
	p.out.printf(" %s ...\n", what)
	p.begun = time.Now()
	done := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() { p.beat(done) })
	err := do()
	close(done)
	beating.Wait()
	if err != nil {
		return err
	}
	p.out.printf("   %s\n", p.out.paint(faint, fmt.Sprintf("done in %.1f s", time.Since(p.begun).Seconds())))
	return nil
}

// beat shows now and then that a step is still under way.
func (p *progress) beat(done <-chan struct{}) {
	const every = 10 * time.Second
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			_, _ = fmt.Fprintln(p, "still at it") // Write never fails
		}
	}
}

// Write prints each line of somebody else's progress below the step.
func (p *progress) Write(b []byte) (int, error) {
	for line := range strings.Lines(string(b)) {
		line = strings.TrimPrefix(strings.TrimRight(line, "\n"), "testbed: ")
		p.out.printf("   %s\n", p.out.paint(faint, fmt.Sprintf("%3.0f s  %s", time.Since(p.begun).Seconds(), line)))
	}
	return len(b), nil
}

// counter counts the lines written to it and says so every few.
type counter struct {
	progress *progress
	what     string
	count    int
}

func (c *counter) Write(b []byte) (int, error) {
	const every = 10
	for range bytes.Count(b, []byte("\n")) {
		if c.count++; c.count%every == 0 {
			if _, err := fmt.Fprintf(c.progress, "%d %s\n", c.count, c.what); err != nil {
				return 0, err
			}
		}
	}
	return len(b), nil
}
