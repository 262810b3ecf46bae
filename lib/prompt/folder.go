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
	Spare   string       // absolute: has what Dir lacks, such as the prompts of a newer version; empty for none
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
// there is no file for it, that of the spare folder is, and when the language has none
// there either, the default language's; one warning is logged for that file.
func (f *Folder) Path(language string, name Name) string {
	own := f.base(language, name)
	if soundFile(own) != "" {
		return own
	}
	instead := f.base(f.Default, name)
	for _, other := range []string{f.spare(language, name), instead, f.spare(f.Default, name)} {
		if soundFile(other) != "" {
			instead = other
			break
		}
	}
	if _, again := f.warned.LoadOrStore(own, true); !again && instead != own {
		log := f.Log
		if log == nil {
			log = slog.Default()
		}
		log.Warn("sound file missing, another is played", "file", own+".wav", "instead", instead)
	}
	return instead
}

// file is the sound file of a prompt in a language, of the spare folder's where there is
// none in the folder, or empty.
func (f *Folder) file(language string, name Name) string {
	if file := soundFile(f.base(language, name)); file != "" {
		return file
	}
	return soundFile(f.spare(language, name))
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
			if f.file(language, name) == "" {
				absent = append(absent, Absent{language, name})
			}
		}
	}
	return absent
}

// base is the path of a prompt without ending. A language or name that would
// leave the folder is put back into it.
func (f *Folder) base(language string, name Name) string { return inFolder(f.Dir, language, name) }

// spare is likewise, in the spare folder; empty when there is none.
func (f *Folder) spare(language string, name Name) string {
	if f.Spare == "" {
		return ""
	}
	return inFolder(f.Spare, language, name)
}

func inFolder(dir, language string, name Name) string {
	return filepath.Join(dir, filepath.Join("/", language, filepath.FromSlash(string(name))))
}

// soundFile is the first file that holds a recording for base, or empty.
func soundFile(base string) string {
	if base == "" {
		return ""
	}
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
