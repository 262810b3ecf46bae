package number

import (
	"errors"
	"net/url"
	"strings"

	"clearline/lib/call"
)

// ErrNotURI says that a text is no SIP, SIPS or tel address.
var ErrNotURI = errors.New("not a SIP or tel address")

// longestURI bounds an address with its display name and parameters, in bytes.
const longestURI = 1024

// URI is an address from a SIP header, taken apart. All of it comes from strangers.
type URI struct {
	Name     string   // display name, as DisplayName makes it; may be empty
	Scheme   string   // "sip", "sips" or "tel"
	User     string   // unescaped, without password and parameters; of a tel address the number
	Host     string   // lower case, without port; empty in a tel address
	Category Category // from the parameter cpc or isup-oli, wherever it stands
}

// ParseURI takes an address apart as From, P-Asserted-Identity and Remote-Party-ID
// write it (RFC 3261 section 20.10, RFC 3966):
//
//	"A. Name" <sip:+441632960123@host;user=phone>;cpc=payphone
//	tel:+44-1632-960123
//
// The error is ErrNotURI. No text makes it panic, and nothing is looked up.
func ParseURI(text string) (URI, error) {
	text = strings.TrimSpace(text)
	if len(text) > longestURI {
		return URI{}, ErrNotURI
	}
	name, address, behind, ok := nameAddress(text)
	if !ok {
		return URI{}, ErrNotURI
	}
	scheme, rest, ok := strings.Cut(address, ":")
	if !ok {
		return URI{}, ErrNotURI
	}
	u := URI{Name: DisplayName(name), Scheme: strings.ToLower(strings.TrimSpace(scheme))}
	rest, _, _ = strings.Cut(rest, "?")
	switch u.Scheme {
	case "tel":
		ok = u.tel(rest)
	case "sip", "sips":
		ok = u.sip(rest)
	default:
		ok = false
	}
	if !ok {
		return URI{}, ErrNotURI
	}
	u.parameters(behind)
	return u, nil
}

// nameAddress splits `name <address> behind`, or an address alone.
func nameAddress(text string) (name, address, behind string, ok bool) {
	if strings.HasPrefix(text, `"`) {
		if name, text, ok = quoted(text[1:]); !ok {
			return "", "", "", false
		}
		text = strings.TrimSpace(text)
		if !strings.HasPrefix(text, "<") {
			return "", "", "", false
		}
	}
	before, rest, found := strings.Cut(text, "<")
	if !found {
		return name, text, "", true
	}
	if name == "" {
		name = before
	}
	address, behind, ok = strings.Cut(rest, ">")
	return name, address, behind, ok
}

// quoted reads to the closing quote, and returns what follows it.
func quoted(text string) (inside, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return b.String(), text[i+1:], true
		case text[i] == '\\' && i+1 < len(text):
			i++
		}
		b.WriteByte(text[i])
	}
	return "", "", false
}

func (u *URI) tel(rest string) bool {
	digits, parameters, _ := strings.Cut(rest, ";")
	u.parameters(parameters)
	u.User = strings.TrimSpace(digits)
	return u.Number() != ""
}

func (u *URI) sip(rest string) bool {
	if user, host, found := strings.Cut(rest, "@"); found {
		user, _, _ = strings.Cut(user, ":") // a password is nobody's business
		user, parameters, _ := strings.Cut(user, ";")
		u.parameters(parameters)
		plain, err := url.PathUnescape(user)
		if err != nil || plain == "" || plain != DisplayName(plain) {
			return false
		}
		u.User, rest = plain, host
	}
	host, parameters, _ := strings.Cut(rest, ";")
	u.parameters(parameters)
	u.Host = hostOf(strings.ToLower(strings.TrimSpace(host)))
	return u.Host != ""
}

// hostOf takes a port off, and is empty for what is no name or address of a host.
func hostOf(host string) string {
	if strings.HasPrefix(host, "[") {
		inside, _, ok := strings.Cut(host[1:], "]")
		if !ok || inside == "" || strings.Trim(inside, "0123456789abcdef:.") != "" {
			return ""
		}
		return inside
	}
	host, _, _ = strings.Cut(host, ":")
	if strings.Trim(host, "0123456789abcdefghijklmnopqrstuvwxyz.-_") != "" {
		return ""
	}
	return host
}

// parameters takes the category out of `a=b;c=d`. The first one counts.
func (u *URI) parameters(text string) {
	for part := range strings.SplitSeq(text, ";") {
		key, value, _ := strings.Cut(part, "=")
		if u.Category != "" {
			return
		}
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "cpc":
			u.Category = ParseCategory(value)
		case "isup-oli":
			u.Category = CategoryOfLine(value)
		}
	}
}

// Number is the telephone number in the address, "+" and digits or digits alone, as
// Parse takes it; empty where the user part is a name.
func (u URI) Number() string {
	digits, ok := strip(u.User)
	if !ok {
		return ""
	}
	if strings.HasPrefix(u.User, "+") {
		return "+" + digits
	}
	return digits
}

// Presentation says what the address itself tells: whether the caller hid the number
// (RFC 3323 section 4.1.1.3) or the network knows none (3GPP TS 23.003 section 13.7).
func (u URI) Presentation() call.Presentation {
	switch user := strings.ToLower(u.User); {
	case user == "anonymous", user == "restricted", u.Host == "anonymous.invalid":
		return call.Withheld
	case user == "unavailable", user == "unknown", u.Host == "unknown.invalid", u.Host == "unavailable.invalid":
		return call.Unavailable
	}
	return call.Allowed
}
