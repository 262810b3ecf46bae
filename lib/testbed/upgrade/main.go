// Command upgrade installs Clearline's package in a Debian that is booted by its own systemd,
// has it guard a call between simulated telephones, and upgrades it in the middle.
// scripts/test-packages makes the Debian and the packages, and runs it.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

const description = `Upgrades Clearline's package over a guarded call. The Debian is booted by its own systemd, in
namespaces of its own on this machine's network, and its dpkg installs both packages as their
maintainer scripts want it. Asterisk is a private one beside it, with simulated telephones. Needs
root.`

type options struct {
	Root string `arg:"" help:"A Debian with systemd and adduser; the package is installed in it." type:"existingdir"`
	From string `arg:"" help:"The package that is installed first." type:"existingfile"`
	To   string `arg:"" help:"The package that is upgraded to, of another version." type:"existingfile"`
}

//go:embed upgraded.txt
var upgraded string

func main() {
	var opt options
	kong.Parse(&opt, kong.Name("upgrade"), kong.Description(description))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, opt); err != nil {
		fmt.Fprintf(os.Stderr, "upgrade: %v\n", err)
		os.Exit(1)
	}
}

// atMost bounds everything, a first build of Asterisk's root included.
const atMost = 15 * time.Minute

func run(ctx context.Context, opt options) (err error) {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	shared, err := os.MkdirTemp("/srv", "clearline-") // the service does not see /tmp
	if err != nil {
		return fmt.Errorf("make a folder that both see: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(shared)) }()
	h, err := furnish(ctx, shared)
	if err != nil {
		return err
	}
	defer h.Close()
	m, err := boot(ctx, opt.Root, shared)
	if err != nil {
		return err
	}
	defer m.halt()
	p := &patient{machine: m, from: opt.From, to: opt.To, house: h}
	if err := p.install(ctx); err != nil {
		return err
	}
	return p.play(ctx)
}

// furnish builds a house whose files the service may use.
func furnish(ctx context.Context, shared string) (*house.House, error) {
	if err := os.Setenv("TMPDIR", shared); err != nil {
		return nil, fmt.Errorf("choose the folder of the house: %w", err)
	}
	h, err := house.Open(ctx, house.Options{
		Bed: testbed.Options{
			Lines:    []testbed.Line{{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}}},
			Progress: os.Stderr,
		},
		Settings: map[string]string{"store.url": `"file:/var/lib/clearline/clearline.db"`},
	})
	if err != nil {
		return nil, err
	}
	recordings := h.Bed.Asterisk.RecordingDir()
	err = filepath.WalkDir(shared, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path == recordings {
			return os.Chmod(path, 0o777)
		}
		return os.Chmod(path, 0o755)
	})
	if err != nil {
		h.Close()
		return nil, fmt.Errorf("let the service see the house: %w", err)
	}
	return h, nil
}

// patient is the installation that is upgraded.
type patient struct {
	*machine
	from, to string
	house    *house.House

	version, pid string        // of the program that runs
	upgrading    chan struct{} // closed when the upgrade is over
	failed       error         // of the upgrade
}

// install installs the first package as an operator does, and starts the service.
func (p *patient) install(ctx context.Context) error {
	if err := p.dpkg(ctx, p.from); err != nil {
		return err
	}
	text, err := os.ReadFile(p.house.ConfigPath)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	config := p.house.ConfigPath + ".packaged"
	if err := os.WriteFile(config, text, 0o600); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	override := "/etc/systemd/system/clearline.service.d"
	for _, command := range [][]string{
		{"install", "-m", "640", "-g", "clearline", config, "/etc/clearline/clearline.toml"},
		{"mkdir", "-p", override},
		{"sh", "-c", "printf '[Service]\\nReadWritePaths=%s\\n' " + p.house.Bed.Asterisk.RecordingDir() + " > " + override + "/override.conf"},
		{"systemctl", "daemon-reload"},
		{"systemctl", "restart", "clearline"},
	} {
		if _, err := p.run(ctx, command...); err != nil {
			return err
		}
	}
	return p.look(ctx)
}

