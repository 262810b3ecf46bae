package roster_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/roster"
)

// failer is what *testing.T and *rapid.T have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func export(t failer, entries []call.Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := roster.NewCSVWriter(&b)
	for _, e := range entries {
		if err := w.Write(e); err != nil {
			t.Fatalf("write: %v", err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return b.Bytes()
}

// checkRoundTrip exports entries and reads them again.
func checkRoundTrip(t failer, entries []call.Entry) {
	t.Helper()
	if len(entries) == 0 {
		return
	}
	text := export(t, entries)
	r, err := roster.Read(context.Background(), bytes.NewReader(text), roster.Options{Region: "GB"})
	if err != nil || len(r.Entries) != len(entries) || len(r.Rejected) > 0 {
		t.Fatalf("%d of %d entries, rejected %+v, %v, from\n%s", len(r.Entries), len(entries), r.Rejected, err, text)
	}
	for i, got := range r.Entries {
		want := entries[i]
		want.Word, want.Since, want.Until = "", want.Since.UTC(), want.Until.UTC()
		got.Since, got.Until = got.Since.UTC(), got.Until.UTC()
		if got != want {
			t.Fatalf("got %+v, want %+v, from\n%s", got, want, text)
		}
	}
}

func entries() *rapid.Generator[call.Entry] {
	names := rapid.OneOf(
		rapid.String(),
		rapid.StringOf(rapid.SampledFrom([]rune("=+-@;,\t'\" a1＝"))),
		rapid.SampledFrom([]string{"", "=1+1", "+44", "-1", "@x", "'quoted", "''", "'=", "a,b", `a "b"`, "a;b", "＝1", "Zoë"}),
	)
	patterns := rapid.OneOf(
		rapid.StringMatching(`\+44163296[0-9]{4}`),
		rapid.StringMatching(`\+[1-9][0-9]{0,14}\*?`),
		rapid.StringMatching(`[0-9]{1,15}`),
		rapid.StringMatching(`\+44163296[0-4][0-9]{3}-\+44163296[5-9][0-9]{3}`),
		rapid.StringMatching(`name:\*?[a-z]{2,10}( [a-z=+]{1,5})?\*?`),
		rapid.StringMatching(`name:[;,"]?[a-z]{4}[;,]["]?[=+@'-]{1,2}[a-z]\*`),
	)
	moments := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "never") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
	})
	return rapid.Custom(func(t *rapid.T) call.Entry {
		p, ok := number.Canonical(patterns.Draw(t, "pattern"))
		if !ok {
			t.Skip("no pattern")
		}
		e := call.Entry{
			Line:    call.LineID(rapid.StringMatching(`([a-z0-9][a-z0-9-]{0,9})?`).Draw(t, "line")),
			List:    call.Blocks,
			Pattern: p.String(),
			Name:    number.DisplayName(names.Draw(t, "name")),
			Since:   moments.Draw(t, "since"),
			Until:   moments.Draw(t, "until"),
			Source:  number.DisplayName(names.Draw(t, "source")),
		}
		if p.Kind() != number.Name && rapid.Bool().Draw(t, "contact") {
			e.List, e.Verify, e.Word = call.Contacts, rapid.Bool().Draw(t, "verify"), "123456789"
		}
		if e.List == call.Blocks && roster.Blockable(p) != nil {
			t.Skip("no file may say this")
		}
		return e
	})
}

func TestWhatIsExportedIsReadBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfNDistinct(entries(), 1, 10, call.Entry.Key).Draw(t, "entries")
		checkRoundTrip(t, list)
	})
}

func TestNoExportedCellIsAFormulaOrAWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := export(t, rapid.SliceOfN(entries(), 1, 5).Draw(t, "entries"))
		if bytes.Contains(text, []byte("123456789,")) || bytes.Contains(text, []byte("word")) {
			t.Fatalf("the word stands in\n%s", text)
		}
		checkNoFormula(t, text)
	})
}

func TestNoRejectedRowIsAFormula(t *testing.T) {
	texts := rapid.StringOf(rapid.SampledFrom([]rune("=+-@;,\t'\" a1＝")))
	rapid.Check(t, func(t *rapid.T) {
		want := [][]string{{"line", "text", "reason"}, {"3", texts.Draw(t, "text"), texts.Draw(t, "reason")}}
		var b bytes.Buffer
		if err := roster.WriteRejected(&b, []roster.Rejected{{Line: 3, Text: want[1][1], Reason: want[1][2]}}); err != nil {
			t.Fatal(err)
		}
		checkNoFormula(t, b.Bytes())
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b.Bytes(), []byte("\ufeff")))).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != 3 {
			t.Fatalf("%q, %v", rows, err)
		}
	})
}

