package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"clearline/lib/call"
	"clearline/lib/policy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// noFiles stands for a machine without any file.
type noFiles struct{}

func (noFiles) read(string) (string, error) { return "", errors.New("cannot be read: no such file") }
func (noFiles) worldReadable(string) bool   { return false }

// faultsOf is what an operator reads about a text.
func faultsOf(name string, data []byte) string {
	_, faults := parse(name, data, noFiles{})
	var b strings.Builder
	for _, f := range faults {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

func TestFaultyConfigurations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".toml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := faultsOf(name, data)
			if got == "" {
				t.Error("no fault was found")
			}
			golden := strings.TrimSuffix(file, ".toml") + ".golden"
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
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
	}
}

const least = `
[ari]
password = "example"
[[line]]
id = "flat-1"
numbers = ["01632 960101"]
endpoints = ["PJSIP/101"]
`

func TestTheLeastConfigurationHasTheDefaults(t *testing.T) {
	got, faults := parse("clearline.toml", []byte(least), noFiles{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if at := got.Fault(Error, "ari.password", "", "").Line; at != 3 {
		t.Errorf("the password stands at line %d", at)
	}
	want := Default()
	want.Path, want.places, want.plans = "clearline.toml", got.places, got.plans
	want.ARI.Password = NewSecret("example")
	want.Lines = []Line{{Line: call.Line{
		ID: "flat-1", Name: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"PJSIP/101"}, Language: "en_GB",
	}, Policy: policy.DefaultRules(), Hearing: Hearing{Approver: call.ApproverResident, Consult: OnTelephone, Patience: 1, Gain: 1}}}
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("got %+v\nwant %+v", *got, want)
	}
	if !reflect.DeepEqual(got.CallLines(), []call.Line{want.Lines[0].Line}) {
		t.Errorf("CallLines: %+v", got.CallLines())
	}
}

