package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"clearline/lib/testbed"
)

// snippet is a fenced block of a document.
type snippet struct {
	document string // "operating.md"
	language string // as the fence says: "toml"; mostly empty
	text     string
}

// first is the first line that says something, which snippets are known by.
func (s snippet) first() string {
	for line := range strings.Lines(s.text) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}

func (s snippet) String() string { return s.document + ": " + s.first() }

var fenced = regexp.MustCompile("(?ms)^ *```(\\w*)\n(.*?)^ *```")

// documents are the README and everything in docs.
func documents(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	all := map[string]string{}
	for _, file := range append(files, "../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = string(text)
	}
	return all
}

// snippets are all fenced blocks, those of a document in their order.
func snippets(t *testing.T) []snippet {
	t.Helper()
	var all []snippet
	for name, text := range documents(t) {
		for _, m := range fenced.FindAllStringSubmatch(text, -1) {
			all = append(all, snippet{name, m[1], m[2]})
		}
	}
	slices.SortStableFunc(all, func(a, b snippet) int { return strings.Compare(a.document, b.document) })
	return all
}

// treatment says how a snippet is proved to be right.
type treatment string

const (
	commanded treatment = "its commands are run, by TestTheCommandsOfTheDocuments"
	routing   treatment = "Asterisk loads it, in TestTheCommandsOfTheDocuments"
	settings  treatment = "it is read as a part of a configuration, by TestTheSettingsOfTheDocuments"
	scenario  treatment = "it is read as a scenario, by TestTheScenarioOfTheDocuments"
	smallPBX  treatment = "an Asterisk is started with it, by TestTheSmallPBXOfTheDocuments"
	picture   treatment = "a drawing, or a listing of what was measured: there is nothing to run"
	shown     treatment = "what a program says, which tests of that program hold it to"
	compiled  treatment = "the compiler checks the same lines in lib/flow"
	bed       treatment = "the Asterisk of the test bed and clearline setup have the same lines, and the doctor's tests break each"
	contained treatment = "for a Docker host: scripts/test-docker builds and runs the same with podman, and tests in docker compare it with compose.yaml"
	foreign   treatment = "for another program, which is not here: Home Assistant, Prometheus, systemd, or a module that Debian's Asterisk comes without"
)

// treatments are how the snippets are proved, by document and how the first line begins.
// TOML needs no row: all of it is settings, unless a row says otherwise.
var treatments = map[string]treatment{
	"README.md: unknown caller":                        picture,
	"README.md: fraudster ":                            picture,
	"README.md: sudo scripts/demo":                     commanded,
	"README.md: sudo scripts/setup --build":            commanded,
	"README.md: sudo install":                          commanded,
	"api.md: clearline token":                          commanded,
	"api.md: curl ":                                    commanded,
	"api.md: id: ":                                     shown,
	"architecture.md: func ":                           compiled,
	"architecture.md: ari-app ":                        picture,
	"benchmarks.md: scripts/bench ":                    commanded,
	"benchmarks.md: Clearing a line":                   picture,
	"benchmarks.md: Clearline  ":                       picture,
	"benchmarks.md: 335 calls":                         picture,
	"benchmarks.md: 1000000 blocked numbers":           picture,
	"benchmarks.md: Ringing for":                       picture,
	"benchmarks.md: Until a change":                    picture,
	"callers.md: clearline contact":                    commanded,
	"clearing.md: dialled on":                          picture,
	"console.md: clearline user":                       commanded,
	"dialplan.md: clearline dialplan":                  commanded,
	"dialplan.md: [clearline-deliver]":                 routing,
	"dialplan.md: AGI(":                                shown,
	"dialplan.md: [from-trunk]":                        routing,
	"dialplan.md: channelvars=":                        bed,
	"docker.md: ":                                      contained,
	"freepbx.md: sudo apt":                             commanded,
	"freepbx.md: sudo scripts":                         commanded,
	"guarded-call.md: level=WARN":                      shown,
	"languages.md: sudo apt install sox":               commanded,
	"messages.md: clearline card":                      commanded,
	"messages.md: [101]":                               foreign,
	"notifications.md: $ clearline notify":             commanded,
	"notifications.md: triggers:":                      foreign,
	"operating.md: ; http.conf":                        bed,
	"operating.md: 14:31.587":                          shown,
	"operating.md: $ clearline calls":                  commanded,
	"operating.md: $ sudo clearline backup":            commanded,
	"operating.md: level=ERROR":                        shown,
	"operating.md: $ sudo clearline doctor":            commanded,
	"operating.md: $ curl":                             commanded,
	"operating.md: # prometheus.yml":                   foreign,
	"operating.md: Status:":                            shown,
	"packages.md: sha256sum":                           commanded,
	"packages.md: sudo install -d":                     commanded,
	"packages.md: [Service]":                           foreign,
	"packages.md: scripts/release":                     commanded,
	"privacy.md: $ sudo clearline forget":              commanded,
	"reliability.md: sudo scripts/faults":              commanded,
	"small-pbx.md: ; /etc/asterisk/":                   smallPBX,
	"small-pbx.md: # /etc/clearline/clearline.toml":    smallPBX,
	"small-pbx.md: sudo chown":                         commanded,
	"testing.md: scripts/test ":                        commanded,
	"testing.md: # The resident listens and hangs up.": scenario,
	"two-nodes.md: telephone 101":                      picture,
}

