package carrier

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const (
	redacted   = "[redacted]"
	longestWhy = 300 // runes of an error
	telling    = 4   // shorter parts of a path or a query say nothing
)

// anyURL is what looks like a URL.
var anyURL = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>]*`)

// hosted are the services whose URL has a host where a host stands. That of the others may
// be half a secret.
var hosted = map[string]bool{
	"smtp": true, "ntfy": true, "matrix": true, "signal": true, "gotify": true, "generic": true,
	"mattermost": true, "rocketchat": true, "zulip": true, "bark": true, "lark": true, "opsgenie": true,
}

// Redact takes from a text all that could be a secret of a URL: who logs in, the path, what
// is asked, and every URL as a whole. What is left is one line.
func Redact(address, text string) string {
	text = anyURL.ReplaceAllString(text, redacted)
	for _, secret := range secrets(address) {
		text = strings.ReplaceAll(text, secret, redacted)
	}
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(text); len(runes) > longestWhy {
		text = string(runes[:longestWhy]) + "…"
	}
	return text
}

// secrets are the parts of a URL that are not shown, the longest first.
func secrets(address string) []string {
	all := []string{address}
	u, err := url.Parse(address)
	if err != nil {
		return all
	}
	add := func(least int, parts ...string) {
		for _, part := range parts {
			if len(part) >= least && part != "" {
				all = append(all, part, url.QueryEscape(part), url.PathEscape(part))
			}
		}
	}
	if u.User != nil {
		password, _ := u.User.Password()
		both := u.User.Username() + ":" + password
		add(1, u.User.Username(), password, both, base64.StdEncoding.EncodeToString([]byte(both)))
		add(telling, strings.FieldsFunc(both, func(r rune) bool { return r == ':' || r == '@' })...)
	}
	if !hosted[scheme(u)] && u.Host != scheme(u) {
		add(1, u.Host, u.Hostname())
	}
	add(telling, strings.Split(u.Path, "/")...)
	add(telling, u.Fragment, u.RawQuery)
	for _, values := range u.Query() {
		for _, value := range values {
			add(telling, value)
			add(telling, strings.Split(value, ",")...)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}
