package main

import (
	"fmt"
	"regexp"
	"strings"

	"clearline/lib/prompt"
)

// told is a moment in words. Where more is set and the line before is of the same party
// and kind, more is appended to it instead of a line of its own.
type told struct {
	who, text string
	kind      string
	more      string
}

// words tells a moment of the timeline; false means that it is not worth telling.
func (l *lexicon) words(who, what string) (told, bool) {
	switch who {
	case "clearline":
		return deed(what)
	case "asterisk", "scenario", "house":
		return told{}, false
	}
	if sound, ok := strings.CutPrefix(what, "hears "); ok {
		return l.hears(who, sound)
	}
	if path, ok := strings.CutPrefix(what, "says "); ok {
		u, known := l.voice(path)
		if !known { // a tone of the test bed
			return told{}, false
		}
		return told{who: who, text: fmt.Sprintf("says %q", u.words)}, true
	}
	text := phoneDoes(what)
	return told{who: who, text: text}, text != ""
}

// hears tells what a phone hears by its words.
func (l *lexicon) hears(who, sound string) (told, bool) {
	if u, ok := l.voice(sound); ok {
		return told{who: who, text: fmt.Sprintf("hears %s: %q", strings.Replace(u.who, "resident", "the resident", 1), u.words)}, true
	}
	if key, ok := strings.CutPrefix(sound, "key "); ok {
		return told{who: who, text: "hears the key " + key}, true
	}
	if sound == "ringing" {
		return told{who: who, text: "hears ringing"}, true
	}
	text, ok := l.catalogue.Text(prompt.Name(sound))
	if !ok || text == "" {
		return told{}, false
	}
	if strings.HasPrefix(sound, "digits/") { // the end of a sentence, or of a number
		return told{who: who, text: "hears ... " + text, kind: "hears", more: text}, true
	}
	return told{who: who, text: fmt.Sprintf("hears %q", text), kind: "hears"}, true
}

var (
	rungBy = regexp.MustCompile(`^is rung by "(.*?)" "(.*?)" as`)
	ended  = regexp.MustCompile(`^call with .* ended: (.*)$`)
)

// phoneDoes words what a phone does, or is empty.
func phoneDoes(what string) string {
	if number, ok := strings.CutPrefix(what, "rings "); ok {
		for _, flat := range flats {
			if flat.Numbers[0] == "+44"+strings.TrimPrefix(number, "0") {
				return "rings " + nameOf(flat.ID) + " (" + spaced(number) + ")"
			}
		}
		return "dials " + spaced(number)
	}
	if m := rungBy.FindStringSubmatch(what); m != nil {
		return strings.TrimSpace("is rung; the display shows " + spaced(m[1]) + " " + m[2])
	}
	if m := ended.FindStringSubmatch(what); m != nil {
		switch {
		case strings.HasSuffix(m[1], "by us"):
			return ""
		case strings.HasPrefix(m[1], "refused"):
			return "is turned away, unanswered"
		case strings.HasPrefix(m[1], "CANCEL"):
			return "stops ringing"
		}
		return "is hung up"
	}
	switch {
	case what == "answers":
		return "picks up"
	case what == "hold: true":
		return "puts the call on hold, and has a dial tone"
	case what == "hangs up", strings.HasPrefix(what, "presses "), strings.HasPrefix(what, "got "), strings.HasPrefix(what, "plays "):
		return what
	}
	return ""
}

// nameOf writes the id of a line as people do: "Flat 1".
func nameOf(line string) string { return strings.Replace(line, "flat-", "Flat ", 1) }

// spaced writes a number as people do.
func spaced(number string) string {
	if national, ok := strings.CutPrefix(number, "+44"); ok {
		number = "0" + national
	}
	for area, split := range map[string][]int{"01632": {5}, "0161": {4, 7}} {
		if strings.HasPrefix(number, area) && len(number) == 11 {
			for i, at := range split {
				number = number[:at+i] + " " + number[at+i:]
			}
		}
	}
	return number
}

// entering says what Clearline does when a call comes to a stage.
var entering = map[string]string{
	"greeting": "answers",
	"purpose":  "was pressed the right key: a person is calling",
	"seizing":  "has recorded the caller",
	"ringing":  "rings the telephone of {flat}",
	"asking":   "asks the resident, in private",
	"joining":  "is told yes",
	"guarded":  "joins the two; the keypad stays with Clearline",
}

// ending says what Clearline does when it ends a call for a cause.
var ending = map[string]string{
	"blocked":         "does not answer: this number is blocked",
	"cleared":         "ends the call at once, for the number that is dialled",
	"caller-hung-up":  "lets go: the caller has hung up",
	"check-failed":    "gives up: the right key never came",
	"ended-blocked":   "ends the call, and blocks the number",
	"completed":       "ends the call: one of the two hung up",
	"no-answer":       "ends the call: nobody picked up",
	"nothing-said":    "gives up: the caller never said why",
	"refused":         "is told no",
	"refused-blocked": "is told no, and blocks the number",
	"unreachable":     "ends the call: no telephone of {flat} can be rung",
}

// deed words a line of Clearline's log.
func deed(line string) (told, bool) {
	stage, event := field(line, "stage"), field(line, "event")
	t := told{who: "Clearline"}
	switch {
	case strings.Contains(line, "msg=event") && stage == "guarded" && event == "DTMF":
		t.text, t.kind, t.more = "swallows a key", "key", "and another"
	case strings.Contains(line, `msg="number dialled"`):
		t.text = "clears the line for " + field(line, "dialled") + ": every other leg of it must be gone"
	case strings.Contains(line, `msg="attempt over"`) && field(line, "outcome") == "cleared":
		t.text = fmt.Sprintf("has proved %s of %s other legs gone, and lets the number be dialled", field(line, "gone"), field(line, "found"))
	case strings.Contains(line, `msg="caller judged"`) && field(line, "verdict") == "blocked":
		t.text = ending["blocked"]
	case strings.Contains(line, "msg=incident"):
		t.text = "notes an incident, urgency " + field(line, "urgency")
	case !strings.Contains(line, "msg=stage"):
	case stage == "closing" || stage == "over" && event == "Began":
		cause := field(line, "cause")
		if t.text = ending[cause]; t.text == "" {
			t.text = "ends the call: " + cause
		}
	default:
		t.text = entering[stage]
	}
	t.text = strings.ReplaceAll(t.text, "{flat}", nameOf(field(line, "line")))
	return t, t.text != ""
}
