package prompt

import (
	"fmt"
	"strings"
	"time"
)

// Times, days and counts are said in phrases that are whole in every language, because
// what a word looks like depends on where it stands: Welsh has "tri o'r gloch", "am dri
// o'r gloch", "chwarter i dri", and "tair neges". So there is a prompt for an hour after
// "past", another for the same hour after "to", and one sentence for each small count;
// a language writes each as it says it. Plural categories (Unicode CLDR has six for Welsh)
// would not do: they tell neither gender nor mutation.

// Clock says a time of the day as people say it, to the five minutes before it: "at twenty
// past three in the afternoon". The zone is that of t.
func Clock(t time.Time) Script {
	hour, five := t.Hour(), t.Minute()/5*5
	switch {
	case five == 0 && hour == 0:
		return Say("time/midnight")
	case five == 0 && hour == 12:
		return Say("time/noon")
	case five == 0:
		return Say(timed("oclock", onDial(hour)), partOfDay(hour))
	case five <= 30:
		return Say(timed("past", five), timed("hour", onDial(hour)), partOfDay(hour))
	}
	return Say(timed("to", 60-five), timed("hour-to", onDial(hour+1)), partOfDay(hour))
}

// onDial is the hour a clock's hand shows: 1 to 12.
func onDial(hour int) int { return (hour+11)%12 + 1 }

func timed(what string, n int) Name { return Name(fmt.Sprintf("time/%s-%d", what, n)) }

func partOfDay(hour int) Name {
	switch {
	case hour >= 22 || hour < 1:
		return "time/night"
	case hour < 12:
		return "time/morning"
	case hour < 18:
		return "time/afternoon"
	}
	return "time/evening"
}

// Day says on which day t was, as seen from now: today, yesterday, the day of the week, or
// that it is more than a week ago. The zone is that of now. What is yet to come is today.
func Day(t, now time.Time) Script {
	t = t.In(now.Location())
	switch ago := midday(now).Sub(midday(t)).Round(24*time.Hour) / (24 * time.Hour); {
	case ago <= 0:
		return Say("day/today")
	case ago == 1:
		return Say("day/yesterday")
	case ago < 7:
		return Say(Name("day/" + strings.ToLower(t.Weekday().String())))
	}
	return Say("day/earlier")
}

// midday is what days are counted from: days with a change of the clocks are 23 or 25 hours.
func midday(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, t.Location())
}

// Counted is what is counted: the beginning of the names of a sentence for each count.
type Counted string

// What is counted.
const (
	NewMessages  Counted = "count/new-messages"
	KeptMessages Counted = "count/kept-messages"
)

// mostCounted is the largest number with a sentence of its own.
const mostCounted = 10

// Count says how many there are: a whole sentence, "You have three new messages." Above ten
// it says that there are more than ten; below none, none.
func Count(of Counted, n int) Script {
	if n > mostCounted {
		return Say(Name(of + "-more"))
	}
	return Say(Name(fmt.Sprintf("%s-%d", of, max(n, 0))))
}
