package main

import (
	"embed"
	"fmt"
	"regexp"
	"strings"

	"clearline/lib/testbed"
)

//go:embed stories/*.txt
var texts embed.FS

// story is a scenario with what to say about it. The scenario proves the words.
type story struct {
	key      string
	file     string
	outcome  string // when it has come out
	lesson   string
	scenario *testbed.Scenario
}

var all = []story{
	{
		key: "a", file: "a-robocall.txt",
		outcome: "The telephone in Flat 1 never rang. Cause: check-failed.",
		lesson:  "A machine that cannot follow a request never makes a telephone ring.",
	},
	{
		key: "b", file: "b-accepted.txt",
		outcome: "They talked. Of the 4 keys the resident pressed, 0 reached the caller's telephone. Cause: completed.",
		lesson:  "A stranger is heard out, and put through only on the resident's word; keys stay private.",
	},
	{
		key: "c", file: "c-blocked.txt",
		outcome: "One key was enough: the second call was not even answered. Cause: blocked.",
		lesson:  "Who is refused with 7 does not get through again.",
	},
}

// chosen returns the stories to play, parsed; an empty key means all.
func chosen(key string) ([]story, error) {
	var stories []story
	for _, s := range all {
		if key != "" && key != s.key {
			continue
		}
		var err error
		if s.scenario, err = script(s.file); err != nil {
			return nil, err
		}
		stories = append(stories, s)
	}
	return stories, nil
}

// script reads an embedded scenario.
func script(file string) (*testbed.Scenario, error) {
	text, err := texts.ReadFile("stories/" + file)
	if err != nil {
		return nil, fmt.Errorf("read story: %w", err)
	}
	return verbs.Parse(file, string(text))
}

var spoken = regexp.MustCompile(`(?m)^(\w+) (?:says|chats|begins to say) "([^"]*)"`)

// utterances are all sentences that callers and residents say, in every story.
func utterances() ([]utterance, error) {
	files, err := texts.ReadDir("stories")
	if err != nil {
		return nil, fmt.Errorf("list stories: %w", err)
	}
	var found []utterance
	for _, f := range files {
		text, err := texts.ReadFile("stories/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("read story: %w", err)
		}
		for _, m := range spoken.FindAllStringSubmatch(string(text), -1) {
			found = append(found, utterance{who: m[1], words: strings.TrimSpace(m[2])})
		}
	}
	return found, nil
}
