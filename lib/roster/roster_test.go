package roster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"clearline/lib/call"
	"clearline/lib/roster"
)

func read(t *testing.T, text string, o roster.Options) (roster.Result, error) {
	t.Helper()
	if o.Region == "" {
		o.Region = "GB"
	}
	return roster.Read(t.Context(), strings.NewReader(text), o)
}

func TestColumnsAreReadAsAskedFor(t *testing.T) {
	const table = "Who,Of,Day,Night\nAnn,Home,01632 960123,07700 900123\nBob,Work,01632 960124,\n"
	cases := []struct {
		name    string
		columns map[string]string
		want    string
	}{
		{"by their place", map[string]string{"number": "3", "name": "1"}, "+441632960123 Ann, +441632960124 Bob"},
		{"by their name, in any case", map[string]string{"number": "night", "name": "WHO"}, "+447700900123 Ann"},
		{"several for numbers", map[string]string{"number": "3, 4", "name": "2"}, "+441632960123 Home, +447700900123 Home, +441632960124 Work"},
		{"only the name", map[string]string{"name": "2"}, "+441632960123 Home, +447700900123 Home, +441632960124 Work"},
		{"not at all", nil, "+441632960123 Ann, +447700900123 Ann, +441632960124 Bob"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, err := read(t, table, roster.Options{Kind: call.Contacts, Columns: c.columns})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range r.Entries {
				got = append(got, e.Pattern+" "+e.Name)
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("got %q, want %q", strings.Join(got, ", "), c.want)
			}
		})
	}
}

func TestColumnsThatAreNotThereAreRefused(t *testing.T) {
	const table = "name,number\nAnn,01632 960123\n"
	for _, c := range []struct{ as, which, hint string }{
		{"number", "3", "no column 3: the file has 2"},
		{"number", "0", "no column 0"},
		{"number", "99999999999999999999", "there are \"name\", \"number\""},
		{"number", "", "there are \"name\", \"number\""},
		{"name", "Surname", `no column "Surname": there are "name", "number"`},
		{"word", "1", `column "word" cannot be read: there are number, name`},
	} {
		if _, err := read(t, table, roster.Options{Kind: call.Contacts, Columns: map[string]string{c.as: c.which}}); err == nil || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s=%s: %v; want %q", c.as, c.which, err, c.hint)
		}
	}
}

func TestWhatNoColumnTellsComesFromTheOptions(t *testing.T) {
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	until := since.AddDate(1, 0, 0)
	o := roster.Options{Kind: call.Contacts, Line: "flat-1", Since: since, Until: until, Source: "import of a.csv"}
	r, err := read(t, "name,number,line,expires,source\nAnn,01632 960123,flat-2,2026-05-06 07:08,by hand\nBob,01632 960124,,,\n", o)
	if err != nil {
		t.Fatal(err)
	}
	want := []call.Entry{
		{Line: "flat-1", List: call.Contacts, Pattern: "+441632960123", Name: "Ann", Since: since, Until: time.Date(2026, 5, 6, 7, 8, 0, 0, time.UTC), Source: "by hand"},
		{Line: "flat-1", List: call.Contacts, Pattern: "+441632960124", Name: "Bob", Since: since, Until: until, Source: "import of a.csv"},
	}
	if len(r.Entries) != 2 || r.Entries[0] != want[0] || r.Entries[1] != want[1] {
		t.Errorf("got %+v", r.Entries)
	}
}

func TestADayCountsWholeInItsZone(t *testing.T) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	r, err := read(t, "number,expires\n01632 960123,2026-06-30\n", roster.Options{Kind: call.Contacts, Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 6, 30, 23, 0, 0, 0, time.UTC); !r.Entries[0].Until.Equal(want) {
		t.Errorf("until %v, want %v", r.Entries[0].Until, want)
	}
}

func TestRowsOfAnotherListAreRejected(t *testing.T) {
	const table = "number,list\n01632 960123,contacts\n01632 960124,blocks\n01632 960125,friends\n01632 960126,\n"
	for _, c := range []struct {
		kind    call.List
		entries int
		reason  string
	}{
		{call.Contacts, 2, "of the list blocks"},
		{call.Blocks, 2, "of the list contacts"},
		{"", 2, "no list is called"},
	} {
		r, err := read(t, table, roster.Options{Kind: c.kind})
		if err != nil || len(r.Entries) != c.entries || len(r.Rejected) != 2 || !strings.Contains(r.Rejected[0].Reason, c.reason) {
			t.Errorf("reading %q: %d entries, %+v, %v", c.kind, len(r.Entries), r.Rejected, err)
		}
	}
}

// endless hands out the same text for ever.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}

