package number_test

import (
	"errors"
	"strings"
	"testing"

	"clearline/lib/call"
	"clearline/lib/number"
)

func TestParseURI(t *testing.T) {
	cases := []struct {
		name, text   string
		want         number.URI
		number       string
		presentation call.Presentation
	}{
		{
			"a name in quotes and an address in brackets", `"A. Name" <sip:+441632960123@host;user=phone>`,
			number.URI{Name: "A. Name", Scheme: "sip", User: "+441632960123", Host: "host"},
			"+441632960123", call.Allowed,
		},
		{
			"an address alone", "sip:01632960123@192.0.2.1:5060",
			number.URI{Scheme: "sip", User: "01632960123", Host: "192.0.2.1"},
			"01632960123", call.Allowed,
		},
		{
			"a name without quotes", "Bob <sips:bob@Example.Com:5061;transport=tls>;tag=1",
			number.URI{Name: "Bob", Scheme: "sips", User: "bob", Host: "example.com"},
			"", call.Allowed,
		},
		{
			"an address inside a name stays a name", `"<sip:999@evil>" <sip:bob@host>`,
			number.URI{Name: "<sip:999@evil>", Scheme: "sip", User: "bob", Host: "host"},
			"", call.Allowed,
		},
		{
			"quotes and backslashes inside a name", `"a \"b\" \\ c" <sip:bob@host>`,
			number.URI{Name: `a "b" \ c`, Scheme: "sip", User: "bob", Host: "host"},
			"", call.Allowed,
		},
		{
			"a name that would break a line or turn the text around", "\"a\r\nb\u202ec\" <sip:bob@host>",
			number.URI{Name: "a bc", Scheme: "sip", User: "bob", Host: "host"},
			"", call.Allowed,
		},
		{
			"a tel address with marks", "tel:+44-1632-960-123;ext=12",
			number.URI{Scheme: "tel", User: "+44-1632-960-123"},
			"+441632960123", call.Allowed,
		},
		{
			"a local tel address with its context", `<tel:960123;phone-context=+441632>`,
			number.URI{Scheme: "tel", User: "960123"},
			"960123", call.Allowed,
		},
		{
			"the payphone of a tel address", "<tel:+441632960123;cpc=payphone>",
			number.URI{Scheme: "tel", User: "+441632960123", Category: number.PayphoneCategory},
			"+441632960123", call.Allowed,
		},
		{
			"the operator of a user part", "<sip:+441632960123;cpc=operator@host;user=phone>",
			number.URI{Scheme: "sip", User: "+441632960123", Host: "host", Category: number.OperatorCategory},
			"+441632960123", call.Allowed,
		},
		{
			"a category behind the address", "<sip:+441632960123@host>;tag=a;cpc=ordinary",
			number.URI{Scheme: "sip", User: "+441632960123", Host: "host", Category: number.Ordinary},
			"+441632960123", call.Allowed,
		},
		{
			"the first category counts", "<sip:+441632960123@host;cpc=ordinary>;cpc=operator",
			number.URI{Scheme: "sip", User: "+441632960123", Host: "host", Category: number.Ordinary},
			"+441632960123", call.Allowed,
		},
		{
			"originating line information", "<sip:+12125550123@host;isup-oli=27>",
			number.URI{Scheme: "sip", User: "+12125550123", Host: "host", Category: number.PayphoneCategory},
			"+12125550123", call.Allowed,
		},
		{
			"a hidden caller", `"Anonymous" <sip:anonymous@anonymous.invalid>`,
			number.URI{Name: "Anonymous", Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"},
			"", call.Withheld,
		},
		{
			"a number at the host of the hidden", "<sip:+441632960123@ANONYMOUS.invalid>",
			number.URI{Scheme: "sip", User: "+441632960123", Host: "anonymous.invalid"},
			"+441632960123", call.Withheld,
		},
		{
			"a restricted caller", "<sip:Restricted@host>",
			number.URI{Scheme: "sip", User: "Restricted", Host: "host"},
			"", call.Withheld,
		},
		{
			"a caller the network does not know", "<sip:unavailable@unknown.invalid>",
			number.URI{Scheme: "sip", User: "unavailable", Host: "unknown.invalid"},
			"", call.Unavailable,
		},
		{
			"an address without a user", "<sip:host>",
			number.URI{Scheme: "sip", Host: "host"},
			"", call.Allowed,
		},
		{
			"an IPv6 host", "<sip:bob@[2001:DB8::1]:5060>",
			number.URI{Scheme: "sip", User: "bob", Host: "2001:db8::1"},
			"", call.Allowed,
		},
		{
			"a password is dropped", "sip:bob:secret@host",
			number.URI{Scheme: "sip", User: "bob", Host: "host"},
			"", call.Allowed,
		},
		{
			"escapes are undone", "sip:%2B441632960123@host?subject=x@y",
			number.URI{Scheme: "sip", User: "+441632960123", Host: "host"},
			"+441632960123", call.Allowed,
		},
		{
			"a user that is dialplan is no number", "sip:${SYSTEM(reboot)}@host",
			number.URI{Scheme: "sip", User: "${SYSTEM(reboot)}", Host: "host"},
			"", call.Allowed,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			u, err := number.ParseURI(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if u != c.want || u.Number() != c.number || u.Presentation() != c.presentation {
				t.Errorf("got %+v, number %q, %s", u, u.Number(), u.Presentation())
			}
		})
	}
}

func TestParseURIRefuses(t *testing.T) {
	for _, text := range []string{
		"", "<", "<>", `"`, `"a`, `"a\`, `"a" sip:b@host`, "sip:", "sip:@host", "sip:bob@", "sip:a@b@c", "<sip:bob@host", "http://host", "+441632960123",
		"tel:", "tel:anonymous", "tel:;ext=5", "sip:bob%0d%0a@host", "sip:%zz@host", "sip:bob@ho\r\nst", "sip:bob@ho st", "sip:bob@[host]", "sip:bob@[::1",
		"sip:\xff@host", "sip:bob\u202e@host", "sip:" + strings.Repeat("a", 1025) + "@host",
	} {
		if u, err := number.ParseURI(text); !errors.Is(err, number.ErrNotURI) {
			t.Errorf("ParseURI(%q) = %+v, %v", text, u, err)
		}
	}
}

func TestDisplayNamesAreOneVisibleLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "",
		"  Ann \t\r\n Other  ":                 "Ann Other",
		"a\x00b\x1b[31mc":                      "ab[31mc",
		"\u202eevil\u2066":                     "evil",
		"bad \xff\xfe bytes":                   "bad bytes",
		"Zoë Ångström 👵":                       "Zoë Ångström 👵",
		strings.Repeat("a", 100):               strings.Repeat("a", 80),
		strings.Repeat("a", 79) + " b":         strings.Repeat("a", 79),
		strings.Repeat("a", 78) + " b":         strings.Repeat("a", 78) + " b",
		strings.Repeat("\u0000", 1000) + "end": "end",
	} {
		if got := number.DisplayName(text); got != want {
			t.Errorf("DisplayName(%q) = %q, want %q", text, got, want)
		}
	}
}
