// Command demo shows Clearline at work: on a private Asterisk, simulated telephones play
// five short stories, told as they happen. scripts/demo prepares a machine and runs it.
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

const description = `Shows Clearline at work. On this machine, and without touching anything of it, a private
Asterisk and Clearline are started, and simulated telephones play five stories:

  a  A robocall talks at once and presses nothing. No telephone rings.
  b  A stranger says why he rings, the resident agrees, and they talk.
     The keys the resident presses then, such as a PIN, do not reach him.
  c  A caller is refused with one key, rings again, and is not even answered.
  d  A fraudster says "dial 101 to check me" and stays on the line. The resident
     presses 1-0-1 inside the call: he is cut off, and the real 101 answers.
  e  The resident puts a fraudster on hold and dials 999. He is gone before it rings.

Each line says who hears or does what, and when. The stories are checked as they are
played: the exit code is 1 when one does not come out as told.

  sudo scripts/demo                  all five, about five minutes
  sudo scripts/demo --only b         one of them
  sudo scripts/demo --fast           noises instead of speech, about two minutes
  sudo scripts/demo --keep           then ring in yourself, with a softphone
  sudo scripts/demo --keep --listen 192.168.1.10
                                     with a softphone elsewhere in your network

Root is needed once, to install what is missing and to fetch Asterisk. Ctrl-C ends
everything at any moment and removes what was started.`

type options struct {
	Only   string `help:"Play one story: a, b, c, d or e." enum:"a,b,c,d,e," default:"" placeholder:"STORY"`
	Fast   bool   `help:"Short noises instead of speech."`
	Keep   bool   `help:"Leave everything running afterwards, for a softphone of yours."`
	Listen string `help:"Where softphones register, for --keep." default:"127.0.0.1:5070" placeholder:"ADDRESS[:PORT]"`
}

func main() {
	var opt options
	kong.Parse(&opt, kong.Name("demo"), kong.Description(description))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	out := newTerminal(os.Stdout)
	err := run(ctx, opt, out, os.Stdin)
	var left leftover
	switch {
	case err == nil:
	case ctx.Err() != nil && !errors.As(err, &left):
		out.printf("\n Stopped. Nothing was left running.\n")
		os.Exit(130)
	default:
		fmt.Fprintf(os.Stderr, "\ndemo: %v\n", err)
		os.Exit(1)
	}
}
