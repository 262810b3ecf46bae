package prompt

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// namesInCode reads the prompts that code can say out of name.go, so that no
// second list has to be kept: constants of type Name, the keys, and what times and counts
// are said with.
func namesInCode(t *testing.T) []Name {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "name.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []Name
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Name" {
			return true
		}
		for _, v := range spec.Values {
			s, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, Name(s))
		}
		return true
	})
	if len(names) < 20 {
		t.Fatalf("found only %d names in name.go", len(names))
	}
	for _, key := range "0123456789*#" {
		names = append(names, Digit(key))
	}
	return append(names, spokenNames()...)
}

func TestEveryPromptInCodeHasATextAndEveryTextIsSaid(t *testing.T) {
	want := namesInCode(t)
	c, err := LoadCatalogue(DefaultLanguage)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range c.Compare(want) {
		t.Error(wrong)
	}
}

func TestTextsArePlain(t *testing.T) {
	for _, language := range Languages() {
		c, err := LoadCatalogue(language)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range c.Names() {
			text, _ := c.Text(n)
			if strings.ContainsAny(text, "—–\n\t<>&") || strings.TrimSpace(text) != text {
				t.Errorf("%s/%s: %q holds a mark that speech does not need", language, n, text)
			}
			for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
				if len(word) > 1 && word == strings.ToUpper(word) {
					t.Errorf("%s/%s: voices spell %s", language, n, word)
				}
			}
			if strings.Contains(strings.ToLower(text), "clearline") {
				t.Errorf("%s/%s names a brand", language, n)
			}
		}
	}
}

func TestParseCatalogueRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a catalogue without a voice":  `[screening]` + "\n" + `greeting = "Hello"`,
		"a text that is a number":      "voice = \"en-gb\"\n[screening]\ngreeting = 1",
		"a text outside a table":       "voice = \"en-gb\"\ngreeting = \"Hello\"",
		"a number outside a table":     "voice = \"en-gb\"\ngreeting = 1",
		"what is no TOML":              "voice = ",
		"a language that is not there": "",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parseCatalogue("en_GB", []byte(text)); err == nil {
				t.Error("accepted")
			}
		})
	}
	if _, err := LoadCatalogue("xx_XX"); err == nil || !strings.Contains(err.Error(), "en_GB") {
		t.Errorf("an unknown language: %v", err)
	}
}

func TestCompareNamesWhatIsMissingAndWhatIsUnused(t *testing.T) {
	c, err := parseCatalogue("en_GB", []byte("voice = \"en-gb\"\n[a]\nb = \"said\"\nempty = \"\"\nunused = \"never said\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := c.Compare([]Name{"a/b", "a/empty", "a/c"})
	want := []string{"en_GB has no text for a/empty", "en_GB has no text for a/c", "en_GB has a text for a/unused, which nothing says"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
