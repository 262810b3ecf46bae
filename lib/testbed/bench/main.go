// Command bench measures what Clearline costs, on a private Asterisk with simulated
// telephones, beside an Asterisk that does the same without it. scripts/bench prepares a
// machine and runs it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

const description = `Measures Clearline on this machine. A private Asterisk, the real Clearline and simulated
telephones are started on loopback addresses; nothing else is touched, and everything is
taken away at the end.`

const clearingHelp = `What does a resident wait for who dials 999 inside a guarded call? Times are those of
packets at the telephones, counted from the first RTP packet that says that the last key
is up:

  BYE     until the caller's telephone is told that the call is over
  INVITE  until the telephone of the emergency service is rung

Each is measured twice on one Asterisk: with Clearline, and in a plain dialplan, where
999 is a feature of Dial() that ends the caller's leg and dials from the resident's. All
telephones send and receive 50 packets of audio each second, and talk. Residents dial

  one by one  each at a moment of its own, while all calls are up
  at once     all press the last key in the same instant

  scripts/bench clearing                    1, 10 and 50 calls, about five minutes
  scripts/bench clearing --calls 10         10 calls at a time
  scripts/bench clearing --rounds 5         more samples; stops by itself before --within
  scripts/bench clearing --json             for machines; progress is on stderr
  scripts/bench clearing --trace            one clearing, with every request to Asterisk

Other work on the machine shows in the numbers: look at the load, and repeat. What the
columns mean, and one table of results, is in docs/benchmarks.md.`

const verdictHelp = `How much longer does a known caller wait until the telephone rings? A caller whom
Clearline trusts is asked about before anything else happens, and then goes on in the
operator's dialplan. The time is the one from the caller's INVITE until the INVITE is at
the resident's telephone, of two calls on one Asterisk, by turns:

  Clearline   clearline-inbound, the verdict, and Dial() in the operator's context
  plain Dial  the same Dial() in the same context, at once

Calls come at fixed times, however long the ones before take. Each is given up as soon as
the telephone rings. The targets are on the difference: 3 ms at the median, 10 ms at p99.

  scripts/bench verdict                     200 calls each, 20 a second each
  scripts/bench verdict --calls 1000        more of them
  scripts/bench verdict --rate 5            how many begin each second, of either
  scripts/bench verdict --json              for machines; progress is on stderr

Other work on the machine shows in the numbers: look at the load, and repeat. What the
columns mean, and one table of results, is in docs/benchmarks.md.`

type options struct {
	Clearing clearingOptions `cmd:"" help:"How fast a line is cleared for 999."`
	Verdict  verdictOptions  `cmd:"" help:"How much later a known caller's telephone rings."`
	Consoles consolesOptions `cmd:"" help:"How soon consoles show what happens, and what they cost."`
	Policy   policyOptions   `cmd:"" help:"Whom Clearline loses and lets through; what big lists cost."`
}

func main() {
	var opt options
	parsed := kong.Parse(&opt, kong.Name("bench"), kong.Description(description))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	err := parsed.Run()
	switch {
	case err == nil:
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "bench: stopped; nothing was left running")
		os.Exit(130)
	default:
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}
