package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/app"
	"clearline/lib/config"
	"clearline/lib/doctor"
	"clearline/lib/prompt"
	"clearline/lib/testbed"
)

// site is a small exchange that has never heard of Clearline: a telephone, a trunk, and a
// dialplan that leads nowhere.
type site struct {
	bed   *testbed.Bed
	etc   string // Asterisk's files
	toml  string // where Clearline's configuration goes
	flags []string
}

// toneSounds is a folder of sound files, each a noise of its own.
func toneSounds(t *testing.T) string {
	t.Helper()
	sounds := filepath.Join(t.TempDir(), "sounds")
	catalogue, err := prompt.LoadCatalogue("en_GB")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range catalogue.Names() {
		names = append(names, string(name))
	}
	if err := testbed.ToneTongue(filepath.Join(sounds, "en_GB"), names, testbed.BurstLength/2); err != nil {
		t.Fatal(err)
	}
	return sounds
}

// asteriskOf is a program that runs the bed's Asterisk.
func asteriskOf(t *testing.T, bed *testbed.Bed) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "asterisk")
	text := "#!/bin/sh\nexec " + strings.Join(bed.Asterisk.Install.Command, " ") + " \"$@\"\n"
	if err := os.WriteFile(program, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return program
}

func newSite(t *testing.T) *site {
	t.Helper()
	sounds := toneSounds(t)
	s := &site{toml: filepath.Join(t.TempDir(), "clearline/clearline.toml")}
	s.bed = testbed.Start(t, testbed.Options{
		Password: "of-the-test", TrunkContext: "from-trunk", ResidentContext: "from-internal",
		Prompts: filepath.Join(sounds, "en_GB"),
		Files: map[string]string{
			"extensions.conf": "[from-trunk]\nexten => _X!,1,Hangup()\n[from-internal]\nexten => _X!,1,Hangup()", // without an end of line
			"ari.conf":        "[general]\nenabled=yes\n[clearline]\ntype=user\nread_only=no\npassword=of-the-test\n",
		},
	})
	asterisk := s.bed.Asterisk
	s.etc = filepath.Join(asterisk.Home, "etc")
	host, _, _ := strings.Cut(asterisk.SIPAddress(), ":") // no other site has it
	s.flags = []string{
		"--config", s.toml, "--asterisk", asteriskOf(t, s.bed), "--asterisk-config", filepath.Join(s.etc, "asterisk.conf"),
		"--ari-user", "clearline-pbx", "--prompts", sounds, "--store", filepath.Join(t.TempDir(), "clearline.db"),
		"--agi-listen", host + ":4573", "--console-listen", host + ":8480",
	}
	return s
}

// setup runs the command with the flags of the site.
func (s *site) setup(flags ...string) (code int, out, complaint string) {
	return command(slices.Concat([]string{"setup"}, s.flags, flags)...)
}

// files are all files of Asterisk's configuration.
func (s *site) files(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(s.etc, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (s *site) same(t *testing.T, before map[string]string) {
	t.Helper()
	after := s.files(t)
	for path, text := range after {
		if was, there := before[path]; !there || was != text {
			t.Errorf("%s was %q and is %q", path, was, text)
		}
	}
	if len(after) < len(before) {
		t.Errorf("of %d files %d are left", len(before), len(after))
	}
}

const screened = `
phone caller is 01632 960200 "Peter"
phone resident is line flat-1
phone exchange is the exchange
caller rings 01632 960101
caller is answered
caller hears screening/greeting
caller presses the digit asked for
caller hears screening/ask-purpose
resident rings 999
caller is hung up
exchange rings as 999
exchange answers
resident and exchange hear each other
resident hangs up
exchange is hung up
`

func TestFromTheOutputOfSetupAloneACallIsScreened(t *testing.T) {
	s := newSite(t)
	before := s.files(t)
	wanted := []string{"--line", "flat-1=01632 960101=101", "--trunk", "PJSIP/main"}

	code, out, complaint := s.setup(append(wanted, "--dry-run")...)
	for _, want := range []string{"ari.conf gets at its end:", "channelvars = CLEARLINE_LINE,CLEARLINE_ROLE,CHANNEL(linkedid)", "[101](+type=endpoint)", "password = (a random password)", "for its group alone"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not shown", want)
		}
	}
	if code != exitDone {
		t.Fatalf("--dry-run ends with %d: %s", code, complaint)
	}
	s.same(t, before)

	if code, _, complaint := s.setup(append(wanted, "--yes")...); code != exitDone {
		t.Fatalf("setup ends with %d: %s", code, complaint)
	}
	for _, secret := range []string{s.toml, filepath.Join(filepath.Dir(s.toml), "ari.secret"), filepath.Join(s.etc, "clearline-ari.conf")} {
		if info, err := os.Stat(secret); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%s is %v, %v", secret, info.Mode(), err)
		}
	}
	s.screens(t)

	if code, _, complaint := s.setup(append(wanted, "--yes")...); code != exitUsage && code != exitFailed || complaint == "" {
		t.Errorf("a second set-up ends with %d: %s", code, complaint)
	}
	if code, out, complaint := s.setup("--undo"); code != exitDone || strings.Contains(out, "stays") {
		t.Errorf("--undo ends with %d: %s%s", code, out, complaint)
	}
	s.same(t, before)
	if _, err := os.Stat(filepath.Dir(s.toml)); err == nil {
		t.Error("the folder of the configuration is still there")
	}
	s.asks(t, before)
}

