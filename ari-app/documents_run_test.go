package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"clearline/lib/pbx"
	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// elsewhere are commands that this test does not run, by how they begin: what runs them, or
// why nothing here can.
var elsewhere = map[string]string{
	"scripts/test ":              "it is this test, and all others",
	"scripts/demo":               "scripts/test plays its stories",
	"scripts/bench ":             "minutes; tests of lib/testbed/bench run its parts",
	"scripts/faults":             "a quarter of an hour; tests of lib/testbed/faults play some of it",
	"scripts/soak":               "an hour; the same",
	"scripts/release":            "TestARelease in scripts/packaging",
	"scripts/setup --build":      "scripts/trial, and scripts/test begins with all of it",
	"scripts/test-packages":      "a quarter of an hour",
	"scripts/trial":              "ten minutes, and a machine of its own",
	"scripts/test-light":         "it builds modules that Debian lacks",
	"scripts/test-docker":        "it builds images, for minutes",
	"scripts/install-freepbx":    "TestFreePBX",
	"go test ":                   "scripts/test",
	"apt install ./":             "scripts/test-packages, by dpkg",
	"adduser clearline asterisk": "scripts/test-packages: the package does the same",
	"apt install sox":            "scripts/setup",
	"chown ":                     "the user and the group come with the package, which scripts/test-packages installs",
	"systemctl edit clearline":   "it opens an editor; lib/testbed/upgrade writes such a file",
	"fwconsole reload":           "needs a FreePBX",
	"systemctl restart asterisk": "TestTheSmallPBXOfTheDocuments starts it with these files",
	"clearline setup":            "TestFromTheOutputOfSetupAloneACallIsScreened",
	"clearline doctor --call ":   "TestTheDoctorCalls",
}

// reader follows the documents in a house, word for word. Only places are others: what is in
// /etc, /var and /mnt is in a folder of the test, and Clearline's pages are at the house's
// address. Root is not needed, and systemctl is the test itself.
type reader struct {
	*testing.T
	*occupant
	root   string
	others []string // what the documents name, and what it is here, by turns
	env    []string
	passed map[string]bool // rows of elsewhere that were needed
}

// files are what the reader finds, besides the documents. The sum is that of nothing.
var files = map[string]string{
	"bin/sudo": "#!/bin/sh\nexec \"$@\"\n",

	"etc/asterisk/extensions.conf":    "",
	"etc/clearline/clearline.toml":    "",
	"mnt/backup/none":                 "",
	"usr/share/clearline/sounds/none": "",
	"family.vcf":                      "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nTEL:+44 7700 900124\r\nEND:VCARD\r\n",
	"clearline_VERSION_amd64.deb":     "",
	"SHA256SUMS":                      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  clearline_VERSION_amd64.deb\n",
}

func reads(t *testing.T) *reader {
	t.Helper()
	w := newWarden(t)
	o := occupy(t, house.Options{
		Bed: testbed.Options{Lines: []testbed.Line{
			{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
			{ID: "flat-2", Numbers: []string{"+441632960102"}, Endpoints: []string{"102"}},
		}},
		Notify: []string{w.receiver("night-desk", `"incident"`)},
	})
	r := &reader{T: t, occupant: o, root: t.TempDir(), passed: map[string]bool{}}
	r.others = []string{
		"/etc/", r.root + "/etc/", "/var/", r.root + "/var/", "/mnt/", r.root + "/mnt/",
		"http://127.0.0.1:8480", "http://" + o.house.Config.Console.Listen,
		"/usr/share/clearline/", r.root + "/usr/share/clearline/",
		"-o clearline ", "", "-g clearline ", "", "-o asterisk ", "", "-g asterisk ", "", // they come with packages
	}
	asterisk := o.house.Bed.Asterisk
	for name, text := range files {
		r.writes(name, text)
	}
	r.writes("bin/clearline", "#!/bin/sh\nexec "+o.binary+" \"$@\"\n")
	r.writes("bin/asterisk", "#!/bin/sh\nexec "+strings.Join(asterisk.Install.Command, " ")+" -C "+filepath.Join(asterisk.Home, "etc/asterisk.conf")+" \"$@\"\n")
	docs, err := filepath.Abs("../docs")
	if err = errors.Join(err, os.Symlink(docs, filepath.Join(r.root, "docs"))); err != nil {
		t.Fatal(err)
	}
	fill(t, filepath.Join(r.root, "var/lib/asterisk/sounds/clearline"))
	r.env = append(os.Environ(), "PATH="+r.root+"/bin:"+os.Getenv("PATH"), "CLEARLINE_CONFIG="+r.root+"/etc/clearline/clearline.toml")
	r.edits()
	r.happens()
	return r
}

func (r *reader) writes(name, text string) {
	r.Helper()
	path := filepath.Join(r.root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o755)); err != nil {
		r.Fatal(err)
	}
}

// edits is what somebody does where it says "then edit it".
func (r *reader) edits() {
	r.Helper()
	text, err := os.ReadFile(r.house.ConfigPath)
	if err != nil {
		r.Fatal(err)
	}
	r.writes("etc/clearline/clearline.toml", string(text))
	if err := os.Chmod(filepath.Join(r.root, "etc/clearline/clearline.toml"), 0o640); err != nil {
		r.Fatal(err)
	}
}

