package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"clearline/lib/config"
	"clearline/lib/prompt"
)

type promptsCmd struct {
	Render renderCmd       `cmd:"" help:"Make the sound files from the texts."`
	List   promptListCmd   `cmd:"" help:"List the prompts: where each comes from, how long it is."`
	Record promptRecordCmd `cmd:"" help:"Ring a telephone for somebody who says a prompt in another voice."`
}

type renderCmd struct {
	configFlag
	Out   string `help:"Where to; otherwise prompts.dir of the configuration." type:"path" placeholder:"DIR"`
	Force bool   `help:"Make every file again, those too that were put among them."`
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
		out := options.Out
		options = promptOptions(cfg)
		options.Out = cmp.Or(out, options.Out)
		options.Force, options.Progress = c.Force, o.out
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return prompt.Render(ctx, options)
}

// promptOptions are where the sound files are, and what they are made with.
func promptOptions(cfg *config.Config) prompt.Options {
	return prompt.Options{
		Out: cfg.Prompts.Dir, Own: cfg.Prompts.Own, Languages: cfg.Languages(), Voice: cfg.Prompts.Voice(),
	}
}