func TestFilesWithoutEndAreRefused(t *testing.T) {
	cases := []struct{ name, begin, text, reason string }{
		{"a line", "name,number\n", "a", "longer than"},
		{"a cell over many lines", "name,number\n\"", "a,b\n", "quotation mark"},
		{"a card", "BEGIN:VCARD\nVERSION:3.0\n", "TEL:01632 960123\n", "no card of a person"},
		{"a property over many lines", "BEGIN:VCARD\nVERSION:3.0\nNOTE:\n", " aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", "longer than"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := roster.Read(t.Context(), io.MultiReader(strings.NewReader(c.begin), &endless{text: c.text}), roster.Options{Kind: call.Contacts, Region: "GB"})
			var broken *roster.BrokenError
			if !errors.As(err, &broken) || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("got %v, want %q", err, c.reason)
			}
		})
	}
}

func TestReadingCanBeGivenUp(t *testing.T) {
	for name, text := range map[string]string{"blank lines": "\n", "rows": ",x\n"} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		r, err := roster.Read(ctx, io.MultiReader(strings.NewReader("number,name\n01632960123,Ann\n"), &endless{text: text}), roster.Options{Kind: call.Contacts, Region: "GB"})
		if !errors.Is(err, context.DeadlineExceeded) || len(r.Entries) > 0 {
			t.Errorf("%s: %d entries, %v", name, len(r.Entries), err)
		}
	}
}

func TestAFileThatCannotBeReadToItsEndLeavesNothing(t *testing.T) {
	gone := errors.New("disk gone")
	for _, text := range []string{"", "number\n", "number\n01632 960123\n" + strings.Repeat("01632 960124\n", 1000), "BEGIN:VCARD\nVERSION:3.0\nTEL:01632960123\nEND:VCARD\n"} {
		r, err := roster.Read(t.Context(), io.MultiReader(strings.NewReader(text), iotest.ErrReader(gone)), roster.Options{Kind: call.Contacts, Region: "GB"})
		if !errors.Is(err, gone) || len(r.Entries) > 0 {
			t.Errorf("%d entries, %v", len(r.Entries), err)
		}
	}
}

func TestProgressIsToldToTheEnd(t *testing.T) {
	var rows []int
	var last int64
	text := table(2500)
	_, err := roster.Read(t.Context(), bytes.NewReader(text), roster.Options{
		Kind: call.Blocks, Region: "GB",
		Progress: func(n int, b int64) { rows, last = append(rows, n), b },
	})
	if err != nil || fmt.Sprint(rows) != "[1000 2000 2500]" || last != int64(len(text)) {
		t.Errorf("told of %v rows, %d of %d bytes, %v", rows, last, len(text), err)
	}
}

// table is a CSV file with many rows, of all the drama numbers there are.
func table(rows int) []byte {
	ranges := []string{"01632 960%03d", "+44 20 7946 0%03d", "(0161) 496 0%03d", "07700 900%03d", "08081 570%03d", "3069990%03d"}
	var b bytes.Buffer
	b.WriteString("name,number\n")
	for i := range rows {
		fmt.Fprintf(&b, "Person %d,"+ranges[i%len(ranges)]+"\n", i, i/len(ranges)%1000)
	}
	return b.Bytes()
}

func BenchmarkRead100000Rows(b *testing.B) {
	text := table(100_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := roster.Read(b.Context(), bytes.NewReader(text), roster.Options{Kind: call.Blocks, Region: "GB"})
		if err != nil || len(r.Entries)+r.Duplicates != 100_000 {
			b.Fatalf("%d entries, %d rejected, %v", len(r.Entries), len(r.Rejected), err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, folder := range []string{"testdata/layouts", "testdata/broken"} {
		files, err := os.ReadDir(folder)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(folder + "/" + file.Name())
			if err != nil {
				f.Fatal(err)
			}
			if len(text) < 1<<16 && !strings.HasSuffix(file.Name(), ".report") {
				f.Add(text, strings.HasSuffix(file.Name(), ".vcf"))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, cards bool) {
		o := roster.Options{Kind: call.Blocks, Region: "GB"}
		if cards {
			o.Format = roster.VCard
		}
		r, err := roster.Read(t.Context(), bytes.NewReader(text), o)
		if err != nil && len(r.Entries)+len(r.Rejected) > 0 {
			t.Errorf("%v, and %d entries", err, len(r.Entries))
		}
		checkRoundTrip(t, r.Entries)
		for _, rejected := range r.Rejected {
			if rejected.Line < 1 || rejected.Line > 1+bytes.Count(text, []byte("\n"))+bytes.Count(text, []byte("\r")) && !bytes.ContainsRune(text, 0) || strings.ContainsAny(rejected.Text+rejected.Reason, "\r\n\x00\x1b") {
				t.Errorf("rejected %+v", rejected)
			}
		}
	})
}