// screens lets Clearline move in, has the doctor look, and a stranger ring.
func (s *site) screens(t *testing.T) {
	t.Helper()
	cfg, faults := config.Load(s.toml)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	clearline, err := app.New(cfg, slog.New(slog.NewTextHandler(s.bed.Timeline.Writer("clearline"), nil)))
	if err != nil {
		t.Fatal(err)
	}
	if err := clearline.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := clearline.Stop(ctx); err != nil {
			t.Error(err)
		}
	}()
	<-clearline.Ready()
	_, out, _ := command("doctor", "--json", "--config", s.toml, "--asterisk", s.flags[3], "--asterisk-config", s.flags[5])
	for line := range strings.Lines(out) {
		var f doctor.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil || f.State != doctor.OK {
			t.Errorf("the doctor says %s", line)
		}
	}
	s.bed.Scenario(t, testbed.NewVerbs(), "screened", screened)
}

// asks sets up by answers, changes a file, and takes the rest back.
func (s *site) asks(t *testing.T, before map[string]string) {
	t.Helper()
	run := func(answers string) (string, error) {
		var out bytes.Buffer
		c := setupCmd{
			configFlag: configFlag{s.toml}, exchangeFlags: exchangeFlags{s.flags[3], s.flags[5]},
			ARIUser: "clearline-pbx", Prompts: s.flags[9], Store: s.flags[11], AGIListen: s.flags[13], ConsoleListen: s.flags[15],
		}
		err := c.Run(&output{&out, &out, bufio.NewReader(strings.NewReader(answers))})
		return out.String(), err
	}
	if out, err := run("flat-1=01632 960101=101\n\nmain\n\nn\n"); !errors.Is(err, errUnwanted) {
		t.Errorf("when the answer is no: %v\n%s", err, out)
	}
	s.same(t, before)
	if out, err := run("flat-1=01632 960101=101\n\nPJSIP/main\n\ny\n"); err != nil || !strings.Contains(out, "Asterisk has PJSIP/101, PJSIP/main") {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.WriteFile(s.toml, []byte("# mine\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	if code, out, complaint := s.setup("--undo"); code != exitDone || !strings.Contains(out, s.toml+" was changed since, and stays") {
		t.Errorf("--undo ends with %d: %s%s", code, out, complaint)
	}
	s.same(t, before)
	if text, err := os.ReadFile(s.toml); err != nil || string(text) != "# mine\n" {
		t.Errorf("the changed file is %q, %v", text, err)
	}
}

func TestSetupRefusesAnAsteriskThatIsNotSafe(t *testing.T) {
	program := filepath.Join(t.TempDir(), "asterisk")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho Asterisk 20.6.0~dfsg\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	code, _, complaint := command("setup", "--asterisk", program, "--config", filepath.Join(t.TempDir(), "clearline.toml"))
	if code != exitFailed || !strings.Contains(complaint, "below the floor 20.20.1") || !strings.Contains(complaint, "run programs") {
		t.Errorf("it ends with %d: %s", code, complaint)
	}
}

func TestSetupUsesWhatThePackageBrings(t *testing.T) {
	packaged, asterisk := filepath.Join(t.TempDir(), "sounds"), t.TempDir()
	if got := soundFolder(packaged, asterisk); got != filepath.Join(asterisk, "clearline") {
		t.Errorf("without a package the sounds are in %s", got)
	}
	fill(t, packaged)
	if got := soundFolder(packaged, asterisk); got != packaged {
		t.Errorf("with a package the sounds are in %s", got)
	}
	unit := filepath.Join(t.TempDir(), "clearline.service")
	if got := starting(usualConfig, unit); got != "clearline run --config /etc/clearline/clearline.toml" {
		t.Errorf("without a service one says %q", got)
	}
	if err := os.WriteFile(unit, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := starting(usualConfig, unit); got != "systemctl restart clearline" {
		t.Errorf("with a service one says %q", got)
	}
	if got := starting("/srv/clearline.toml", unit); got != "clearline run --config /srv/clearline.toml" {
		t.Errorf("with another configuration one says %q", got)
	}
}
