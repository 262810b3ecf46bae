package dialplan_test

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"clearline/dialplan"
	"clearline/lib/config"
)

var update = flag.Bool("update", false, "write the golden file anew")

func load(t *testing.T, text string) *config.Config {
	t.Helper()
	c, faults := config.Parse("/etc/clearline/clearline.toml", []byte(text))
	if config.Broken(faults) {
		t.Fatal(faults)
	}
	return c
}

const example = `
[ari]
password = "example"
[[line]]
id = "flat-1"
name = "Flat 1"
numbers = ["01632 960101"]
endpoints = ["PJSIP/101"]
[[line]]
id = "flat-2"
name = "Flat 2; exten => s,1,System(reboot) ;-- and more"
numbers = ["020 7946 0102", "0808 157 0102"]
endpoints = ["PJSIP/102"]
`

// learning makes flat 2 trust the numbers dialled on it.
const learning = `
[line.policy]
trust_dialled = "720h"
`

func written(t *testing.T, c *config.Config) string {
	t.Helper()
	var b bytes.Buffer
	if err := dialplan.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// contexts takes a dialplan apart, by context; comments are left out.
func contexts(text string) map[string]string {
	all := map[string]string{}
	name := ""
	for l := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(l, "["):
			name = strings.Trim(l, "[]\n")
		case name != "" && !strings.HasPrefix(l, ";") && strings.TrimSpace(l) != "":
			all[name] += l
		}
	}
	return all
}

func TestWrite(t *testing.T) {
	compare(t, "testdata/example.conf", written(t, load(t, example)))
}

// TestWriteForALineThatLearns shows what is different, which is little.
func TestWriteForALineThatLearns(t *testing.T) {
	without, with := contexts(written(t, load(t, example))), contexts(written(t, load(t, example+learning)))
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(with)) {
		if with[name] != without[name] && name != config.ContextOutbound {
			b.WriteString("[" + name + "]\n" + with[name])
		}
	}
	compare(t, "testdata/learning.conf", b.String())
	before, after, _ := strings.Cut(with[config.ContextOutbound], "exten => _[+*#0-9]!,")
	if !strings.HasPrefix(without[config.ContextOutbound], before) || strings.Contains(before, config.ContextDialled) {
		t.Error("a number for help goes another way on a house that learns")
	}
	if !strings.HasSuffix(after, "Goto(clearline-dialled,${EXTEN},1)\n") {
		t.Errorf("other numbers go\n%s", after)
	}
}

// TestWriteWhereSomebodyMayRecord looks for the code that is there only with a PIN.
func TestWriteWhereSomebodyMayRecord(t *testing.T) {
	records := "\n[prompts]\nown = \"/var/lib/clearline/voice\"\n[codes]\nrecord_pin = \"273645\"\n"
	text := written(t, load(t, example+records))
	without, with := contexts(written(t, load(t, example))), contexts(text)
	if code := "exten => *56,1,Set(CLEARLINE_CODE=*56)"; strings.Contains(without[config.ContextOutbound], code) || !strings.Contains(with[config.ContextOutbound], code) {
		t.Errorf("without a PIN *56 is\n%s\nand with one\n%s", without[config.ContextOutbound], with[config.ContextOutbound])
	}
	if stasis := ",code,${CLEARLINE_LINE},${CLEARLINE_CODE},${FILTER(2-8,${CLEARLINE_PROMPT})})"; !strings.Contains(with[config.ContextCode], stasis) {
		t.Errorf("the prompt that somebody is rung for is not handed on:\n%s", with[config.ContextCode])
	}
	if strings.Contains(text, "273645") {
		t.Error("the PIN is in the dialplan")
	}
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s; look at it with -update and git diff:\n%s", golden, got)
	}
}

