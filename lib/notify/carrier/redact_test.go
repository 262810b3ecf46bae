package carrier

import (
	"strings"
	"testing"
)

func TestSecretsAreRedacted(t *testing.T) {
	for name, c := range map[string]struct{ url, text, want string }{
		"a URL as a whole":                 {"ntfy://ntfy.example/house", `sending to "ntfy://ntfy.example/house": refused`, `sending to "[redacted]": refused`},
		"the URL it was made into":         {"telegram://12:AAbb@telegram?chats=7", `posting JSON to "https://api.telegram.org/bot12:AAbb/sendMessage": EOF`, `posting JSON to "[redacted]": EOF`},
		"who logs in":                      {"smtp://ann:pass%20word@mail.example/?to=b@example.org", "user ann with pass word is refused by mail.example", "user [redacted] with [redacted] is refused by mail.example"},
		"a password in its written form":   {"smtp://ann:pass%20word@mail.example/?to=b@example.org", "pass%20word, pass+word, YW5uOnBhc3Mgd29yZA==", "[redacted], [redacted], [redacted]"},
		"a host that is half a token":      {"discord://token@webhookid", "webhookid: 404", "[redacted]: 404"},
		"a topic, which is what is secret": {"ntfy://ntfy.example/my-topic", "my-topic is not allowed", "[redacted] is not allowed"},
		"whom it goes to":                  {"smtp://mail.example/?from=c@example.org&to=a@example.org,b@example.org", "b@example.org: no such user", "[redacted]: no such user"},
		"lines, and what turns text round": {"ntfy://ntfy.example/house", "one\r\ntwo\u202e\x1b[2J three", "one two [2J three"},
	} {
		if got := Redact(c.url, c.text); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := Redact("ntfy://ntfy.example/house", strings.Repeat("long ", 1000)); len(got) > 400 {
		t.Errorf("%d bytes are shown", len(got))
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("smtp://ann:sesame@mail.example/?to=b@example.org", "ann sesame\n")
	f.Add("::", "\x00")
	f.Fuzz(func(t *testing.T, address, text string) {
		got := Redact(address, text)
		if strings.ContainsAny(got, "\r\n\x00\x1b\u202e") {
			t.Errorf("%q of %q and %q", got, address, text)
		}
	})
}
