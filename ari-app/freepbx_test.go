package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"clearline/lib/config"
	"clearline/lib/doctor"
	"clearline/lib/testbed"
)

// freePBX is a dialplan with the contexts of FreePBX, and the order in which they include
// each other (etc/extensions.conf of its module core, releases 16.0 and 17.0; contexts that
// are made there include their own -custom first). What they do is our own.
const freePBX = `[general]
static=yes
#include extensions_additional.conf
#include extensions_custom.conf
[from-trunk]
include => from-pstn
[from-pstn]
include => from-pstn-custom
include => ext-did
include => ext-did-post-custom
include => from-did-direct
include => ext-did-catchall
[from-internal]
include => from-internal-noxfer
include => from-internal-xfer
include => bad-number
;-
[from-internal-noxfer]
include => from-internal-noxfer-custom
include => from-internal-noxfer-additional
;-
[from-internal-xfer]
include => from-internal-custom
include => from-internal-additional
exten => h,1,%s
;-
[from-did-direct]
include => ext-local
`

const freePBXMade = `[from-internal-additional]
include => app-test
include => ext-local
include => outbound-allroutes
[app-test]
exten => *97,1,Answer()
[ext-did]
include => ext-did-custom
include => ext-did-0001
include => ext-did-0002
exten => foo,1,NoOp(bar)
[ext-did-0001]
exten => fax,1,Hangup()
[ext-did-0002]
exten => 01632960101,1,Set(FROM_DID=${EXTEN})
 same => n,Goto(from-did-direct,201,1)
[ext-did-catchall]
exten => _[+0-9]!,1,Hangup(1)
[ext-local]
exten => 201,1,Dial(PJSIP/201,20)
 same => n,Hangup()
exten => 105,1,Hangup()
[outbound-allroutes]
include => outrt-1
exten => foo,1,NoOp(bar)
[outrt-1]
exten => _[+0-9]!,1,Dial(PJSIP/${EXTEN}@main,60)
 same => n,Hangup()
[bad-number]
exten => _[*0-9]!,1,Congestion(5)
[macro-hangupcall]
exten => s,1,Return()
`

// freePBXCalls is a stranger, help that is dialled meanwhile, another number, and the
// inbound route when Clearline is absent.
const (
	freePBXCalls = `
phone caller is 01632 960200 "Peter"
phone resident is line flat-1
phone exchange is the exchange
caller rings 01632 960101
caller is answered
caller hears screening/greeting
caller presses the digit asked for
caller hears screening/ask-purpose
resident rings 999
caller is hung up
exchange rings as 999
exchange answers
resident and exchange hear each other
resident hangs up
exchange is hung up
resident rings 01632960998
exchange rings as 01632960998
exchange answers
resident hangs up
exchange is hung up
`
	freePBXWithout = `
phone caller is 01632 960200 "Peter"
phone resident is line flat-1
caller rings 01632 960101
resident rings
resident shows "UNSCREENED Peter"
resident answers
caller and resident hear each other
resident hangs up
caller is hung up
`
)

