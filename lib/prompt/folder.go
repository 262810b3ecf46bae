package prompt

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// soundFormats are the endings of sound files an exchange may be given. A
// recording in any of them serves a prompt.
var soundFormats = []string{
	".wav", ".wav16", ".WAV", ".wav49", ".gsm", ".ulaw", ".ul", ".mu", ".pcm", ".alaw", ".al", ".g722", ".g729",
	".sln", ".sln8", ".sln12", ".sln16", ".sln24", ".sln32", ".sln44", ".sln48", ".slin", ".raw", ".ogg", ".opus", ".ilbc", ".siren7", ".siren14", ".g719",
}

// Folder finds sound files: Dir/<language>/<flow>/<name>.<format>. It may be used
// from several goroutines and must not be copied.
type Folder struct {
	Dir     string       // absolute
	Default string       // the language to fall back to
	Log     *slog.Logger // nil means slog.Default()

	warned sync.Map // of paths
}

// Absent is a prompt without a sound file.
type Absent struct {
	Language string
	Name     Name
}

// Path is where the exchange finds a prompt: an absolute path without ending. When
// the language has no file for it, the default language's path is returned and
// one warning logged for that file.
func (f *Folder) Path(language string, name Name) string {
	own := f.base(language, name)
	if language == f.Default || soundFile(own) != "" {
		return own
	}
	fallback := f.base(f.Default, name)
	if _, again := f.warned.LoadOrStore(own, true); !again {
		log := f.Log
		if log == nil {
			log = slog.Default()
		}
		log.Warn("sound file missing, the default language is played", "file", own+".wav", "instead", fallback)
	}
	return fallback
}

// Missing lists the prompts without a sound file, in the order of languages.
func (f *Folder) Missing(languages ...string) []Absent {
	def, err := LoadCatalogue(DefaultLanguage)
	if err != nil {
		return nil // cannot happen: the texts are embedded and tested
	}
	var absent []Absent
	for _, language := range languages {
		for _, name := range def.Names() {
			if soundFile(f.base(language, name)) == "" {
				absent = append(absent, Absent{language, name})
			}
		}
	}
	return absent
}

// base is the path of a prompt without ending. A language or name that would
// leave the folder is put back into it.
func (f *Folder) base(language string, name Name) string {
	return filepath.Join(f.Dir, filepath.Join("/", language, filepath.FromSlash(string(name))))
}

// soundFile is the first file that holds a recording for base, or empty.
func soundFile(base string) string {
	for _, format := range soundFormats {
		if info, err := os.Stat(base + format); err == nil && info.Mode().IsRegular() {
			return base + format
		}
	}
	return ""
}

// besides lists the recordings next to base+".wav" in other formats.
func besides(base string) []string {
	matches, err := os.ReadDir(filepath.Dir(base))
	if err != nil {
		return nil
	}
	var found []string
	for _, m := range matches {
		stem, format := strings.TrimSuffix(m.Name(), filepath.Ext(m.Name())), filepath.Ext(m.Name())
		if stem == filepath.Base(base) && format != ".wav" && slices.Contains(soundFormats, format) {
			found = append(found, m.Name())
		}
	}
	return found
}
