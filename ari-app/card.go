package main

import (
	"clearline/lib/call"
	"clearline/lib/card"
)

const cardHelp = `One page in large print, to lie beside the telephone: which key does what, which numbers
to dial for help, the codes of this configuration, and who helps. It is HTML in the
language of the line. Open it in a browser, print it on A4, and write the telephone number of
whoever helps on it by hand.

  clearline card --line flat-1 > flat-1.html`

type cardCmd struct {
	configFlag
	Line string `help:"The id of the line." required:"" placeholder:"ID"`
}

func (cardCmd) Help() string { return cardHelp }

// Run prints the card of a line.
func (c cardCmd) Run(o *output) error {
	cfg, err := c.load(o.err)
	if err != nil {
		return err
	}
	if err := knownLine(cfg, call.LineID(c.Line)); err != nil {
		return err
	}
	return card.Write(o.out, cfg, call.LineID(c.Line))
}
