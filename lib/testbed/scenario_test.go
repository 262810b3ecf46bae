package testbed

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mixedDialplan screens flat-1 a little and lets the others through.
const mixedDialplan = smallDialplan + `
[clearline-inbound]
exten => 01632960102,1,Goto(clearline-deliver,flat-2,1)
exten => 01632960103,1,Answer()
 same => n,Wait(0.5)
 same => n,Playback(clearline/screening/purpose)
 same => n,Dial(PJSIP/201,20,r)
`

func mixedBed(t *testing.T) *Bed {
	t.Helper()
	sounds := t.TempDir()
	check(t, ToneTongue(sounds, smallPrompts, BurstLength))
	return Start(t, Options{
		Dialplan: mixedDialplan, Sounds: sounds, Trunks: []string{"main", "spare"},
		Lines: []Line{
			{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
			{ID: "flat-2", Numbers: []string{"+441632960102"}, Endpoints: []string{"201", "202"}},
		},
	})
}

func TestScenarios(t *testing.T) {
	b := mixedBed(t)
	files, err := filepath.Glob("testdata/*.txt")
	check(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(t, err)
		t.Run(filepath.Base(file), func(t *testing.T) { b.Scenario(t, NewVerbs(), file, string(text)) })
	}
}

func TestScenarioErrors(t *testing.T) {
	verbs := NewVerbs()
	for _, c := range []struct{ name, text, want string }{
		{
			"an unknown line names the nearest form", "# x\nphone caller is 01632 960200\ncaller sings a song",
			`a.txt:3: caller sings a song: no such line; nearest is`,
		},
		{"a time must be one", "wait 10parsecs", `a.txt:1: wait 10parsecs: read time "10parsecs": want one such as 1.5s`},
		{"a key must be one", "caller presses 5x", `a.txt:1: caller presses 5x: no such line; nearest is "{who:phone} press(es) {keys:keys}"`},
		{"an empty scenario is a mistake", "# nothing here\n\n", `a.txt:1: no line that does anything`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := verbs.Parse("a.txt", c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	t.Run("all wrong lines are named at once", func(t *testing.T) {
		_, err := verbs.Parse("a.txt", "one\nwait 1s\nthree")
		if err == nil || !strings.Contains(err.Error(), "a.txt:1:") || !strings.Contains(err.Error(), "a.txt:3:") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the title is the first comment", func(t *testing.T) {
		s, err := verbs.Parse("a.txt", "# A title.\nwait   1s")
		check(t, err)
		if s.Title != "A title." || len(s.Steps) != 1 || s.Steps[0].Text != "wait 1s" {
			t.Errorf("got %+v", s)
		}
	})
}

func TestFailingStepsSayWhatHappened(t *testing.T) {
	b := mixedBed(t)
	verbs := NewVerbs()
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{
			"a prompt that never comes", "phone caller is 01632 960200\ncaller rings 01632 960101\ncaller hears digits/3 within 1s",
			[]string{"b.txt:3: caller hears digits/3 within 1s: ", "wait for caller to hear digits/3", "heard screening/greeting"},
		},
		{
			"a prompt that should not come", "phone caller is 01632 960200\ncaller rings 01632 960101\ncaller does not hear screening/greeting for 3s",
			[]string{"b.txt:3: ", "it did; caller has a call with \"01632960101\" answered; heard screening/greeting"},
		},
		{
			"a refusal with another cause", "phone caller is 01632 960200\nphone resident is line flat-2\nphone other is line flat-2 phone 2\nresident refuses every call\nother refuses every call\ncaller rings 01632 960102\ncaller is refused with cause 21",
			[]string{"b.txt:7: ", "caller was ended with refused 486 cause 17"},
		},
		{"a phone nobody introduced", "phone caller is 01632 960200\nresident answers", []string{`b.txt:2: resident answers: find phone "resident"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := verbs.Parse("b.txt", c.text)
			check(t, err)
			err = b.Perform(t.Context(), s, nil)
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
		})
	}
}

func TestVerbsOfTheTest(t *testing.T) {
	b := mixedBed(t)
	verbs := NewVerbs()
	said := ""
	check(t, verbs.Verb(`clearline is {how:word} [for {for:time}]`, func(_ context.Context, _ *Play, v Values) error {
		said = v["how"]
		return nil
	}))
	b.Scenario(t, verbs, "c.txt", "clearline is stopped\nnothing is left")
	if said != "stopped" {
		t.Errorf("the verb got %q", said)
	}
	if err := verbs.Verb("{x:nonsense}", nil); err == nil {
		t.Error("a pattern of an unknown kind is taken")
	}
}

func TestTimelineIsInOrder(t *testing.T) {
	line := NewTimeline()
	now := time.Now()
	line.AddAt(now.Add(time.Second), "caller", "second")
	line.AddAt(now, "resident", "first\r\nwith a break")
	w := line.Writer("clearline")
	_, err := w.Write([]byte("half a"))
	check(t, err)
	_, err = w.Write([]byte(" line\n"))
	check(t, err)
	var b strings.Builder
	line.Print(&b, time.Time{})
	got := b.String()
	first, half, second := strings.Index(got, `first\r\nwith a break`), strings.Index(got, "half a line"), strings.Index(got, "second")
	if first < 0 || half < first || second < half || strings.Count(got, "\n") != 3 {
		t.Errorf("got\n%s", got)
	}
}
