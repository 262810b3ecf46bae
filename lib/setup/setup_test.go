package setup_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clearline/lib/pbx"
	"clearline/lib/setup"
)

// usual are what is found at an ordinary exchange, and what is wished for.
func usual() (setup.Found, setup.Wishes) {
	f := setup.Found{
		Folders:   pbx.Folders{Config: "/etc/asterisk", Data: "/usr/share/asterisk", Spool: "/var/spool/asterisk"},
		Listening: []string{"127.0.0.1:8088"},
		Endpoints: []string{"PJSIP/101", "PJSIP/102", "PJSIP/main", "PJSIP/spare"},
		HTTPConf:  pbx.Conf{{Name: "general"}},
		ARIConf:   pbx.Conf{{Name: "general", Variables: []pbx.Variable{{Name: "channelvars", Value: "MINE,CLEARLINE_LINE"}}}},
		Recording: true,
	}
	return f, setup.Wishes{
		Config: "/etc/clearline/clearline.toml", Lines: []setup.Line{{ID: "flat-1", Number: "01632 960101", Endpoints: []string{"PJSIP/101"}}},
		Trunks: []string{"PJSIP/main"}, User: "clearline", Secret: "secret", Prompts: "/usr/share/asterisk/sounds/clearline",
		Store: "/var/lib/clearline/clearline.db", AGI: "127.0.0.1:4573", Console: "127.0.0.1:8480",
	}
}

// text is that of one file, or empty.
func text(files []setup.File, name string) string {
	for _, f := range files {
		if filepath.Base(f.Path) == name {
			return f.Text
		}
	}
	return ""
}

func TestFiles(t *testing.T) {
	for _, c := range []struct {
		name        string
		changes     func(*setup.Found, *setup.Wishes)
		file        string
		says, lacks string
	}{
		{"the marks join those that are there", nil, "clearline-ari.conf", "[general](+)\nenabled = yes\nchannelvars = MINE,CLEARLINE_LINE,CLEARLINE_ROLE,CHANNEL(linkedid)\n", ""},
		{"a server that is on is left alone", nil, "http.conf", "", "include"},
		{"a server that is off is switched on", func(f *setup.Found, _ *setup.Wishes) { f.Listening = nil }, "clearline-http.conf", "bindaddr = 127.0.0.1\nbindport = 8088\n", ""},
		{"a file without a section gets one", func(f *setup.Found, _ *setup.Wishes) { f.ARIConf = nil }, "clearline-ari.conf", "[general]\nenabled", "(+)"},
		{"a server that listens everywhere is asked here", func(f *setup.Found, _ *setup.Wishes) {
			f.Listening, f.HTTPConf = []string{"0.0.0.0:80"}, pbx.Conf{{Name: "general", Variables: []pbx.Variable{{Name: "prefix", Value: "pbx"}}}}
		}, "clearline.toml", `url = "http://127.0.0.1:80/pbx/ari"`, ""},
		{"recordings are where asterisk's are", nil, "clearline.toml", `dir = "/var/spool/asterisk/recording"`, "password = "},
		{
			"the trunk of a suspect comes last", func(_ *setup.Found, w *setup.Wishes) { w.Trunks = []string{"PJSIP/main", "PJSIP/spare"} }, "clearline-local.conf",
			`n,ExecIf($["${CLEARLINE_AVOID}" = "main"]?Dial(PJSIP/${EXTEN}@main,60))`, "",
		},
		{"contexts of one's own are kept", func(f *setup.Found, _ *setup.Wishes) {
			f.Plan = pbx.Plan{"clearline-deliver": {}, "clearline-onward": {}}
		}, "extensions.conf", "#include clearline.conf\n; END", "local"},
		{"one that is missing is made", func(f *setup.Found, _ *setup.Wishes) { f.Plan = pbx.Plan{"clearline-onward": {}} }, "clearline-local.conf", "[clearline-deliver]", "[clearline-onward]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, w := usual()
			if c.changes != nil {
				c.changes(&f, &w)
			}
			files, err := setup.Files(f, w)
			if err != nil {
				t.Fatal(err)
			}
			got := text(files, c.file)
			if !strings.Contains(got, c.says) || c.lacks != "" && strings.Contains(got, c.lacks) {
				t.Errorf("%s is\n%s", c.file, got)
			}
		})
	}
}

