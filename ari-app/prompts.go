package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"clearline/lib/prompt"
)

type promptsCmd struct {
	Render renderCmd `cmd:"" help:"Make the sound files from the texts."`
}

type renderCmd struct {
	configFlag
	Out   string `help:"Where to; otherwise prompts.dir of the configuration." type:"path" placeholder:"DIR"`
	Force bool   `help:"Make every file again, your own recordings too."`
}

func (renderCmd) Help() string { return renderHelp }

// Run makes the sound files. With --out and no configuration on this machine it
// makes every language.
func (c renderCmd) Run(o *output) error {
	options := prompt.Options{Out: c.Out, Force: c.Force, Progress: o.out}
	if _, err := os.Stat(c.Config); c.Out == "" || !errors.Is(err, fs.ErrNotExist) {
		cfg, err := c.load(o.err)
		if err != nil {
			return err
		}
		options.Languages = cfg.Languages()
		if c.Out == "" {
			options.Out = cfg.Prompts.Dir
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return prompt.Render(ctx, options)
}
