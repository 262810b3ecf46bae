package flow

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clearline/lib/prompt"
)

// TestNobodyIsOfferedMoreThanThreeThings looks through all that is said in the recorded
// conversations: what offers a choice is named to-..., and the key follows.
func TestNobodyIsOfferedMoreThanThreeThings(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.golden")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	menus := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			offered := strings.Count(line, "/to-")
			if offered > prompt.MostChoices {
				t.Errorf("%s offers %d things at once: %s", file, offered, line)
			}
			menus += min(offered, 1)
		}
	}
	if menus == 0 {
		t.Error("no choice was found in any conversation")
	}
}