func TestWishesThatCannotBeFulfilled(t *testing.T) {
	for name, c := range map[string]struct {
		wants func(*setup.Found, *setup.Wishes)
		says  string
	}{
		"no line":                    {func(_ *setup.Found, w *setup.Wishes) { w.Lines = nil }, "no line"},
		"no trunk":                   {func(_ *setup.Found, w *setup.Wishes) { w.Trunks = nil }, "no trunk"},
		"an endpoint that is nobody": {func(_ *setup.Found, w *setup.Wishes) { w.Lines[0].Endpoints = []string{"PJSIP/9"} }, "PJSIP/9 is no endpoint"},
		"a trunk that is a line":     {func(_ *setup.Found, w *setup.Wishes) { w.Trunks = []string{"PJSIP/101"} }, "named twice"},
		"a user that is there":       {func(f *setup.Found, _ *setup.Wishes) { f.ARIConf = append(f.ARIConf, pbx.Section{Name: "clearline"}) }, "a user clearline already"},
		"a number that is none":      {func(_ *setup.Found, w *setup.Wishes) { w.Lines[0].Number = "12" }, "would have faults"},
	} {
		f, w := usual()
		c.wants(&f, &w)
		if _, err := setup.Files(f, w); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "flat-1", "flat-1=01632 960101", "flat-1==PJSIP/101"} {
		if l, err := setup.ReadLine(text); err == nil {
			t.Errorf("%q is %+v", text, l)
		}
	}
}

func TestWhatCannotBeWrittenLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	others := filepath.Join(dir, "others.conf")
	if err := os.WriteFile(others, []byte("[general]"), 0o600); err != nil {
		t.Fatal(err)
	}
	toml := filepath.Join(dir, "clearline/clearline.toml")
	files := []setup.File{
		{Path: toml, Text: "x\n"},
		{Path: others, Text: "#include y\n", Adds: true},
		{Path: filepath.Join(others, "below"), Text: "z\n"}, // below a file
	}
	if err := setup.Apply(toml, files); err == nil {
		t.Fatal("it was written")
	}
	if text, err := os.ReadFile(others); err != nil || string(text) != "[general]" {
		t.Errorf("the others' file is %q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Dir(toml)); err == nil {
		t.Error("the folder is still there")
	}
	if _, err := setup.Undo(toml); err == nil {
		t.Error("nothing was taken back")
	}
}

func TestNothingIsOverwritten(t *testing.T) {
	toml := filepath.Join(t.TempDir(), "clearline.toml")
	if err := os.WriteFile(toml, []byte("mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := setup.Apply(toml, []setup.File{{Path: toml, Text: "x\n"}}); err == nil {
		t.Error("it was written")
	}
	other := filepath.Join(t.TempDir(), "clearline.toml")
	if err := setup.Apply(other, []setup.File{{Path: other, Text: "x\n"}}); err != nil {
		t.Fatal(err)
	}
	if err := setup.Apply(other, nil); !errors.Is(err, setup.ErrThere) {
		t.Errorf("a second time: %v", err)
	}
}

func TestALineThatWasChangedInOthersFilesStays(t *testing.T) {
	dir := t.TempDir()
	toml, others := filepath.Join(dir, "clearline.toml"), filepath.Join(dir, "others.conf")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(others, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("[general]\n")
	if err := setup.Apply(toml, []setup.File{{Path: others, Text: "#include y\n", Adds: true}}); err != nil {
		t.Fatal(err)
	}
	write("[general]\n;#include y\n")
	if left, err := setup.Undo(toml); err != nil || len(left) != 1 || left[0] != others {
		t.Errorf("left %q, %v", left, err)
	}
	write("[general]\n")
	if err := setup.Apply(toml, []setup.File{{Path: others, Text: "#include y\n", Adds: true}}); err != nil {
		t.Fatal(err)
	}
	write("[general]\n#include y\n[mine]\n")
	if left, err := setup.Undo(toml); err != nil || len(left) != 0 {
		t.Errorf("left %q, %v", left, err)
	}
	if text, _ := os.ReadFile(others); string(text) != "[general]\n[mine]\n" {
		t.Errorf("it is %q", text)
	}
}

func TestAFolderForRecordingsIsMadeWhereThereIsNone(t *testing.T) {
	made := func(there bool) (folders []string) {
		f, w := usual()
		f.Recording = there
		files, err := setup.Files(f, w)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if file.Folder {
				folders = append(folders, file.Path)
			}
		}
		return folders
	}
	if got := made(false); len(got) != 1 || got[0] != "/var/spool/asterisk/recording" {
		t.Errorf("made are %q", got)
	}
	if got := made(true); len(got) != 0 {
		t.Errorf("where there is one, made are %q", got)
	}
	dir := t.TempDir()
	toml, folder := filepath.Join(dir, "clearline.toml"), filepath.Join(dir, "recording")
	for _, used := range []bool{false, true} {
		if err := setup.Apply(toml, []setup.File{{Path: folder, Folder: true}}); err != nil {
			t.Fatal(err)
		}
		if is, err := os.Stat(folder); err != nil || is.Mode() != os.ModeDir|os.ModeSetgid|0o770 {
			t.Fatalf("it is %v, %v", is.Mode(), err)
		}
		if used {
			if err := os.WriteFile(filepath.Join(folder, "a.wav"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		left, err := setup.Undo(toml)
		_, gone := os.Stat(folder)
		if err != nil || (len(left) > 0) != used || (gone == nil) != used {
			t.Errorf("used %t: left %q, %v; the folder: %v", used, left, err, gone)
		}
	}
}
