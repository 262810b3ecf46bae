package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"clearline/lib/config"
	"clearline/lib/pbx"
	"clearline/lib/prompt"
	"clearline/lib/setup"
)

const setupHelp = `Looks at the Asterisk of this machine, asks which telephones to protect, and writes what is
needed: clearline.toml, a user of ARI with a password of its own, the dialplan, the settings
of telephones and trunks, and the sound files. Every file is shown before anything is
written. Of Asterisk's own files one #include is added to each, between marks.

--undo takes back what was written, and leaves what you have changed since.

  clearline setup
  clearline setup --dry-run --line 'flat-1=01632 960101=PJSIP/101' --trunk PJSIP/my-trunk
  clearline setup --yes --line 'flat-1=01632 960101=PJSIP/101,PJSIP/111' --trunk PJSIP/my-trunk
  clearline setup --undo`

type setupCmd struct {
	configFlag
	exchangeFlags
	Line          []string `help:"A telephone to protect: ID=NUMBER=ENDPOINT,ENDPOINT. Repeat it." sep:"none" placeholder:"LINE"`
	Trunk         []string `help:"The endpoint of a way in and out. Repeat it." sep:"none" placeholder:"ENDPOINT"`
	ARIUser       string   `name:"ari-user" help:"Name of the user of ARI." default:"clearline" placeholder:"NAME"`
	Prompts       string   `help:"Folder of the sound files; otherwise that of the package, or clearline among Asterisk's sounds." placeholder:"DIR"`
	Store         string   `help:"File in which Clearline keeps what it knows." default:"/var/lib/clearline/clearline.db" placeholder:"FILE"`
	AGIListen     string   `name:"agi-listen" help:"Where the dialplan asks." default:"127.0.0.1:4573" placeholder:"HOST:PORT"`
	ConsoleListen string   `help:"Where Clearline says how it is." default:"127.0.0.1:8480" placeholder:"HOST:PORT"`
	Yes           bool     `help:"Ask nothing."`
	DryRun        bool     `help:"Only show what would be written."`
	Undo          bool     `help:"Take back what setup wrote."`
}

func (setupCmd) Help() string { return setupHelp }

// Run sets up an installation, or takes one back.
func (c setupCmd) Run(o *output) error {
	ctx := context.Background()
	if c.Undo {
		return c.undo(ctx, o)
	}
	found, err := c.look(ctx)
	if err != nil {
		return err
	}
	asking := bufio.NewScanner(o.in)
	wishes, err := c.wishes(found, o, asking)
	if err != nil {
		return err
	}
	files, err := setup.Files(found, wishes)
	if err != nil {
		return usageError(err.Error())
	}
	if err := show(o.out, files, wishes.Secret); err != nil || c.DryRun {
		return err
	}
	if !c.Yes && !agrees(o.out, asking, fmt.Sprintf("Write these %d files? [y/N] ", len(files))) {
		return errUnwanted
	}
	if err := makeSounds(ctx, o.out, wishes.Prompts); err != nil {
		return err
	}
	if err := setup.Apply(c.Config, files); err != nil {
		return err
	}
	if err := c.reload(ctx); err != nil {
		return fmt.Errorf("%w; the files are written: reload Asterisk by hand, or take them back with --undo", err)
	}
	_, err = fmt.Fprintf(o.out, "Written, and Asterisk has read it. Now: %s, and then clearline doctor\n", starting(c.Config, packagedUnit))
	return err
}

// packagedUnit is the service of the package, for the usual configuration.
const packagedUnit = "/usr/lib/systemd/system/clearline.service"

// starting is how Clearline is started with a configuration.
func starting(path, unit string) string {
	if _, err := os.Stat(unit); err == nil && path == usualConfig {
		return "systemctl restart clearline"
	}
	return "clearline run --config " + path
}

// errUnwanted says that nobody agreed.
var errUnwanted = errors.New("nothing was written")

// look sees what is there, and refuses an Asterisk that is not safe.
func (c setupCmd) look(ctx context.Context) (setup.Found, error) {
	var f setup.Found
	asterisk := c.console()
	version, err := asterisk.Version(ctx)
	if err != nil {
		return f, fmt.Errorf("%w; --asterisk and --asterisk-config say where it is", err)
	}
	if err := pbx.AtFloor(version); err != nil {
		return f, fmt.Errorf("%w: in older releases somebody who learns the ARI password can run programs on this machine; install %s, or later", err, pbx.FloorText)
	}
	if f.Folders, err = asterisk.Folders(ctx); err != nil {
		return f, fmt.Errorf("%w; start Asterisk, and run this as root", err)
	}
	if f.Endpoints, err = asterisk.Endpoints(ctx); err != nil {
		return f, err
	}
	if f.Listening, err = asterisk.Listening(ctx); err != nil {
		return f, err
	}
	if f.Plan, err = asterisk.Plan(ctx); err != nil {
		return f, err
	}
	if _, err := os.Stat(f.Folders.Recordings()); err == nil {
		f.Recording = true
	} else if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	if f.HTTPConf, err = pbx.ReadConf(f.Folders.Config, "http.conf"); err != nil {
		return f, err
	}
	f.ARIConf, err = pbx.ReadConf(f.Folders.Config, "ari.conf")
	return f, err
}