// treated finds the row of a snippet.
func treated(s snippet) (row string, how treatment) {
	for row, how := range treatments {
		if strings.HasPrefix(s.String(), row) {
			return row, how
		}
	}
	if s.language == "toml" {
		return "", settings
	}
	return "", ""
}

// thus are the snippets that are proved in one way.
func thus(t *testing.T, how treatment) []snippet {
	t.Helper()
	return slices.DeleteFunc(snippets(t), func(s snippet) bool { _, is := treated(s); return is != how })
}

func TestEverySnippetOfTheDocumentsIsProvedSomehow(t *testing.T) {
	used := map[string]bool{}
	for _, s := range snippets(t) {
		row, how := treated(s)
		used[row] = true
		if how == "" {
			t.Errorf("nothing proves %s\nRun it in a test, and give it a row in treatments", s)
		}
	}
	for row := range treatments {
		if !used[row] {
			t.Errorf("no document has %s any more", row)
		}
	}
}

// joined puts one table of settings into another: tables into tables, lines to the line of
// the same id, everything else in the place of what was there.
func joined(into, from map[string]any) {
	for key, value := range from {
		switch value := value.(type) {
		case map[string]any:
			if there, ok := into[key].(map[string]any); ok {
				joined(there, value)
				continue
			}
			into[key] = value
		case []map[string]any:
			there, _ := into[key].([]map[string]any)
			for _, entry := range value {
				at := slices.IndexFunc(there, func(e map[string]any) bool { return entry["id"] != nil && e["id"] == entry["id"] })
				if at >= 0 {
					joined(there[at], entry)
				} else {
					there = append(there, entry)
				}
			}
			into[key] = there
		default:
			into[key] = value
		}
	}
}

const aHouse = `
[ari]
password = "example"
[[line]]
id = "flat-1"
numbers = ["01632 960101"]
endpoints = ["PJSIP/101"]
wardens = ["ann"]
[[line]]
id = "flat-2"
numbers = ["01632 960102"]
endpoints = ["PJSIP/102"]
`

// certify makes a certificate that vouches for itself, and its key.
func certify(t *testing.T, certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	public, err := x509.CreateCertificate(rand.Reader, of, of, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]pem.Block{certificate: {Type: "CERTIFICATE", Bytes: public}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(&block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheSettingsOfTheDocuments(t *testing.T) {
	dir := t.TempDir()
	sounds := filepath.Join(dir, "sounds")
	fill(t, sounds)
	for name, text := range map[string]string{"night-desk.url": "ntfy://ntfy.example/clearline\n", "mqtt.secret": "secret\n", "record.pin": "247358\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	certify(t, filepath.Join(dir, "console.pem"), filepath.Join(dir, "console-key.pem"))
	here := strings.NewReplacer("/etc/clearline/", dir+"/", "/var/lib/clearline/", dir+"/", "/var/lib/asterisk/sounds/clearline", sounds)
	for _, s := range thus(t, settings) {
		t.Run(s.String(), func(t *testing.T) {
			all, part := map[string]any{}, map[string]any{}
			if _, err := toml.Decode(aHouse, &all); err != nil {
				t.Fatal(err)
			}
			all["prompts"] = map[string]any{"dir": sounds}
			if _, err := toml.Decode(here.Replace(s.text), &part); err != nil {
				t.Fatal(err)
			}
			joined(all, part)
			var text bytes.Buffer
			if err := toml.NewEncoder(&text).Encode(all); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "clearline.toml")
			if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			if code, out, complaint := command("check", "--config", path); code != exitDone {
				t.Errorf("check ends with %d: %s%s\n%s", code, out, complaint, text.String())
			}
		})
	}
}

func TestTheScenarioOfTheDocuments(t *testing.T) {
	for _, s := range thus(t, scenario) {
		if _, err := testbed.NewVerbs().Parse(s.document, strings.ReplaceAll(s.text, "...\n", "")); err != nil {
			t.Error(err)
		}
	}
}

// inText are commands in the running text.
var inText = regexp.MustCompile("`(?:sudo )?clearline ([a-z][^`]*)`")

// words takes a command line apart as a shell does, up to what is not the command's own.
func words(line string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(line, -1) {
		if m[1] == "" && (strings.ContainsAny(m[2], `|>\`) || strings.Contains(m[2], "...")) {
			break
		}
		all = append(all, m[1]+m[2])
	}
	return all
}

func TestCommandsInTheTextAreUnderstood(t *testing.T) {
	n := 0
	for name, text := range documents(t) {
		for _, m := range inText.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			n++
			_, err := newParser(io.Discard, io.Discard).Parse(words(m[1]))
			// What is left out in the text, such as a name, is no mistake.
			if err != nil && !strings.Contains(err.Error(), "expected ") && !strings.Contains(err.Error(), "missing ") {
				t.Errorf("%s: clearline %s: %v", name, m[1], err)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d commands are found", n)
	}
}
