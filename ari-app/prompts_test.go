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

// lineWith is the first line that holds a word, with single blanks.
func lineWith(out, word string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, word) {
			return strings.Join(strings.Fields(line), " ")
		}
	}
	return ""
}
