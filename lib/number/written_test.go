package number_test

import (
	"errors"
	"strings"
	"testing"

	"clearline/lib/number"
)

func TestParseWritten(t *testing.T) {
	const drama = "+441632960123"
	cases := []struct{ name, text, want, ext string }{
		{"a plain number", "01632 960123", drama, ""},
		{"a lost zero", "1632960123", drama, ""},
		{"an apostrophe before it", "'01632 960123", drama, ""},
		{"an apostrophe before the plus", "'+441632960123", drama, ""},
		{"a typographic apostrophe", "’01632 960123", drama, ""},
		{"a formula that keeps the zero", `="01632960123"`, drama, ""},
		{"blanks that do not break", "01632\u00a0960\u202f123", drama, ""},
		{"marks of direction around it", "\u202a+44 1632 960123\u202c", drama, ""},
		{"a typographic hyphen", "01632‑960123", drama, ""},
		{"a decimal", "441632960123.0", drama, ""},
		{"a decimal with a comma", "1632960123,00", drama, ""},
		{"a floating-point number with every digit", "4.41632960123E+11", drama, ""},
		{"a floating-point number with a comma", "4,41632960123e11", drama, ""},
		{"a floating-point number without the country", "1.632960123E+09", drama, ""},
		{"a tel address", "tel:+44-1632-960123", drama, ""},
		{"a tel address in capitals", "TEL:+441632960123", drama, ""},
		{"a tel address with an extension", "tel:+441632960123;ext=12", drama, "12"},
		{"a tel address with more behind the extension", "tel:+441632960123;ext=12;phone-context=x", drama, "12"},
		{"a callto address", "callto:+441632960123", drama, ""},
		{"a SIP address", "sip:+441632960123@host;user=phone", drama, ""},
		{"a SIP address with a name", `"Ann" <sip:01632960123@host>`, drama, ""},
		{"an extension as ext=", "01632 960123;ext=12", drama, "12"},
		{"an extension as x", "01632 960123 x12", drama, "12"},
		{"an extension as ext.", "01632 960123 ext. 12", drama, "12"},
		{"an extension in full", "(01632) 960123, Extension: 1234", drama, "1234"},
		{"an extension as #", "01632 960123 #12", drama, "12"},
		{"a short code", "159", "159", ""},
		{"a number from abroad", "+1 (212) 555-0123", "+12125550123", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			n, ext, err := number.ParseWritten(c.text, "GB")
			if err != nil || n.String() != c.want || ext != c.ext {
				t.Errorf("ParseWritten(%q) = %s, %q, %v", c.text, n, ext, err)
			}
		})
	}
}

func TestParseWrittenSaysWhatIsWrong(t *testing.T) {
	cases := []struct {
		name, text string
		want       error
	}{
		{"a floating-point number without its last digits", "4.41633E+11", number.ErrRounded},
		{"a floating-point number of one digit", "4E+11", number.ErrRounded},
		{"a floating-point number of no telephone", "1.5E+1", number.ErrRounded},
		{"a floating-point number without end", "1.5E+99", number.ErrRounded},
		{"a hidden caller", "Anonymous", number.ErrHidden},
		{"a withheld caller", " WITHHELD ", number.ErrHidden},
		{"the address of a hidden caller", "sip:anonymous@anonymous.invalid", number.ErrHidden},
		{"letters for digits", "0800 FLOWERS", number.ErrLetters},
		{"a number and a remark", "01632 960123 (work)", number.ErrLetters},
		{"two numbers in a cell", "01632 960123 / 01632 960124", number.ErrSeveral},
		{"two numbers in a cell with a comma", "01632 960123, 01632 960124", number.ErrSeveral},
		{"nothing", "", number.ErrNotNumber},
		{"a word", "none", number.ErrNotNumber},
		{"an error of a spreadsheet", "#REF!", number.ErrNotNumber},
		{"a formula", "=1+1", number.ErrNotNumber},
		{"an address of a page", "http://example.com/", number.ErrNotNumber},
		{"an extension alone", "x12", number.ErrNotNumber},
		{"a long text", strings.Repeat("1 x ", 10000), number.ErrLetters},
		{"what is no text", "\xff\xfe\x00", number.ErrNotNumber},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if n, ext, err := number.ParseWritten(c.text, "GB"); !errors.Is(err, c.want) {
				t.Errorf("ParseWritten(%.60q) = %s, %q, %v; want %v", c.text, n, ext, err, c.want)
			}
		})
	}
}
