package number_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"clearline/lib/call"
	"clearline/lib/number"
)

func FuzzParse(f *testing.F) {
	for _, c := range forms(f) {
		f.Add(c.text, c.region)
	}
	for _, s := range []string{
		"anonymous", "00", "*#06#", "\x00", "+999999999999999", "01632*", "+44 (0)1632*", "01632 960000-01632 960999", "+1-+2", "name:*parcel*",
		"name:İ*", "name:\u202e", "4.41632960123E+11", "tel:+441632960123;ext=5", "01632 960123 x12", `"a" <sip:b@c;cpc=payphone>`, "’=1",
	} {
		f.Add(s, "GB")
	}
	f.Add("02079460000", "no such region")
	f.Fuzz(func(t *testing.T, text, region string) {
		checkPattern(t, text, region)
		if class := number.ClassOf(call.Caller{Number: text, Presentation: call.Allowed}, region); !slices.Contains(number.Classes(), class) {
			t.Errorf("%q is of class %q", text, class)
		}
		if n, ext, err := number.ParseWritten(text, region); err == nil {
			if strings.Trim(ext, "0123456789") != "" {
				t.Errorf("extension %q", ext)
			}
			checkNumber(t, n, region)
		}
		if n, err := number.Parse(text, region); err == nil {
			checkNumber(t, n, region)
		}
	})
}

func checkPattern(t *testing.T, text, region string) {
	t.Helper()
	p, err := number.ParsePattern(text, region)
	if err != nil {
		return
	}
	if again, err := number.ParsePattern(p.String(), region); err != nil || again != p {
		t.Errorf("%q became %q, which becomes %q, %v", text, p, again, err)
	}
	if stored, ok := number.Canonical(p.String()); !ok || stored != p {
		t.Errorf("%q is read from a store as %q", p, stored)
	}
	first, last := p.Bounds()
	switch p.Kind() {
	case number.Name:
		p.HasName(text)
	case number.Exact, number.Prefix, number.Range:
		if first == 0 || last < first || !p.HasKey(first) || !p.HasKey(last) {
			t.Errorf("%q goes from %v to %v", p, first, last)
		}
	default:
		t.Errorf("%q is of no kind", text)
	}
}

func checkNumber(t *testing.T, n number.Number, region string) {
	t.Helper()
	if strings.Trim(n.Digits, "0123456789") != "" || n.Digits == "" {
		t.Errorf("Digits %q", n.Digits)
	}
	if strings.Trim(n.Grouped(), "0123456789 ") != "" || n.Grouped() == "" {
		t.Errorf("Grouped %q", n.Grouped())
	}
	for _, form := range append(n.Forms(region), n.Dialled(region)...) {
		if strings.Trim(strings.TrimPrefix(form, "+"), "0123456789") != "" {
			t.Errorf("form %q", form)
		}
	}
	if n.E164 == "" {
		return
	}
	again, err := number.Parse(n.E164, region)
	if err != nil || again.E164 != n.E164 {
		t.Errorf("%q parses as %q, %v", n.E164, again.E164, err)
	}
	if k, ok := number.KeyOf(n.E164); !ok || k.String() != n.E164 || number.Classify(n, region) != number.Classify(again, region) {
		t.Errorf("%q has the key %v", n.E164, k)
	}
}

func FuzzParseURI(f *testing.F) {
	for _, s := range []string{
		`"A. Name" <sip:+441632960123@host;user=phone>;cpc=payphone`, "tel:+44-1632-960123;ext=5", "sip:anonymous@anonymous.invalid", `"\"\\`, "<sip:%00@[::1]:5060>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := number.ParseURI(text)
		if err != nil {
			return
		}
		for _, part := range []string{u.Name, u.User, u.Host} {
			if !utf8.ValidString(part) || strings.ContainsAny(part, "\r\n\x00") {
				t.Errorf("%q holds %q", text, part)
			}
		}
		if strings.Trim(strings.TrimPrefix(u.Number(), "+"), "0123456789") != "" {
			t.Errorf("number %q", u.Number())
		}
	})
}
