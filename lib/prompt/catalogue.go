package prompt

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"clearline/prompts"
)

// DefaultLanguage is the language every prompt has a text in.
const DefaultLanguage = "en_GB"

// Catalogue holds the texts of one language.
type Catalogue struct {
	Language string // "en_GB"
	Voice    string // the espeak-ng voice that reads it: "en-gb"
	texts    map[Name]string
}

// Languages lists the languages there is a catalogue for, sorted.
func Languages() []string {
	entries, err := fs.Glob(prompts.Files, "*.toml")
	if err != nil {
		panic("list the embedded prompt texts: " + err.Error()) // the pattern is constant
	}
	for i, e := range entries {
		entries[i] = strings.TrimSuffix(e, ".toml")
	}
	slices.Sort(entries)
	return entries
}

// HasLanguage says whether there is a catalogue for language.
func HasLanguage(language string) bool { return slices.Contains(Languages(), language) }

// LoadCatalogue reads the embedded texts of one language.
func LoadCatalogue(language string) (*Catalogue, error) {
	if !HasLanguage(language) {
		return nil, fmt.Errorf("load prompts: no texts for language %q; there are %s", language, strings.Join(Languages(), ", "))
	}
	data, err := prompts.Files.ReadFile(language + ".toml")
	if err != nil {
		return nil, fmt.Errorf("load prompts: %w", err)
	}
	c, err := parseCatalogue(language, data)
	if err != nil {
		return nil, fmt.Errorf("load prompts %s: %w", language, err)
	}
	return c, nil
}

// parseCatalogue reads texts from TOML: a voice, and a table of texts for each flow.
func parseCatalogue(language string, data []byte) (*Catalogue, error) {
	var tables map[string]any
	if err := toml.Unmarshal(data, &tables); err != nil {
		return nil, fmt.Errorf("parse texts: %w", err)
	}
	c := &Catalogue{Language: language, texts: map[Name]string{}}
	for flow, table := range tables {
		switch t := table.(type) {
		case string:
			if flow != "voice" {
				return nil, fmt.Errorf("unknown key %q", flow)
			}
			c.Voice = t
		case map[string]any:
			for name, text := range t {
				s, ok := text.(string)
				if !ok {
					return nil, fmt.Errorf("%s/%s is not a text", flow, name)
				}
				c.texts[Name(flow+"/"+name)] = s
			}
		default:
			return nil, fmt.Errorf("%q is neither a table of texts nor the voice", flow)
		}
	}
	if c.Voice == "" {
		return nil, errors.New("no voice is named")
	}
	return c, nil
}

// Text is the text of a prompt; false when the catalogue has none. Pause alone has
// an empty text: it is silence.
func (c *Catalogue) Text(name Name) (string, bool) {
	text, ok := c.texts[name]
	return text, ok && (text != "" || name == Pause)
}

// Names lists the prompts of the catalogue, sorted.
func (c *Catalogue) Names() []Name {
	names := make([]Name, 0, len(c.texts))
	for n := range c.texts {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Compare returns what is wrong with c beside want, one sentence each: texts that
// are missing, and texts for prompts that do not exist.
func (c *Catalogue) Compare(want []Name) []string {
	var wrong []string
	for _, n := range want {
		if _, ok := c.Text(n); !ok {
			wrong = append(wrong, fmt.Sprintf("%s has no text for %s", c.Language, n))
		}
	}
	for _, n := range c.Names() {
		if !slices.Contains(want, n) {
			wrong = append(wrong, fmt.Sprintf("%s has a text for %s, which nothing says", c.Language, n))
		}
	}
	return wrong
}

// Check compares every language with the default one, both ways. That the default
// one has exactly the prompts used in code is proved when Clearline is built.
func Check() []string {
	def, err := LoadCatalogue(DefaultLanguage)
	if err != nil {
		return []string{err.Error()}
	}
	var wrong []string
	for _, language := range Languages() {
		c, err := LoadCatalogue(language)
		if err != nil {
			wrong = append(wrong, err.Error())
			continue
		}
		wrong = append(wrong, c.Compare(def.Names())...)
	}
	return wrong
}
