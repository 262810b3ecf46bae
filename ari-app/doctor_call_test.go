package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// surgery is a house whose telephones the doctor rings, as a program of its own.
type surgery struct {
	*occupant
	flags []string

	cmd  *exec.Cmd
	out  *transcript
	done chan struct{} // closed when the program has ended
}

// transcript is what a running program has said so far.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(b)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// calls begins a test call.
func (s *surgery) calls(_ context.Context, p *testbed.Play, v testbed.Values) error {
	args := append([]string{"doctor", "--call", v["endpoint"]}, s.flags...)
	args = append(args, strings.Fields(v["flags"])...)
	s.cmd, s.out, s.done = exec.Command(s.binary, args...), &transcript{}, make(chan struct{}) //nolint:noctx // it is given up by a signal
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func() { defer close(s.done); _ = s.cmd.Wait() }()
	return nil
}

// says waits until something was printed; ' is a quotation mark, too.
func (s *surgery) says(ctx context.Context, _ *testbed.Play, v testbed.Values) error {
	for !strings.Contains(strings.ReplaceAll(strings.Join(strings.Fields(s.out.String()), " "), `"`, "'"), v["text"]) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("it says\n%s", s.out)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// ends waits for the end, and what the program ended with.
func (s *surgery) ends(ctx context.Context, _ *testbed.Play, v testbed.Values) error {
	select {
	case <-s.done:
	case <-ctx.Done():
		_ = s.cmd.Process.Kill()
		<-s.done
		return fmt.Errorf("it has not ended, and said\n%s", s.out)
	}
	if code := s.cmd.ProcessState.ExitCode(); strconv.Itoa(code) != v["code"] {
		return fmt.Errorf("it ended with %d, and said\n%s", code, s.out)
	}
	return nil
}

// keepsNothing looks at the folder of recordings.
func (s *surgery) keepsNothing(context.Context, *testbed.Play, testbed.Values) error {
	left, err := filepath.Glob(filepath.Join(s.house.Bed.Asterisk.RecordingDir(), "*"))
	if len(left) > 0 {
		err = errors.Join(err, fmt.Errorf("%s is left", left))
	}
	return err
}

// TestTheDoctorCalls has the doctor ring telephones of a house in which Clearline runs.
func TestTheDoctorCalls(t *testing.T) {
	s := &surgery{occupant: occupy(t, house.Options{
		Bed:      testbed.Options{Lines: []testbed.Line{{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}}}},
		Settings: map[string]string{"screening.consult_ring": `"5s"`},
	})}
	bed := s.house.Bed
	s.flags = []string{
		"--config", s.house.ConfigPath,
		"--asterisk", asteriskOf(t, bed), "--asterisk-config", filepath.Join(bed.Asterisk.Home, "etc/asterisk.conf"),
	}
	verbs := s.verbs(t)
	for form, do := range map[string]func(context.Context, *testbed.Play, testbed.Values) error{
		`the doctor calls {endpoint:word} [with {flags:text}]`: s.calls,
		`the doctor says {text:text} [within {within:time}]`:   s.says,
		`the doctor ends with {code:count}`:                    s.ends,
		`no recording is left`:                                 s.keepsNothing,
		`the doctor is given up`: func(context.Context, *testbed.Play, testbed.Values) error {
			return s.cmd.Process.Signal(syscall.SIGINT)
		},
	} {
		if err := verbs.Verb(form, do); err != nil {
			t.Fatal(err)
		}
	}
	bed.Scenarios(t, verbs, "testdata/doctor", nil)
}

func TestTheDoctorRingsTelephonesOfLinesOnly(t *testing.T) {
	path, _ := configure(t, "")
	for _, endpoint := range []string{"PJSIP/main", "999", "PJSIP/999@main"} {
		code, out, complaint := command("doctor", "--call="+endpoint, "--config", path, "--asterisk", filepath.Join(t.TempDir(), "asterisk"))
		if code != exitUsage || out != "" || !strings.Contains(complaint, "is no telephone of a line: they are PJSIP/") {
			t.Errorf("%s: it ends with %d, %s%s", endpoint, code, out, complaint)
		}
	}
}

func TestTheDoctorCallsNobodyWithoutAsterisk(t *testing.T) {
	path, _ := configure(t, "")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte("[ari]\n"), []byte("[ari]\nurl = \"http://"+away(t)+"/ari\"\n"), 1)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, complaint := command("doctor", "--call", "101", "--config", path, "--asterisk", filepath.Join(t.TempDir(), "asterisk"))
	if code != exitFailed || !strings.HasPrefix(out, "fail  ari ") || strings.Contains(out, "rings") || !strings.Contains(complaint, "unprotected") {
		t.Errorf("it ends with %d: %s%s", code, out, complaint)
	}
}
