package situation_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"clearline/lib/call"
	"clearline/lib/policy/situation"
)

func read(text string) ([]situation.Situation, error) {
	return situation.Read(fstest.MapFS{"a.txt": {Data: []byte(text)}})
}

func TestASituationIsRead(t *testing.T) {
	all, err := read(`# Nobody in particular

The "ward" rings
	legitimate; 01632 960200 "City Hospital" by trunk-2 passed; Sat 23:05; message
	contact 01632 960210-01632 960219 "The surgery" house verify until Sun 12:00
	block "name:*parcel*"
	cut off 01632 960201 10m ago
	dialled emergency 10m ago
	night 22:00-07:30
	endpoint telecare
	earlier calls 2
Somebody else
	fraudulent; withheld; Mon 00:00; screened
`)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d situations, %v", len(all), err)
	}
	s := all[0]
	if s.Row != 3 || s.File != "a.txt" || s.Title != `The "ward" rings` || !s.Legitimate || s.Want != situation.Message || s.Recent != 2 {
		t.Errorf("%+v", s)
	}
	if want := (call.Caller{Number: "+441632960200", Name: "City Hospital", Presentation: call.Allowed, Trunk: "trunk-2", Attested: call.AttestationPassed}); s.From != want {
		t.Errorf("from %+v", s.From)
	}
	if s.At.Format(time.RFC3339) != "2026-03-07T23:05:00Z" || s.At.Location().String() != "Europe/London" {
		t.Errorf("at %v", s.At)
	}
	if len(s.Entries) != 2 || s.Entries[0].Pattern != "+441632960210-+441632960219" || s.Entries[0].Line != "" || !s.Entries[0].Verify ||
		s.Entries[0].Name != "The surgery" || s.Entries[0].Until.Hour() != 12 || s.Entries[1].Pattern != "name:*parcel*" || s.Entries[1].Line == "" {
		t.Errorf("entries %+v", s.Entries)
	}
	if len(s.Windows) != 2 || s.Windows[0].Number != "+441632960201" || s.At.Sub(s.Windows[1].Since) != 10*time.Minute || s.Windows[1].Until.Sub(s.At) != 50*time.Minute {
		t.Errorf("windows %+v", s.Windows)
	}
	if len(s.Night) != 1 || s.Night[0].From != 22*60 || s.Night[0].To != 7*60+30 || len(s.Endpoints) != 1 {
		t.Errorf("night %+v, endpoints %v", s.Night, s.Endpoints)
	}
	if all[1].Legitimate || all[1].From.Presentation != call.Withheld || all[1].At.Weekday() != time.Monday {
		t.Errorf("%+v", all[1])
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	const good = "\tlegitimate; withheld; Mon 10:00; screened\n"
	for name, c := range map[string]struct{ text, want string }{
		"a fact before any title":       {good, "a.txt:1: a situation begins with its title"},
		"a title without a call":        {"A\nB\n" + good, `a.txt:1: "A" says nothing of the call`},
		"a call with too little":        {"A\n\tlegitimate; withheld\n", "want kind; caller; time; outcome"},
		"a kind that is none":           {"A\n\tfriendly; withheld; Mon 10:00; screened\n", "legitimate or fraudulent"},
		"a caller who is none":          {"A\n\tlegitimate; nobody; Mon 10:00; screened\n", `a caller is no "nobody"`},
		"a caller without anything":     {"A\n\tlegitimate; payphone; Mon 10:00; screened\n", "want a number"},
		"a day that is none":            {"A\n\tlegitimate; withheld; Someday 10:00; screened\n", "such as Tue 14:20"},
		"a time that is none":           {"A\n\tlegitimate; withheld; Mon 25:00; screened\n", "such as Tue 14:20"},
		"an outcome that is none":       {"A\n\tlegitimate; withheld; Mon 10:00; eaten\n", `"eaten" is no outcome`},
		"a fact that is none":           {"A\n" + good + "\tit rains\n", `a.txt:3: "it rains"`},
		"a contact that is no number":   {"A\n" + good + "\tcontact everybody\n", "no number, prefix, range or name"},
		"a contact with too much":       {"A\n" + good + "\tcontact 01632 960200 sometimes\n", `no "sometimes"`},
		"an end that is no time":        {"A\n" + good + "\tcontact 01632 960200 until soon\n", "such as Tue 14:20"},
		"something long ago":            {"A\n" + good + "\tdialled emergency yesterday\n", "want how long ago"},
		"something that does not occur": {"A\n" + good + "\tdialled nobody 5m ago\n", "that does not happen"},
		"a cut without a caller":        {"A\n" + good + "\tcut off 5m ago\n", "want a number, withheld or unavailable"},
		"a night without end":           {"A\n" + good + "\tnight 22:00\n", "want 22:00-07:00"},
		"an uncounted caller":           {"A\n" + good + "\tearlier calls many\n", "want earlier calls and how many"},
		"an endpoint with too much":     {"A\n" + good + "\tendpoint a b\n", `"b" means nothing there`},
	} {
		t.Run(name, func(t *testing.T) {
			if all, err := read(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %v", all, err)
			}
		})
	}
	if _, err := situation.Read(fstest.MapFS{}); err == nil {
		t.Error("an empty folder is read")
	}
}
