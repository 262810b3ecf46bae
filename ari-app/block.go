package main

import (
	"clearline/lib/call"
)

type blockCmd struct {
	Add    blockAddCmd    `cmd:"" help:"Let somebody never through."`
	Remove blockRemoveCmd `cmd:"" help:"Take a block away."`
	List   blockListCmd   `cmd:"" help:"List the blocks."`
	Import blockImportCmd `cmd:"" help:"Read blocks from a file."`
	Export blockExportCmd `cmd:"" help:"Write the blocks into a file."`
}

type blockAddCmd struct{ addition }

func (blockAddCmd) Help() string { return blockAddHelp }

// Run adds a block.
func (c blockAddCmd) Run(o *output) error {
	return c.add(o, call.Blocks, func(*ledger, *call.Entry) error { return nil })
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
