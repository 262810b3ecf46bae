package main

import (
	"errors"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/roster"
)

type blockCmd struct {
	Add    blockAddCmd    `cmd:"" help:"Let somebody never through."`
	Remove blockRemoveCmd `cmd:"" help:"Take a block away."`
	List   blockListCmd   `cmd:"" help:"List the blocks."`
	Import blockImportCmd `cmd:"" help:"Read blocks from a file."`
	Export blockExportCmd `cmd:"" help:"Write the blocks into a file."`
}

type blockAddCmd struct {
	addition
	Wide bool `help:"Also block what a great many callers have in common, such as +44*."`
}

func (blockAddCmd) Help() string { return blockAddHelp }

// Run adds a block.
func (c blockAddCmd) Run(o *output) error {
	return c.add(o, call.Blocks, func(l *ledger, e *call.Entry, _ call.Entry) ([]string, error) {
		p, _ := number.Canonical(e.Pattern)
		var wide *roster.TooWideError
		switch {
		case !errors.As(roster.Blockable(p), &wide):
		case !c.Wide:
			return nil, usageError(plain(wide.Error()) + "; if that is meant, add --wide")
		default:
			complain(l.err, "clearline: warning: this blocks %s; only contacts still get through\n", plain(wide.Whom))
		}
		return nil, nil
	})
}

type blockRemoveCmd struct{ removal }

func (blockRemoveCmd) Help() string { return blockRemoveHelp }

// Run removes a block.
func (c blockRemoveCmd) Run(o *output) error { return c.remove(o, call.Blocks) }

type blockListCmd struct{ entryListing }

func (blockListCmd) Help() string { return blockListHelp }

// Run lists the blocks.
func (c blockListCmd) Run(o *output) error { return c.list(o, call.Blocks) }

type blockImportCmd struct{ importing }

func (blockImportCmd) Help() string { return blockImportHelp }

// Run imports blocks.
func (c blockImportCmd) Run(o *output) error {
	return c.importFile(o, call.Blocks, func(*call.Entry) {})
}

type blockExportCmd struct{ exporting }

func (blockExportCmd) Help() string { return blockExportHelp }

// Run exports the blocks.
func (c blockExportCmd) Run(o *output) error { return c.export(o, call.Blocks) }
