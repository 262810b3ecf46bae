package prompt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program writes a shell script that stands for an operator's program.
func program(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "say")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestACommandIsCheckedBeforeItIsUsed(t *testing.T) {
	for name, tt := range map[string]struct {
		command Command
		problem string
	}{
		"a good one":                      {Command{"say", "-v", "{voice}", "--pace={pace}", "{language}", "{text}", "{out}"}, ""},
		"no program":                      {Command{}, "names no program"},
		"a placeholder for its program":   {Command{"{text}", "{out}"}, "a placeholder for its program"},
		"nowhere for the sound":           {Command{"say", "{text}"}, "does not say where the sound goes"},
		"a placeholder that is not known": {Command{"say", "{txt}", "{out}"}, "holds {txt"},
		"a brace that is not closed":      {Command{"say", "{text", "{out}"}, "holds {text"},
		"an argument over two lines":      {Command{"say", "a\nb", "{out}"}, "no argument may hold"},
	} {
		t.Run(name, func(t *testing.T) {
			problem, remedy := tt.command.Fault()
			if (problem == "") != (tt.problem == "") || !strings.Contains(problem, tt.problem) || (problem != "" && remedy == "") {
				t.Errorf("%q; %q", problem, remedy)
			}
		})
	}
}

func TestACommandIsGivenWhatItNeedsAndNoShellReadsIt(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "raw.wav")
	say := program(t, `out=$1; shift; { for a in "$@"; do echo "$a"; done; cat "$1"; cat; } > "$out"`)
	hostile := `$(touch here) "; & \ {out}`
	u := Utterance{Language: "cy_GB", Voice: "cy", Pace: 140, Text: hostile}
	if err := (Command{say, "{out}", "{text}", "{voice}/{language}", "{pace}", "$HOME"}).Speak(t.Context(), u, out); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(dir, "text.txt") + "\ncy/cy_GB\n140\n$HOME\n" + hostile + "\n" + hostile
	if string(got) != want {
		t.Errorf("it got %q, want %q", got, want)
	}
}

func TestACommandThatFailsIsReported(t *testing.T) {
	for name, tt := range map[string]struct{ script, want string }{
		"it complains":            {`echo "no such voice" >&2; exit 3`, "no such voice"},
		"it makes nothing":        {`exit 0`, "made no file for {out}"},
		"it makes text":           {`echo hello > "$1"`, "is no sound"},
		"it makes silence":        {`sox -n -r 22050 -c 2 "$1" trim 0 1`, "nothing to hear"},
		"it never ends in speech": {`sox -n -r 8000 -c 1 "$1" trim 0 61`, "lasts 1m1s"},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && strings.Contains(tt.script, "sox") {
				t.Skip("runs sox")
			}
			_, err := synthesise(t.Context(), t.TempDir(), Command{program(t, tt.script), "{out}"}, Utterance{Text: "Hello"})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

func TestACommandThatHangsIsEndedWithAllItStarted(t *testing.T) {
	dir := t.TempDir()
	pid := filepath.Join(dir, "pid")
	say := program(t, `sleep 1000 & echo $! > "`+pid+`.new"; mv "`+pid+`.new" "`+pid+`"; wait`)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- Command{say, "{out}"}.Speak(ctx, Utterance{Text: "Hello"}, filepath.Join(dir, "raw.wav"))
	}()
	var child int
	within(t, "it starts another program", func() bool {
		text, err := os.ReadFile(pid)
		if err != nil {
			return false
		}
		child, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	})
	cancel()
	if err := <-done; err == nil {
		t.Error("it came back as if it had spoken")
	}
	within(t, "what it started has ended", func() bool {
		state, err := os.ReadFile("/proc/" + strconv.Itoa(child) + "/stat")
		return err != nil || strings.Contains(string(state), ") Z ") || errors.Is(syscall.Kill(child, 0), syscall.ESRCH)
	})
}

func within(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain waited until %s", what)
		}
	}
}
