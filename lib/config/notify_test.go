package config

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"clearline/lib/call"
)

// oneFile stands for a machine with one secret on it.
type oneFile struct{ text string }

func (f oneFile) read(path string) (string, error) {
	if path != "/etc/clearline/notify.url" {
		return "", errors.New("cannot be read: no such file")
	}
	return f.text, nil
}
func (oneFile) worldReadable(string) bool { return false }

const notified = `
[ari]
password = "example"
[[line]]
id = "flat-1"
numbers = ["01632 960101"]
endpoints = ["PJSIP/101"]
wardens = ["ann"]
[[line]]
id = "flat-2"
numbers = ["01632 960102"]
endpoints = ["PJSIP/102"]
[[notify]]
url = "ntfy://ntfy.example/house"
[[notify]]
name = "ann"
url_file = "notify.url"
events = ["incident", "message"]
wardens = ["ann"]
quiet = "22:00-07:00"
[mqtt]
url = "mqtts://broker.example:8883"
username = "clearline"
password_file = "notify.url"
discovery = ""
`

func TestReceiversAreTold(t *testing.T) {
	c, faults := parse("/etc/clearline/clearline.toml", []byte(notified), oneFile{"smtp://hunter2@mail.example/"})
	if len(faults) > 0 || len(c.Notify) != 2 {
		t.Fatal(faults)
	}
	if m := c.MQTT; m.URL != "mqtts://broker.example:8883" || m.Username != "clearline" || m.Password.Reveal() == "" || m.Prefix != "clearline" || m.Discovery != "" {
		t.Errorf("%+v", m)
	}
	house, ann := c.Notify[0], c.Notify[1]
	if ann.URL.Reveal() != "smtp://hunter2@mail.example/" || !reflect.DeepEqual(ann.Lines, []call.LineID{"flat-1"}) {
		t.Errorf("%+v", ann)
	}
	for name, told := range map[string]bool{
		"the house of a part that failed": house.Tells(EventHealth, ""),
		"the house of a PIN":              house.Tells(EventPIN, "flat-2"),
		"Ann of an incident in flat 1":    ann.Tells(EventIncident, "flat-1"),
		"not Ann of a PIN":                !ann.Tells(EventPIN, "flat-1"),
		"not Ann of flat 2":               !ann.Tells(EventIncident, "flat-2"),
		"not Ann of nobody's line":        !ann.Tells(EventIncident, ""),
		"the house under a name":          house.Name == "notify-1",
	} {
		if !told {
			t.Error(name)
		}
	}
}

func TestQuietTimes(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	night, noon := Quiet{22 * 60, 7 * 60}, Quiet{12 * 60, 14*60 + 30}
	for name, c := range map[string]struct {
		quiet Quiet
		at    string
		until string // empty when it is not quiet
	}{
		"before a night":                        {night, "2026-03-28 21:59", ""},
		"a night begins":                        {night, "2026-03-28 22:00", "2026-03-29 07:00"},
		"behind midnight":                       {night, "2026-03-29 00:30", "2026-03-29 07:00"},
		"a night ends":                          {night, "2026-03-29 07:00", ""},
		"at noon":                               {noon, "2026-02-28 12:00", "2026-02-28 14:30"},
		"after noon":                            {noon, "2026-02-28 14:30", ""},
		"a night over the end of the year":      {night, "2026-12-31 23:59", "2027-01-01 07:00"},
		"never":                                 {Quiet{}, "2026-02-28 00:00", ""},
		"a night in which the clocks are moved": {night, "2026-10-24 23:00", "2026-10-25 07:00"},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", c.at, london)
		if err != nil {
			t.Fatal(err)
		}
		until, quiet := c.quiet.Holds(at)
		got := ""
		if quiet {
			got = until.Format("2006-01-02 15:04")
		}
		if got != c.until {
			t.Errorf("%s: it is quiet until %q, want %q", name, got, c.until)
		}
	}
}
