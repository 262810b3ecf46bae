package roster

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestCellsAreGuardedWhereverASpreadsheetMayBeginOne(t *testing.T) {
	for cell, want := range map[string]string{
		"":              "",
		"Ann":           "Ann",
		"=1+1":          "'=1+1",
		"+441632960123": "'+441632960123",
		"Bob;=1+1":      "Bob;'=1+1",
		"Bob,@x\t-1":    "Bob,'@x\t'-1",
		"Bob; \"=1+1":   "Bob; \"'=1+1",
		"Bob;＝1":        "Bob;'＝1",
		"Bob;'=1":       "Bob;''=1",
		"O'Hara, Ann":   "O'Hara, Ann",
		"1+1=2; 3-1=2":  "1+1=2; 3-1=2",
		" =1":           " '=1",
		"\t=1":          "'\t'=1",
		"+44-+45":       "'+44-+45",
	} {
		if got := guarded(cell); got != want || unguarded(got) != cell {
			t.Errorf("%q becomes %q, and that %q; want %q", cell, got, unguarded(got), want)
		}
	}
	for _, cell := range []string{"'Ann'", "'t Hooft", "the '90s", "rock 'n' roll", "Ann 'the ear', '", "x'=1"} {
		if got := unguarded(cell); got != cell {
			t.Errorf("%q loses an apostrophe nobody guarded with: %q", cell, got)
		}
	}
}

func TestEveryGuardedTextIsRestored(t *testing.T) {
	text := rapid.OneOf(rapid.StringOf(rapid.SampledFrom([]rune("=+-@;,\t\r\n'\" a＝"))), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		if cell := text.Draw(t, "cell"); utf8.ValidString(cell) && unguarded(guarded(cell)) != cell {
			t.Fatalf("%q becomes %q, and that %q", cell, guarded(cell), unguarded(guarded(cell)))
		}
	})
}