func (p *patient) dpkg(ctx context.Context, deb string) error {
	text, err := os.ReadFile(deb)
	if err != nil {
		return fmt.Errorf("read the package: %w", err)
	}
	inside := filepath.Join(filepath.Dir(p.house.ConfigPath), filepath.Base(deb))
	if err := os.WriteFile(inside, text, 0o644); err != nil {
		return fmt.Errorf("hand in the package: %w", err)
	}
	out, err := p.run(ctx, "dpkg", "-i", inside)
	p.house.Bed.Timeline.Add("dpkg", "%s", strings.TrimSpace(out))
	return err
}

// look notes which program runs.
func (p *patient) look(ctx context.Context) error {
	if _, err := p.run(ctx, "systemctl", "is-active", "clearline"); err != nil {
		log, _ := p.run(ctx, "journalctl", "--no-pager", "-n", "30", "-u", "clearline") // the error says enough
		return fmt.Errorf("%w\n%s", err, log)
	}
	pid, err := p.run(ctx, "systemctl", "show", "--value", "-p", "MainPID", "clearline")
	if err != nil {
		return err
	}
	p.pid = strings.TrimSpace(pid)
	program, err := p.run(ctx, "readlink", "/proc/"+p.pid+"/exe")
	if err != nil {
		return err
	}
	if !strings.HasSuffix(strings.TrimSpace(program), "/usr/bin/clearline") { // one that was replaced is "(deleted)"
		return fmt.Errorf("the program that runs is %s", program)
	}
	p.version, err = p.run(ctx, "clearline", "version")
	return err
}

// play plays the call and the upgrade.
func (p *patient) play(ctx context.Context) error {
	verbs := testbed.NewVerbs()
	for form, do := range map[string]func(context.Context) error{
		`the upgrade begins`:               p.begin,
		`the upgrade is over`:              p.over,
		`the history shows a whole call`:   p.history,
		`the service has done nothing odd`: p.journal,
	} {
		if err := verbs.Verb(form, func(ctx context.Context, _ *testbed.Play, _ testbed.Values) error { return do(ctx) }); err != nil {
			return err
		}
	}
	scenario, err := verbs.Parse("upgraded.txt", upgraded)
	if err != nil {
		return err
	}
	play := &testbed.Play{Bed: p.house.Bed, Patience: time.Minute, OnStep: func(s testbed.Step, took time.Duration, _ error) {
		fmt.Printf("%7.2f s  %s\n", took.Seconds(), s.Text)
	}}
	if err := play.Perform(ctx, scenario); err != nil {
		p.house.Bed.Timeline.Print(os.Stderr, play.Begun)
		return err
	}
	return nil
}

// begin upgrades beside the call: the telephones go on meanwhile.
func (p *patient) begin(context.Context) error {
	p.upgrading = make(chan struct{})
	go func() {
		defer close(p.upgrading)
		ctx, cancel := context.WithTimeout(context.Background(), atMost)
		defer cancel()
		p.failed = p.dpkg(ctx, p.to)
	}()
	return nil
}

// over waits until dpkg is done, and looks whether another program of another version runs.
func (p *patient) over(ctx context.Context) error {
	select {
	case <-p.upgrading:
	case <-ctx.Done():
		return fmt.Errorf("dpkg is not done: %w", ctx.Err())
	}
	if p.failed != nil {
		return p.failed
	}
	pid, version := p.pid, p.version
	if err := p.look(ctx); err != nil {
		return err
	}
	if p.pid == pid || p.version == version {
		return fmt.Errorf("before the upgrade process %s ran, %safter it %s, %s", pid, version, p.pid, p.version)
	}
	return nil
}

// history looks for the call, begun by one program and ended by the other.
func (p *patient) history(ctx context.Context) error {
	for {
		out, err := p.run(ctx, "clearline", "calls", "--json")
		if err == nil && strings.Contains(out, `"completed"`) && strings.Count(out, "\n") == 1 {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("the history shows %s", out), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// journal looks for errors in the log of both programs.
func (p *patient) journal(ctx context.Context) error {
	out, err := p.run(ctx, "journalctl", "--no-pager", "-o", "cat", "-u", "clearline")
	if err != nil {
		return err
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "Failed") {
			return fmt.Errorf("the journal says %s", line)
		}
	}
	return nil
}
