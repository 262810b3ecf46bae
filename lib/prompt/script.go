package prompt

import (
	"strings"

	"clearline/lib/call"
)

// Script is what is said in one go: prompts and recordings, in order. It is a
// string so that effects stay comparable: items are separated by one space, a
// prompt is written by its name, a recording as "recording:" and its id.
type Script string

const recordingItem = "recording:"

// Say makes a script of prompts.
func Say(names ...Name) Script {
	items := make([]string, len(names))
	for i, n := range names {
		items[i] = string(n)
	}
	return Script(strings.Join(items, " "))
}

// Recorded makes a script of one recording.
func Recorded(id call.RecordingID) Script { return Script(recordingItem + string(id)) }

// Then appends what is said next.
func (s Script) Then(next Script) Script {
	switch {
	case s == "":
		return next
	case next == "":
		return s
	}
	return s + " " + next
}

// Item is one part of a script: exactly one field is set.
type Item struct {
	Prompt    Name
	Recording call.RecordingID
}

// Items takes a script apart.
func (s Script) Items() []Item {
	fields := strings.Fields(string(s))
	items := make([]Item, len(fields))
	for i, f := range fields {
		if id, ok := strings.CutPrefix(f, recordingItem); ok {
			items[i].Recording = call.RecordingID(id)
		} else {
			items[i].Prompt = Name(f)
		}
	}
	return items
}
