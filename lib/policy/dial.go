package policy

import (
	"slices"
	"sort"
	"strings"

	"clearline/lib/call"
)

// Meaning is what a dialled number means.
type Meaning struct {
	Role    call.Role
	Number  string // of the service; empty for Other
	Service string // its name
}

// Form is one way of dialling a service.
type Form struct {
	Digits  string // with a "+" in front for what is only written so, not typed
	Meaning Meaning
	Behind  Prefixes
}

// Prefixes are the digits in front of a number in a form. Those that are absent are
// empty; those that are there stand in this order.
type Prefixes struct {
	Outside   string // ask for an outside line
	OwnNumber string // hide or show the number of who dials
	Relay     string // ask for text relay
}

// Plan knows what the numbers dialled on a line mean, in every form they are dialled:
// short, national, international, behind the digits that ask for an outside line,
// that hide or show the own number, or that ask for text relay. Plans do not change.
// A nil Plan knows nothing.
type Plan struct {
	region   string
	outside  []string
	services []Service
	forms    []Form // sorted by Digits, each once
	longest  int    // of the Digits
}

// Meaning looks up a number in any written form: spaces, dashes, dots, slashes,
// brackets and a leading "+" are understood, and so is "+44 (0)300". Only a whole
// number has a meaning: 9991 is not an emergency. It does not allocate.
func (p *Plan) Meaning(dialled string) Meaning {
	f, known := p.Form(dialled)
	if !known {
		return Meaning{Role: call.Other}
	}
	return f.Meaning
}

// Form is Meaning with the way the number was read.
func (p *Plan) Form(dialled string) (Form, bool) {
	var buffer [longestWritten]byte
	n := compact(dialled, &buffer)
	if p == nil || n == 0 || n > p.longest {
		return Form{}, false
	}
	digits := string(buffer[:n])
	i := p.search(digits)
	if i == len(p.forms) || p.forms[i].Digits != digits {
		return Form{}, false
	}
	return p.forms[i], true
}

// Keep returns the longest end of typed that begins a number of the plan, or is one.
// Empty means that nothing typed so far leads anywhere. Only digits lead anywhere:
// the end begins after the last other character. It does not allocate.
func (p *Plan) Keep(typed string) string {
	if p == nil {
		return ""
	}
	end := typed[strings.LastIndexFunc(typed, notDigit)+1:]
	for end = end[max(0, len(end)-p.longest):]; end != ""; end = end[1:] {
		if i := p.search(end); p.begins(i, end) {
			return end
		}
	}
	return ""
}

// Typed looks up what was typed digit by digit. whole says that typed is a number of the
// plan; more, that a longer one begins with it. It does not allocate.
func (p *Plan) Typed(typed string) (m Meaning, whole, more bool) {
	m.Role = call.Other
	if p == nil || typed == "" || strings.ContainsFunc(typed, notDigit) {
		return m, false, false
	}
	i := p.search(typed)
	if i < len(p.forms) && p.forms[i].Digits == typed {
		m, whole = p.forms[i].Meaning, true
		i++
	}
	return m, whole, p.begins(i, typed)
}

// Forms lists every form of every service, sorted by Digits, each once.
func (p *Plan) Forms() []Form {
	if p == nil {
		return nil
	}
	return slices.Clone(p.forms)
}

// Services lists the services the plan was made of.
func (p *Plan) Services() []Service {
	if p == nil {
		return nil
	}
	return slices.Clone(p.services)
}

// Outside lists the digits that ask for an outside line.
func (p *Plan) Outside() []string {
	if p == nil {
		return nil
	}
	return slices.Clone(p.outside)
}

// search is the index of the first form not before digits.
func (p *Plan) search(digits string) int {
	return sort.Search(len(p.forms), func(i int) bool { return p.forms[i].Digits >= digits })
}

// begins says whether form i exists and begins with digits.
func (p *Plan) begins(i int, digits string) bool {
	return i < len(p.forms) && strings.HasPrefix(p.forms[i].Digits, digits)
}

// longestWritten bounds the text of a number, marks included.
const longestWritten = 40

// compact puts the digits of a written number, and a leading "+", into buffer and
// returns how many bytes it took: none for a text that is no number.
func compact(written string, buffer *[longestWritten]byte) (n int) {
	written = strings.TrimSpace(written)
	if len(written) > longestWritten {
		return 0
	}
	for i := 0; i < len(written); i++ {
		switch c := written[i]; {
		case '0' <= c && c <= '9', c == '+' && n == 0:
			buffer[n] = c
			n++
		case c == '(' && n > 0 && buffer[0] == '+' && strings.HasPrefix(written[i:], "(0)"):
			i += len("0)") // people write the zero that is left out behind a country code
		case strings.IndexByte(" ()-./", c) >= 0:
		default:
			return 0
		}
	}
	return n
}

func notDigit(r rune) bool { return r < '0' || r > '9' }
