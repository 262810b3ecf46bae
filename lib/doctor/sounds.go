package doctor

import (
	"fmt"
	"time"

	"clearline/lib/prompt"
)

var soundChecks = []check{
	{"prompts", "every sentence has a sound file", nil, prompts},
	{"prompt-length", "no sentence is cut off", nil, promptLength},
}

func prompts(f *Facts) []Finding {
	var found []Finding
	for _, language := range f.Config.Languages() {
		var absent []string
		for _, s := range f.Sounds {
			if s.Language == language && s.Missing {
				absent = append(absent, string(s.Name))
			}
		}
		if len(absent) == 0 {
			continue
		}
		state, why := Fail, "callers and residents hear silence where a sentence should be"
		if language != f.Config.Language {
			state, why = Warn, "the sentence is said in "+f.Config.Language
		}
		found = append(found, Finding{
			State: state, What: fmt.Sprintf("%s has no sound file for %s", language, firstOf(absent)), Why: why,
			Do: "clearline prompts render --config " + f.Config.Path + " --out " + f.Config.Prompts.Dir,
		})
	}
	return found
}

// What flows wait for a sentence: they go on after it, and the rest is not heard.
const (
	sentenceMax = 30 * time.Second
	beforeHelp  = 12 * time.Second // of what is said before a number for help is dialled
)

func promptLength(f *Facts) []Finding {
	var found []Finding
	for _, s := range f.Sounds {
		most := sentenceMax
		if s.Name == prompt.LastCallEnded {
			most = beforeHelp
		}
		if s.Length > most {
			found = append(found, Finding{
				State: Warn, What: fmt.Sprintf("%s in %s takes %v; it is cut off after %v", s.Name, s.Language, s.Length.Round(time.Second), most),
				Why: "who listens does not hear the end, which says what to do",
				Do:  fmt.Sprintf("record a shorter %s/%s/%s.wav", f.Config.Prompts.Dir, s.Language, s.Name),
			})
		}
	}
	return found
}
