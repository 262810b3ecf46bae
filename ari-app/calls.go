package main

import (
	"fmt"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/history"
)

const callsHelp = `One line for each call that is over, the latest first: who rang, what became of it, and
whether the resident agreed to talk. Clearline may run or not. Run it as root or as the
user Clearline runs as.

With --json each call is one object on a line of its own; a time that is not known is null.
With --line the latest 10000 calls of all lines are looked through.

The last column is the id of the call. With it a caller becomes a contact, or is blocked:

  clearline contact add --from-call ID --name 'Surgery'
  clearline block add --from-call ID


  clearline calls --line flat-1
  clearline calls --limit 1000 --json`

type callsCmd struct{ listing }

func (callsCmd) Help() string { return callsHelp }

// Run lists calls.
func (c callsCmd) Run(o *output) error {
	cfg, kept, err := c.open(o)
	if err != nil {
		return err
	}
	records, err := take(c.listing, o, kept.Records, func(r call.Record) bool { return c.wants(r.Line) })
	if err != nil {
		return fmt.Errorf("list calls: %w", err)
	}
	if c.JSON {
		lines := make([]callJSON, len(records))
		for i, r := range records {
			lines[i] = callJSONOf(r)
		}
		return printJSON(o.out, lines)
	}
	if len(records) == 0 {
		_, err := fmt.Fprintln(o.out, "no calls yet")
		return err
	}
	rows := [][]string{{"TIME", "LINE", "NUMBER", "NAME", "WHAT HAPPENED", "APPROVED", "LASTED", "CALL"}}
	for _, r := range records {
		rows = append(rows, callRow(r, cfg.Region))
	}
	if slices.ContainsFunc(records, func(r call.Record) bool { return r.Said != "" }) {
		rows[0] = append(rows[0], "SAID")
		for i, r := range records {
			rows[i+1] = append(rows[i+1], shownText(r.Said, 60))
		}
	}
	return table(o.out, rows)
}

func callRow(r call.Record, region string) []string {
	what := plain(history.Happened(r.Cause))
	if r.Cause == call.NoLine && r.Dialled != "" {
		what += ": " + grouped(r.Dialled, region)
	}
	what += became(r)
	approved := "no"
	if r.Approved {
		approved = "yes"
	}
	return []string{
		clock(began(r)), dash(string(r.Line)), shownNumber(r.From, region), shownName(r.From),
		what, approved, lasted(r), dash(string(r.ID)),
	}
}

// became says what became of a message.
func became(r call.Record) string {
	if r.Message == call.NoMessage {
		return ""
	}
	if words := history.Happened(r.Instead); r.Instead != "" {
		return fmt.Sprintf(": %s (%s)", plain(string(r.Message)), plain(words))
	}
	return ": " + plain(string(r.Message))
}

// began is when a call arrived. Of a call that was lost only the end may be known.
func began(r call.Record) time.Time {
	if r.Arrived.IsZero() {
		return r.Ended
	}
	return r.Arrived
}

func lasted(r call.Record) string {
	if r.Arrived.IsZero() || r.Ended.Before(r.Arrived) {
		return "-"
	}
	return r.Ended.Sub(r.Arrived).Round(time.Second).String()
}

// callJSON is a call for machines.
type callJSON struct {
	ID        call.ID          `json:"id"`
	Line      call.LineID      `json:"line"` // empty when no line owns the number dialled
	Dialled   string           `json:"dialled"`
	From      party            `json:"from"`
	Arrived   instant          `json:"arrived"`
	Ended     instant          `json:"ended"`
	Cause     call.Cause       `json:"cause"`
	Approved  bool             `json:"approved"`
	DecidedBy string           `json:"decided_by"` // a warden, "resident", or empty when nobody has decided
	Recording call.RecordingID `json:"recording"`  // empty when nothing was kept
	Said      string           `json:"said"`       // as far as a server understood it; empty when nobody was asked
	Notes     notesJSON        `json:"notes"`
	Message   call.Box         `json:"message"` // what became of the message; empty when none was left
	Instead   call.Cause       `json:"instead"` // of a message: why the caller was not put through; empty at night
}

type notesJSON struct {
	SpokeOver   bool `json:"spoke_over"`
	WrongDigits int  `json:"wrong_digits"`
	Silences    int  `json:"silences"`
	CodeMisses  int  `json:"code_misses"`
	KnewCode    bool `json:"knew_code"`
	WordMisses  int  `json:"word_misses"`
	KnewWord    bool `json:"knew_word"`
	KeysInCall  int  `json:"keys_in_call"`
	PINWarnings int  `json:"pin_warnings"`
}

func callJSONOf(r call.Record) callJSON {
	return callJSON{
		ID: r.ID, Line: r.Line, Dialled: r.Dialled, From: partyOf(r.From),
		Arrived: instant(r.Arrived), Ended: instant(r.Ended),
		Cause: r.Cause, Approved: r.Approved, DecidedBy: r.DecidedBy, Recording: r.Recording, Said: r.Said, Notes: notesJSON(r.Notes),
		Message: r.Message, Instead: r.Instead,
	}
}
