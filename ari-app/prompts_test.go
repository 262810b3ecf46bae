package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clearline/lib/prompt"
)

func TestPromptsAreListedAndChecked(t *testing.T) {
	path, sounds := configure(t, "")
	fill(t, sounds)
	put := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(sounds, "en_GB", name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("screening/greeting.wav", sound(8000, 9*time.Second))
	put("screening/declined.wav", sound(44100, time.Second))
	put("consult/to-accept.wav", []byte("RIFF of something else"))
	if err := os.Remove(filepath.Join(sounds, "en_GB/guard/lost.wav")); err != nil {
		t.Fatal(err)
	}

	code, out, complaints := command("prompts", "list", "--config", path)
	if code != exitDone {
		t.Fatalf("%d %s", code, complaints)
	}
	for name, want := range map[string]string{
		"screening/greeting":    "own 9.0s - longer than 8s",
		"screening/declined":    "unusable 1.0s",
		"consult/to-accept":     "unusable -",
		"guard/lost":            "missing - -",
		"screening/press-digit": "own 0.5s -",
	} {
		want = "en_GB " + name + " " + prompt.NumberOf(prompt.Name(name)) + " " + want
		if line := lineWith(out, name+" "); !strings.HasPrefix(line, want) {
			t.Errorf("%s is listed as %q, want %q", name, line, want)
		}
	}

	_, out, _ = command("prompts", "list", "--config", path, "--json")
	want := `"prompt":"screening/greeting","number":"` + prompt.NumberOf(prompt.Greeting) + `","source":"own","file":"` + sounds + `/en_GB/screening/greeting.wav","seconds":9,"words_per_minute":null,"too_long":true`
	if !strings.Contains(out, want) {
		t.Errorf("as JSON there is no %s", want)
	}

	code, out, _ = command("check", "--config", path)
	for _, want := range []string{
		"1 sound file of en_GB missing: guard/lost",
		"2 sound files of en_GB cannot be played by the exchange: consult/to-accept, screening/declined",
		"1 sound file of en_GB longer than 8s: screening/greeting",
	} {
		if code != exitUsage || !strings.Contains(out, want) {
			t.Errorf("the check does not find %q: %d %s", want, code, out)
		}
	}
}

func TestAPromptIsRecordedOnlyWhereThatIsPossible(t *testing.T) {
	without, _ := configure(t, "")
	with, _ := configure(t, "[codes]\nrecord_pin = \"273645\"\n")
	text, err := os.ReadFile(with)
	if err != nil {
		t.Fatal(err)
	}
	nobody := strings.NewReplacer("[prompts]\n", "[prompts]\nown = \"/var/lib/clearline/voice\"\n", "[ari]\n", "[ari]\nurl = \"http://127.0.0.1:1/ari\"\n")
	if err := os.WriteFile(with, []byte(nobody.Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ config, prompt, ring, want string }{
		"without a PIN":              {without, "screening/greeting", "PJSIP/101", "set codes.record_pin"},
		"a prompt that is none":      {with, "screening/welcome", "PJSIP/101", `no prompt "screening/welcome"`},
		"the silence":                {with, "digits/pause", "PJSIP/101", "no prompt"},
		"a telephone of nobody":      {with, "screening/greeting", "PJSIP/999", `no line has a telephone "PJSIP/999"; there is PJSIP/101`},
		"no telephone":               {with, "screening/greeting", "", "--ring"},
		"asterisk that is not there": {with, "screening/greeting", "PJSIP/101", "ring PJSIP/101"},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"prompts", "record", c.prompt, "--config", c.config}
			if c.ring != "" {
				args = append(args, "--ring", c.ring)
			}
			code, _, complaints := command(args...)
			want := exitUsage
			if c.want == "ring PJSIP/101" {
				want = exitFailed
			}
			if code != want || !strings.Contains(complaints, c.want) {
				t.Errorf("exit code %d, complaints %q, want %d and %q", code, complaints, want, c.want)
			}
		})
	}
}

// lineWith is the first line that holds a word, with single blanks.
func lineWith(out, word string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, word) {
			return strings.Join(strings.Fields(line), " ")
		}
	}
	return ""
}
