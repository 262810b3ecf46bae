package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"clearline/lib/config"
	"clearline/lib/prompt"
)

type checkCmd struct{ configFlag }

func (checkCmd) Help() string { return checkHelp }

// Run prints everything that is wrong, and a word when nothing is.
func (c checkCmd) Run(o *output) error {
	cfg, faults := config.Examine(c.Config)
	faults = append(faults, checkPrompts(cfg)...)
	for _, f := range faults {
		if _, err := fmt.Fprintln(o.out, f); err != nil {
			return err
		}
	}
	if config.Broken(faults) {
		return errFaulty
	}
	_, err := fmt.Fprintf(o.out, "%s: ready, %s\n", c.Config, counted(len(cfg.Lines), "line"))
	return err
}

// load reads the configuration for a command that needs all of it, and prints
// what is wrong with it.
func (c configFlag) load(complaints io.Writer) (*config.Config, error) {
	cfg, faults := config.Load(c.Config)
	for _, f := range faults {
		if _, err := fmt.Fprintln(complaints, f); err != nil {
			return nil, err
		}
	}
	if cfg == nil {
		return nil, errFaulty
	}
	return cfg, nil
}

// checkPrompts looks at the texts and at the folder of sound files.
func checkPrompts(cfg *config.Config) []config.Fault {
	var faults []config.Fault
	for _, wrong := range prompt.Check() {
		faults = append(faults, cfg.Fault(config.Error, "language", wrong, "build Clearline anew"))
	}
	render := fmt.Sprintf("run: clearline prompts render --config %s --out %s", cfg.Path, cfg.Prompts.Dir)
	switch info, err := os.Stat(cfg.Prompts.Dir); {
	case err != nil:
		return append(faults, cfg.Fault(config.Error, "prompts.dir", fmt.Sprintf("the folder %s cannot be found", cfg.Prompts.Dir), render))
	case !info.IsDir():
		return append(faults, cfg.Fault(config.Error, "prompts.dir", cfg.Prompts.Dir+" is no folder", "name a folder"))
	}
	folder := &prompt.Folder{Dir: cfg.Prompts.Dir, Default: cfg.Language}
	for _, language := range cfg.Languages() {
		severity := config.Warning // the default language is played instead
		if language == cfg.Language {
			severity = config.Error
		}
		if absent := folder.Missing(language); len(absent) > 0 {
			faults = append(faults, cfg.Fault(severity, "prompts.dir",
				fmt.Sprintf("%s of %s missing: %s", counted(len(absent), "sound file"), language, firstOf(absent)), render))
		}
	}
	return faults
}

// firstOf names the first few of many.
func firstOf(absent []prompt.Absent) string {
	const few = 3
	var names []string
	for _, a := range absent[:min(few, len(absent))] {
		names = append(names, string(a.Name))
	}
	if len(absent) > few {
		names = append(names, "...")
	}
	return strings.Join(names, ", ")
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
