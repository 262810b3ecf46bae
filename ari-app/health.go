package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"clearline/lib/telemetry"
)

const healthHelp = `Asks the Clearline that runs on this machine, at console.listen, whether it works. The exit
code is 1 when it does not, or does not answer. That is what a container or another
supervisor asks before it starts Clearline anew.

With --ready it asks whether everything is there that Clearline needs, too: Asterisk, the
store, the sound files. A new start does not bring those back.

  clearline health
  clearline health --ready`

// healthMax bounds the question.
const healthMax = 3 * time.Second

type healthCmd struct {
	configFlag
	Ready bool `help:"Also whether everything is there that it needs."`
}

func (healthCmd) Help() string { return healthHelp }

// Run prints the answer of the running Clearline.
func (c healthCmd) Run(o *output) error {
	cfg, err := c.load(o.err)
	if err != nil {
		return err
	}
	page := "/healthz"
	if c.Ready {
		page = "/readyz"
	}
	ctx, cancel := context.WithTimeout(context.Background(), healthMax)
	defer cancel()
	well, answer, err := telemetry.Ask(ctx, cfg.Console.Listen, cfg.Console.Cert != "", page, "text/plain")
	if err != nil {
		return fmt.Errorf("ask the running Clearline: %w", err)
	}
	text := plainLines(string(answer))
	if !well {
		return errors.New(text)
	}
	_, err = fmt.Fprintln(o.out, text)
	return err
}

// plainLines are the lines of an answer without what could move a terminal's cursor:
// whatever listens at the address has written them.
func plainLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = plain(line)
	}
	return strings.Join(lines, "\n")
}
