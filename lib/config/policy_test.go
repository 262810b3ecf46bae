package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"clearline/lib/number"
	"clearline/lib/policy"
)

const judging = `
timezone = "Europe/London"
[ari]
password = "example"
[policy]
withheld = "message"
trust_dialled = "14d"
trusted_endpoints = ["PJSIP/door"]
[policy.classes]
premium = "blocked"
[[policy.night]]
from = "22:30"
to = "07:00"
days = ["fri", "sat"]
[[line]]
id = "flat-1"
numbers = ["01632 960101"]
endpoints = ["PJSIP/101"]
bypass_code = "2580"
[[line]]
id = "flat-2"
numbers = ["01632 960102"]
endpoints = ["PJSIP/102"]
[line.policy]
monitor = true
withheld = "screen"
trusted_endpoints = ["PJSIP/telecare"]
night = []
classes = { international = "trusted" }
`

func TestALineHasTheRulesOfTheHouseButForItsOwn(t *testing.T) {
	c, faults := parse("clearline.toml", []byte(judging), noFiles{})
	if Broken(faults) || len(faults) != 1 || !strings.Contains(faults[0].String(), "line.policy.monitor") {
		t.Fatal(faults)
	}
	house := policy.DefaultRules()
	house.Withheld, house.TrustDialled = policy.TakeMessage, 14*24*time.Hour
	house.TrustedEndpoints = []string{"door"}
	house.Classes = map[number.Class]policy.ClassRule{number.Premium: policy.ClassBlocked}
	for class, rule := range policy.DefaultRules().Classes {
		if class != number.Premium {
			house.Classes[class] = rule
		}
	}
	house.Night = []policy.Profile{{From: 22*60 + 30, To: 7 * 60, Days: policy.DaysOf(time.Friday, time.Saturday), Unknown: policy.TakeMessage}}
	if !reflect.DeepEqual(c.Lines[0].Policy, house) || !reflect.DeepEqual(c.Policy, house) {
		t.Errorf("flat-1 has %+v\nwant %+v", c.Lines[0].Policy, house)
	}
	own := c.Lines[1].Policy
	switch {
	case !own.Monitor, own.Withheld != policy.Screen, own.TrustDialled != house.TrustDialled, len(own.Night) != 0,
		!reflect.DeepEqual(own.TrustedEndpoints, []string{"door", "telecare"}),
		own.Classes[number.International] != policy.ClassTrusted, own.Classes[number.Premium] != policy.ClassBlocked:
		t.Errorf("flat-2 has %+v", own)
	}
	if _, spilled := c.Policy.Classes[number.International]; spilled && policy.DefaultRules().Classes[number.International] == "" {
		t.Error("what flat-2 decided holds for the house")
	}
	if c.Timezone.String() != "Europe/London" {
		t.Errorf("time zone %s", c.Timezone)
	}
}

func TestABypassCodeIsNeverPrinted(t *testing.T) {
	c, _ := parse("clearline.toml", []byte(judging), noFiles{})
	if code := c.Lines[0].BypassCode; code.Reveal() != "2580" || strings.Contains(fmt.Sprintf("%+v %#v", c.Lines, code), "2580") {
		t.Errorf("code %q, printed %+v", code.Reveal(), c.Lines[0])
	}
	if c.Lines[1].BypassCode.Reveal() != "" {
		t.Error("flat-2 has a code")
	}
	_, faults := parse("clearline.toml", []byte(strings.Replace(judging, "2580", "25x80", 1)), noFiles{})
	if !Broken(faults) || strings.Contains(fmt.Sprint(faults), "25x80") {
		t.Error(faults)
	}
}
