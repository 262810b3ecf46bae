package prompt

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Longest is how long a prompt may be: who hears more has forgotten how it began.
const Longest = 8 * time.Second

// MostChoices is how many things may be offered in one go.
const MostChoices = 3

// Origin says where a prompt's sound file comes from.
type Origin string

// The origins.
const (
	Rendered Origin = "rendered" // made from the text as it is
	Own      Origin = "own"      // the operator's recording, or made from it
	Stale    Origin = "stale"    // made from a text or a recording that has changed since
	Missing  Origin = "missing"  // there is none
	Unusable Origin = "unusable" // the exchange cannot play it
)

// Listed is how it stands with one prompt.
type Listed struct {
	Language string
	Name     Name
	Text     string // empty when the catalogue has none
	Origin   Origin
	File     string        // of the sound, or of the recording it was made from; empty when missing
	Length   time.Duration // 0 when it cannot be told
	Problem  string        // why it is unusable
}

// WordsPerMinute is how fast the prompt is spoken; 0 when that cannot be told, or when it
// was not made from its text.
func (l Listed) WordsPerMinute() int {
	words := len(strings.Fields(l.Text))
	if l.Length <= 0 || l.Origin == Own {
		return 0
	}
	return int(float64(words)/l.Length.Minutes() + 0.5)
}

// TooLong says whether the prompt is longer than anybody should have to listen.
func (l Listed) TooLong() bool { return l.Length > Longest }

// Survey looks at every prompt of the languages of o, in the order of languages and names.
// What is made by another run while it looks may be listed as it was or as it is.
func Survey(o Options) ([]Listed, error) {
	o.Voice = cmp.Or[Voice](o.Voice, Espeak{})
	if o.Languages == nil {
		o.Languages = Languages()
	}
	made, err := loadManifest(o.Out)
	if err != nil {
		return nil, fmt.Errorf("look at the prompts: %w", err)
	}
	def, err := LoadCatalogue(DefaultLanguage)
	if err != nil {
		return nil, err
	}
	var all []Listed
	for _, language := range o.Languages {
		c, err := LoadCatalogue(language)
		if err != nil {
			return nil, err
		}
		for _, name := range o.named(def) {
			l, err := o.look(made, c, name)
			if err != nil {
				return nil, fmt.Errorf("look at %s/%s: %w", language, name, err)
			}
			all = append(all, l)
		}
	}
	return all, nil
}

// look says how it stands with one prompt.
func (o Options) look(made *manifest, c *Catalogue, name Name) (Listed, error) {
	l := Listed{Language: c.Language, Name: name, Origin: Missing}
	l.Text, _ = c.Text(name)
	file := soundFile(filepath.Join(o.Out, c.Language, filepath.FromSlash(string(name))))
	if file == "" {
		return l, nil
	}
	l.File = file
	if l.Length, l.Problem = lengthOf(file); l.Problem != "" {
		l.Origin = Unusable
		return l, nil
	}
	if _, ok := c.Text(name); !ok && ownFile(o.Own, c.Language, name) == "" {
		l.Origin = Stale
		return l, nil
	}
	from, err := o.sourceOf(c, name)
	if err != nil {
		return l, err
	}
	standing, err := made.look(file, from.recipe)
	if err != nil {
		return l, err
	}
	switch {
	case standing == missing:
		l.Origin = Missing
	case standing == outdated:
		l.Origin = Stale
	case standing == foreign:
		l.Origin = Own
	case from.own != "":
		l.Origin, l.File = Own, from.own
	default:
		l.Origin = Rendered
	}
	return l, nil
}
