package roster_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/roster"
)

var update = flag.Bool("update", false, "write the reports anew")

// optionsFor are how a file under testdata is read.
func optionsFor(file string) roster.Options {
	o := roster.Options{Kind: call.Contacts, Region: "GB", Source: "import of " + filepath.Base(file)}
	if filepath.Base(file) == "patterns.csv" {
		o.Kind = ""
	}
	if strings.HasSuffix(file, ".vcf") {
		o.Format = roster.VCard
	}
	return o
}

// report writes down all that came of a file.
func report(r roster.Result, err error) string {
	var b strings.Builder
	b.WriteString(r.Understood.String())
	if err != nil {
		fmt.Fprintf(&b, "\nREFUSED: %v\n", err)
	}
	fmt.Fprintf(&b, "\n%d rows, %d entries, %d duplicates, %d rejected\n", r.Rows, len(r.Entries), r.Duplicates, len(r.Rejected))
	for _, e := range r.Entries {
		fmt.Fprintf(&b, "%s %q", e.Pattern, e.Name)
		if e.Line != "" {
			fmt.Fprintf(&b, " line %s", e.Line)
		}
		if e.List != call.Contacts {
			fmt.Fprintf(&b, " of %s", e.List)
		}
		if e.Verify {
			b.WriteString(" verify")
		}
		if !e.Since.IsZero() {
			fmt.Fprintf(&b, " since %s", e.Since.Format(time.RFC3339Nano))
		}
		if !e.Until.IsZero() {
			fmt.Fprintf(&b, " until %s", e.Until.Format(time.RFC3339Nano))
		}
		fmt.Fprintf(&b, " (%s)\n", e.Source)
	}
	for _, r := range r.Rejected {
		fmt.Fprintf(&b, "line %d: %q: %s\n", r.Line, r.Text, r.Reason)
	}
	return b.String()
}

func TestEveryFileHasItsReport(t *testing.T) {
	for _, pattern := range []string{"testdata/layouts/*.[cv]*", "testdata/broken/*.[cv]*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, ".report") })
		if len(files) < 15 {
			t.Errorf("only %d files under %s", len(files), pattern)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) { checkReport(t, file) })
		}
	}
}

func checkReport(t *testing.T, file string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	result, err := roster.Read(t.Context(), bytes.NewReader(content), optionsFor(file))
	if err != nil && len(result.Entries) > 0 {
		t.Errorf("a broken file has %d entries", len(result.Entries))
	}
	got := report(result, err)
	golden := file + ".report"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the report is\n%s\nwant\n%s", got, want)
	}
}
