package main

import (
	"encoding/json"
	"strings"
	"testing"
)

const dialling = `verification = ["01632 960999"]
[[line]]
id = "flat-2"
numbers = ["01632 960102"]
endpoints = ["PJSIP/102"]
[[trunk]]
endpoint = "DAHDI/1"
kind = "fxo"
hold = "2m"
[verification]
callback_other = "0s"
`

func TestExplain(t *testing.T) {
	path, _ := configure(t, dialling)
	for _, c := range []struct {
		name, line, dial string
		want, not        []string
	}{
		{
			"an emergency", "flat-1", "999",
			[]string{"emergency\n", "Emergency services\n", "the number alone\n", "made at once", "For 1h callers are not challenged", "turned away for 1h, as far"},
			[]string{"cleared first", "DAHDI/1", "all callers"},
		},
		{
			"a full number behind everything", "flat-1", "9 141 18001 0300 123 2040",
			[]string{
				"dialled   91411800103001232040\n", "number    +443001232040\n", "Report Fraud",
				"read as   9 asks for an outside line, 141 hides or shows the own number, 18001 asks for text relay, then 03001232040\n",
				"The line is cleared first", "clearline-onward as 91411800103001232040", "DAHDI/1 (2m)", "turned away for 10m, as far",
			},
			[]string{"not challenged"},
		},
		{"the line's own bank", "flat-1", "+44 (0)1632 960999", []string{"verification\n", "service   01632 960 999\n", "number    +441632960999\n"}, nil},
		{"another line's bank", "flat-2", "01632 960999", []string{"other\n", "none of Clearline's numbers", "clearline-onward as 01632960999"}, []string{"service", "read as"}},
		{"a trap", "flat-2", "9161", []string{"trap\n", "never dialled", "turned away for 10m, as far"}, []string{"clearline-onward", "not challenged"}},
		{"a digit too many", "flat-2", "9991", []string{"other\n"}, []string{"Emergency"}},
		{"a code of the exchange", "flat-2", "*21*5#", []string{"dialled   *21*5#\n", "other\n"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, complaints := command("explain", "--config", path, "--line", c.line, "--dial", c.dial)
			if code != exitDone || complaints != "" {
				t.Fatalf("%d %s", code, complaints)
			}
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("without %q:\n%s", want, out)
				}
			}
			for _, not := range c.not {
				if strings.Contains(out, not) {
					t.Errorf("with %q:\n%s", not, out)
				}
			}
		})
	}
}

func TestExplainInJSON(t *testing.T) {
	path, _ := configure(t, dialling)
	code, out, _ := command("explain", "-c", path, "--line", "flat-1", "--dial", "9 1470 159", "--json")
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitDone {
		t.Fatal(code, err, out)
	}
	for key, want := range map[string]any{
		"line": "flat-1", "dialled": "91470159", "role": "verification", "service": "Your bank, through the fraud hotline",
		"number": "159", "outside": "9", "own_number": "1470", "relay": "",
	} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	if does, _ := got["does"].([]any); len(does) < 2 {
		t.Errorf("does: %v", got["does"])
	}
}

func TestExplainUsedWrongly(t *testing.T) {
	path, _ := configure(t, dialling)
	faulty, _ := configure(t, "colour = 1\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-c", path, "--line", "flat-9", "--dial", "159"}, `no line "flat-9"; there is flat-1, flat-2`},
		{[]string{"-c", path, "--line", "flat-1", "--dial", "my bank"}, `"my bank" cannot be dialled`},
		{[]string{"-c", path, "--line", "flat-1", "--dial", "()"}, "cannot be dialled"},
		{[]string{"-c", path, "--line", "flat-1"}, "neither --from nor --dial"},
		{[]string{"-c", path, "--dial", "159"}, "--line"},
		{[]string{"-c", faulty, "--line", "flat-1", "--dial", "159"}, "colour"},
	} {
		if code, out, complaints := command(append([]string{"explain"}, c.args...)...); code != exitUsage || out != "" || !strings.Contains(complaints, c.want) {
			t.Errorf("%q: %d %s%s", c.args, code, out, complaints)
		}
	}
	if code, out, _ := command("explain", "--help"); code != exitDone || !strings.Contains(out, "--dial 159") || !strings.Contains(out, "--from withheld") {
		t.Errorf("help: %d %s", code, out)
	}
}
