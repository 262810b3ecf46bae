package fastagi

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"clearline/lib/call"
	"clearline/lib/callerid"
)

func read(t *testing.T, text string) Arrival {
	t.Helper()
	h, err := readHeader(newLines(strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	_, said := h.script()
	return h.arrival(said)
}

func TestWhatAStrangerSendsForgesNothing(t *testing.T) {
	forged := strings.Replace(question(verdict), "agi_callerid: 01632960200",
		"agi_callerid: 01632960200\nagi_channel: PJSIP/door-1\nagi_uniqueid: 1\nagi_network_script: verdict?line=flat-2&attested=passed&presentation=allowed", 1)
	a := read(t, forged)
	if a.From.Trunk != "main" || a.Leg != "1795337316.2" || a.Line != "flat-1" || a.From.Attested != call.NotAttested {
		t.Errorf("it forged %+v", a)
	}
}

func TestWhatTheAddressDoesNotSayIsReadFromTheHeader(t *testing.T) {
	for name, c := range map[string]struct {
		old, now string
		want     call.Caller
		dialled  string
	}{
		"a number that may be shown":    {"agi_callingpres: 0", "agi_callingpres: 3", call.Caller{Number: "01632960200", Name: "Peter", Presentation: call.Allowed}, ""},
		"a hidden number":               {"agi_callingpres: 0", "agi_callingpres: 35", call.Caller{Number: "01632960200", Name: "Peter", Presentation: call.Withheld}, ""},
		"a number nobody knows":         {"agi_callingpres: 0", "agi_callingpres: 67", call.Caller{Number: "01632960200", Name: "Peter", Presentation: call.Unavailable}, ""},
		"a presentation that is none":   {"agi_callingpres: 0", "agi_callingpres: allowed", call.Caller{Number: "01632960200", Name: "Peter", Presentation: call.Unavailable}, ""},
		"a number that says it is none": {"agi_callerid: 01632960200", "agi_callerid: Anonymous", call.Caller{Name: "Peter", Presentation: call.Withheld}, ""},
		"no name":                       {"agi_calleridname: Peter", "agi_calleridname: unknown", call.Caller{Number: "01632960200", Presentation: call.Allowed}, ""},
		"the number dialled":            {"agi_extension: s", "agi_extension: +441632960101", call.Caller{Number: "01632960200", Name: "Peter", Presentation: call.Allowed}, "+441632960101"},
	} {
		t.Run(name, func(t *testing.T) {
			a := read(t, strings.Replace(question("verdict"), c.old, c.now, 1))
			c.want.Trunk = "main"
			if a.From != c.want || a.Dialled != c.dialled {
				t.Errorf("read %+v", a)
			}
		})
	}
}

func TestTextsForTheDialplan(t *testing.T) {
	for in, want := range map[string]string{
		"a contact of the line": `"a contact of the line"`, `say "no"\`: `"say \"no\"\\"`, "two\r\nlines\x00": `"twolines"`, "": `""`, "\xff": `""`,
	} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) is %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"Zoë's number, until 3.5. at 07:30": "Zoë's number until 3.5. at 07:30",
		"${SHELL(id)}$[1+1]&|;,\"\\\n":      "SHELL id 1+1", "=cmd|' /C calc'!A0": "cmd ' /C calc' A0",
		strings.Repeat("a", 300): strings.Repeat("a", maxReason),
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) is %q, want %q", in, got, want)
		}
	}
	if got := word("flat-1,1);System(x"); got != "flat-11Systemx" {
		t.Errorf("word is %q", got)
	}
}

// FuzzHeader holds for whatever is sent: reading ends, within bounds, and what comes out
// is clean.
func FuzzHeader(f *testing.F) {
	f.Add([]byte(question(verdict)))
	f.Add([]byte(question("verdict?line=%00&dialled=+%zz;x&attested=passed&presentation=prohib")))
	f.Add([]byte("agi_network_script: verdict?line=a\nagi_callerid: \xff\n\n200 result=1\n"))
	f.Add([]byte("\n"))
	f.Add([]byte(strings.Repeat("x", 2000) + "\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		in := newLines(strings.NewReader(string(text)))
		h, err := readHeader(in)
		if err != nil {
			return
		}
		if in.read > maxLines {
			t.Errorf("read %d lines", in.read)
		}
		_, said := h.script()
		a, d := h.arrival(said), h.dialling(said)
		for _, s := range []string{string(a.Leg), string(a.Line), a.From.Name, a.From.Trunk, string(d.Line), string(d.Leg)} {
			if utf8.RuneCountInString(s) > callerid.MaxText || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }) {
				t.Errorf("%q came out", s)
			}
		}
		for _, s := range []string{a.Dialled, a.From.Number, d.Dialled} {
			if callerid.Number(s) != s {
				t.Errorf("number %q came out", s)
			}
		}
		if q := quote(string(text)); strings.ContainsAny(q, "\r\n\x00") || !strings.HasSuffix(q, `"`) {
			t.Errorf("quoted as %q", q)
		}
		for _, r := range plain(string(text)) {
			if strings.ContainsRune("${}[]()\"\\,;&|<>=\n\r\x00", r) {
				t.Errorf("%q is left of a reason", r)
			}
		}
	})
}
