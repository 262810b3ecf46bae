package docker

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// ownConfig is the least that an operator writes.
const ownConfig = `
[ari]
password_file = "/etc/clearline/ari.secret"
[[line]]
id = "flat-1"
name = "Flat 1"
numbers = ["01632 960101"]
endpoints = ["PJSIP/101"]
`

// TestTheImageBesideAnAsterisk runs what docs/docker.md prints for a machine that has an
// Asterisk, on one that has its group and folders, while Asterisk itself is away. The root it
// runs in is scripts/test-docker's own.
func TestTheImageBesideAnAsterisk(t *testing.T) {
	if os.Getenv("CLEARLINE_CONTAINERS") == "" {
		t.Skip("needs images and a root of its own: scripts/test-docker")
	}
	h := house{t}
	h.hasAsterisk()
	printed := regexp.MustCompile("(?s)\ndocker build [^\n]*\n(.*?)\n```").FindStringSubmatch(text(t, "../docs/docker.md"))
	if printed == nil {
		t.Fatal("the document prints nothing to do")
	}
	t.Cleanup(func() { h.atLast("podman", "rm", "--force", "clearline") })
	h.must("sh", "-euc", strings.NewReplacer("sudo ", "", "docker run", "podman run").Replace(printed[1]))
	h.comes("Clearline lives", func() error {
		_, err := h.run("podman", "exec", "clearline", "clearline", "health")
		return err
	})
	if out, err := h.run("podman", "exec", "clearline", "clearline", "health", "--ready"); err == nil || !strings.Contains(err.Error(), "not ready: ari\n") {
		t.Errorf("without an Asterisk it says: %s %v", out, err)
	}
	if out := h.must("podman", "exec", "clearline", "id"); !strings.Contains(out, "uid=10160(clearline)") || !strings.Contains(out, ",4711") {
		t.Errorf("it runs as %s", out)
	}
	h.must("podman", "exec", "clearline", "sh", "-c", "touch /var/spool/asterisk/recording/x && rm /var/spool/asterisk/recording/x")
	kept, err := os.Stat("/var/lib/clearline/clearline.db")
	if err != nil || kept.Sys().(*syscall.Stat_t).Uid != 10160 {
		t.Errorf("its store is %+v: %v", kept, err)
	}
	h.must("podman", "stop", "clearline")
	if code := strings.TrimSpace(h.must("podman", "inspect", "--format", "{{.State.ExitCode}}", "clearline")); code != "0" {
		t.Errorf("it ends with %s", code)
	}
}

// hasAsterisk makes what a machine with Asterisk and Clearline's files has.
func (h house) hasAsterisk() {
	h.Helper()
	const sounds = "/var/lib/asterisk/sounds/clearline"
	h.Cleanup(func() {
		for _, made := range []string{"/etc/clearline", "/var/lib/clearline", "/var/lib/asterisk", "/var/spool/asterisk"} {
			if err := os.RemoveAll(made); err != nil {
				h.Error(err)
			}
		}
		h.atLast("userdel", "asterisk") // and its group
	})
	h.must("groupadd", "--gid", "4711", "asterisk") // any number: it is found by the name
	h.must("useradd", "--uid", "4711", "--gid", "asterisk", "--no-create-home", "asterisk")
	for _, dir := range []string{"/etc/clearline", sounds, "/var/spool/asterisk"} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			h.Fatal(err)
		}
	}
	h.must("chmod", "-R", "a+rX", "/var/lib/asterisk", "/var/spool/asterisk")
	for name, text := range map[string]string{"clearline.toml": ownConfig, "ari.secret": "secret\n"} {
		if err := os.WriteFile(filepath.Join("/etc/clearline", name), []byte(text), 0o640); err != nil {
			h.Fatal(err)
		}
	}
	h.must("podman", "run", "--rm", "--user", "0", "--volume", sounds+":/out", "clearline", "prompts", "render", "--config", "/none", "--out", "/out")
}
