package prompt

import (
	"strings"
	"testing"
	"time"
)

// spokenNames are the prompts that times, days and counts are said with: of every minute of
// a day, of two weeks, and of more counts than there are sentences for.
func spokenNames() []Name {
	var names []Name
	seen := map[Name]bool{}
	add := func(s Script) {
		for _, item := range s.Items() {
			if !seen[item.Prompt] {
				seen[item.Prompt] = true
				names = append(names, item.Prompt)
			}
		}
	}
	now := time.Date(2026, 3, 18, 0, 0, 0, 0, time.UTC)
	for minute := range 24 * 60 {
		add(Clock(now.Add(time.Duration(minute) * time.Minute)))
	}
	for day := range 14 {
		add(Day(now.AddDate(0, 0, day), now.AddDate(0, 0, 6)))
		add(Day(now.AddDate(0, 0, day), now.AddDate(0, 0, 9)))
	}
	for _, of := range []Counted{NewMessages, KeptMessages} {
		for n := range mostCounted + 2 {
			add(Count(of, n))
		}
	}
	return names
}

// sentence reads a script out of the texts of a language.
func sentence(t *testing.T, language string, s Script) string {
	t.Helper()
	c, err := LoadCatalogue(language)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, item := range s.Items() {
		text, ok := c.Text(item.Prompt)
		if !ok {
			t.Errorf("%s has no text for %s", language, item.Prompt)
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

func TestTheTimeOfDayIsSaidAsPeopleSayIt(t *testing.T) {
	for _, tt := range []struct{ at, english string }{
		{"00:00", "at midnight"},
		{"00:04", "at midnight"},
		{"00:05", "at five past twelve at night"},
		{"00:40", "at twenty to one at night"},
		{"01:00", "at one o'clock in the morning"},
		{"08:14", "at ten past eight in the morning"},
		{"11:30", "at half past eleven in the morning"},
		{"11:59", "at five to twelve in the morning"},
		{"12:00", "at noon"},
		{"12:15", "at a quarter past twelve in the afternoon"},
		{"12:45", "at a quarter to one in the afternoon"},
		{"15:20", "at twenty past three in the afternoon"},
		{"17:55", "at five to six in the afternoon"},
		{"18:00", "at six o'clock in the evening"},
		{"23:35", "at twenty five to twelve at night"},
		{"23:59", "at five to twelve at night"},
	} {
		t.Run(tt.at, func(t *testing.T) {
			at, err := time.Parse("15:04", tt.at)
			if err != nil {
				t.Fatal(err)
			}
			if got := sentence(t, "en_GB", Clock(at)); got != tt.english {
				t.Errorf("%q, want %q", got, tt.english)
			}
		})
	}
}

func TestADayIsSaidAsSeenFromNow(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		t.Helper()
		moment, err := time.ParseInLocation("2006-01-02 15:04", text, london)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	for _, tt := range []struct{ name, at, now, english string }{
		{"the same day", "2026-03-18 00:01", "2026-03-18 23:59", "today"},
		{"a clock that runs ahead", "2026-03-19 00:01", "2026-03-18 23:59", "today"},
		{"two minutes ago, before midnight", "2026-03-17 23:59", "2026-03-18 00:01", "yesterday"},
		{"two days ago", "2026-03-16 12:00", "2026-03-18 12:00", "on Monday"},
		{"six days ago", "2026-03-12 00:00", "2026-03-18 23:59", "on Thursday"},
		{"a week ago", "2026-03-11 23:59", "2026-03-18 00:01", "more than a week ago"},
		{"the day before the clocks went forward", "2026-03-28 23:59", "2026-03-29 23:59", "yesterday"},
		{"two days before the clocks had gone back", "2026-10-24 00:01", "2026-10-26 00:01", "on Saturday"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := sentence(t, "en_GB", Day(at(tt.at).UTC(), at(tt.now))); got != tt.english {
				t.Errorf("%q, want %q", got, tt.english)
			}
		})
	}
}

func TestACountIsAWholeSentence(t *testing.T) {
	for n, english := range map[int]string{
		-1: "You have no new messages.",
		0:  "You have no new messages.",
		1:  "You have one new message.",
		3:  "You have three new messages.",
		10: "You have ten new messages.",
		11: "You have more than ten new messages.",
	} {
		if got := sentence(t, "en_GB", Count(NewMessages, n)); got != english {
			t.Errorf("%d: %q, want %q", n, got, english)
		}
	}
}
