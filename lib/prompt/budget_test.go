package prompt

import (
	"strings"
	"testing"
	"time"
)

// What a caller hears who does everything right, up to the resident's yes, on the two ways
// on which something is recorded; and what a resident hears of it before deciding.
var (
	heardByCaller = map[string]Script{
		"who is asked for the reason": Say(Greeting, PressDigit, Digit('5'), AskPurpose, PleaseWait),
		"who is asked for the word":   Say(Greeting, SayWord, PleaseWait),
	}
	heardByResident = map[string]Script{
		"who is asked for the reason": Say(CallFrom).Then(Digits("01632 960 200")).Then(Say(TheySaid, ToAccept, Digit('5'), Connecting)),
		"who is asked for the word":   Say(CallFrom).Then(Digits("01632 960 200")).Then(Say(WordAsked, ToAccept, Digit('5'), Connecting)),
	}
)

const (
	mostToCaller = 15 * time.Second
	mostInAll    = 30 * time.Second

	// people is what a caller and a resident need who do everything right: to press a key
	// when it is named, twice; to say who is calling and why, which the resident then hears;
	// and to pick up at the first ring.
	people = 2*300*time.Millisecond + 2*2*time.Second + time.Second
	// machine is the tone before a recording, and the gaps between sound files and orders.
	machine = time.Second
)

// listened reports how long every prompt is that a resident can meet, and how fast it is
// spoken, and holds all prompts and the ways through them to their bounds.
func listened(t *testing.T, out string) {
	t.Helper()
	all, err := Survey(Options{Out: out})
	if err != nil {
		t.Fatal(err)
	}
	length := map[string]map[Name]time.Duration{}
	for _, l := range all {
		if length[l.Language] == nil {
			length[l.Language] = map[Name]time.Duration{}
		}
		length[l.Language][l.Name] = l.Length
		if l.Origin != Rendered {
			t.Errorf("%s/%s is %s after a run: %s", l.Language, l.Name, l.Origin, l.Problem)
		}
		if l.TooLong() {
			t.Errorf("%s/%s lasts %.1f s: %s", l.Language, l.Name, l.Length.Seconds(), l.Text)
		}
		if table, _, _ := strings.Cut(string(l.Name), "/"); table == "consult" || table == "guard" || table == "clearing" {
			t.Logf("%s %-26s %4.1f s %4d words per minute: %s", l.Language, l.Name, l.Length.Seconds(), l.WordsPerMinute(), l.Text)
		}
	}
	for language, lengths := range length {
		for who, script := range heardByCaller {
			caller, resident := lasts(lengths, script), lasts(lengths, heardByResident[who])
			whole := caller - lengths[PleaseWait] + resident + people + machine // the telephone rings while PleaseWait is said
			t.Logf("%s, a caller %s: hears %.1f s until the yes; %.1f s from ring to conversation", language, who, caller.Seconds(), whole.Seconds())
			if caller > mostToCaller || whole > mostInAll {
				t.Errorf("%s, a caller %s: hears %s, and it takes %s", language, who, caller, whole)
			}
		}
	}
}

func lasts(lengths map[Name]time.Duration, s Script) time.Duration {
	var sum time.Duration
	for _, item := range s.Items() {
		sum += lengths[item.Prompt]
	}
	return sum
}
