package config

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// The characters of names that reach the dialplan or the exchange: none of them
// means anything there.
var (
	plainName    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	safePath     = regexp.MustCompile(`^/[A-Za-z0-9_./+-]{1,200}$`)
	lineID       = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	endpointName = regexp.MustCompile(`^[A-Za-z0-9]{1,20}/[A-Za-z0-9_.+-]{1,80}$`)
	languageName = regexp.MustCompile(`^[a-z]{2,3}_[A-Z]{2}$`)
)

func anyText(string) (problem, remedy string) { return "", "" }

func isName(s string) (problem, remedy string) {
	if plainName.MatchString(s) {
		return "", ""
	}
	return fmt.Sprintf("%q cannot be used in a dialplan", s), "use letters, digits, - and _ only"
}

func isFolder(s string) (problem, remedy string) {
	switch {
	case !filepath.IsAbs(s):
		return fmt.Sprintf("%q is no absolute path", s), "begin it with /"
	case !safePath.MatchString(s):
		return fmt.Sprintf("%q holds a character that means something in a dialplan", s), "use letters, digits and _ . / + - only"
	}
	return "", ""
}

func isLanguage(s string) (problem, remedy string) {
	if languageName.MatchString(s) {
		return "", ""
	}
	return fmt.Sprintf("%q is no language", s), `write language and country: "en_GB"`
}

func isListen(s string) (problem, remedy string) {
	remedy = `write an address and a port: "127.0.0.1:8480"`
	host, port, err := net.SplitHostPort(s)
	if err != nil || strings.ContainsFunc(host, unusual) {
		return fmt.Sprintf("%q is no address to listen on", s), remedy
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Sprintf("%q is no port", port), remedy
	}
	return "", ""
}

func isARIURL(s string) (problem, remedy string) {
	remedy = `write "http://host:8088/ari" or "https://host:8089/ari"`
	u, err := url.Parse(s)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return "no http or https address", remedy // not shown: it may hold a password
	case u.User != nil:
		return "holds a user name or password", "put them into username and password_file"
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Sprintf("%q holds more than an address", s), remedy
	}
	return "", ""
}

func isUsername(s string) (problem, remedy string) {
	if s == "" || strings.Contains(s, ":") || strings.ContainsFunc(s, unusual) {
		return fmt.Sprintf("%q is no user name", s), "use the name of the section in ari.conf; it may hold no colon and no blank"
	}
	return "", ""
}

// isAction checks a key that answers a question. People in trouble are told to
// dial 999 or 159, and police teach never to press 1 when a stranger asks for it,
// so no action may lie on the keys such numbers begin with.
func isAction(s string) (problem, remedy string) {
	remedy = `choose one of 2 3 4 5 6 7 8 * #`
	switch {
	case len(s) != 1 || !strings.Contains("0123456789*#", s):
		return fmt.Sprintf("%q is not one key", s), remedy
	case strings.Contains("190", s):
		return fmt.Sprintf("an action on %s is in the way of people who dial for help", s), remedy
	}
	return "", ""
}

func isHangup(s string) (problem, remedy string) {
	if len(s) < 2 || len(s) > 4 || strings.Trim(s, "0123456789*#") != "" || !strings.ContainsAny(s[:1], "*#") {
		return fmt.Sprintf("%q cannot end a call", s), `write 2 to 4 keys that begin with * or #: "**"`
	}
	return "", ""
}

func isEndpoint(s string) (problem, remedy string) {
	if endpointName.MatchString(s) {
		return "", ""
	}
	return fmt.Sprintf("%q is no endpoint", s), `write technology and name: "PJSIP/101"`
}

func isOutside(s string) (problem, remedy string) {
	if len(s) < 1 || len(s) > 3 || strings.Trim(s, "0123456789") != "" {
		return fmt.Sprintf("%q cannot ask for an outside line", s), `write 1 to 3 digits: "9"`
	}
	return "", ""
}

func isLineID(s string) (problem, remedy string) {
	switch {
	case !lineID.MatchString(s):
		return fmt.Sprintf("%q cannot be an id", s), "use a to z, 0 to 9 and - only, 40 at most"
	case len(s) == 1 && strings.Contains("aehiost", s):
		return fmt.Sprintf("%q means something else in a dialplan", s), "choose a longer id"
	case strings.Trim(s, "-") == "":
		return fmt.Sprintf("%q has no letter or digit", s), "choose an id that can be told from others"
	}
	return "", ""
}

func isLineName(s string) (problem, remedy string) {
	if s == "" || len([]rune(s)) > 80 || strings.ContainsFunc(s, unicode.IsControl) || strings.ContainsRune(s, unicode.ReplacementChar) {
		return fmt.Sprintf("%q cannot be shown as a name", s), "write 1 to 80 characters on one line"
	}
	return "", ""
}

// unusual says whether a character has no place in a name or address.
func unusual(r rune) bool { return r <= ' ' || r > '~' }