// wishes are those of the flags, and what is asked for besides.
func (c setupCmd) wishes(f setup.Found, o *output, asking *bufio.Scanner) (setup.Wishes, error) {
	w := setup.Wishes{
		Config: c.Config, Trunks: c.Trunk, User: c.ARIUser, Secret: rand.Text(),
		Prompts: c.Prompts, Store: c.Store, AGI: c.AGIListen, Console: c.ConsoleListen,
	}
	if w.Prompts == "" {
		w.Prompts = soundFolder(config.PackagedSounds, f.Folders.Sounds())
	}
	lines := c.Line
	if len(lines) == 0 && !c.Yes {
		lines = asked(o.out, asking, "Asterisk has "+strings.Join(f.Endpoints, ", ")+".\nTelephones to protect, one a line, as flat-1=01632 960101=PJSIP/101; an empty line ends:\n")
	}
	if len(w.Trunks) == 0 && !c.Yes {
		w.Trunks = asked(o.out, asking, "Endpoints of the trunks, one a line; an empty line ends:\n")
	}
	for i, name := range w.Trunks {
		w.Trunks[i] = setup.EndpointName(name)
	}
	for _, text := range lines {
		line, err := setup.ReadLine(text)
		if err != nil {
			return w, usageError(err.Error())
		}
		w.Lines = append(w.Lines, line)
	}
	return w, nil
}

// soundFolder is that of the package, when it has every prompt of the language; they are made
// anew with every version. Otherwise it is one of its own among Asterisk's sounds.
func soundFolder(packaged, asterisk string) string {
	language := config.Default().Language
	if len((&prompt.Folder{Dir: packaged, Default: language}).Missing(language)) == 0 {
		return packaged
	}
	return filepath.Join(asterisk, "clearline")
}

// asked reads answers up to an empty one.
func asked(w io.Writer, asking *bufio.Scanner, question string) []string {
	complain(w, "%s", question)
	var answers []string
	for asking.Scan() && strings.TrimSpace(asking.Text()) != "" {
		answers = append(answers, strings.TrimSpace(asking.Text()))
	}
	return answers
}

func agrees(w io.Writer, asking *bufio.Scanner, question string) bool {
	complain(w, "%s", question)
	return asking.Scan() && strings.EqualFold(strings.TrimSpace(asking.Text()), "y")
}

// show prints what will be written, without what is secret.
func show(w io.Writer, files []setup.File, secret string) error {
	for _, f := range files {
		if f.Folder {
			if _, err := fmt.Fprintf(w, "%s is made: an empty folder, for recordings\n\n", f.Path); err != nil {
				return err
			}
			continue
		}
		does := "is made"
		if f.Adds {
			does = "gets at its end"
		}
		if f.Secret {
			does += ", for its group alone"
		}
		text := strings.ReplaceAll(f.Text, secret, "(a random password)")
		if _, err := fmt.Fprintf(w, "%s %s:\n    %s\n\n", f.Path, does, strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ")); err != nil {
			return err
		}
	}
	return nil
}

// makeSounds renders the sound files, unless all are there.
func makeSounds(ctx context.Context, w io.Writer, dir string) error {
	defaults := config.Default()
	folder := &prompt.Folder{Dir: dir, Default: defaults.Language}
	if len(folder.Missing(defaults.Language)) == 0 {
		return nil
	}
	complain(w, "Making the sound files in %s ...\n", dir)
	return prompt.Render(ctx, prompt.Options{Out: dir, Languages: []string{defaults.Language}, Voice: defaults.Prompts.Voice()})
}

func (c setupCmd) reload(ctx context.Context) error {
	for _, command := range setup.Reloads() {
		if _, err := c.console().Ask(ctx, command); err != nil {
			return err
		}
	}
	return nil
}

func (c setupCmd) undo(ctx context.Context, o *output) error {
	left, err := setup.Undo(c.Config)
	if err != nil {
		return err
	}
	for _, path := range left {
		complain(o.out, "%s was changed since, and stays\n", path)
	}
	if err := c.reload(ctx); err != nil {
		return fmt.Errorf("%w; the files are taken back: reload Asterisk by hand", err)
	}
	_, err = fmt.Fprintln(o.out, "Taken back. Sound files and what Clearline kept are still there.")
	return err
}
