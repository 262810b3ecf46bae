package number_test

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"clearline/lib/number"
)

// written is one line of testdata/forms.txt.
type written struct {
	line                 int
	text, region, become string
	class                number.Class
}

// forms reads the golden table.
func forms(t testing.TB) []written {
	t.Helper()
	f, err := os.Open("testdata/forms.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var table []written
	scanner := bufio.NewScanner(f)
	for line := 1; scanner.Scan(); line++ {
		if text := scanner.Text(); text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		c := strings.Split(scanner.Text(), " | ")
		if len(c) != 4 {
			t.Fatalf("forms.txt:%d: %d columns", line, len(c))
		}
		table = append(table, written{line, c[0], c[1], c[2], number.Class(c[3])})
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return table
}

func TestEveryWrittenFormIsReadAndClassified(t *testing.T) {
	table := forms(t)
	if len(table) < 200 {
		t.Errorf("only %d forms", len(table))
	}
	seen := map[number.Class]bool{}
	for _, c := range table {
		n, err := number.Parse(c.text, c.region)
		if err != nil {
			t.Errorf("forms.txt:%d: %q: %v", c.line, c.text, err)
			continue
		}
		class := number.Classify(n, c.region)
		seen[class] = true
		if n.String() != c.become || class != c.class {
			t.Errorf("forms.txt:%d: %q in %s became %s, %s; want %s, %s", c.line, c.text, c.region, n, class, c.become, c.class)
		}
	}
	for _, class := range number.Classes() {
		switch class {
		case number.Withheld, number.Unavailable, number.Payphone, number.Operator: // of callers, not numbers
		default:
			if !seen[class] {
				t.Errorf("no form of class %s", class)
			}
		}
	}
}
