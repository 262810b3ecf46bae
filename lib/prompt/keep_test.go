package prompt

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// taken is a recording as an exchange makes it, of so many seconds.
func taken(t *testing.T, hz, seconds string, effects ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "01m-take-4.wav")
	args := slices.Concat([]string{"-D", "-n"}, telephoneFormat, []string{path, "synth", seconds, "sine", hz}, effects)
	if out, err := exec.CommandContext(t.Context(), "sox", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// kept are the names of files in the folder of a table's recordings.
func kept(t *testing.T, o Options) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(o.Own, "cy_GB", "guard"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestARecordingIsKeptAndTheFormerOneStays(t *testing.T) {
	if testing.Short() {
		t.Skip("runs sox")
	}
	o := Options{Out: t.TempDir(), Own: t.TempDir(), Voice: Command{program(t, "exit 1"), "{out}"}}
	one, two := taken(t, "500", "2"), taken(t, "700", "3")
	now := time.Date(2026, 3, 14, 2, 20, 11, 0, time.UTC)
	keep := func(recording string) {
		t.Helper()
		if err := Keep(t.Context(), o, recording, "cy_GB", Reminder, now); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	listed := func(want time.Duration) {
		t.Helper()
		all, err := Survey(Options{Out: o.Out, Own: o.Own, Voice: o.Voice, Languages: []string{"cy_GB"}, Names: []Name{Reminder}})
		if err != nil {
			t.Fatal(err)
		}
		if l := all[0]; l.Origin != Own || l.Length.Round(time.Second) != want || l.TooLong() || l.Problem != "" {
			t.Errorf("it is listed as %+v, want an own recording of %s", l, want)
		}
	}

	keep(one)
	listed(2 * time.Second)
	checkWAV(t, filepath.Join(o.Out, "cy_GB", "guard", "reminder.wav"))
	keep(two)
	keep(two) // as after a restart that does not know whether it was
	listed(3 * time.Second)
	if want := []string{"reminder.wav", "reminder.wav.before-20260314T022111.000Z"}; !slices.Equal(kept(t, o), want) {
		t.Fatalf("there are %v, want %v", kept(t, o), want)
	}
	own := filepath.Join(o.Own, "cy_GB", "guard", "reminder.wav")
	if content(t, own) != content(t, two) || content(t, own+".before-20260314T022111.000Z") != content(t, one) {
		t.Error("a recording is not what was said")
	}
	if left, _ := filepath.Glob(filepath.Join(o.Own, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWhatWasPutAmongTheSoundFilesByHandIsNotLost(t *testing.T) {
	if testing.Short() {
		t.Skip("runs sox")
	}
	o := Options{Out: t.TempDir(), Own: t.TempDir()}
	played := filepath.Join(o.Out, "cy_GB", "guard", "reminder.wav")
	if err := os.MkdirAll(filepath.Dir(played), 0o755); err != nil {
		t.Fatal(err)
	}
	byHand, recording := content(t, taken(t, "400", "1")), taken(t, "500", "2")
	if err := os.WriteFile(played, []byte(byHand), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Keep(t.Context(), o, recording, "cy_GB", Reminder, time.Date(2026, 3, 14, 2, 20, 11, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	if content(t, played) == byHand {
		t.Error("it is still played")
	}
	if content(t, filepath.Join(o.Own, "cy_GB", "guard", "reminder.wav.played-before-20260314T022011.000Z")) != byHand {
		t.Error("it is lost")
	}
}

func TestWhatCannotBeSaidIsNotKept(t *testing.T) {
	if testing.Short() {
		t.Skip("runs sox")
	}
	former, good := taken(t, "600", "1"), taken(t, "500", "2")
	garbage := filepath.Join(t.TempDir(), "garbage.wav")
	if err := os.WriteFile(garbage, []byte("RIFF"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		recording, language string
		prompt              Name
		beside              string // in Out
		want                string
	}{
		"longer than eight seconds":      {taken(t, "500", "8.5"), "cy_GB", Reminder, "", "longer"},
		"silence":                        {taken(t, "500", "2", "vol", "0"), "cy_GB", Reminder, "", "nothing to hear"},
		"no sound":                       {garbage, "cy_GB", Reminder, "", "sox"},
		"no file":                        {"/nonexistent/take.wav", "cy_GB", Reminder, "", "no such file"},
		"no such prompt":                 {good, "cy_GB", "guard/../../reminder", "", "no such prompt"},
		"no such language":               {good, "../cy_GB", Reminder, "", "no texts for language"},
		"another file would be played":   {good, "cy_GB", Reminder, "reminder.gsm", "reminder.gsm"},
		"the sound file cannot be moved": {good, "cy_GB", Reminder, "reminder.wav/in-the-way", "sound file"},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Out: t.TempDir(), Own: t.TempDir()}
			own := filepath.Join(o.Own, "cy_GB", "guard", "reminder.wav")
			if err := os.MkdirAll(filepath.Dir(own), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(own, []byte(content(t, former)), 0o600); err != nil {
				t.Fatal(err)
			}
			if c.beside != "" {
				path := filepath.Join(o.Out, "cy_GB", "guard", c.beside)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte("sound"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := Keep(t.Context(), o, c.recording, c.language, c.prompt, time.Now())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one about %q", err, c.want)
			}
			if errors.Is(err, ErrTooLong) != (c.want == "longer") {
				t.Errorf("error %v is too long: %v", err, errors.Is(err, ErrTooLong))
			}
			if content(t, own) != content(t, former) || !slices.Equal(kept(t, o), []string{"reminder.wav"}) {
				t.Errorf("something was changed: %v", kept(t, o))
			}
		})
	}
}

func TestKeepingNeedsItsFolders(t *testing.T) {
	there := t.TempDir()
	for name, o := range map[string]Options{
		"no folder of one's own":         {Out: there},
		"a folder that cannot be made":   {Out: there, Own: "/dev/null/voice"},
		"no folder of sound files there": {Own: there, Out: filepath.Join(there, "none")},
	} {
		if err := CanKeep(o); err == nil {
			t.Errorf("%s is enough", name)
		}
	}
}
