package prompt

import (
	"strings"
	"testing"
)

func TestEveryPromptHasANumberOfItsOwnThatBeginsNoCallForHelp(t *testing.T) {
	seen := map[string]Name{}
	for _, name := range Recordable() {
		keys := NumberOf(name)
		if len(keys) != NumberLength || strings.Trim(keys, "2345678") != "" {
			t.Fatalf("%s is reached by %q", name, keys)
		}
		if other, taken := seen[keys]; taken {
			t.Errorf("%s and %s are reached by %s", name, other, keys)
		}
		seen[keys] = name
		if found, ok := Numbered(keys); !ok || found != name {
			t.Errorf("%s reaches %s, want %s", keys, found, name)
		}
	}
	c, err := LoadCatalogue(DefaultLanguage)
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != len(c.Names())-1 { // all but the silence
		t.Errorf("%d of %d prompts have a number", len(seen), len(c.Names()))
	}
}

func TestNothingElseHasANumber(t *testing.T) {
	for _, keys := range []string{"", "2", "22", "2222", "999", "888", "22*", "21a"} {
		if name, ok := Numbered(keys); ok {
			t.Errorf("%q reaches %s", keys, name)
		}
	}
	for _, name := range []Name{Pause, "", "screening/unheard-of"} {
		if keys := NumberOf(name); keys != "" {
			t.Errorf("%q is reached by %s", name, keys)
		}
	}
}

func TestSteppingGoesThroughAllPromptsAndRound(t *testing.T) {
	all := Recordable()
	at := all[0]
	for range all {
		next := Stepped(at, 1)
		if Stepped(next, -1) != at {
			t.Fatalf("behind %s comes %s, and before that %s", at, next, Stepped(next, -1))
		}
		at = next
	}
	if at != all[0] {
		t.Errorf("after all of them comes %s, want %s", at, all[0])
	}
	if Stepped(all[0], -1) != all[len(all)-1] {
		t.Errorf("before the first comes %s", Stepped(all[0], -1))
	}
}
