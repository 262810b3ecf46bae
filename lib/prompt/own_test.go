package prompt

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tone writes a tone into a file of the format its name ends in.
func tone(t *testing.T, path string, hz string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{"-D", "-n", "-r", "44100", "-c", "2", path, "synth", "0.8", "sine", hz}
	if out, err := exec.CommandContext(t.Context(), "sox", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func TestAnOwnRecordingComesBeforeTheTextAndStaysAsItIs(t *testing.T) {
	if testing.Short() {
		t.Skip("runs sox")
	}
	own, spoken := t.TempDir(), filepath.Join(t.TempDir(), "spoken.wav")
	tone(t, spoken, "700")
	recording := filepath.Join(own, DefaultLanguage, "screening", "greeting.flac")
	tone(t, recording, "500")
	o := Options{
		Out: t.TempDir(), Own: own, Languages: []string{DefaultLanguage}, Names: []Name{Greeting, Declined},
		Voice: Command{program(t, `cp "$2" "$1"`), "{out}", spoken},
	}
	made := filepath.Join(o.Out, DefaultLanguage, "screening", "greeting.wav")
	standing := func(want Origin) {
		t.Helper()
		all, err := Survey(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range all {
			if l.Name == Greeting && l.Origin != want {
				t.Errorf("the greeting is %s, want %s", l.Origin, want)
			}
			if l.Name == Declined && l.Origin != Rendered {
				t.Errorf("a prompt without a recording is %s", l.Origin)
			}
		}
	}
	before, err := os.ReadFile(recording)
	if err != nil {
		t.Fatal(err)
	}

	if progress := render(t, o); !strings.Contains(progress, "en_GB/screening/greeting: made from your recording\n") {
		t.Errorf("does not tell: %s", progress)
	}
	checkWAV(t, made)
	standing(Own)

	o.Force = true
	render(t, o)
	o.Force = false
	if after, err := os.ReadFile(recording); err != nil || string(after) != string(before) {
		t.Errorf("the recording was touched: %v", err)
	}
	standing(Own)

	tone(t, recording, "600")
	standing(Stale)
	if progress := render(t, o); !strings.Contains(progress, "en_GB/screening/greeting: made from your recording again, it has changed\n") {
		t.Errorf("does not tell: %s", progress)
	}
	standing(Own)

	if err := os.Remove(recording); err != nil {
		t.Fatal(err)
	}
	standing(Stale)
	render(t, o)
	standing(Rendered)
}
