package callerid_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"clearline/lib/call"
	"clearline/lib/callerid"
)

func TestCleaningKeepsWhatIsHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"Siân O'Brien & Söhne (GmbH)": "Siân O'Brien & Söhne (GmbH)", " Bob\t": "Bob", "Bob\u202eEve": "BobEve",
	} {
		if got := callerid.Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"+44 1632 960999": "+441632960999", "01632-960999": "01632960999", "anonymous": "", "+": "",
	} {
		if got := callerid.Number(in); got != want {
			t.Errorf("Number(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"PJSIP/trunk-a-00000001": "trunk-a", "PJSIP/101-0000000f": "101", "Local/s@x/n-01;1": "s@x/n", "": "", "odd": "",
	} {
		if got := callerid.Endpoint(in); got != want {
			t.Errorf("Endpoint(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPresentationFollowsTheDialplanAndTheNumbersPlace(t *testing.T) {
	for _, c := range []struct {
		word, number string
		want         call.Presentation
	}{
		{"allowed_not_screened", "01632960200", call.Allowed},
		{"prohib_not_screened", "01632960200", call.Withheld},
		{"allowed_not_screened", "anonymous", call.Withheld},
		{"allowed", "Anonymous", call.Withheld},
		{"allowed", "unavailable", call.Unavailable},
		{"unavailable", "", call.Unavailable},
		{"withheld", "01632960200", call.Withheld},
		{"", "", call.Unavailable},
	} {
		if got := callerid.Presentation(c.word, c.number); got != c.want {
			t.Errorf("Presentation(%q, %q) is %q, want %q", c.word, c.number, got, c.want)
		}
	}
}

// The numbers are those of callerid.h, AST_PRES_ALLOWED_USER_NUMBER_NOT_SCREENED to
// AST_PRES_NUMBER_NOT_AVAILABLE.
func TestPresentationsAsNumbers(t *testing.T) {
	for code, want := range map[int]call.Presentation{
		0x00: call.Allowed, 0x01: call.Allowed, 0x02: call.Allowed, 0x03: call.Allowed,
		0x20: call.Withheld, 0x21: call.Withheld, 0x22: call.Withheld, 0x23: call.Withheld,
		0x43: call.Unavailable, 0x40: call.Unavailable, 0x60: call.Unavailable,
		-1: call.Unavailable, 0x80: call.Unavailable, 1 << 40: call.Unavailable,
	} {
		if got := callerid.PresentationCode(code, "01632960200"); got != want {
			t.Errorf("PresentationCode(%#x) is %q, want %q", code, got, want)
		}
	}
	if got := callerid.PresentationCode(0, "anonymous"); got != call.Withheld {
		t.Errorf("an anonymous number that may be shown is %q", got)
	}
}

func TestUnknownWordsAttestNothing(t *testing.T) {
	for word, want := range map[string]call.Attestation{
		"passed": call.AttestationPassed, "failed": call.AttestationFailed, "": call.NotAttested, "A": call.NotAttested, "PASSED": call.NotAttested,
	} {
		if got := callerid.Attestation(word, "allowed_passed_screen"); got != want {
			t.Errorf("Attestation(%q) is %q, want %q", word, got, want)
		}
	}
	if got := callerid.Attestation("", "allowed_failed_screen"); got != call.AttestationFailed {
		t.Errorf("a number that the caller's exchange found to be false is %q", got)
	}
	if got := callerid.Attestation("passed", "allowed_failed_screen"); got != call.AttestationPassed {
		t.Errorf("the operator's word does not count: %q", got)
	}
}

// FuzzClean holds for any text: what comes out is short, visible, and cleaning it again
// changes nothing.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"Siân O'Brien", "Bob\r\nagi_channel: PJSIP/door-1", "\x00\xff", "++44", "\u202eboB", strings.Repeat("A1", 5000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, number := callerid.Text(s), callerid.Number(s)
		if utf8.RuneCountInString(text) > callerid.MaxText || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			t.Errorf("Text(%q) is %q", s, text)
		}
		if len(number) > callerid.MaxNumber || strings.Trim(strings.TrimPrefix(number, "+"), "0123456789") != "" || number == "+" {
			t.Errorf("Number(%q) is %q", s, number)
		}
		if callerid.Text(text) != text || callerid.Number(number) != number {
			t.Errorf("cleaning %q and %q again changes them", text, number)
		}
	})
}
