// Command clearline screens unknown callers on telephone lines of an Asterisk PBX.
package main

import (
	"errors"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2 // wrong usage or configuration
)

// errFaulty says that the configuration has faults, which were printed.
var errFaulty = errors.New("the configuration has faults")

// usageError says how a command was used wrongly, where the parser cannot tell.
type usageError string

func (e usageError) Error() string { return string(e) }

type cli struct {
	Run       runCmd       `cmd:"" help:"Screen calls until told to stop (SIGTERM or SIGINT)."`
	Check     checkCmd     `cmd:"" help:"Look for mistakes in the configuration and the sound files."`
	Setup     setupCmd     `cmd:"" help:"Write what a new installation needs, or take it back."`
	Doctor    doctorCmd    `cmd:"" help:"Look at the running PBX, and say what is wrong and what to do."`
	Health    healthCmd    `cmd:"" help:"Ask the Clearline that runs how it is."`
	Dialplan  dialplanCmd  `cmd:"" help:"Print the dialplan for Asterisk."`
	Prompts   promptsCmd   `cmd:"" help:"Make the sound files, list them, or record them by telephone."`
	Card      cardCmd      `cmd:"" help:"Print the page that lies beside a telephone."`
	Explain   explainCmd   `cmd:"" help:"Say what becomes of a caller, or what dialling a number does."`
	Contact   contactCmd   `cmd:"" help:"Keep the contacts: people who are known, whose calls are not touched."`
	Block     blockCmd     `cmd:"" help:"Keep the blocks: callers who never get through."`
	Calls     callsCmd     `cmd:"" help:"List the calls there were."`
	Incidents incidentsCmd `cmd:"" help:"List when a number for help was dialled while somebody may have been lying."`
	User      userCmd      `cmd:"" help:"Keep who may use the console."`
	Token     tokenCmd     `cmd:"" help:"Keep which programs may use the API."`
	Backup    backupCmd    `cmd:"" help:"Write everything Clearline keeps into one file, while it runs."`
	Restore   restoreCmd   `cmd:"" help:"List the snapshots there are, or put one in the place of the store."`
	Forget    forgetCmd    `cmd:"" help:"Remove what is kept about a caller's number."`
	Notify    notifyCmd    `cmd:"" help:"Try the messages to people."`
	Version   versionCmd   `cmd:"" help:"Print the version."`

	Completion completionCmd `cmd:"" help:"Print what a shell needs to complete command lines."`
	Manual     manualCmd     `cmd:"" hidden:""`
}

// usualConfig is where the configuration is when nobody says otherwise.
const usualConfig = "/etc/clearline/clearline.toml"

// configFlag is the flag of every command that reads the configuration.
type configFlag struct {
	Config string `help:"The configuration." short:"c" type:"path" default:"${config}" env:"CLEARLINE_CONFIG" placeholder:"FILE"`
}

func main() { os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr)) }

// leave carries an exit code out of the parser, which prints help by itself.
type leave int

// execute runs one command line and returns its exit code.
func execute(args []string, stdout, stderr io.Writer) (code int) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case leave:
			code = int(r)
		default:
			panic(r)
		}
	}()
	ctx, err := newParser(stdout, stderr).Parse(args)
	if err != nil {
		complain(stderr, "clearline: %v\nclearline --help shows how it is used\n", err)
		return exitUsage
	}
	return outcome(ctx.Run(&output{stdout, stderr, os.Stdin}), stderr)
}

// newParser reads command lines.
func newParser(stdout, stderr io.Writer) *kong.Kong {
	return kong.Must(&cli{},
		kong.Name("clearline"),
		kong.Description(description),
		kong.Vars{"config": usualConfig},
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(leave(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
}

// outcome is the exit code for the error of a command, which it prints.
func outcome(err error, stderr io.Writer) int {
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFaulty):
		return exitUsage
	case errors.As(err, &usage):
		complain(stderr, "clearline: %v\n", err)
		return exitUsage
	}
	complain(stderr, "clearline: %v\n", err)
	return exitFailed
}
