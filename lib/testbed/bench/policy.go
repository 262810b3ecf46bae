package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"clearline/lib/policy/situation"
)

const policyHelp = `Whom does Clearline lose, and whom does it let through? A set of calls as they happen to
people, each with what is known in the house at that moment, is put before four policies:

  Clearline's defaults
  blocking callers who hide their number or have none, and a block list
  a block list, and nothing else
  ringing for contacts only

A legitimate caller is lost who is refused or not answered. A fraudulent one is let
through for whom the telephone rings although nothing was asked.

Then the lists are filled with blocked numbers, beside a plain map of strings with the
same numbers, and both are asked about callers.

  scripts/bench policy                      both, in some seconds; no Asterisk is needed
  scripts/bench policy --list               each fraudulent call that rings, too
  scripts/bench policy --entries 100000     smaller lists
  scripts/bench policy --json               for machines

What the columns mean, and one table of results, is in docs/benchmarks.md.`

type policyOptions struct {
	Situations string `help:"The folder of the calls." default:"lib/policy/testdata/situations" placeholder:"DIR"`
	Entries    int    `help:"How many numbers are blocked, up to a million." default:"1000000" placeholder:"N"`
	List       bool   `help:"Also name each fraudulent call that Clearline lets ring, and each legitimate one it loses."`
	JSON       bool   `help:"Print everything as JSON."`
}

// Help implements kong's HelpProvider.
func (policyOptions) Help() string { return policyHelp }

// Validate is called by kong.
func (o policyOptions) Validate() error {
	if o.Entries < 1 || o.Entries > mostEntries {
		return fmt.Errorf("--entries %d: want 1 to %d", o.Entries, mostEntries)
	}
	return nil
}

// Run measures and prints.
func (o policyOptions) Run(_ context.Context) error {
	calls, err := situation.Read(os.DirFS(o.Situations))
	if err != nil {
		return err
	}
	r := policyReport{Entries: o.Entries, LoadBefore: load()}
	if r.Scores, err = scoreAll(calls); err != nil {
		return err
	}
	if r.Book, r.Map, err = measureLists(o.Entries); err != nil {
		return err
	}
	r.LoadAfter = load()
	if o.JSON {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	return r.table(os.Stdout, o.List)
}

// policyReport is what is printed.
type policyReport struct {
	Scores     []score     `json:"scores"` // Clearline's first
	Entries    int         `json:"entries"`
	Book       listMeasure `json:"clearline"`
	Map        listMeasure `json:"plain_map"`
	LoadBefore string      `json:"load_before"`
	LoadAfter  string      `json:"load_after"`
}

// table prints the report for people.
func (r policyReport) table(out io.Writer, list bool) error {
	w := &lineWriter{out: out}
	first := r.Scores[0]
	w.say("\n%d calls as they happen to people: what becomes of them, by policy.\n", first.Legitimate.all()+first.Fraudulent.all())
	w.say("%-46s%-34s%s", "", fmt.Sprintf("legitimate: %d", first.Legitimate.all()), fmt.Sprintf("fraudulent: %d", first.Fraudulent.all()))
	const format = "%-46s%7s%8s%9s%6s    %7s%8s%9s%9s"
	w.say(format, "", "rings", "asked", "message", "lost", "rings", "asked", "message", "refused")
	for _, s := range r.Scores {
		w.say(format, s.Policy, s.Legitimate.rings(), count(s.Legitimate.Asked), count(s.Legitimate.Message), count(s.Legitimate.Lost),
			s.Fraudulent.rings(), count(s.Fraudulent.Asked), count(s.Fraudulent.Message), count(s.Fraudulent.Lost))
	}
	w.say("\nrings: nothing was asked; in brackets, those of whom the resident hears first who it is")
	w.say("asked: the caller had to say who and why, or to know a word, before anything rang")
	if list {
		w.list("Legitimate and lost under Clearline's defaults", first.LostCalls)
		w.list("Fraudulent and ringing under Clearline's defaults", first.RingingCalls)
	}
	w.say("\n%d blocked numbers, load %s before and %s after\n", r.Entries, r.LoadBefore, r.LoadAfter)
	const columns = "%-22s%10s%12s%14s%14s%13s"
	w.say(columns, "", "loaded in", "heap", "bytes/entry", "ns/question", "allocations")
	for _, m := range []struct {
		name string
		listMeasure
	}{{"Clearline", r.Book}, {"plain map of strings", r.Map}} {
		w.say(columns, m.name, fmt.Sprintf("%.2f s", m.LoadSeconds), fmt.Sprintf("%.1f MB", float64(m.Heap)/1e6),
			fmt.Sprintf("%.1f", float64(m.Heap)/float64(r.Entries)), fmt.Sprintf("%.0f", m.Nanoseconds), fmt.Sprintf("%.2f", m.Allocations))
	}
	w.say("\nClearline answers with all its rules, the map with one look.")
	return w.err
}

// lineWriter writes lines until one fails.
type lineWriter struct {
	out io.Writer
	err error
}

func (w *lineWriter) say(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.out, format+"\n", args...)
	}
}

func (w *lineWriter) list(title string, calls []string) {
	w.say("\n%s: %d", title, len(calls))
	for _, c := range calls {
		w.say("  %s", c)
	}
}

func count(n int) string { return fmt.Sprint(n) }
