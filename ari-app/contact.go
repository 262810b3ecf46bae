package main

import (
	"clearline/lib/call"
)

type contactCmd struct {
	Add    contactAddCmd    `cmd:"" help:"Let somebody through."`
	Remove contactRemoveCmd `cmd:"" help:"Take a contact away."`
	List   contactListCmd   `cmd:"" help:"List the contacts."`
	Import contactImportCmd `cmd:"" help:"Read contacts from a file."`
	Export contactExportCmd `cmd:"" help:"Write the contacts into a file."`
}

type contactAddCmd struct {
	addition
	Verify   bool   `help:"The number alone is no proof: ask for a word." xor:"verify"`
	Word     string `help:"The word, keyed as letters or digits; - reads it from standard input. Without one it is spoken." placeholder:"WORD" xor:"word"`
	NoVerify bool   `help:"Ask for no word any more." xor:"verify,word"`
}

func (contactAddCmd) Help() string { return contactAddHelp }

// Run adds a contact.
func (c contactAddCmd) Run(o *output) error {
	return c.add(o, call.Contacts, func(l *ledger, e *call.Entry, was call.Entry) (kept []string, err error) {
		switch {
		case c.NoVerify:
		case c.Word != "":
			e.Verify = true
			e.Word, err = l.word(c.Word)
		default:
			e.Verify, e.Word = c.Verify || was.Verify, was.Word
			if was.Verify {
				kept = []string{"the word"}
			}
		}
		return kept, err
	})
}

type contactRemoveCmd struct{ removal }

func (contactRemoveCmd) Help() string { return contactRemoveHelp }

// Run removes a contact.
func (c contactRemoveCmd) Run(o *output) error { return c.remove(o, call.Contacts) }

type contactListCmd struct{ entryListing }

func (contactListCmd) Help() string { return contactListHelp }

// Run lists the contacts.
func (c contactListCmd) Run(o *output) error { return c.list(o, call.Contacts) }

type contactImportCmd struct {
	importing
	Verify bool `help:"The numbers alone are no proof: ask each for a spoken word."`
}

func (contactImportCmd) Help() string { return contactImportHelp }

// Run imports contacts.
func (c contactImportCmd) Run(o *output) error {
	return c.importFile(o, call.Contacts, func(e *call.Entry) { e.Verify = e.Verify || c.Verify })
}

type contactExportCmd struct{ exporting }

func (contactExportCmd) Help() string { return contactExportHelp }

// Run exports the contacts.
func (c contactExportCmd) Run(o *output) error { return c.export(o, call.Contacts) }
