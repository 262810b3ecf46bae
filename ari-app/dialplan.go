package main

import "clearline/dialplan"

type dialplanCmd struct{ configFlag }

func (dialplanCmd) Help() string { return dialplanHelp }

// Run prints the dialplan.
func (c dialplanCmd) Run(o *output) error {
	cfg, err := c.load(o.err)
	if err != nil {
		return err
	}
	return dialplan.Write(o.out, cfg)
}
