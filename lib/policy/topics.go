package policy

import (
	_ "embed" // the phrases
	"fmt"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"

	"clearline/lib/call"
)

//go:embed phrases/en.toml
var englishPhrases string

// hintsNeeded is how many different hints of a group make its topic.
const hintsNeeded = 2

// group is what is said about one topic.
type group struct {
	Topic call.Topic
	Says  []string
	Hints []string
}

// phrases are the groups by language (ISO 639-1), the topic that matters most first.
var phrases = map[string][]group{"en": groups(englishPhrases)}

// groups reads a file of phrases. It is part of the program: a fault is one of the program.
func groups(text string) []group {
	var file struct{ Group []group }
	if _, err := toml.Decode(text, &file); err != nil {
		panic(fmt.Sprintf("read the phrases: %v", err))
	}
	return file.Group
}

// TopicOf is what a caller talks about who has said text, on a line with a language
// ("en_GB"). English is listened for on every line. Of several topics it is the one that
// matters most; NoTopic when it is none.
func TopicOf(text, language string) call.Topic {
	words := spokenWords(text)
	code, _, _ := strings.Cut(language, "_")
	listened := phrases["en"]
	if code != "en" {
		listened = append(phrases[code][:len(phrases[code]):len(phrases[code])], listened...)
	}
	for _, g := range listened {
		if g.matches(words) {
			return g.Topic
		}
	}
	return call.NoTopic
}

func (g group) matches(words string) bool {
	for _, phrase := range g.Says {
		if strings.Contains(words, " "+phrase+" ") {
			return true
		}
	}
	hints := 0
	for _, hint := range g.Hints {
		if strings.Contains(words, " "+hint+" ") {
			hints++
		}
	}
	return hints >= hintsNeeded
}

// spokenWords is a text as phrases are written: words in small letters, with one blank
// before and behind each. An apostrophe stays inside a word, a point inside a sum.
func spokenWords(text string) string {
	var b strings.Builder
	b.WriteByte(' ')
	runes := []rune(strings.ToLower(text))
	inside := func(i int, is func(rune) bool) bool {
		return i > 0 && i+1 < len(runes) && is(runes[i-1]) && is(runes[i+1])
	}
	blank := true
	for i, r := range runes {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '£':
		case (r == '\'' || r == '’') && inside(i, unicode.IsLetter):
			r = '\''
		case r == '.' && inside(i, unicode.IsDigit):
		default:
			if !blank {
				b.WriteByte(' ')
			}
			blank = true
			continue
		}
		b.WriteRune(r)
		blank = false
	}
	if !blank {
		b.WriteByte(' ')
	}
	return b.String()
}