// installFreePBX runs the script, and returns what it complained of.
func installFreePBX(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "../scripts/install-freepbx", args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestFreePBX(t *testing.T) {
	for version, ending := range map[string]string{"16": "Macro(hangupcall)", "17": "Gosub(macro-hangupcall,s,1)"} {
		t.Run(version, func(t *testing.T) {
			s := &site{}
			sounds := toneSounds(t)
			s.bed = testbed.Start(t, testbed.Options{
				TrunkContext: "from-trunk", ResidentContext: "from-internal", Prompts: filepath.Join(sounds, "en_GB"), ChannelVars: []string{"NONE"},
				Lines: []testbed.Line{{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"201"}}},
				Files: map[string]string{
					"extensions.conf": fmt.Sprintf(freePBX, ending), "extensions_additional.conf": freePBXMade,
					"extensions_custom.conf": "[mine]\nexten => 1,1,Hangup()\n", "pjsip.endpoint_custom_post.conf": "", "ari_general_custom.conf": "",
				},
			})
			s.etc = filepath.Join(s.bed.Asterisk.Home, "etc")
			s.appends(t, "pjsip.conf", "#include pjsip.endpoint_custom_post.conf\n")
			s.appends(t, "ari.conf", "[general](+)\n#include ari_general_custom.conf\n")
			cfg := s.configured(t, sounds)
			flags := []string{"--etc", s.etc, "--config", s.toml, "--clearline", s.printer(t)}
			before := s.files(t)
			if out := installFreePBX(t, append(flags, "--dry-run")...); !strings.Contains(out, "[ext-did-custom]") || !strings.Contains(out, ending) {
				t.Errorf("--dry-run says %s", out)
			}
			s.same(t, before)
			if out := installFreePBX(t, flags...); !strings.Contains(out, "left to FreePBX, because they are extensions or feature codes there: 105 ") {
				t.Errorf("it says %s", out)
			}
			once := s.files(t)
			installFreePBX(t, flags...)
			s.same(t, once)
			s.reads(t)

			s.bed.Scenario(t, testbed.NewVerbs(), "without", freePBXWithout)
			movesIn(t, cfg, s.bed)
			_, out, _ := command("doctor", "--json", "--config", s.toml, "--asterisk", asteriskOf(t, s.bed), "--asterisk-config", filepath.Join(s.etc, "asterisk.conf"))
			for line := range strings.Lines(out) {
				var f doctor.Finding
				if err := json.Unmarshal([]byte(line), &f); err != nil || f.State != doctor.OK {
					t.Errorf("the doctor says %s", line)
				}
			}
			s.bed.Scenario(t, testbed.NewVerbs(), "calls", freePBXCalls)

			installFreePBX(t, append(flags, "--remove")...)
			after := s.files(t)
			for path, text := range before {
				if after[path] != text {
					t.Errorf("%s is %q", path, after[path])
				}
			}
		})
	}
}

// appends adds to a file of Asterisk's.
func (s *site) appends(t *testing.T, name, text string) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(s.etc, name), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// configured writes and reads a configuration for the site.
func (s *site) configured(t *testing.T, sounds string) *config.Config {
	t.Helper()
	asterisk := s.bed.Asterisk
	host, _, _ := net.SplitHostPort(asterisk.SIPAddress())
	s.toml = filepath.Join(t.TempDir(), "clearline.toml")
	text := fmt.Sprintf("[ari]\nurl = %q\nusername = %q\npassword = %q\n[agi]\nlisten = \"%[4]s:4573\"\n[console]\nlisten = \"%[4]s:8480\"\n[dialplan]\noutside = []\n"+
		"[store]\nurl = \"file:%[5]s\"\n[prompts]\ndir = %[6]q\n[recordings]\ndir = %[7]q\n[[line]]\nid = \"flat-1\"\nnumbers = [\"01632 960101\"]\nendpoints = [\"PJSIP/201\"]\n",
		asterisk.ARIURL(), asterisk.ARIUser(), asterisk.ARIPassword(), host, filepath.Join(t.TempDir(), "clearline.db"), sounds, asterisk.RecordingDir())
	if err := os.WriteFile(s.toml, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, faults := config.Load(s.toml)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return cfg
}

// printer is a program that prints the dialplan of the site.
func (s *site) printer(t *testing.T) string {
	t.Helper()
	_, dialplan, _ := command("dialplan", "--config", s.toml)
	printed := filepath.Join(t.TempDir(), "printed")
	if err := os.WriteFile(printed, []byte(dialplan), 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "clearline")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexec cat "+printed+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return program
}

// reads makes Asterisk read what was written.
func (s *site) reads(t *testing.T) {
	t.Helper()
	for _, command := range []string{"module reload res_ari.so", "module reload res_pjsip.so", "dialplan reload"} {
		if _, err := s.bed.Asterisk.CLI(t.Context(), command); err != nil {
			t.Fatal(err)
		}
	}
}
