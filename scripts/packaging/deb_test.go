package packaging_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// holds unpacks the package and looks at what is in it.
func (r release) holds(t *testing.T) {
	t.Helper()
	root := t.TempDir()
	tell(t, "", "dpkg-deb", "-x", r.deb(), root)
	for name, want := range map[string]fs.FileMode{
		"etc/clearline":                                           0o755 | fs.ModeDir,
		"etc/fail2ban/filter.d/clearline.conf":                    0o644,
		"etc/fail2ban/jail.d/clearline.conf":                      0o644,
		"usr/bin/clearline":                                       0o755,
		"usr/lib/systemd/system/clearline.service":                0o644,
		"usr/share/bash-completion/completions/clearline":         0o644,
		"usr/share/clearline/install-freepbx":                     0o755,
		"usr/share/clearline/sounds":                              0o755 | fs.ModeDir,
		"usr/share/clearline/sounds/en_GB/screening/greeting.wav": 0o644,
		"usr/share/doc/clearline/LICENSES.txt.gz":                 0o644,
		"usr/share/doc/clearline/changelog.gz":                    0o644,
		"usr/share/doc/clearline/copyright":                       0o644,
		"usr/share/doc/clearline/examples/clearline.example.toml": 0o644,
		"usr/share/doc/clearline/examples/grafana-dashboard.json": 0o644,
		"usr/share/doc/clearline/operating.md.gz":                 0o644,
		"usr/share/fish/vendor_completions.d/clearline.fish":      0o644,
		"usr/share/man/man1/clearline.1.gz":                       0o644,
		"usr/share/zsh/vendor-completions/_clearline":             0o644,
	} {
		if info, err := os.Stat(filepath.Join(root, name)); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, err, info)
		}
	}
	program, err := os.ReadFile(filepath.Join(root, "usr/bin/clearline"))
	if err != nil || !bytes.Equal(program, r.files[filepath.Base(r.program())]) {
		t.Errorf("the program in it is another: %v", err)
	}
	if owners := tell(t, "", "sh", "-c", `dpkg-deb -c "$1" | awk '{print $2}' | sort -u`, "sh", r.deb()); owners != "root/root" {
		t.Errorf("files belong to %s", owners)
	}
	r.controlled(t)
	served(t, filepath.Join(root, "usr/lib/systemd/system/clearline.service"))
	legible(t, filepath.Join(root, "usr/share/man/man1/clearline.1.gz"))
}

// controlled looks at what dpkg is told.
func (r release) controlled(t *testing.T) {
	t.Helper()
	control := tell(t, "", "dpkg-deb", "-f", r.deb())
	for _, want := range []string{"Package: clearline\n", "Version: " + r.version + "\n", "Maintainer: Ann <ann@example.org>\n", "Depends: adduser\n"} {
		if !strings.Contains(control+"\n", want) {
			t.Errorf("there is no %q in %s", want, control)
		}
	}
	dir := t.TempDir()
	tell(t, "", "dpkg-deb", "-e", r.deb(), dir)
	conffiles, err := os.ReadFile(filepath.Join(dir, "conffiles"))
	want := []string{"/etc/fail2ban/filter.d/clearline.conf", "/etc/fail2ban/jail.d/clearline.conf"}
	if got := strings.Fields(string(conffiles)); err != nil || !slices.Equal(got, want) {
		t.Errorf("the conffiles are %v, %v", got, err)
	}
	for _, script := range []string{"postinst", "prerm", "postrm"} {
		tell(t, "", "sh", "-n", filepath.Join(dir, script))
	}
}

// served looks at the unit. An exposure of 2.0 is what a program that talks to the network and
// reads another's files can be brought to.
func served(t *testing.T, unit string) {
	t.Helper()
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nExecStart=/usr/bin/clearline run ", "\nType=notify\n", "\nWatchdogSec=6\n", "\nUser=clearline\n", "\nProtectSystem=strict\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the unit has no %q", want)
		}
	}
	if strings.Contains(string(text), "/usr/local") {
		t.Error("the unit looks for the program where one is put by hand")
	}
	if _, err := exec.LookPath("systemd-analyze"); err == nil {
		tell(t, "", "systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
	}
}

// legible reads the manual page as people do.
func legible(t *testing.T, page string) {
	t.Helper()
	if _, err := exec.LookPath("man"); err != nil {
		return // the text itself is tested where it is made
	}
	cmd := exec.Command("man", "--warnings", "-l", page)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=80", "MANPAGER=cat", "MANROFFSEQ=")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	shown, err := cmd.Output()
	if err != nil || complaint.Len() > 0 {
		t.Errorf("man says %v: %s", err, complaint.String())
	}
	for _, want := range []string{"clearline - protect telephone lines", "clearline contact add", "--expires"} {
		if !strings.Contains(string(shown), want) {
			t.Errorf("the manual page shows no %q", want)
		}
	}
}
