package notify

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"clearline/lib/call"
)

func TestStrangersNamesAreHarmlessEverywhere(t *testing.T) {
	for name, want := range map[string]string{
		"Siân O'Neill-Jones": "Siân O'Neill-Jones", "Mr. J. Jones": "Mr. J. Jones", "Dr Müller, Sons": "Dr Müller, Sons",
		"<b>bold</b>": "b bold b", "[help](https://evil.example/x)": "help https evil example x", "@everyone": "everyone",
		"<@U123> `rm`": "U123 rm", "*_~bold~_*": "bold", "bit.ly/abc": "bit ly abc", "=cmd()": "cmd",
		"a\r\nBcc: b@example.org": "a Bcc b example org", "\u202eetalp": "etalp", "- item": "item", "# head": "head",
		"a --- b": "a b", "": "", "!!!": "", "x\x00\xff": "x", strings.Repeat("long ", 30): "long long long long long long long long",
	} {
		if got := plain(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("Siân <b>\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		got := plain(text)
		if utf8.RuneCountInString(got) > longestName || strings.ContainsAny(got, "\r\n<>[]()*_`~@/:\\\"=#|&{}!$%^;") || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%q becomes %q", text, got)
		}
		if line := bounded(text, 20, false); utf8.RuneCountInString(line) > 20 || strings.ContainsFunc(line, unicode.IsControl) {
			t.Errorf("%q is bounded to %q", text, line)
		}
	})
}

// gaps are the names of what is put into a text.
func gaps(text string) []string {
	found := regexp.MustCompile(`\{[a-z]+\}`).FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEverythingIsSaidInEachLanguage(t *testing.T) {
	texts := func(w *words) []string {
		all := []string{
			w.on, w.hidden, w.unnumbered, w.named, w.incidentTitle, w.incident, w.endTitle, w.end, w.approvalTitle, w.approval,
			w.messageTitle, w.message, w.pinTitle, w.pin, w.failedTitle, w.failed, w.needed, w.unneeded, w.wellTitle, w.well,
			w.digestTitle, w.digest, w.testTitle, w.test, w.reasons[forQuiet], w.reasons[forFlood],
		}
		for _, way := range []call.Way{call.WayFresh, call.WayConsult, call.WayGuarded} {
			all = append(all, w.when[way])
		}
		for _, outcome := range []call.Outcome{
			call.OutcomeCleared, call.OutcomeUnproved, call.OutcomeNotMade, call.OutcomeExplained, call.OutcomeAbandoned, call.OutcomeTaken,
		} {
			all = append(all, w.outcomes[outcome])
		}
		return append(all, w.months[:]...)
	}
	want := texts(&english)
	for language, w := range languages {
		for i, text := range texts(w) {
			if text == "" || !slices.Equal(gaps(text), gaps(want[i])) {
				t.Errorf("%s says %q for %q", language, text, want[i])
			}
		}
	}
}

func TestCallersAreNamedAsFarAsTheyAreKnown(t *testing.T) {
	for want, from := range map[string]call.Caller{
		"01632 960 200":                   {Number: "+441632960200", Presentation: call.Allowed},
		"a caller who hides their number": {Number: "+441632960200", Presentation: call.Withheld},
		"a caller without a number":       {Presentation: call.Unavailable},
		"+33123456789":                    {Number: "+33123456789", Presentation: call.Allowed},
		"12345":                           {Number: "<12345>", Presentation: call.Allowed},
		"a caller without a number, who calls themselves “Ann”": {Name: "Ann", Presentation: call.Allowed},
	} {
		if got := english.caller(from, "GB"); got != want {
			t.Errorf("%+v is %q, want %q", from, got, want)
		}
	}
}
