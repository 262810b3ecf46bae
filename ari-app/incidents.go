package main

import (
	"fmt"
	"slices"

	"clearline/lib/call"
	"clearline/lib/history"
)

const incidentsHelp = `One line for each time a resident dialled a number for help while somebody may have been
lying to them, the latest first. HIGH is inside the call with a caller nobody knows, or
the second such number in a short time; raised is shortly after such a caller. --all
shows the calm ones as well. Clearline may run or not. Run it as root or as the user
Clearline runs as.

A line that begins with ! wants a look: the call was not made, or was made before every
other leg of the line was proved gone.

With --json each is one object on a line of its own; suspect is null when there was none,
outcome is empty while it is under way. With --line, and without --all, the latest 10000
are looked through.

  clearline incidents
  clearline incidents --all --line flat-1 --json`

const unsafeLegend = "\n! the call was not made, or was made before every other leg of the line was proved gone\n"

type incidentsCmd struct {
	listing
	All bool `help:"Also what no unknown caller had anything to do with."`
}

func (incidentsCmd) Help() string { return incidentsHelp }

// Run lists incidents.
func (c incidentsCmd) Run(o *output) error {
	cfg, kept, err := c.open(o)
	if err != nil {
		return err
	}
	attempts, err := take(c.listing, o, kept.Attempts, func(a call.Attempt) bool {
		return c.wants(a.Line) && (c.All || a.Urgency != call.Calm)
	})
	if err != nil {
		return fmt.Errorf("list incidents: %w", err)
	}
	if c.JSON {
		lines := make([]incidentJSON, len(attempts))
		for i, a := range attempts {
			lines[i] = incidentJSONOf(a)
		}
		return printJSON(o.out, lines)
	}
	if len(attempts) == 0 {
		_, err := fmt.Fprintln(o.out, "no incidents yet")
		return err
	}
	rows := [][]string{{" ", "TIME", "LINE", "URGENCY", "DIALLED", "HOW", "SUSPECT", "LEGS GONE", "TOOK", "WHAT HAPPENED", "CALL"}}
	for _, a := range attempts {
		rows = append(rows, incidentRow(a, cfg.Region))
	}
	if err := table(o.out, rows); err != nil {
		return err
	}
	if slices.ContainsFunc(attempts, func(a call.Attempt) bool { return history.Unsafe(a.Outcome) }) {
		_, err = fmt.Fprint(o.out, unsafeLegend)
	}
	return err
}

func incidentRow(a call.Attempt, region string) []string {
	mark := " "
	if history.Unsafe(a.Outcome) {
		mark = "!"
	}
	suspect := "-"
	if a.Suspect != (call.Caller{}) {
		suspect = shownNumber(a.Suspect, region)
	}
	took := "-"
	if a.Outcome != "" {
		took = fmt.Sprintf("%d ms", a.Took.Milliseconds())
	}
	return []string{
		mark, clock(a.At), dash(string(a.Line)), plain(history.Alarm(a.Urgency)), dialled(a, region), plain(history.In(a.Way)),
		suspect, fmt.Sprintf("%d of %d", a.Gone, a.Found), took, plain(history.Ended(a.Outcome)), dash(string(a.ID)),
	}
}

// dialled is the service with its number, and the number alone where that is its name.
func dialled(a call.Attempt, region string) string {
	number := a.Number
	if number == "" {
		number = a.Dialled
	}
	service, shown := plain(a.Service), grouped(number, region)
	if service == "" || service == shown {
		return shown
	}
	return service + ", " + shown
}

// incidentJSON is an attempt for machines.
type incidentJSON struct {
	ID      call.ID      `json:"id"`
	Line    call.LineID  `json:"line"`
	At      instant      `json:"at"`
	Urgency string       `json:"urgency"` // "calm", "raised", "high"
	Role    call.Role    `json:"role"`
	Service string       `json:"service"`
	Number  string       `json:"number"`
	Dialled string       `json:"dialled"`
	Way     call.Way     `json:"way"`
	Suspect *party       `json:"suspect"`
	Found   int          `json:"legs_found"`
	Gone    int          `json:"legs_gone"`
	Took    int64        `json:"took_ms"`
	Outcome call.Outcome `json:"outcome"`
}

func incidentJSONOf(a call.Attempt) incidentJSON {
	i := incidentJSON{
		ID: a.ID, Line: a.Line, At: instant(a.At), Urgency: string(a.Urgency),
		Role: a.Role, Service: a.Service, Number: a.Number, Dialled: a.Dialled, Way: a.Way,
		Found: a.Found, Gone: a.Gone, Took: a.Took.Milliseconds(), Outcome: a.Outcome,
	}
	if a.Urgency == call.Calm {
		i.Urgency = "calm"
	}
	if a.Suspect != (call.Caller{}) {
		p := partyOf(a.Suspect)
		i.Suspect = &p
	}
	return i
}
