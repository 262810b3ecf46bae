package main

import (
	"errors"
	"fmt"
	"slices"

	"clearline/lib/app"
	"clearline/lib/config"
	"clearline/lib/notify/carrier"
)

type notifyCmd struct {
	Test  notifyTestCmd  `cmd:"" help:"Send a message that says it is a test."`
	Carry notifyCarryCmd `cmd:"" hidden:"" help:"Send the message on the standard input: Clearline starts this itself."`
}

type notifyTestCmd struct {
	configFlag
	Names []string `arg:"" optional:"" name:"name" help:"Names of receivers; all without."`
}

func (notifyTestCmd) Help() string { return notifyTestHelp }

// errUnsent says that a test message has not arrived, which was printed.
var errUnsent = errors.New("not every message was sent")

// Run sends a message to each receiver, one after the other, and prints what became of it.
func (c notifyTestCmd) Run(o *output) error {
	cfg, err := c.load(o.err)
	if err != nil {
		return err
	}
	to, err := c.chosen(cfg)
	if err != nil {
		return err
	}
	ctx, cancel := interruptible()
	defer cancel()
	failed := false
	for _, n := range to {
		result := n.Name + ": ok"
		if err := app.TestMessage(ctx, cfg, n); err != nil {
			failed, result = true, fmt.Sprintf("%s: fail: %v", n.Name, err)
		}
		if _, err := fmt.Fprintln(o.out, result); err != nil {
			return err
		}
	}
	if failed {
		return errUnsent
	}
	return nil
}

// chosen are the receivers to try.
func (c notifyTestCmd) chosen(cfg *config.Config) ([]config.Notify, error) {
	if len(cfg.Notify) == 0 {
		return nil, usageError("there is nobody to tell: write a [[notify]] into " + c.Config)
	}
	for _, name := range c.Names {
		if !slices.ContainsFunc(cfg.Notify, func(n config.Notify) bool { return n.Name == name }) {
			return nil, usageError(fmt.Sprintf("there is no receiver %q in %s", name, c.Config))
		}
	}
	if len(c.Names) == 0 {
		return cfg.Notify, nil
	}
	return slices.DeleteFunc(slices.Clone(cfg.Notify), func(n config.Notify) bool { return !slices.Contains(c.Names, n.Name) }), nil
}

type notifyCarryCmd struct{}

// Run sends one message.
func (notifyCarryCmd) Run(o *output) error { return carrier.Carry(o.in, o.out) }

// checkReceivers looks whether the addresses of receivers can be understood.
func checkReceivers(cfg *config.Config) []config.Fault {
	var faults []config.Fault
	for i, n := range cfg.Notify {
		if n.URL.Reveal() == "" { // told already
			continue
		}
		if err := carrier.Check(n.URL.Reveal()); err != nil {
			key := fmt.Sprintf("notify[%d].url", i)
			faults = append(faults, cfg.Fault(config.Error, key, err.Error(), "see docs/notifications.md for how addresses are written"))
		}
	}
	return faults
}
