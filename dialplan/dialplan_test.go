package dialplan_test

import (
	"bytes"
	"flag"
	"os"
	"regexp"
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

func written(t *testing.T, c *config.Config) string {
	t.Helper()
	var b bytes.Buffer
	if err := dialplan.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	const golden = "testdata/example.conf"
	got := written(t, load(t, example))
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

// What would make an exchange do something other than what is written here.
func TestWriteKeepsStrangersOut(t *testing.T) {
	text := written(t, load(t, example))
	for _, raw := range []string{`CALLERID\(name\)`, `CALLERID\(num-pres\)`, `CLEARLINE_CALL`} {
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
	for _, l := range strings.Split(written(t, load(t, example)), "\n") {
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