// happens lets there be what the documents speak of: a call, a snapshot, a token.
func (r *reader) happens() {
	r.Helper()
	r.house.Bed.Scenario(r.T, testbed.NewVerbs(), "a stranger rings",
		"phone caller is 01632 960200\ncaller rings 01632 960101\ncaller hears screening/greeting\ncaller hangs up\nnothing is left\n")
	call := r.shows("clearline calls --json", `"id":"(\w+)"`)
	r.others = append(r.others, "01m8174j0kzypxzza6w1ah7ggn", call)
	snapshot := r.shows("clearline backup && clearline restore", `(clearline\.db-\d{8}T\d{6}Z)`)
	folder := filepath.Join(filepath.Dir(r.house.Config.Store.Path), "snapshots")
	if err := os.Link(filepath.Join(folder, snapshot), filepath.Join(folder, "clearline.db-20260313T140255Z")); err != nil { // the documents' own
		r.Fatal(err)
	}
	r.env = append(r.env, "TOKEN="+r.shows("clearline token add reader --lines flat-1", `(\S{30,})`))
}

// shows runs a command until it shows something, and returns that.
func (r *reader) shows(line, pattern string) string {
	r.Helper()
	deadline := time.After(15 * time.Second)
	for {
		out, err := r.shell(line)
		if m := regexp.MustCompile(pattern).FindStringSubmatch(out); m != nil && err == nil {
			return m[1]
		}
		select {
		case <-deadline:
			r.Fatalf("%s shows no %s, but %v\n%s", line, pattern, err, out)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// shell runs a line. Passwords are asked for on a terminal, and keyed twice.
func (r *reader) shell(line string) (string, error) {
	ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
	defer cancel()
	args := []string{"sh", "-c", line}
	if strings.Contains(line, "clearline user add") {
		args = []string{"script", "--quiet", "--return", "--command", line, "/dev/null"}
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = r.root, r.env, strings.NewReader("correct horse battery\ncorrect horse battery\n")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// follows runs one line of a document.
func (r *reader) follows(line string) {
	r.Helper()
	bare := strings.TrimPrefix(line, "sudo ")
	for begin := range elsewhere {
		if strings.HasPrefix(bare, begin) {
			r.passed[begin] = true
			if script, _, _ := strings.Cut(bare, " "); strings.HasPrefix(script, "scripts/") {
				if info, err := os.Stat("../" + script); err != nil || info.Mode()&0o111 == 0 {
					r.Errorf("%s: there is no such program: %v", line, err)
				}
			}
			return
		}
	}
	var err error
	var out string
	command, _, _ := strings.Cut(bare, " #")
	switch strings.TrimSpace(command) {
	case "systemctl start clearline", "systemctl restart clearline", "clearline run":
		if err = r.process.Stop(); err == nil || errors.Is(err, os.ErrProcessDone) {
			err = r.start(r.Context())
		}
	case "systemctl stop clearline":
		err = r.process.Stop()
	default:
		out, err = r.shell(strings.NewReplacer(r.others...).Replace(line))
	}
	if err != nil {
		r.Errorf("%s: %v\n%s", line, err, out)
	}
	if strings.HasSuffix(line, "# then edit it") {
		r.edits()
	}
}

// commandsOf are the commands of a block: those behind "$ " where there is output between them.
func commandsOf(s snippet) []string {
	var all []string
	session := strings.Contains("\n"+s.text, "\n$ ")
	for line := range strings.Lines(s.text) {
		line = strings.TrimSpace(line)
		typed, prompted := strings.CutPrefix(line, "$ ")
		if line != "" && prompted == session && !strings.HasPrefix(line, "#") {
			all = append(all, typed)
		}
	}
	return all
}

func TestTheCommandsOfTheDocuments(t *testing.T) {
	r := reads(t)
	for _, s := range thus(t, commanded) {
		t.Run(s.String(), func(t *testing.T) {
			r := *r
			r.T = t
			for _, line := range commandsOf(s) {
				r.follows(line)
			}
		})
	}
	for begin := range elsewhere {
		if !r.passed[begin] {
			t.Errorf("no document has %q any more", begin)
		}
	}
	for _, s := range thus(t, routing) {
		t.Run(s.String(), func(t *testing.T) {
			r := *r
			r.T = t
			r.loads(s)
		})
	}
}

var section = regexp.MustCompile(`(?m)^\[([\w-]+)\]$`)

// loads lets Asterisk load a dialplan, in contexts of its own, and looks whether every line
// of it has become a step.
func (r *reader) loads(s snippet) {
	r.Helper()
	file := filepath.Join(r.house.Bed.Asterisk.Home, "etc/dialplan.conf")
	own, err := os.ReadFile(file)
	if err != nil {
		r.Fatal(err)
	}
	ctx := context.WithoutCancel(r.Context())
	defer func() {
		if err := r.house.Bed.Asterisk.SetDialplan(ctx, string(own)); err != nil {
			r.Error(err)
		}
	}()
	if err := r.house.Bed.Asterisk.SetDialplan(ctx, string(own)+"\n"+section.ReplaceAllString(s.text, "[document-$1]")); err != nil {
		r.Fatal(err)
	}
	steps := 0
	for _, m := range section.FindAllStringSubmatch(s.text, -1) {
		shown, err := r.house.Bed.Asterisk.CLI(ctx, "dialplan show document-"+m[1])
		if err != nil {
			r.Fatal(err)
		}
		for _, c := range pbx.ReadPlan(shown) {
			for _, e := range c.Extensions {
				steps += len(e.Steps)
			}
		}
	}
	if want := strings.Count(s.text, "exten =>") + strings.Count(s.text, "same =>"); steps != want || want == 0 {
		r.Errorf("of %d lines %d have become steps", want, steps)
	}
}
