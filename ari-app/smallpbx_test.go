package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"clearline/lib/app"
	"clearline/lib/config"
	"clearline/lib/doctor"
	"clearline/lib/testbed"
)

// printedFiles are the files that a document prints, by the path in their first line.
func printedFiles(t *testing.T, document string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)```(?:ini|toml)\n[;#] (/\\S+)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		files[m[1]] = m[2]
	}
	return files
}

// found is what a file holds at a place.
func found(t *testing.T, file, pattern string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(pattern).FindSubmatch(text)
	if m == nil {
		t.Fatalf("%s has nothing like %s", file, pattern)
	}
	return string(m[1])
}

const ringsIn = `
phone caller is 01632 960200 "Peter"
caller rings 01632 960102
caller is answered
caller hears screening/greeting
caller presses the digit asked for
caller hears screening/ask-purpose
caller hangs up
`

// TestTheSmallPBXOfTheDocuments starts what docs/small-pbx.md prints. Only addresses are
// other ones: those of the test bed are its own.
func TestTheSmallPBXOfTheDocuments(t *testing.T) {
	files := printedFiles(t, "../docs/small-pbx.md")
	if len(files) != 5 {
		t.Fatalf("the document prints %d files", len(files))
	}
	sounds := toneSounds(t)
	bed := testbed.Start(t, testbed.Options{
		Password: "replace-this-password", Prompts: filepath.Join(sounds, "en_GB"),
		Lines: []testbed.Line{{ID: "flat-1", Endpoints: []string{"101"}}, {ID: "flat-2", Endpoints: []string{"102"}}},
	})
	etc := filepath.Join(bed.Asterisk.Home, "etc")
	bound := bed.Asterisk.SIPAddress()
	host, _, _ := net.SplitHostPort(bound)
	addresses := strings.NewReplacer(
		"0.0.0.0:5060", bound,
		"bindaddr = 127.0.0.1\nbindport = 8088", "bindaddr = "+host+"\nbindport = 18088",
		"sip:192.0.2.10", found(t, filepath.Join(etc, "pjsip.conf"), `contact=(sip:[\d.]+:\d+)`),
		"match = 192.0.2.10", "match = "+found(t, filepath.Join(etc, "pjsip.conf"), `match=([\d.]+/24)`),
		"/usr/share/clearline/sounds", sounds,
		"[ari]\n", "[ari]\nurl = \""+bed.Asterisk.ARIURL()+"\"\n",
	)
	place := map[string]string{"/etc/asterisk/": etc + "/", "/etc/clearline/": t.TempDir() + "/"}
	toml := place["/etc/clearline/"] + "clearline.toml"
	for path, text := range files {
		dir, name := filepath.Split(path)
		text = addresses.Replace(text)
		if name == "clearline.toml" {
			text += "[agi]\nlisten = \"" + host + ":4573\"\n[console]\nlisten = \"" + host + ":8480\"\n[store]\nurl = \"file:" + place[dir] + "clearline.db\"\n" +
				"[recordings]\ndir = \"" + bed.Asterisk.RecordingDir() + "\"\n"
		}
		if err := os.WriteFile(place[dir]+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, dialplan, complaint := command("dialplan", "--config", toml)
	if code != exitDone || complaint != "" {
		t.Fatalf("the configuration has faults: %s", complaint)
	}
	if err := os.WriteFile(filepath.Join(etc, "clearline.conf"), []byte(dialplan), 0o600); err != nil {
		t.Fatal(err)
	}
	bed.Asterisk.Kill()
	if err := bed.Asterisk.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	cfg, faults := config.Load(toml)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	movesIn(t, cfg, bed)
	_, out, _ := command("doctor", "--json", "--config", toml, "--asterisk", asteriskOf(t, bed), "--asterisk-config", filepath.Join(etc, "asterisk.conf"))
	for line := range strings.Lines(out) {
		var f doctor.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil || f.State != doctor.OK && !strings.HasSuffix(f.What, "is not registered") {
			t.Errorf("the doctor says %s", line)
		}
	}
	code, out, complaint = command("doctor", "--call", "101", "--config", toml, "--asterisk", asteriskOf(t, bed), "--asterisk-config", filepath.Join(etc, "asterisk.conf"))
	if code != exitFailed || !strings.Contains(out, "PJSIP/101 cannot be rung") || !strings.Contains(out, "ok    rehearsal") || strings.Contains(complaint, "remove") {
		t.Errorf("a test call to a telephone that nobody has plugged in ends with %d:\n%s%s", code, out, complaint)
	}
	bed.Scenario(t, testbed.NewVerbs(), "rings in", ringsIn)

	// What the file says of other providers and of routers.
	commented := regexp.MustCompile(`(?m)^;(\[|[a-z_]+ = |$)`)
	text := commented.ReplaceAllString(addresses.Replace(files["/etc/asterisk/pjsip.conf"]), "$1")
	if err := os.WriteFile(filepath.Join(etc, "pjsip.conf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	bed.Asterisk.Kill()
	if err := bed.Asterisk.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	cli := func(line string) string {
		out, err := exec.Command(asteriskOf(t, bed), "-C", filepath.Join(etc, "asterisk.conf"), "-rx", line).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", line, err, out)
		}
		return string(out)
	}
	cli("module load res_pjsip_outbound_registration.so") // the bed needs none, and Asterisk has it of itself
	for _, tc := range []struct{ show, want string }{
		{"registration provider", `client_uri +: sip:your-account@`},
		{"auth provider", `username +: your-account`},
		{"endpoint provider", `outbound_auth +: provider`},
		{"endpoint provider", `from_user +: your-account`},
		{"transport udp", `external_media_address +: 198\.51\.100\.7`},
	} {
		if out := cli("pjsip show " + tc.show); !regexp.MustCompile(tc.want).MatchString(out) {
			t.Errorf("pjsip show %s has nothing like %s:\n%s", tc.show, tc.want, out)
		}
	}
}

// movesIn lets Clearline move in, until the end of the test.
func movesIn(t *testing.T, cfg *config.Config, bed *testbed.Bed) {
	t.Helper()
	clearline, err := app.New(cfg, slog.New(slog.NewTextHandler(bed.Timeline.Writer("clearline"), nil)))
	if err != nil {
		t.Fatal(err)
	}
	if err := clearline.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := clearline.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	<-clearline.Ready()
}
