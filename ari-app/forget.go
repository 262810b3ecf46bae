package main

import (
	"fmt"
	"slices"
	"strings"

	"clearline/lib/app"
	"clearline/lib/call"
	"clearline/lib/config"
)

type forgetCmd struct {
	configFlag
	Number []string `help:"The number, in any form; quotes are not needed." arg:""`
	Lists  string   `help:"What becomes of a contact or a block of the number: remove or keep." enum:"remove,keep," default:"" placeholder:"WHAT"`
	DryRun bool     `help:"Say what is kept, and change nothing."`
	JSON   bool     `help:"Print JSON." name:"json"`
}

func (forgetCmd) Help() string { return forgetHelp }

// Run forgets a number, or says what would be forgotten.
func (c forgetCmd) Run(o *output) error {
	cfg, err := c.load(o.err)
	if err != nil {
		return err
	}
	number := app.CallerNumber(strings.Join(c.Number, " "), cfg.Region)
	if err := forgettable(cfg, number); err != nil {
		return err
	}
	ctx, cancel := interruptible()
	defer cancel()
	memory := app.NewForgetful(cfg)
	found, err := memory.Find(ctx, number)
	if err != nil {
		return fmt.Errorf("look for what is kept about the number: %w", err)
	}
	if c.DryRun {
		return c.print(o, cfg, found, false)
	}
	if len(found.Entries) > 0 && c.Lists == "" {
		return usageError(fmt.Sprintf("the number is on the lists: %s\nsay with --lists remove or --lists keep what becomes of that; nothing was changed", entriesInWords(found.Entries)))
	}
	gone, err := memory.Forget(ctx, found, c.Lists == "remove")
	if printed := c.print(o, cfg, gone, true); printed != nil || err == nil {
		return printed
	}
	return fmt.Errorf("forget the number: %w", err)
}

// forgettable refuses a number that is in the configuration: it is in the history of every
// call to it, which is about others.
func forgettable(cfg *config.Config, number string) error {
	if number == "" {
		return usageError("write the number that is to be forgotten")
	}
	for _, l := range cfg.Lines {
		if slices.Contains(l.Numbers, number) {
			return usageError(fmt.Sprintf("%s is the number of line %s, and what is forgotten are callers; docs/privacy.md says how a resident's data is deleted", number, l.ID))
		}
		plan, err := cfg.Plan(l.ID)
		if err != nil {
			return err
		}
		if plan.Meaning(number).Role != call.Other {
			return usageError(fmt.Sprintf("%s is a number for help, no caller's", number))
		}
	}
	return nil
}

// print says what was forgotten, or is kept.
func (c forgetCmd) print(o *output, cfg *config.Config, m app.Memory, forgotten bool) error {
	if c.JSON {
		return printJSON(o.out, []memoryJSON{memoryJSONOf(m, forgotten)})
	}
	what := memoryInWords(m)
	did := "kept"
	if forgotten {
		did = "forgotten"
	}
	if len(what) == 0 {
		_, err := fmt.Fprintf(o.out, "%s: nothing is %s\n", grouped(m.Number, cfg.Region), did)
		return err
	}
	if _, err := fmt.Fprintf(o.out, "%s, %s:\n", grouped(m.Number, cfg.Region), did); err != nil {
		return err
	}
	for _, line := range what {
		if _, err := fmt.Fprintf(o.out, "  %s\n", line); err != nil {
			return err
		}
	}
	if !forgotten {
		_, err := fmt.Fprintln(o.out, "nothing was changed")
		return err
	}
	if !cfg.Store.InFile() {
		_, err := fmt.Fprintln(o.out, "Redis keeps what was removed in its own files until they are written anew: redis-cli BGREWRITEAOF, redis-cli BGSAVE")
		return err
	}
	return nil
}

// memoryInWords says what there is, each on a line.
func memoryInWords(m app.Memory) (lines []string) {
	say := func(n int, one string) {
		if n > 0 {
			lines = append(lines, counted(n, one))
		}
	}
	say(len(m.Calls), "call")
	say(len(m.Recordings), "recording")
	if n := len(m.Suspect); n > 0 {
		lines = append(lines, "the suspect of "+counted(n, "attempt"))
	}
	if m.Windows > 0 {
		lines = append(lines, "that it is refused on "+counted(m.Windows, "line"))
	}
	if n := len(m.Entries); n > 0 {
		lines = append(lines, entriesInWords(m.Entries))
	}
	if m.Letters > 0 {
		lines = append(lines, "the number in "+counted(m.Letters, "message")+" on the way")
	}
	if m.Deeds > 0 {
		lines = append(lines, "the number in "+counted(m.Deeds, "line")+" of the audit log")
	}
	if n := len(m.UnderWay); n > 0 {
		lines = append(lines, counted(n, "call")+" under way")
	}
	for _, path := range m.Copies {
		lines = append(lines, "in the copy "+plain(path))
	}
	return lines
}

// entriesInWords names entries of the lists.
func entriesInWords(entries []call.Entry) string {
	var named []string
	for _, e := range entries {
		one := "contact"
		if e.List == call.Blocks {
			one = "block"
		}
		named = append(named, fmt.Sprintf("a %s%s for %s", one, called(e), scope(e.Line)))
	}
	return strings.Join(named, ", ")
}

// memoryJSON is what is kept about a number, for machines.
type memoryJSON struct {
	Number     string      `json:"number"`
	Forgotten  bool        `json:"forgotten"` // it was removed, and is what there was
	Calls      []call.ID   `json:"calls"`
	Recordings []string    `json:"recordings"` // paths
	Suspect    []call.ID   `json:"suspect"`    // attempts
	Windows    int         `json:"windows"`
	Entries    []entryJSON `json:"entries"`
	Letters    int         `json:"letters"`
	Deeds      int         `json:"deeds"` // of the audit log
	UnderWay   []call.ID   `json:"under_way"`
	Copies     []string    `json:"copies"` // paths
}

func memoryJSONOf(m app.Memory, forgotten bool) memoryJSON {
	entries := make([]entryJSON, len(m.Entries))
	for i, e := range m.Entries {
		entries[i] = entryJSONOf(e)
	}
	return memoryJSON{
		m.Number, forgotten, orNone(m.Calls), orNone(m.Recordings), orNone(m.Suspect), m.Windows, entries, m.Letters, m.Deeds, orNone(m.UnderWay), orNone(m.Copies),
	}
}

// orNone is an empty list where there is none: null is nothing a script expects.
func orNone[T any](list []T) []T { return append([]T{}, list...) }
