// Package packaging_test builds a release twice and looks into the package.
package packaging_test

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// tell runs a program and returns what it prints.
func tell(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "MAINTAINER=",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.org", "GIT_AUTHOR_DATE=2026-03-14T02:15:47Z",
		"GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.org", "GIT_COMMITTER_DATE=2026-03-14T02:15:47Z")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, complaint.String())
	}
	return strings.TrimSpace(string(out))
}

// committed is a repository with one commit: the sources as they lie here now, whether they
// come from a repository or not.
func committed(t *testing.T) string {
	t.Helper()
	here, dir := "../..", t.TempDir()
	err := filepath.WalkDir(here, func(name string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "dist"):
			return filepath.SkipDir
		case !entry.Type().IsRegular() || entry.Name() == ".git": // which is a file where there are several trees
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		copied := filepath.Join(dir, strings.TrimPrefix(name, here))
		return errors.Join(err, os.MkdirAll(filepath.Dir(copied), 0o755), os.WriteFile(copied, text, info.Mode().Perm()))
	})
	if err != nil {
		t.Fatal(err)
	}
	tell(t, dir, "git", "init", "-q")
	tell(t, dir, "git", "add", "-A")
	tell(t, dir, "git", "commit", "-q", "-m", "Release")
	return dir
}

// files are those of a folder, by name.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if found[entry.Name()], err = os.ReadFile(filepath.Join(dir, entry.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// release is what scripts/release made.
type release struct {
	dir, commit, version string
	files                map[string][]byte
}

func (r release) path(parts ...string) string {
	return filepath.Join(append([]string{r.dir}, parts...)...)
}

func (r release) deb() string {
	return r.path("clearline_" + r.version + "_" + runtime.GOARCH + ".deb")
}

func (r release) program() string {
	return r.path("clearline-" + r.version + "-linux-" + runtime.GOARCH)
}

func TestARelease(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program twice")
	}
	source := committed(t)
	sounds := filepath.Join(t.TempDir(), "sounds")
	if err := os.MkdirAll(filepath.Join(sounds, "en_GB/screening"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(sounds, "en_GB/screening/greeting.wav"), []byte("RIFF"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := release{dir: filepath.Join(t.TempDir(), "out"), commit: tell(t, source, "git", "rev-parse", "HEAD")}
	r.version = "0.0.0+git20260314021547." + r.commit[:12]
	tell(t, source, "scripts/release", "--arch", runtime.GOARCH, "--sounds", sounds, "--out", r.dir)
	r.files = files(t, r.dir)

	elsewhere, again := filepath.Join(t.TempDir(), "a/folder/elsewhere"), filepath.Join(t.TempDir(), "out")
	tell(t, source, "sh", "-c", `umask 077; TZ=Asia/Tokyo; export TZ; git clone -q . "$1"; cd "$1"; exec scripts/release --arch "$2" --sounds "$3" --out "$4"`,
		"sh", elsewhere, runtime.GOARCH, sounds, again)
	t.Run("two builds in different folders are the same to the byte", func(t *testing.T) {
		second := files(t, again)
		if !slices.Equal(slices.Sorted(maps.Keys(r.files)), slices.Sorted(maps.Keys(second))) || len(second) != 6 {
			t.Fatalf("one has %v, the other %v", slices.Sorted(maps.Keys(r.files)), slices.Sorted(maps.Keys(second)))
		}
		for name, text := range r.files {
			if !bytes.Equal(text, second[name]) {
				t.Errorf("%s differs", name)
			}
		}
	})
	t.Run("the checksums are right", func(t *testing.T) {
		if out := tell(t, r.dir, "sha256sum", "-c", "SHA256SUMS"); strings.Count(out, ": OK") != len(r.files)-1 {
			t.Errorf("sha256sum says %s", out)
		}
	})
	t.Run("the program needs nothing of the system, and says what it is", func(t *testing.T) { r.static(t) })
	t.Run("everything inside is listed, with its licence", func(t *testing.T) { r.listed(t) })
	t.Run("the package holds what it should", func(t *testing.T) { r.holds(t) })
	t.Run("a folder that holds something else is left alone", func(t *testing.T) {
		cmd := exec.Command(filepath.Join(source, "scripts/release"), "--out", source, "--arch", runtime.GOARCH)
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "holds something that is no release") {
			t.Errorf("%v: %s", err, out)
		}
	})
}

func (r release) static(t *testing.T) {
	t.Helper()
	program, err := elf.Open(r.program())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = program.Close() }()
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("it has a %s", p.Type)
		}
	}
	if said := tell(t, "", r.program(), "version"); said != "clearline "+r.version+" "+r.commit {
		t.Errorf("it says %q", said)
	}
}

func (r release) listed(t *testing.T) {
	t.Helper()
	var bill struct {
		Metadata struct {
			Component struct{ Version string }
		}
		Components []struct {
			Name, Version string
			Licenses      []struct{ License struct{ ID string } }
		}
	}
	if err := json.Unmarshal(r.files["clearline-"+r.version+".cdx.json"], &bill); err != nil {
		t.Fatal(err)
	}
	if bill.Metadata.Component.Version != r.version {
		t.Errorf("the bill is that of %s", bill.Metadata.Component.Version)
	}
	in := map[string]string{}
	for _, c := range bill.Components {
		in[c.Name] = c.Version
		if len(c.Licenses) == 0 || c.Licenses[0].License.ID == "" {
			t.Errorf("%s has no licence", c.Name)
		}
		if !strings.Contains(string(r.files["LICENSES.txt"]), " "+c.Version+": "+c.Licenses[0].License.ID) {
			t.Errorf("the licence of %s is not there word for word", c.Name)
		}
	}
	info, err := buildinfo.ReadFile(r.program())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range info.Deps {
		if in[m.Path] != m.Version {
			t.Errorf("%s %s is inside, and %q is on the bill", m.Path, m.Version, in[m.Path])
		}
	}
	if len(in) != len(info.Deps)+1 || "go"+in["std"] != info.GoVersion {
		t.Errorf("%d modules and %s are inside, and %d on the bill", len(info.Deps), info.GoVersion, len(in))
	}
	if changes := string(r.files["CHANGES.md"]); !strings.HasPrefix(changes, "# Clearline "+r.version+"\n") || strings.Contains(changes, "\n## ") {
		t.Errorf("the changes are %q", changes)
	}
}
