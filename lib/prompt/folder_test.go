package prompt

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFolderFallsBackToTheDefaultLanguageWithOneWarning(t *testing.T) {
	dir := t.TempDir()
	put := func(path string) {
		t.Helper()
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("cy_GB/screening/greeting.ulaw")
	var log bytes.Buffer
	f := &Folder{Dir: dir, Default: "en_GB", Log: slog.New(slog.NewTextHandler(&log, nil))}

	if got, want := f.Path("cy_GB", Greeting), filepath.Join(dir, "cy_GB/screening/greeting"); got != want {
		t.Errorf("a file in another format: %q", got)
	}
	for range 3 {
		if got, want := f.Path("cy_GB", Declined), filepath.Join(dir, "en_GB/screening/declined"); got != want {
			t.Errorf("a missing file: %q", got)
		}
	}
	if got := strings.Count(log.String(), "level=WARN"); got != 1 {
		t.Errorf("%d warnings: %s", got, log.String())
	}
	if got := f.Path("../../etc", "../passwd"); !strings.HasPrefix(got, dir+"/") {
		t.Errorf("left the folder: %q", got)
	}
	if got := len(f.Missing("cy_GB")); got != len(namesInCode(t))-1 {
		t.Errorf("%d missing", got)
	}

	f = &Folder{Dir: dir, Spare: t.TempDir(), Default: "en_GB", Log: slog.New(slog.NewTextHandler(&log, nil))}
	put(filepath.Join(f.Spare, "cy_GB/screening/declined.wav"))
	put(filepath.Join(f.Spare, "cy_GB/screening/greeting.wav"))
	put(filepath.Join(f.Spare, "en_GB/screening/sorry.wav"))
	put("en_GB/screening/sorry.wav")
	for _, c := range []struct {
		language string
		name     Name
		want     string
	}{
		{"cy_GB", Greeting, filepath.Join(dir, "cy_GB/screening/greeting")},
		{"cy_GB", Declined, filepath.Join(f.Spare, "cy_GB/screening/declined")},
		{"en_GB", Declined, filepath.Join(dir, "en_GB/screening/declined")}, // there is none at all
		{"cy_GB", Sorry, filepath.Join(dir, "en_GB/screening/sorry")},
	} {
		if got := f.Path(c.language, c.name); got != c.want {
			t.Errorf("with a spare folder %s of %s is %q, want %q", c.name, c.language, got, c.want)
		}
	}
	if got := len(f.Missing("cy_GB")); got != len(namesInCode(t))-2 {
		t.Errorf("with a spare folder %d missing", got)
	}
}