func TestTheExampleLoadsWithoutFaults(t *testing.T) {
	const example = "../../docs/clearline.example.toml"
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	c, faults := parse(example, data, fixedSecret{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if len(c.Lines) != 2 || !slices.Equal(c.Lines[1].Verification, []string{"+441632960999"}) || !slices.Equal(c.Languages(), []string{"en_GB"}) {
		t.Errorf("%+v", c)
	}

	// What the example shows as the default is the default.
	was := Default()
	c.Path, c.Lines, c.ARI.Password, c.places, c.plans = "", nil, Secret{}, nil, nil
	if !reflect.DeepEqual(*c, was) {
		t.Errorf("the example differs from the defaults:\n%+v\n%+v", *c, was)
	}
}

type fixedSecret struct{ noFiles }

func (fixedSecret) read(string) (string, error) { return "example", nil }

func TestEveryKeySetIsRead(t *testing.T) {
	c, faults := Parse("clearline.toml", []byte(`
region = "IE"
[ari]
url = "https://pbx.example:8089/ari/"
application = "guard"
username = "screener"
password = "example"
[store]
url = "file:///srv/clearline/state.db"
snapshots = "/mnt/snapshots"
keep_snapshots = 30
[dialplan]
deliver = "ring-flat"
onward = "from-internal"
outside = ["0", "99"]
[prompts]
dir = "/srv/sounds"
[recordings]
dir = "/srv/recording"
[screening]
human_check = false
purpose_max = "20s"
consult_ring = "1m"
choice_wait = "15s"
accept_key = "4"
block_key = "#"
repeat_key = "8"
no_answer = "refuse"
max_per_line = 3
max_per_number = 0
max_per_trunk = 90
max_calls = 20
[guard]
deadman = "8s"
[verification]
window = "20m"
callback_emergency = "2h"
callback_other = "0s"
numbers = ["0044 1632 960999", "5001"]
[[trunk]]
endpoint = "PJSIP/trunk"
[[trunk]]
endpoint = "DAHDI/1"
kind = "fxo"
[[trunk]]
endpoint = "DAHDI/2"
kind = "fxo"
hold = "90s"
[log]
format = "json"
level = "debug"
`+least[strings.Index(least, "[[line]]"):]))
	if Broken(faults) {
		t.Fatal(faults)
	}
	want := Screening{
		PurposeMax: 20 * time.Second, ConsultRing: time.Minute, ChoiceWait: 15 * time.Second, Approver: call.ApproverResident,
		AcceptKey: '4', BlockKey: '#', RepeatKey: '8', NoAnswer: NoAnswerRefuse, MaxPerLine: 3, MaxCalls: 20,
		MaxPerNumber: 0, MaxPerTrunk: 90,
	}
	if c.Screening != want {
		t.Errorf("screening %+v", c.Screening)
	}
	if c.ARI.URL != "https://pbx.example:8089/ari" || c.ARI.Application != "guard" || c.ARI.Username != "screener" {
		t.Errorf("ari %+v", c.ARI)
	}
	if c.Store != (Store{Path: "/srv/clearline/state.db", Snapshots: "/mnt/snapshots", KeepSnapshots: 30}) || c.Store.SnapshotFolder() != "/mnt/snapshots" || !reflect.DeepEqual(c.Dialplan, Dialplan{"ring-flat", "from-internal", []string{"0", "99"}}) ||
		c.Prompts.Dir != "/srv/sounds" || c.Recordings.Dir != "/srv/recording" || c.Guard.Deadman != 8*time.Second {
		t.Errorf("%+v", c)
	}
	trunks := []Trunk{{"PJSIP/trunk", TrunkSIP, 0}, {"DAHDI/1", TrunkFXO, 3 * time.Minute}, {"DAHDI/2", TrunkFXO, 90 * time.Second}}
	if !reflect.DeepEqual(c.Trunks, trunks) {
		t.Errorf("trunks %+v", c.Trunks)
	}
	if v := (Verification{20 * time.Minute, 2 * time.Hour, 0, []string{"+441632960999", "5001"}}); !reflect.DeepEqual(c.Verification, v) {
		t.Errorf("verification %+v", c.Verification)
	}
	if c.Log.Format != "json" || c.Log.Level.String() != "DEBUG" {
		t.Errorf("log %+v", c.Log)
	}
}

func TestLoadGivesNoConfigurationWithAFault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.toml")
	if c, faults := Load(path); c != nil || !Broken(faults) {
		t.Errorf("a missing file: %v %v", c, faults)
	}
	if err := os.WriteFile(path, []byte(least+"colour = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, faults := Load(path); c != nil || len(faults) != 1 {
		t.Errorf("a fault: %v %v", c, faults)
	}
	if c, _ := Examine(path); c == nil || len(c.Lines) != 1 {
		t.Errorf("Examine: %v", c)
	}
	if err := os.WriteFile(path, []byte(least), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, faults := Load(path); c == nil || len(faults) > 0 {
		t.Errorf("no fault: %v %v", c, faults)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if c, faults := Load(path); c == nil || len(faults) != 1 || faults[0].Severity != Warning {
		t.Errorf("a readable password: %v %v", c, faults)
	}
}

func TestPasswordFile(t *testing.T) {
	dir := t.TempDir()
	path, secret := filepath.Join(dir, "clearline.toml"), filepath.Join(dir, "ari.secret")
	if err := os.WriteFile(path, []byte(strings.Replace(least, `password = "example"`, `password_file = "ari.secret"`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, []byte("pass word\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, faults := Load(path)
	if len(faults) > 0 || c.ARI.Password.Reveal() != "pass word" {
		t.Errorf("%v, %+v", faults, c)
	}
	if err := os.Chmod(secret, 0o644); err != nil {
		t.Fatal(err)
	}
	if c, faults := Load(path); c == nil || len(faults) != 1 || faults[0].Severity != Warning {
		t.Errorf("a password everyone can read: %v", faults)
	}
	for name, spoil := range map[string]func() error{
		"an empty file": func() error { return os.WriteFile(secret, nil, 0o600) },
		"a folder":      func() error { return errors.Join(os.Remove(secret), os.Mkdir(secret, 0o700)) },
		"no file":       func() error { return os.Remove(secret) },
	} {
		if err := spoil(); err != nil {
			t.Skip(name, err)
		}
	}
	if c, faults := Load(path); c != nil || !Broken(faults) {
		t.Errorf("no password file: %v", faults)
	}
}

func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/*.toml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(least))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, faults := parse("clearline.toml", data, noFiles{})
		lines := strings.Count(string(data), "\n") + 1
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > lines || fault.Problem == "" || strings.ContainsAny(fault.String(), "\n\r\x00\x1b") {
				t.Errorf("%#v of %d lines", fault, lines)
			}
		}
		if Broken(faults) {
			return
		}
		again, faults := parse("clearline.toml", reencode(t, data), noFiles{})
		again.places = c.places
		if Broken(faults) || !reflect.DeepEqual(c, again) {
			t.Errorf("written again it reads otherwise: %v\n%+v\n%+v", faults, c, again)
		}
	})
}

// reencode writes the same values in another way.
func reencode(t *testing.T, data []byte) []byte {
	t.Helper()
	var values map[string]any
	if err := toml.Unmarshal(data, &values); err != nil {
		t.Fatal(err)
	}
	text, err := toml.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
