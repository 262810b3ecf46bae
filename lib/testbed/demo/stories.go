package main

import (
	"embed"
	"fmt"
	"regexp"
	"strings"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/bench/stopwatch"
)

//go:embed stories/*.txt
var texts embed.FS

// story is a scenario with what to say about it. The scenario proves the words.
type story struct {
	key      string
	file     string
	outcome  string // when it has come out
	lesson   string // {bye} and {ring} in both stand for measured times
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
	{
		key: "d", file: "d-dial-101.txt",
		outcome: "The fraudster was cut off {bye} after the last key; the real 101 rang {ring} after it.",
		lesson:  "101 pressed inside a call reaches the police: the fraudster was gone {bye} after the last key.",
	},
	{
		key: "e", file: "e-hold-and-999.txt",
		outcome: "The held call was ended {bye} after the resident dialled; 999 rang {ring} after it.",
		lesson:  "A caller on hold is gone before 999 rings: {bye} and {ring} after it was dialled.",
	},
}

// timed puts measured times into what is said about the story.
func (s story) timed(times stopwatch.Delays) story {
	r := strings.NewReplacer("{bye}", inWords(times.Bye), "{ring}", inWords(times.Invite))
	s.outcome, s.lesson = r.Replace(s.outcome), r.Replace(s.lesson)
	return s
}

// inWords writes a duration for people.
func inWords(d time.Duration) string {
	if d >= time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
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
