package prompt

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func render(t *testing.T, o Options) string {
	t.Helper()
	var progress bytes.Buffer
	o.Progress = &progress
	if err := Render(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return progress.String()
}

func TestRenderMakesTelephoneSoundOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("runs espeak-ng and sox")
	}
	out := t.TempDir()
	def, err := LoadCatalogue(DefaultLanguage)
	if err != nil {
		t.Fatal(err)
	}
	all := len(def.Names()) * len(Languages())
	if got := strings.Count(render(t, Options{Out: out}), ": made\n"); got != all {
		t.Errorf("%d files made of %d", got, all)
	}
	for _, language := range Languages() {
		for _, n := range def.Names() {
			checkWAV(t, filepath.Join(out, language, string(n)+".wav"))
		}
	}
	if absent := (&Folder{Dir: out, Default: DefaultLanguage}).Missing(Languages()...); len(absent) > 0 {
		t.Errorf("missing after a run: %v", absent)
	}
	listened(t, out)
	if leftovers, _ := filepath.Glob(filepath.Join(out, ".render-*")); len(leftovers) > 0 {
		t.Errorf("left behind: %v", leftovers)
	}

	again := render(t, Options{Out: out})
	if strings.Count(again, ": up to date\n") != all {
		t.Errorf("a second run: %s", again)
	}
}

// checkWAV requires 8 kHz 16-bit mono PCM that holds some sound.
func checkWAV(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return
	}
	if len(data) < 44+1600 || string(data[:4]) != "RIFF" || string(data[8:16]) != "WAVEfmt " {
		t.Errorf("%s: no WAV file, or one of under 0.1 s", path)
		return
	}
	format, channels := binary.LittleEndian.Uint16(data[20:]), binary.LittleEndian.Uint16(data[22:])
	rate, bits := binary.LittleEndian.Uint32(data[24:]), binary.LittleEndian.Uint16(data[34:])
	if format != 1 || channels != 1 || rate != 8000 || bits != 16 {
		t.Errorf("%s: format %d, %d channels, %d Hz, %d bits", path, format, channels, rate, bits)
	}
}

func TestRenderLeavesAnOperatorsRecordingAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("runs espeak-ng and sox")
	}
	out := t.TempDir()
	own := filepath.Join(out, DefaultLanguage, "screening", "greeting.wav")
	beside := filepath.Join(out, DefaultLanguage, "screening", "declined.ulaw")
	for _, path := range []string{own, beside} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("my own voice"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	o := Options{Out: out, Languages: []string{DefaultLanguage}, Names: []Name{Greeting, Declined, Sorry}}
	progress := render(t, o)
	if !strings.Contains(progress, "en_GB/screening/greeting: own recording, left alone") {
		t.Errorf("does not tell: %s", progress)
	}
	if got, _ := os.ReadFile(own); string(got) != "my own voice" {
		t.Error("the operator's recording was overwritten")
	}
	if _, err := os.Stat(filepath.Join(out, DefaultLanguage, "screening", "declined.wav")); err == nil {
		t.Error("a file was made beside the operator's recording in another format")
	}

	o.Force = true
	render(t, o)
	checkWAV(t, own)
	if got, _ := os.ReadFile(beside); string(got) != "my own voice" {
		t.Error("the recording in another format was touched")
	}
}

func TestManifestTellsChangedTextsFromOwnRecordings(t *testing.T) {
	out := t.TempDir()
	path := filepath.Join(out, "a.wav")
	if err := os.WriteFile(path, []byte("sound"), 0o644); err != nil {
		t.Fatal(err)
	}
	m, err := loadManifest(out)
	if err != nil {
		t.Fatal(err)
	}
	look := func(recipe string, want standing) {
		t.Helper()
		reloaded, err := loadManifest(out)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := reloaded.look(path, recipe); err != nil || got != want {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
	}
	look("first", foreign)
	if err := m.add(path, "first"); err != nil {
		t.Fatal(err)
	}
	look("first", upToDate)
	look("second", outdated)
	if err := m.add(path, "third"); err != nil {
		t.Fatal(err)
	}
	look("first", upToDate)
	look("third", upToDate)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	look("first", missing)
}

func TestRenderSaysHowToInstallWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := Render(t.Context(), Options{Out: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "apt install espeak-ng sox") {
		t.Errorf("got %v", err)
	}
}