// Each line must stand behind the one before it.
func TestACallIsGuardedBeforeItIsAskedAbout(t *testing.T) {
	all := contexts(written(t, load(t, example)))
	verdict := all[config.ContextVerdict]
	at := 0
	for _, want := range []string{
		"exten => s,1,MSet(TIMEOUT(absolute)=1.8,AGIEXITONHANGUP=yes,CLEARLINE_VERDICT=,",
		",AGI(agi://127.0.0.1:4573/verdict?",
		",Set(AGIEXITONHANGUP=)",
		`= "unknown"]?clearline-screening,s,hold)`,
		`= "blocked"]?blocked)`,
		`= "trusted" & "${CLEARLINE_LINE}" != ""]?trusted)`,
		",Goto(clearline-unscreened,s,1)",
		"(blocked),Hangup(21)",
		"(trusted),Set(TIMEOUT(absolute)=0)",
		",Goto(clearline-deliver,${CLEARLINE_LINE},1)",
		"exten => T,1,MSet(TIMEOUT(absolute)=0,",
		",Goto(clearline-unscreened,s,1)",
	} {
		i := strings.Index(verdict[at:], want)
		if i < 0 {
			t.Fatalf("%s is not where it should be in\n%s", want, verdict)
		}
		at += i + len(want)
	}
	if n := strings.Count(verdict, "TIMEOUT(absolute)=1.8"); n != 1 {
		t.Errorf("the time-out is set %d times", n)
	}
	hold := all[config.ContextScreening][strings.Index(all[config.ContextScreening], "(hold)"):]
	if strings.Contains(hold, "TIMEOUT(absolute)=1.8") {
		t.Error("the time-out is prolonged on the way into screening")
	}
	for name, text := range all {
		if strings.Contains(text, "AGI(") && name != config.ContextVerdict {
			t.Errorf("%s asks too", name)
		}
		if strings.Contains(text, config.ContextScreening+",s,1") {
			t.Errorf("%s passes the verdict by", name)
		}
	}
}

func TestTheExchangeAsksWhereClearlineListens(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:4573": "127.0.0.1:4573", "127.16.0.1:4000": "127.16.0.1:4000", ":4573": "127.0.0.1:4573",
		"0.0.0.0:4573": "127.0.0.1:4573", "[::]:4573": "127.0.0.1:4573", "[::1]:4573": "[::1]:4573", "localhost:4573": "127.0.0.1:4573",
	} {
		c := load(t, example)
		c.AGI.Listen = listen
		if text := written(t, c); !strings.Contains(text, "AGI(agi://"+want+"/verdict?") {
			t.Errorf("listening on %s is not asked at %s", listen, want)
		}
	}
}

// What would make an exchange do something other than what is written here.
func TestWriteKeepsStrangersOut(t *testing.T) {
	text := written(t, load(t, example+learning))
	for _, raw := range []string{`CALLERID\(name\)`, `CALLERID\(num-pres\)`, `CLEARLINE_ATTESTED`, `CLEARLINE_CALL`} {
		for _, use := range regexp.MustCompile(`.{0,40}\$\{`+raw+`\}`).FindAllString(text, -1) {
			if !regexp.MustCompile(`FILTER\([^,]+,\$\{` + raw + `\}$`).MatchString(use) {
				t.Errorf("not filtered: %s", use)
			}
		}
	}
	if strings.Contains(text, "_.") {
		t.Error("a pattern that also takes h and T")
	}
	for _, l := range strings.Split(text, "\n") {
		if strings.Contains(l, "reboot") && !strings.HasPrefix(l, "; ") {
			t.Errorf("a name is no longer in a comment: %s", l)
		}
	}
}

func TestNoExtensionIsWrittenTwice(t *testing.T) {
	seen := map[string]bool{}
	context := ""
	for _, l := range strings.Split(written(t, load(t, example+learning)), "\n") {
		if strings.HasPrefix(l, "[") {
			context = l
		}
		if strings.HasPrefix(l, "exten => ") {
			exten, _, _ := strings.Cut(l, ",")
			if seen[context+exten] {
				t.Errorf("%s %s is there twice", context, exten)
			}
			seen[context+exten] = true
		}
	}
	if len(seen) < 3*5+8 {
		t.Errorf("only %d extensions", len(seen))
	}
}

func TestUpToDate(t *testing.T) {
	c := load(t, example)
	installed := []byte(written(t, c))
	if ok, err := dialplan.UpToDate(installed, c); !ok || err != nil {
		t.Error("its own output is outdated", err)
	}
	c.Dialplan.Deliver = "elsewhere"
	if ok, err := dialplan.UpToDate(installed, c); ok || err != nil {
		t.Error("a change is not seen", err)
	}
	for _, other := range []string{"", "[general]\n", "; clearline-dialplan 1"} {
		if got := dialplan.Fingerprint([]byte(other)); got != "" {
			t.Errorf("Fingerprint(%q) = %q", other, got)
		}
	}
}