// checkNoFormula takes a file apart at everything that divides cells anywhere, quotation
// marks or not, and as spreadsheets of different countries do.
func checkNoFormula(t failer, text []byte) {
	t.Helper()
	whole := strings.TrimPrefix(string(text), "\ufeff")
	cells := strings.FieldsFunc(whole, func(r rune) bool { return strings.ContainsRune(";,\t\r\n", r) })
	for _, mark := range ",;\t" {
		r := csv.NewReader(strings.NewReader(whole))
		r.Comma, r.LazyQuotes, r.FieldsPerRecord = mark, true, -1
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatalf("read with %q: %v", mark, err)
		}
		cells = append(cells, slices.Concat(rows...)...)
	}
	for _, cell := range cells {
		if cell = strings.TrimLeft(cell, ` "`); cell != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(cell)[0]) {
			t.Fatalf("a spreadsheet runs %q of\n%s", cell, whole)
		}
	}
}

func TestCellsAreQuotedForEveryDelimiter(t *testing.T) {
	for name, want := range map[string]string{
		"Bob;=1+1": `"Bob;'=1+1"`, "Bob;1": `"Bob;1"`, "Bob,1": `"Bob,1"`, "Bob\t1": "\"Bob\t1\"", `"Bob"`: `"""Bob"""`, "Bob": "Bob",
	} {
		text := export(t, []call.Entry{{List: call.Contacts, Pattern: "159", Name: name}})
		if !strings.Contains(string(text), "\r\n159,"+want+",contacts,") {
			t.Errorf("%q: %s", name, text)
		}
	}
}

func TestAnExportLooksLikeThis(t *testing.T) {
	got := export(t, []call.Entry{
		{List: call.Contacts, Line: "flat-1", Pattern: "+441632960123", Name: "Ann, of next door", Verify: true, Word: "4711", Since: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Source: "by hand"},
		{List: call.Blocks, Pattern: "name:*parcel*", Name: "=1+1", Until: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Source: "the resident pressed 7"},
	})
	want := "\ufeffnumber,name,list,line,verify,expires,since,source\r\n" +
		"'+441632960123,\"Ann, of next door\",contacts,flat-1,yes,,2026-01-02T03:04:05Z,by hand\r\n" +
		"name:*parcel*,'=1+1,blocks,,,2027-01-01T00:00:00Z,,the resident pressed 7\r\n"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if empty := export(t, nil); string(empty) != "\ufeffnumber,name,list,line,verify,expires,since,source\r\n" {
		t.Errorf("an empty list is %q", empty)
	}
}

func TestCardsLookLikeThis(t *testing.T) {
	var b bytes.Buffer
	w := roster.NewCardWriter(&b)
	for _, e := range []call.Entry{
		{List: call.Contacts, Pattern: "+441632960123", Name: "Other, Ann; neighbour", Word: "4711", Source: "by hand"},
		{List: call.Contacts, Pattern: "159"},
	} {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	want := "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Other\\, Ann; neighbour\r\nTEL;VALUE=uri:tel:+441632960123\r\nEND:VCARD\r\n" +
		"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:159\r\nTEL:159\r\nEND:VCARD\r\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	r, err := read(t, b.String(), roster.Options{Kind: call.Contacts})
	if err != nil || len(r.Entries) != 2 || r.Entries[0].Name != "Other, Ann; neighbour" || r.Entries[1].Pattern != "159" {
		t.Errorf("read back %+v, %v", r.Entries, err)
	}
}

func TestOnlyContactsWithOneNumberAreCards(t *testing.T) {
	for _, e := range []call.Entry{
		{List: call.Blocks, Pattern: "+441632960123"},
		{List: call.Contacts, Pattern: "+441632*"},
		{List: call.Contacts, Pattern: "+441632960000-+441632960999"},
		{List: call.Blocks, Pattern: "name:*parcel*"},
		{List: call.Contacts, Pattern: "\r\nEND:VCARD"},
	} {
		var b bytes.Buffer
		if err := roster.NewCardWriter(&b).Write(e); !errors.Is(err, roster.ErrNoCard) || b.Len() > 0 {
			t.Errorf("%+v: %q, %v", e, b.String(), err)
		}
	}
}
