// Package docker holds tests of the images and of compose.yaml.
package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// house is what compose.yaml makes, run by podman.
type house struct{ *testing.T }

// lasting are the services that stay.
var lasting = []string{"redis", "pbx", "world", "clearline"}

// container is the name that podman-compose gives the container of a service.
func container(service string) string { return "clearline_" + service + "_1" }

// run runs a program and returns what it printed to standard output.
func (h house) run(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(h.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%s %s: %w: %s%s", name, strings.Join(args, " "), err, out, failed.Stderr)
	}
	return string(out), err
}

// must is run where failing ends the test.
func (h house) must(name string, args ...string) string {
	h.Helper()
	out, err := h.run(name, args...)
	if err != nil {
		h.Fatal(err)
	}
	return out
}

// in runs a command in the container of a service.
func (h house) in(service string, command ...string) (string, error) {
	return h.run("podman", append([]string{"exec", container(service)}, command...)...)
}

// comes waits until something holds that is not an error.
func (h house) comes(what string, holds func() error) {
	h.Helper()
	begun := time.Now()
	for {
		err := holds()
		if err == nil {
			h.Logf("%s after %s", what, time.Since(begun).Round(100*time.Millisecond))
			return
		}
		if time.Since(begun) > 2*time.Minute {
			h.Fatalf("%s: not within two minutes: %v", what, err)
		}
		select {
		case <-h.Context().Done():
			h.Fatal(h.Context().Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// isReady is an error as long as Clearline says that it is not.
func (h house) isReady() error {
	_, err := h.in("clearline", "clearline", "health", "--ready")
	return err
}

// volume is the folder of a volume on this machine.
func (h house) volume(name string) string {
	h.Helper()
	return strings.TrimSpace(h.must("podman", "volume", "inspect", "--format", "{{.Mountpoint}}", "clearline_"+name))
}

// asksForHealth asks the containers how they are, as podman has systemd do where that runs.
func (h house) asksForHealth() {
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			for _, service := range lasting {
				// One that is not there yet, or not well, is what compose waits about.
				_ = exec.CommandContext(ctx, "podman", "healthcheck", "run", container(service)).Run()
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}()
	h.Cleanup(func() { cancel(); <-ended })
}

// atLast runs a command at the end of a test, when its context is over.
func (h house) atLast(name string, args ...string) {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		h.Errorf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
}

// opens starts the house and takes it away at the end of the test, with all that it kept.
func opens(t *testing.T) house {
	t.Helper()
	h := house{t}
	t.Cleanup(func() {
		if t.Failed() {
			for _, service := range lasting {
				out, _ := exec.Command("podman", "logs", "--tail", "40", container(service)).CombinedOutput()
				t.Logf("%s says:\n%s", service, out)
			}
		}
		h.atLast("podman-compose", "--no-ansi", "down", "--volumes")
		for _, left := range [][]string{{"ps", "--all", "--quiet"}, {"volume", "ls", "--quiet"}} {
			if out, err := exec.Command("podman", left...).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("podman %s, when all is taken away: %s %v", strings.Join(left, " "), out, err)
			}
		}
	})
	h.prepares()
	h.asksForHealth()
	begun := time.Now()
	h.must("podman-compose", "--no-ansi", "up", "--detach", "--no-build")
	h.comes("Clearline is ready", h.isReady)
	t.Logf("from compose up to ready: %s", time.Since(begun).Round(100*time.Millisecond))
	return h
}

// prepares does what is done once, before the first start and after a change.
func (h house) prepares() {
	h.Helper()
	for _, service := range []string{"prepare", "prompts"} {
		begun := time.Now()
		h.must("podman-compose", "--no-ansi", "--profile", "once", "run", "--rm", "-T", service)
		h.Logf("%s took %s", service, time.Since(begun).Round(100*time.Millisecond))
	}
}

// passwords are those of the telephones, by user.
func (h house) passwords() map[string]string {
	h.Helper()
	text, err := h.in("clearline", "cat", "/etc/clearline/telephones")
	if err != nil {
		h.Fatal(err)
	}
	found := map[string]string{}
	for line := range strings.Lines(text) {
		_, line, _ = strings.Cut(line, " user ")
		if words := strings.Fields(line); len(words) > 2 && words[1] == "password" {
			found[words[0]] = words[2]
		}
	}
	return found
}

// listed reads what a listing command of Clearline prints for machines.
func listed[T any](h house, command ...string) (all []T) {
	h.Helper()
	text, err := h.in("clearline", append([]string{"clearline"}, command...)...)
	if err != nil {
		h.Fatal(err)
	}
	for line := range strings.Lines(text) {
		var one T
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			h.Fatalf("read %q: %v", line, err)
		}
		all = append(all, one)
	}
	return all
}

// recordings are the files that Asterisk has left in the shared folder.
func (h house) recordings() []string {
	h.Helper()
	var found []string
	err := filepath.WalkDir(h.volume("recordings"), func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	return found
}
