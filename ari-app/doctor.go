package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"clearline/lib/doctor"
	"clearline/lib/doctor/visit"
	"clearline/lib/pbx"
)

const doctorHelp = `Looks at the running PBX and says what is wrong, why that matters to a resident, and what
to change. Nothing is changed and nobody is rung. Run it on Asterisk's machine, as root or
as a user of Asterisk's group; what cannot be seen otherwise is named.

With --call it makes a test call instead: it rings that telephone of a line, and somebody
there does what is said. Each key that is asked for is named when it comes, and when it does
not; what is spoken is played back. Then emergency numbers are rehearsed: their way through
Asterisk's dialplan is read, and nothing is dialled. Do not dial 999 yourself to try it.

The exit code is 1 when a finding is a failure.

  clearline doctor
  clearline doctor --all
  clearline doctor --json
  clearline doctor --call PJSIP/101`

// exchangeFlags say where Asterisk is on this machine.
type exchangeFlags struct {
	Asterisk       string `help:"Asterisk's program." default:"asterisk" placeholder:"FILE"`
	AsteriskConfig string `help:"Its asterisk.conf, when it is not the usual one." type:"path" placeholder:"FILE"`
}

func (f exchangeFlags) console() pbx.Console {
	return pbx.Console{Command: f.Asterisk, Config: f.AsteriskConfig}
}

type doctorCmd struct {
	configFlag
	exchangeFlags
	JSON bool `name:"json" help:"One JSON object per finding."`
	All  bool `help:"Also what is right."`

	Call string        `help:"Ring this telephone of a line, and walk whoever picks up through a test call." placeholder:"ENDPOINT"`
	Wait time.Duration `help:"How long a test call waits for each key." default:"10s"`
}

func (doctorCmd) Help() string { return doctorHelp }

// errUnwell says that something is wrong with the installation, which was printed.
var errUnwell = errors.New("something is wrong that leaves a resident unprotected")

// Run looks at everything and prints what was found.
func (c doctorCmd) Run(o *output) error {
	cfg, err := c.load(o.err)
	if err != nil {
		return err
	}
	if c.Call != "" {
		return c.try(cfg, o)
	}
	facts, err := visit.Gather(context.Background(), cfg, visit.Options{Console: c.console()})
	if err != nil {
		return err
	}
	found := doctor.Examine(facts)
	if c.JSON {
		err = printFindingsJSON(o.out, found)
	} else {
		err = printFindings(o.out, found, c.All)
	}
	if err == nil && doctor.Worst(found) == doctor.Fail {
		err = errUnwell
	}
	return err
}

func printFindingsJSON(w io.Writer, found []doctor.Finding) error {
	encoder := json.NewEncoder(w)
	for _, f := range found {
		if err := encoder.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

// printFindings prints what is wrong, and how many checks were made.
func printFindings(w io.Writer, found []doctor.Finding, all bool) error {
	good, bad := 0, 0
	for _, f := range found {
		if f.State != doctor.OK {
			bad++
		} else if good++; !all {
			continue
		}
		if _, err := io.WriteString(w, textOf(f)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s well, %s\n", counted(good, "check"), counted(bad, "finding"))
	return err
}
