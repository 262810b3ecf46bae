package main

import (
	"fmt"
	"path/filepath"

	"clearline/lib/app"
	"clearline/lib/config"
)

type restoreCmd struct {
	configFlag
	Snapshot string `arg:"" optional:"" help:"The snapshot: a file, or the name of one in the folder of the snapshots."`
	DryRun   bool   `help:"Check the snapshot, say what it holds, and change nothing."`
}

func (restoreCmd) Help() string { return restoreHelp }

// Run restores a snapshot, or lists those there are.
func (c restoreCmd) Run(o *output) error {
	cfg, err := c.load(o.err)
	if err != nil {
		return err
	}
	found, err := app.Snapshots(cfg.Store)
	if err != nil {
		return fmt.Errorf("restore a snapshot: %w", err)
	}
	if c.Snapshot == "" {
		return c.list(o, cfg.Store, found)
	}
	snapshot, err := app.Examine(app.Find(cfg.Store, c.Snapshot))
	if err != nil {
		return fmt.Errorf("look at the snapshot: %w", err)
	}
	if _, err := fmt.Fprintf(o.out, "%s: %s\n", snapshot.Path, holdings(snapshot)); err != nil {
		return err
	}
	if c.DryRun {
		_, err := fmt.Fprintf(o.out, "it can be restored; nothing was changed\n")
		return err
	}
	before, err := app.Restore(cfg.Store, snapshot.Path)
	if err != nil {
		return err
	}
	if before != "" {
		if _, err := fmt.Fprintf(o.out, "the file that was there is now %s\n", before); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(o.out, "restored to %s; start Clearline now\n", cfg.Store.Path)
	return err
}

// list prints a line for each snapshot.
func (c restoreCmd) list(o *output, s config.Store, found []app.SnapshotFile) error {
	if len(found) == 0 {
		_, err := fmt.Fprintf(o.out, "no snapshots in %s yet\n", s.SnapshotFolder())
		return err
	}
	rows := [][]string{{"MADE", "CALLS", "ATTEMPTS", "CONTACTS", "BLOCKS", "SNAPSHOT"}}
	for _, one := range found {
		name := plain(filepath.Base(one.Path))
		holds, err := app.Examine(one.Path)
		if err != nil {
			rows = append(rows, []string{clock(one.At), "-", "-", "-", "-", name + " (cannot be used: clearline restore " + name + " --dry-run says why)"})
			continue
		}
		rows = append(rows, []string{
			clock(one.At), fmt.Sprint(holds.Calls), fmt.Sprint(holds.Attempts), fmt.Sprint(holds.Contacts), fmt.Sprint(holds.Blocks), name,
		})
	}
	return table(o.out, rows)
}
