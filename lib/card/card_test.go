package card

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/prompt"
)

// houses is a configuration with three lines.
const houses = `[ari]
password = "example"
[[line]]
id = "flat-1"
name = 'Flat 1 <script src="//evil.example"></script> & "Sons"'
numbers = ["01632 960101"]
endpoints = ["PJSIP/101"]
wardens = ["ann", "night-desk"]
[[line]]
id = "flat-2"
language = "cy_GB"
numbers = ["01632 960102"]
endpoints = ["PJSIP/102"]
approver = "warden"
wardens = ["ann", "ben", "cat", "dan"]
[[line]]
id = "flat-3"
numbers = ["01632 960103"]
endpoints = ["PJSIP/103"]
approver = "either"
consult = "screen"
`

// printed is the card of a line in a house with more settings.
func printed(t *testing.T, id call.LineID, more string) string {
	t.Helper()
	return of(t, id, houses+more)
}

// of is the card of a line of a configuration.
func of(t *testing.T, id call.LineID, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clearline.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, faults := config.Load(path)
	if config.Broken(faults) {
		t.Fatal(faults)
	}
	var page strings.Builder
	if err := Write(&page, cfg, id); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

func TestWhatACardSays(t *testing.T) {
	for _, c := range []struct {
		name      string
		line      call.LineID
		more      string
		want, not []string
	}{
		{"the keys, the numbers for help, the codes and who helps", "flat-1", "", []string{
			`<html lang="en-GB">`, "Your number: <strong>01632 960 101</strong>",
			"<dt>5</dt><dd>to talk to them</dd>", "<dt>7</dt><dd>to say no, and never", "<dt>*</dt><dd>to hear it again</dd>",
			"<dt>**</dt><dd>in the call:", "<dt>999</dt><dd>fire", "<dt>159</dt><dd>your bank</dd>", "<dt>101</dt><dd>the police",
			"<dt>*55</dt><dd>to hear your messages</dd>", "<dt>*57</dt>", "<dt>*58</dt>", "<dt>*59</dt>", "night-desk",
		}, []string{"your warden", "112"}},
		{"keys and codes as they are set, and none that is switched off", "flat-1", `
[screening]
accept_key = "4"
block_key = "6"
repeat_key = "8"
[guard]
hangup_keys = "##"
[codes]
messages = "#22"
block = ""
`, []string{"<dt>4</dt>", "<dt>6</dt>", "<dt>8</dt>", "<dt>#22</dt>", "<dt>*58</dt>", "<dt>##</dt>"}, []string{"<dt>5</dt>", "**", "*55", "*57"}},
		{"no codes at all", "flat-1", "[codes]\nmessages = \"\"\nblock = \"\"\ntrust = \"\"\npause = \"\"\n", nil, []string{"When nobody is on the line"}},
		{"in Welsh, where the warden decides", "flat-2", "", []string{
			`<html lang="cy-GB">`, "Eich rhif", "eich warden sy&#39;n penderfynu", "<dt>159</dt><dd>eich banc</dd>", "ann, ben, cat, …",
		}, []string{"Your", ", dan", "*58"}},
		{"where the resident is not asked", "flat-3", "", []string{"your warden is asked first", "<dt>**</dt><dd>in the call:", "Who helps you</h2>"}, []string{"<dt>5</dt>", "you are asked first"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := printed(t, c.line, c.more)
			for _, want := range c.want {
				if !strings.Contains(page, want) {
					t.Errorf("without %q:\n%s", want, page)
				}
			}
			for _, not := range c.not {
				if strings.Contains(page, not) {
					t.Errorf("with %q:\n%s", not, page)
				}
			}
		})
	}
}

func TestACardElsewhereSays112(t *testing.T) {
	elsewhere := strings.NewReplacer("01632 96010", "+353 20 91 000", "[ari]", "region = \"IE\"\n[ari]")
	page := of(t, "flat-1", elsewhere.Replace(houses))
	if !strings.Contains(page, "<dt>112</dt>") || strings.Contains(page, "<dt>999</dt>") || strings.Contains(page, "<dt>159</dt>") {
		t.Errorf("%s", page)
	}
}

func TestACardIsOnePageThatAsksForNothing(t *testing.T) {
	for _, id := range []call.LineID{"flat-1", "flat-2", "flat-3"} {
		page := printed(t, id, "")
		for _, never := range []string{"<script", "<link", "<img", "src=\"", "href=", "url(", "@import"} {
			if strings.Contains(page, never) {
				t.Errorf("%s of %s is in the page", never, id)
			}
		}
		for _, want := range []string{"@page { size: A4", "default-src 'none'"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s says nothing of %q", id, want)
			}
		}
	}
	if page := printed(t, "flat-1", ""); strings.Count(page, "&lt;script src=") != 2 { // in the title, too
		t.Errorf("the name is not shown as it is:\n%s", page)
	}
}

func TestEveryLanguageHasTheSameWords(t *testing.T) {
	want := slices.Sorted(maps.Keys(catalogues[prompt.DefaultLanguage].texts))
	if len(want) == 0 {
		t.Fatal("no words at all")
	}
	for language, w := range catalogues {
		if got := slices.Sorted(maps.Keys(w.texts)); !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", language, got, want)
		}
	}
}

func TestALanguageWithoutWordsIsSaidInEnglish(t *testing.T) {
	if w := wordsIn("gd_GB"); w.Lang != "en-GB" {
		t.Errorf("it is said in %s", w.Lang)
	}
}
