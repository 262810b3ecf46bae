package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// completed are the words that bash offers after a command line.
func completed(t *testing.T, script string, words ...string) string {
	t.Helper()
	const ask = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _clearline; echo "${COMPREPLY[*]}"`
	out, err := exec.Command("bash", append([]string{"-c", ask, "bash", script}, words...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestBashOffersWhatTheProgramUnderstands(t *testing.T) {
	code, text, complaint := command("completion", "bash")
	if code != exitDone {
		t.Fatal(complaint)
	}
	script := filepath.Join(t.TempDir(), "clearline")
	if err := os.WriteFile(script, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		words []string
		want  string
	}{
		{"commands that begin so", []string{"clearline", "inc"}, "incidents"},
		{"commands below a command", []string{"clearline", "contact", "im"}, "import"},
		{"flags of a command below a command", []string{"clearline", "contact", "add", "--exp"}, "--expires"},
		{"flags that others have are not offered", []string{"clearline", "version", "--exp"}, ""},
		{"a command after a flag and its value", []string{"clearline", "explain", "-c", "x.toml", "--di"}, "--dial"},
		{"the values of an argument", []string{"clearline", "completion", "z"}, "zsh"},
		{"what is hidden is not offered", []string{"clearline", "man"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := completed(t, script, c.words...); got != c.want {
				t.Errorf("%q is offered, not %q", got, c.want)
			}
		})
	}
}

func TestEveryShellIsToldOfEveryCommand(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, text, complaint := command("completion", shell)
		if code != exitDone {
			t.Fatal(complaint)
		}
		for _, want := range []string{"doctor", "contact", "import", "incidents", "expires"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s is not told of %s", shell, want)
			}
		}
		program, err := exec.LookPath(shell)
		if err != nil {
			continue // not on every machine; bash is, and is asked above
		}
		parse := exec.Command(program, "-n")
		parse.Stdin = strings.NewReader(text)
		if out, err := parse.CombinedOutput(); err != nil {
			t.Errorf("%s does not understand it: %v: %s", shell, err, out)
		}
	}
	if code, _, complaint := command("completion", "csh"); code != exitUsage || !strings.Contains(complaint, "bash") {
		t.Errorf("csh ends with %d: %s", code, complaint)
	}
}

func TestTheManualPageNamesEveryCommandAndItsFlags(t *testing.T) {
	code, text, complaint := command("manual")
	if code != exitDone {
		t.Fatal(complaint)
	}
	for _, want := range []string{
		".TH CLEARLINE 1", ".SS setup [flags]\n", ".SS contact add [<number> ...] [flags]\n", `.B \-\-undo`,
		".nf\n  clearline setup\n", "/etc/clearline/clearline.toml",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it has no %q", want)
		}
	}
	if strings.Contains(text, ".SS manual") {
		t.Error("a hidden command is in it")
	}
}

func TestNothingInAManualPageIsAnInstruction(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a dot at the beginning", ".so /etc/passwd", `\&.so /etc/passwd`},
		{"a backslash", `a\nb`, `a\enb`},
		{"an end of line", "a\n.b", "a .b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := roff(c.text); got != c.want {
				t.Errorf("%q becomes %q, not %q", c.text, got, c.want)
			}
		})
	}
}
