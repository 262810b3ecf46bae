package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"clearline/lib/app"
	"clearline/lib/config"
	"clearline/lib/prompt"
)

const promptRecordHelp = `Rings a telephone of a line. Whoever picks up keys the PIN, hears the prompt in the
language of the line, and says it in their own voice: 5, then after the tone, and # at
the end. It is played back, and kept on 5 alone; the former one stays beside it.

The same can be begun at the telephone, by dialling *56 and *, with the number of the
prompt, which "clearline prompts list" prints. Both want codes.record_pin in the
configuration, and a Clearline that runs.

  clearline prompts record screening/greeting --ring PJSIP/101`

type promptRecordCmd struct {
	configFlag
	Prompt string `arg:"" help:"The prompt, as \"clearline prompts list\" names it: screening/greeting."`
	Ring   string `help:"The telephone that rings: an endpoint of a line." required:"" placeholder:"ENDPOINT"`
}

func (promptRecordCmd) Help() string { return promptRecordHelp }

// Run rings a telephone for somebody who records a prompt.
func (c promptRecordCmd) Run(o *output) error {
	cfg, err := c.load(o.err)
	if err != nil {
		return err
	}
	name := prompt.Name(c.Prompt)
	switch {
	case prompt.NumberOf(name) == "":
		return usageError(fmt.Sprintf("there is no prompt %q: clearline prompts list names them", c.Prompt))
	case cfg.Codes.RecordPIN.Reveal() == "" || cfg.Codes.Record == "":
		return usageError("nobody may record prompts by telephone: set codes.record_pin, print the dialplan again, and restart Clearline")
	}
	if err := knownTelephone(cfg, c.Ring); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if _, err := fmt.Fprintf(o.out, "%s rings. Pick up, and key the PIN.\n", c.Ring); err != nil {
		return err
	}
	return app.Invite(ctx, cfg, c.Ring, name, slog.New(slog.NewTextHandler(o.err, nil)))
}

// knownTelephone insists that a telephone is one of a line: the language is the line's.
func knownTelephone(cfg *config.Config, endpoint string) error {
	var all []string
	for _, l := range cfg.Lines {
		all = append(all, l.Endpoints...)
	}
	if slices.Contains(all, endpoint) {
		return nil
	}
	return usageError(fmt.Sprintf("--ring: no line has a telephone %q; there is %s", endpoint, strings.Join(all, ", ")))
}
