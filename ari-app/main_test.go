package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clearline/lib/prompt"
)

// command runs one command line.
func command(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = execute(args, &out, &err)
	return code, out.String(), err.String()
}

// configure writes a configuration whose sound files lie in the folder returned.
func configure(t *testing.T, extra string) (path, sounds string) {
	t.Helper()
	dir := t.TempDir()
	path, sounds = filepath.Join(dir, "clearline.toml"), filepath.Join(dir, "sounds")
	text := fmt.Sprintf(`
[ari]
password = "example"
[prompts]
dir = %q
[[line]]
id = "flat-1"
numbers = ["01632 960101"]
endpoints = ["PJSIP/101"]
%s
`, sounds, extra)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, sounds
}

// fill puts a sound of half a second in the place of every sound file.
func fill(t *testing.T, sounds string) {
	t.Helper()
	if err := os.MkdirAll(sounds, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, a := range (&prompt.Folder{Dir: sounds}).Missing(prompt.DefaultLanguage) {
		file := filepath.Join(sounds, a.Language, string(a.Name)+".wav")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, sound(8000, 500*time.Millisecond), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// sound is a WAV file of silence: 16-bit, mono.
func sound(rate int, length time.Duration) []byte {
	data := make([]byte, int(length.Seconds()*float64(rate))*2)
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(36+len(data)))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(2*rate))
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(data))), data...)
}

func TestCheck(t *testing.T) {
	path, sounds := configure(t, "")
	code, out, _ := command("check", "--config", path)
	if code != exitUsage || !strings.Contains(out, path+":5: prompts.dir: the folder") || !strings.Contains(out, "clearline prompts render --config "+path) {
		t.Errorf("no folder of sound files: %d %s", code, out)
	}
	if err := os.Mkdir(sounds, 0o755); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := command("check", "--config", path); code != exitUsage || !strings.Contains(out, "sound files of en_GB missing: clearing/") {
		t.Errorf("no sound files: %d %s", code, out)
	}
	fill(t, sounds)
	if code, out, _ := command("check", "--config", path); code != exitDone || out != path+": ready, 1 line\n" {
		t.Errorf("nothing wrong: %d %s", code, out)
	}

	path, sounds = configure(t, "[screening]\nhuman_chek = true\naccept_key = \"1\"\n")
	fill(t, sounds)
	if code, out, _ := command("check", "--config", path); code != exitUsage || strings.Count(out, "\n") != 2 {
		t.Errorf("two faults: %d %s", code, out)
	}
	if code, _, complaints := command("dialplan", "--config", path); code != exitUsage || strings.Count(complaints, "\n") != 2 {
		t.Errorf("a dialplan in spite of faults: %d %s", code, complaints)
	}
	if code, _, complaints := command("run", "--config", path); code != exitUsage || strings.Count(complaints, "\n") != 2 {
		t.Errorf("run in spite of faults: %d %s", code, complaints)
	}

	path, sounds = configure(t, "[console]\nlisten = \"0.0.0.0:8480\"\nbehind_proxy = \"192.0.2.1\"\n")
	fill(t, sounds)
	if code, out, _ := command("check", "--config", path); code != exitDone || !strings.Contains(out, "warning: console.listen") {
		t.Errorf("a warning: %d %s", code, out)
	}
}

func TestDialplan(t *testing.T) {
	path, _ := configure(t, "")
	code, out, complaints := command("dialplan", "-c", path)
	if code != exitDone || complaints != "" || !strings.HasPrefix(out, "; clearline-dialplan 1 ") || !strings.Contains(out, "exten => +441632960101,1,") {
		t.Errorf("%d %s %s", code, out, complaints)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"nonsense"}, {"check", "--nonsense"}, {"prompts"}} {
		if code, _, complaints := command(args...); code != exitUsage || complaints == "" {
			t.Errorf("%q: %d %s", args, code, complaints)
		}
	}
	for _, args := range [][]string{{"--help"}, {"check", "--help"}, {"prompts", "render", "--help"}, {"version"}} {
		if code, out, _ := command(args...); code != exitDone || !strings.Contains(out, "clearline") {
			t.Errorf("%q: %d %s", args, code, out)
		}
	}
	if code, _, complaints := command("dialplan", "-c", "/nonexistent"); code != exitUsage || !strings.Contains(complaints, "cannot be read") {
		t.Errorf("a missing file: %d %s", code, complaints)
	}
}

func TestRenderFailsPlainlyWithoutItsPrograms(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	path, _ := configure(t, "")
	code, _, complaints := command("prompts", "render", "-c", path, "--out", t.TempDir())
	if code != exitFailed || !strings.Contains(complaints, "apt install espeak-ng sox") {
		t.Errorf("%d %s", code, complaints)
	}
}

// daemonFake drains for as long as it is told.
type daemonFake struct {
	start   error
	drain   time.Duration
	stopped bool
}

func (d *daemonFake) Start(context.Context) error { return d.start }

func (d *daemonFake) Stop(ctx context.Context) error {
	d.stopped = true
	select {
	case <-time.After(d.drain):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 2)
		broken := &daemonFake{start: errors.New("no port")}
		if err := serve(broken, signals); err == nil || broken.stopped {
			t.Errorf("a start that fails: %v", err)
		}

		signals <- os.Interrupt
		calm := &daemonFake{drain: 10 * time.Second}
		if err := serve(calm, signals); err != nil || !calm.stopped {
			t.Errorf("one signal: %v", err)
		}

		signals <- os.Interrupt
		began := time.Now()
		go func() {
			time.Sleep(time.Second)
			signals <- os.Interrupt
		}()
		if err := serve(&daemonFake{drain: time.Hour}, signals); err == nil || time.Since(began) != time.Second {
			t.Errorf("two signals: %v after %v", err, time.Since(began))
		}

		signals <- os.Interrupt
		began = time.Now()
		if err := serve(&daemonFake{drain: time.Hour}, signals); err == nil || time.Since(began) != drainTime {
			t.Errorf("calls that do not end: %v after %v", err, time.Since(began))
		}
	})
}
