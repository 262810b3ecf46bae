package pbx_test

import (
	"os"
	"path/filepath"
	"testing"

	"clearline/lib/pbx"
)

func conf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadConf(t *testing.T) {
	dir := conf(t, map[string]string{
		"ari.conf": `; a comment
[general]
enabled = yes ; with a comment behind
allowed => a\;b
;-- read_only = maybe
enabled = no --;
[base](!)
type = user
read_only = no
#include "users.conf"
#tryinclude nobody.conf
#include extra_*.conf
`,
		"users.conf":   "[clearline](base)\npassword=first\n[clearline](+)\npassword=second\n",
		"extra_1.conf": "[general]\nchannelvars = A,B\n",
	})
	c, err := pbx.ReadConf(dir, "ari.conf")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range [][3]string{
		{"general", "enabled", "yes"},
		{"general", "allowed", "a;b"},
		{"general", "channelvars", "A,B"},
		{"clearline", "read_only", "no"},
		{"clearline", "password", "second"},
	} {
		if got, ok := c.Value(want[0], want[1]); !ok || got != want[2] {
			t.Errorf("%s of %s is %q", want[1], want[0], got)
		}
	}
	if got, ok := c.Value("general", "nothing"); ok {
		t.Errorf("nothing is %q", got)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"a file that is not there":          {},
		"an include that is not there":      {"http.conf": "#include nothing.conf\n"},
		"files that include each other":     {"http.conf": "#include http.conf\n"},
		"sections that inherit in a circle": {"http.conf": "[a](b)\n[b](a)\n"},
	} {
		c, err := pbx.ReadConf(conf(t, files), "http.conf")
		if name == "sections that inherit in a circle" {
			if _, ok := c.Value("a", "x"); ok || err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else if err == nil {
			t.Errorf("%s: read as %v", name, c)
		}
	}
}
