package config

import (
	"strings"
	"testing"
)

const recorded = `
[ari]
password = "example"
[prompts]
own = "/var/lib/clearline/voice"
[codes]
%
[[line]]
id = "flat-1"
numbers = ["01632 960101"]
endpoints = ["PJSIP/101"]
`

func TestPromptsAreRecordedOnlyWithAPIN(t *testing.T) {
	for name, c := range map[string]struct {
		codes string
		want  string // the code; empty when there is none
		fault string
	}{
		"no PIN":                      {``, "", ""},
		"a PIN":                       {`record_pin = "273645"`, "*56", ""},
		"another code":                {"record = \"*66\"\nrecord_pin = \"27364582\"", "*66", ""},
		"switched off":                {"record = \"\"\nrecord_pin = \"273645\"", "", ""},
		"too short":                   {`record_pin = "27364"`, "", "codes.record_pin: is no PIN"},
		"too long":                    {`record_pin = "273645273"`, "", "codes.record_pin: is no PIN"},
		"keys of a number for help":   {`record_pin = "273999"`, "", "codes.record_pin: is no PIN"},
		"all the same":                {`record_pin = "333333"`, "", "guessed at the first try"},
		"all in a row":                {`record_pin = "345678"`, "", "guessed at the first try"},
		"backwards":                   {`record_pin = "765432"`, "", "guessed at the first try"},
		"the code of something else":  {"record = \"*57\"\nrecord_pin = \"273645\"", "", "*57 is codes.block already"},
		"both the PIN and a file":     {"record_pin = \"273645\"\nrecord_pin_file = \"/pin\"", "", "both record_pin and record_pin_file are set"},
		"a file that cannot be found": {`record_pin_file = "/pin"`, "", "codes.record_pin_file"},
	} {
		t.Run(name, func(t *testing.T) {
			loaded, faults := parse("clearline.toml", []byte(strings.Replace(recorded, "%", c.codes, 1)), noFiles{})
			if c.fault != "" {
				if len(faults) == 0 || !strings.Contains(faults[0].String(), c.fault) {
					t.Errorf("faults are %v, want %q", faults, c.fault)
				}
				for _, f := range faults {
					if strings.Contains(f.String(), "2736") || strings.Contains(f.String(), "3456") {
						t.Errorf("the PIN is shown: %s", f)
					}
				}
				return
			}
			if Broken(faults) {
				t.Fatal(faults)
			}
			got := ""
			for _, code := range loaded.Codes.All() {
				if code.Key == "record" {
					got = code.Dialled
				}
			}
			if got != c.want {
				t.Errorf("the code is %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatIsRecordedNeedsAFolder(t *testing.T) {
	text := strings.Replace(strings.Replace(recorded, "own =", "# own =", 1), "%", `record_pin = "273645"`, 1)
	_, faults := parse("clearline.toml", []byte(text), noFiles{})
	if len(faults) != 1 || !strings.Contains(faults[0].String(), "codes.record_pin: what is recorded has no folder") {
		t.Errorf("faults are %v", faults)
	}
}
