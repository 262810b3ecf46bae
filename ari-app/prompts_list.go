package main

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"time"

	"clearline/lib/prompt"
)

const promptListHelp = `One line for each prompt and language of the configuration, with the number that is
keyed to record it by telephone. Where it comes from:

  rendered   made from its text
  own        your recording
  stale      made from a text or a recording that has changed since: render again
  missing    there is no sound file; the default language is played instead
  unusable   the exchange cannot play the file

The words per minute are those of prompts made from their texts. Nobody should have to
listen for longer than 8 seconds at a time: what is longer is marked.

  clearline prompts list
  clearline prompts list --json`

type promptListCmd struct {
	configFlag
	JSON bool `help:"Print JSON: one object per line." name:"json"`
}

func (promptListCmd) Help() string { return promptListHelp }

// Run lists the prompts.
func (c promptListCmd) Run(o *output) error {
	cfg, err := c.load(o.err)
	if err != nil {
		return err
	}
	all, err := prompt.Survey(promptOptions(cfg))
	if err != nil {
		return err
	}
	if c.JSON {
		lines := make([]promptJSON, len(all))
		for i, l := range all {
			lines[i] = promptJSONOf(l)
		}
		return printJSON(o.out, lines)
	}
	rows := [][]string{{"LANGUAGE", "PROMPT", "NUMBER", "SOURCE", "LENGTH", "WORDS/MIN", ""}}
	for _, l := range all {
		rows = append(rows, promptRow(l))
	}
	return table(o.out, rows)
}

func promptRow(l prompt.Listed) []string {
	length, pace, mark := "-", "-", plain(l.Problem)
	if l.Length > 0 {
		length = fmt.Sprintf("%.1fs", l.Length.Seconds())
	}
	if n := l.WordsPerMinute(); n > 0 {
		pace = strconv.Itoa(n)
	}
	if l.TooLong() {
		mark = tooLong
	}
	return []string{l.Language, string(l.Name), cmp.Or(prompt.NumberOf(l.Name), "-"), string(l.Origin), length, pace, mark}
}

// tooLong marks a prompt that is longer than prompt.Longest.
var tooLong = "longer than " + strconv.Itoa(int(prompt.Longest/time.Second)) + "s"

type promptJSON struct {
	Language string        `json:"language"`
	Prompt   prompt.Name   `json:"prompt"`
	Number   string        `json:"number"` // to record it by telephone; empty for the silence
	Source   prompt.Origin `json:"source"`
	File     string        `json:"file"`
	Seconds  *float64      `json:"seconds"` // null when it cannot be told
	Words    *int          `json:"words_per_minute"`
	TooLong  bool          `json:"too_long"`
	Problem  string        `json:"problem"`
	Text     string        `json:"text"`
}

func promptJSONOf(l prompt.Listed) promptJSON {
	j := promptJSON{
		Language: l.Language, Prompt: l.Name, Number: prompt.NumberOf(l.Name), Source: l.Origin, File: l.File,
		TooLong: l.TooLong(), Problem: l.Problem, Text: l.Text,
	}
	if l.Length > 0 {
		seconds := math.Round(l.Length.Seconds()*100) / 100
		j.Seconds = &seconds
	}
	if n := l.WordsPerMinute(); n > 0 {
		j.Words = &n
	}
	return j
}
