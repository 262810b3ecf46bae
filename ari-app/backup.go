package main

import (
	"fmt"

	"clearline/lib/app"
)

type backupCmd struct {
	configFlag
	Out string `help:"Write the snapshot into this file too." placeholder:"FILE" type:"path"`
}

func (backupCmd) Help() string { return backupHelp }

// Run makes a snapshot and says what it holds.
func (c backupCmd) Run(o *output) error {
	cfg, err := c.load(o.err)
	if err != nil {
		return err
	}
	ctx, cancel := interruptible()
	defer cancel()
	made, err := app.Backup(ctx, cfg.Store, c.Out)
	if err != nil {
		return fmt.Errorf("back up the store: %w", err)
	}
	_, err = fmt.Fprintf(o.out, "%s: %s\n", made.Path, holdings(made))
	return err
}

// holdings says in words what a snapshot holds.
func holdings(s app.Snapshot) string {
	text := fmt.Sprintf("made %s, %s, %s, %s, %s", clock(s.At),
		counted(s.Calls, "call"), counted(s.Attempts, "attempt"), counted(s.Contacts, "contact"), counted(s.Blocks, "block"))
	if s.UnderWay > 0 {
		text += fmt.Sprintf(", %s under way", counted(s.UnderWay, "call"))
	}
	if !s.Latest.IsZero() {
		text += fmt.Sprintf("; the first call or attempt was on %s, the last on %s", clock(s.Earliest), clock(s.Latest))
	}
	return text
}
