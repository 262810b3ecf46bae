package config

import (
	"slices"
	"strings"
	"testing"

	"clearline/lib/call"
	"clearline/lib/policy"
)

const threeLines = `
[ari]
password = "example"
[dialplan]
outside = ["0"]
[verification]
numbers = ["01632 960998", "0300 123 2040", "159", "6001"]
[[line]]
id = "flat-1"
numbers = ["01632 960101"]
endpoints = ["PJSIP/101"]
verification = ["01632 960999"]
[[line]]
id = "flat-2"
numbers = ["01632 960102"]
endpoints = ["PJSIP/102"]
[[line]]
id = "flat-3"
numbers = ["01632 960103"]
endpoints = ["PJSIP/103"]
`

func TestPlan(t *testing.T) {
	loaded, faults := parse("clearline.toml", []byte(threeLines), noFiles{})
	if Broken(faults) {
		t.Fatal(faults)
	}
	byHand := *loaded
	byHand.plans = nil
	for name, c := range map[string]*Config{"loaded": loaded, "made by hand": &byHand} {
		common, err := c.CommonPlan()
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range []struct {
			line    call.LineID
			dialled string
			want    string
		}{
			{"flat-1", "01632 960999", "01632 960 999"},
			{"flat-1", "01632 960998", "01632 960 998"},
			{"flat-1", "0 999", "Emergency services"},
			{"flat-2", "01632 960999", ""},
			{"flat-2", "01632 960998", "01632 960 998"},
			{"flat-2", "0300 123 2040", "Report Fraud"},
			{"flat-2", "159", "Your bank, through the fraud hotline"},
			{"flat-2", "6001", "6001"},
			{"flat-2", "9 999", ""},
		} {
			p, err := c.Plan(w.line)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Meaning(w.dialled).Service; got != w.want {
				t.Errorf("%s: %s on %s means %q, want %q", name, w.dialled, w.line, got, w.want)
			}
			if own := w.line == "flat-1"; p.Equal(common) == own {
				t.Errorf("%s: the plan of %s is that of everybody: %v", name, w.line, !own)
			}
		}
		if p, err := c.Plan("flat-9"); err == nil || !strings.Contains(err.Error(), `"flat-9"`) {
			t.Errorf("%s: a line that is none: %v, %v", name, p, err)
		}
	}
	second, _ := loaded.Plan("flat-2")
	third, _ := loaded.Plan("flat-3")
	common, _ := loaded.CommonPlan()
	if second != third || second != common {
		t.Error("lines without numbers of their own do not share one plan")
	}
}

func TestAPlanOfAFaultyConfiguration(t *testing.T) {
	c := Default()
	c.Verification.Numbers = []string{"my bank"}
	if p, err := c.CommonPlan(); err == nil || !strings.Contains(err.Error(), "my bank") {
		t.Errorf("%v, %v", p, err)
	}
	c = Default()
	c.Region = "UK"
	if p, err := c.CommonPlan(); err == nil {
		t.Errorf("%v", p)
	}
}

func TestNoOutsideLine(t *testing.T) {
	c, faults := parse("clearline.toml", []byte(least+"[dialplan]\noutside = []\n"), noFiles{})
	if len(faults) > 0 || len(c.Dialplan.Outside) > 0 {
		t.Fatal(faults, c.Dialplan)
	}
	p, err := c.CommonPlan()
	if err != nil || p.Meaning("9999").Role != call.Other || p.Meaning("999").Role != call.Emergency {
		t.Error(p.Meaning("9999"), err)
	}
}

// readable stands for a machine where every user can read every file.
type readable struct{ noFiles }

func (readable) worldReadable(string) bool { return true }

func TestStoresOfRedis(t *testing.T) {
	for _, url := range []string{
		"redis://127.0.0.1:6379", "redis://127.0.0.1:6379/", "redis://[::1]:6379/3", "rediss://clearline:exa%2Fmple@redis.example:6380/0",
		"redis+sentinel://:example@10.0.0.1:26379,10.0.0.2:26379/mymaster", "redis+sentinel://10.0.0.1:26379/mymaster/2",
		"redis+cluster://10.0.0.1:6379", "rediss+cluster://10.0.0.1:6379", "rediss+sentinel://10.0.0.1:26379/mymaster",
		"redis+cluster://clearline:example@10.0.0.1:6379,10.0.0.2:6379/",
	} {
		text := least + "[store]\nurl = \"" + url + "\"\n"
		c, faults := parse("clearline.toml", []byte(text), noFiles{})
		if len(faults) > 0 || c.Store.InFile() || c.Store.Path != "" || c.Store.Redis.Reveal() != url {
			t.Errorf("%s: %v %q", url, faults, c.Store.Path)
		}
		_, faults = parse("clearline.toml", []byte(text), readable{})
		warned := slices.ContainsFunc(faults, func(f Fault) bool { return f.Key == "store.url" && f.Severity == Warning })
		if warned != strings.Contains(url, "@") {
			t.Errorf("%s in a file all can read: %v", url, faults)
		}
	}
	if s := Default().Store; !s.InFile() || s.Redis != (Secret{}) {
		t.Errorf("the default: %+v", s)
	}
}

func TestFaultsShowNoPassword(t *testing.T) {
	for _, url := range []string{
		"redis://:hunter2@10.0.0.1", "redis://:hunter2/@10.0.0.1:6379", "redis+sentinel://:hunter2@10.0.0.1:26379", "redis://10.0.0.1:6379?password=hunter2",
		"redis+cluster://:hunter2%zz@10.0.0.1:6379", "redis:hunter2", "redis://hunter2@10.0.0.1:6379", "rediss://a:hunter2@b:1,c:2/0",
	} {
		text := least + "[store]\nurl = \"" + url + "\"\n"
		if got := faultsOf("clearline.toml", []byte(text)); got == "" || strings.Contains(got, "hunter2") {
			t.Errorf("%s: %q", url, got)
		}
	}
}

func TestTheNameOfALinesOwnNumberIsItsGroups(t *testing.T) {
	c, _ := parse("clearline.toml", []byte(threeLines), noFiles{})
	p, err := c.Plan("flat-1")
	if err != nil {
		t.Fatal(err)
	}
	want := policy.Meaning{Role: call.Verification, Number: "+441632960999", Service: "01632 960 999"}
	if got := p.Meaning("0044 1632 960999"); got != want {
		t.Errorf("%+v", got)
	}
}
