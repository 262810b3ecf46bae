package main

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clearline/lib/doctor"
)

// away is an address of this machine where nobody listens.
func away(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestTheDoctorWithoutAsterisk(t *testing.T) {
	path, sounds := configure(t, "[console]\nlisten = \""+away(t)+"\"\n")
	fill(t, sounds)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte("[ari]\n"), []byte("[ari]\nurl = \"http://"+away(t)+"/ari\"\n"), 1)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"doctor", "--config", path, "--asterisk", filepath.Join(t.TempDir(), "asterisk")}

	code, out, complaint := command(args...)
	for _, want := range []string{
		"fail  ari  ", "why: every caller is delivered UNSCREENED", "do:  http.conf: enabled = yes",
		"warn  not-seen  ", "warn  running  ", "checks well",
	} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if code != exitFailed || !strings.Contains(complaint, "unprotected") || strings.Contains(out, "ok    prompts") {
		t.Errorf("it ends with %d, says %q and prints\n%s", code, complaint, out)
	}
	if _, all, _ := command(append(args, "--all")...); !strings.Contains(all, "ok    prompts ") {
		t.Errorf("--all prints\n%s", all)
	}

	code, out, _ = command(append(args, "--json")...)
	states := map[string]doctor.State{}
	for line := range strings.Lines(out) {
		var f doctor.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		states[f.Check] = f.State
	}
	if code != exitFailed || states["ari"] != doctor.Fail || states["prompts"] != doctor.OK || states[doctor.NotSeen] != doctor.Warn {
		t.Errorf("--json ends with %d and tells %v", code, states)
	}
}

func TestTheDoctorWantsAConfigurationWithoutFaults(t *testing.T) {
	path, _ := configure(t, "surprise = 1\n")
	if code, _, complaint := command("doctor", "--config", path); code != exitUsage || !strings.Contains(complaint, "surprise") {
		t.Errorf("it ends with %d: %s", code, complaint)
	}
}
