package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/config"
)

type explainCmd struct {
	configFlag
	Line string `help:"The id of the line." required:"" placeholder:"ID"`
	Dial string `help:"A number, as it is dialled on the line." placeholder:"NUMBER"`
	From string `help:"A number that calls the line; or withheld, or unavailable." placeholder:"NUMBER"`
	At   string `help:"When it calls: 23:30, or 2026-12-24 23:30; otherwise now." placeholder:"TIME"`
	Name string `help:"The name that is shown with it." placeholder:"NAME"`

	Trunk    string `help:"The endpoint it comes by, without technology." placeholder:"ENDPOINT"`
	Attested string `help:"What the network found out about the number: passed or failed." enum:"passed,failed," default:""`

	JSON bool `help:"Print JSON." name:"json"`
}

func (explainCmd) Help() string { return explainHelp }

// explanation is what a number means on a line.
type explanation struct {
	Line      call.LineID `json:"line"`
	Dialled   string      `json:"dialled"` // without marks
	Role      call.Role   `json:"role"`
	Service   string      `json:"service"`
	Number    string      `json:"number"`
	Outside   string      `json:"outside"` // prefixes, each empty when absent
	OwnNumber string      `json:"own_number"`
	Relay     string      `json:"relay"`
	Does      []string    `json:"does"` // sentences
}

// Run explains what becomes of a caller, or what dialling a number does.
func (c explainCmd) Run(o *output) error {
	switch {
	case c.From != "" && c.Dial != "":
		return usageError("--from and --dial: explain one of them at a time")
	case c.From != "":
		return c.from(o)
	case c.At != "" || c.Name != "" || c.Trunk != "" || c.Attested != "":
		return usageError("--at, --name, --trunk and --attested are about a caller: say who with --from")
	case c.Dial == "":
		return usageError("neither --from nor --dial: say who calls, for example --from '07700 900123', or which number is dialled, for example --dial 159")
	}
	cfg, err := c.load(o.err)
	if err != nil {
		return err
	}
	e, err := explain(cfg, call.LineID(c.Line), c.Dial)
	if err != nil {
		return err
	}
	if c.JSON {
		encoder := json.NewEncoder(o.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(e)
	}
	return e.print(o.out)
}

func explain(cfg *config.Config, line call.LineID, written string) (explanation, error) {
	if err := knownLine(cfg, line); err != nil {
		return explanation{}, err
	}
	plan, err := cfg.Plan(line)
	if err != nil {
		return explanation{}, err
	}
	e := explanation{Line: line, Role: call.Other}
	if f, known := plan.Form(written); known {
		e.Dialled, e.Role, e.Service, e.Number = f.Digits, f.Meaning.Role, f.Meaning.Service, f.Meaning.Number
		e.Outside, e.OwnNumber, e.Relay = f.Behind.Outside, f.Behind.OwnNumber, f.Behind.Relay
	} else if e.Dialled = keys(written); e.Dialled == "" {
		return explanation{}, usageError(fmt.Sprintf("--dial: %q cannot be dialled; write digits, and + * # if need be", written))
	}
	e.Does = does(cfg, e)
	return e, nil
}

// keys leaves out the marks people write between digits; a text with anything else is
// nothing that is dialled.
func keys(written string) string {
	dialled := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ()-./", r) {
			return -1
		}
		return r
	}, written)
	if strings.Trim(dialled, "0123456789+*#") != "" {
		return ""
	}
	return dialled
}

// does says what follows from dialling, in sentences.
func does(cfg *config.Config, e explanation) []string {
	goesOn := fmt.Sprintf("it goes on to your context %s as %s", cfg.Dialplan.Onward, e.Dialled)
	window := cfg.Verification.Window
	callBack := time.Duration(0)
	var said []string
	switch e.Role {
	case call.Emergency:
		said = []string{
			"The call is made at once: nothing is played, nothing is asked, and " + goesOn + ".",
			"Every other call of the line is hung up before, as far as that is done within a second; what cannot be proved gone by then is reported.",
		}
		callBack = cfg.Verification.CallbackEmergency
		said = append(said, unchallenged(callBack, "the emergency services")...)
	case call.Verification:
		said = []string{
			"The line is cleared first: every other call of it is hung up and proved gone. Then " + goesOn + ".",
			"If a call of the line cannot be proved gone, the call is not made: the resident is told to use another telephone, and may try again.",
		}
		said = append(said, held(cfg.Trunks)...)
		callBack = cfg.Verification.CallbackOther
		said = append(said, unchallenged(callBack, "the service")...)
	case call.Trap:
		said = []string{
			"The number is never dialled. The line is cleared, the resident hears that whoever told them to dial it is not telling the truth, " +
				"and can dial the right number at once.",
		}
	default:
		return []string{"It is none of Clearline's numbers: " + goesOn + ", and no other call of the line is touched."}
	}
	if e.Role != call.Emergency || callBack == 0 {
		said = append(said, "If it is dialled during a call with an unknown caller, or is the second such number within "+brief(window)+
			", all callers nobody knows are turned away for "+brief(window)+".")
	}
	return append(said,
		"An unknown caller who is cut off is turned away for "+brief(max(window, callBack))+", as far as the number shown tells who it is.",
		"It is an incident if an unknown caller is on the line, or was in the last "+brief(window)+", or if it is the second such number in that time.",
	)
}

// unchallenged says how long callers are not challenged after a call.
func unchallenged(lasts time.Duration, who string) []string {
	if lasts == 0 {
		return nil
	}
	return []string{fmt.Sprintf("For %s callers are not challenged, because %s may be calling back; the resident still hears who it is and decides.", brief(lasts), who)}
}

// held speaks of trunks whose network may keep up what was hung up.
func held(trunks []config.Trunk) []string {
	var named []string
	for _, t := range trunks {
		if t.Hold > 0 {
			named = append(named, fmt.Sprintf("%s (%s)", t.Endpoint, brief(t.Hold)))
		}
	}
	if len(named) == 0 {
		return nil
	}
	return []string{"After an unknown caller by " + strings.Join(named, ", ") + " it may wait for so long, because the network may not have let go of them."}
}

// brief writes a duration without the zeros: "3m", not "3m0s".
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// readAs says what was seen in front of the number.
func (e explanation) readAs() string {
	var parts []string
	for _, p := range []struct{ digits, does string }{
		{e.Outside, "asks for an outside line"},
		{e.OwnNumber, "hides or shows the own number"},
		{e.Relay, "asks for text relay"},
	} {
		if p.digits != "" {
			parts = append(parts, p.digits+" "+p.does)
		}
	}
	if len(parts) == 0 {
		return "the number alone"
	}
	rest := e.Dialled[len(e.Outside)+len(e.OwnNumber)+len(e.Relay):]
	return strings.Join(parts, ", ") + ", then " + rest
}

func (e explanation) print(w io.Writer) error {
	var b strings.Builder
	row := func(name, value string) { fmt.Fprintf(&b, "%-8s  %s\n", name, value) }
	row("line", string(e.Line))
	row("dialled", e.Dialled)
	row("role", string(e.Role))
	if e.Role != call.Other {
		row("service", e.Service)
		row("number", e.Number)
		row("read as", e.readAs())
	}
	b.WriteString("\n" + strings.Join(e.Does, "\n") + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}
