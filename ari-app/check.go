package main

import (
	"fmt"
	"io"
	"os"
	"slices"
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
	faults = append(faults, checkReceivers(cfg)...)
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
	all, err := prompt.Survey(promptOptions(cfg))
	if err != nil {
		return append(faults, cfg.Fault(config.Error, "prompts.dir", err.Error(), render))
	}
	return append(faults, heard(cfg, all, render)...)
}

// heard says what is wrong with the sound files.
func heard(cfg *config.Config, all []prompt.Listed, render string) []config.Fault {
	var faults []config.Fault
	for _, language := range cfg.Languages() {
		severity := config.Warning // the default language is played instead
		if language == cfg.Language {
			severity = config.Error
		}
		found := func(severity config.Severity, problem, remedy string, is func(prompt.Listed) bool) {
			if names := named(all, language, is); len(names) > 0 {
				faults = append(faults, cfg.Fault(severity, "prompts.dir",
					fmt.Sprintf("%s of %s %s: %s", counted(len(names), "sound file"), language, problem, firstOf(names)), remedy))
			}
		}
		nowhere := lacking(cfg, language)
		found(config.Warning, "missing, those of "+cfg.Prompts.Spare+" are played", render,
			func(l prompt.Listed) bool { return l.Origin == prompt.Missing && !nowhere[l.Name] })
		found(severity, "missing", render, func(l prompt.Listed) bool { return l.Origin == prompt.Missing && nowhere[l.Name] })
		found(severity, "cannot be played by the exchange", "put your recordings into prompts.own, which makes them fit, and "+render,
			func(l prompt.Listed) bool { return l.Origin == prompt.Unusable })
		found(config.Warning, "made from a text or a recording that has changed since", render,
			func(l prompt.Listed) bool { return l.Origin == prompt.Stale })
		found(config.Error, tooLong, "say it in fewer words: who hears more has forgotten how it began", prompt.Listed.TooLong)
	}
	return faults
}

// lacking are the prompts of a language that have no sound file anywhere.
func lacking(cfg *config.Config, language string) map[prompt.Name]bool {
	names := map[prompt.Name]bool{}
	for _, a := range cfg.Prompts.Folder(cfg.Language).Missing(language) {
		names[a.Name] = true
	}
	return names
}

// named lists the prompts of a language that are as asked for.
func named(all []prompt.Listed, language string, is func(prompt.Listed) bool) []string {
	var names []string
	for _, l := range all {
		if l.Language == language && is(l) {
			names = append(names, string(l.Name))
		}
	}
	return names
}

// firstOf names the first few of many.
func firstOf(names []string) string {
	const few = 3
	if len(names) > few {
		names = append(slices.Clone(names[:few]), "...")
	}
	return strings.Join(names, ", ")
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
