package testbed

import (
	"fmt"
	"regexp"
	"strings"
)

// A pattern is the form of a scenario line. Words stand for themselves; "ring(s)" means
// with or without the s (or es); "[...]" may be missing; "{name:kind}" takes a value:
//
//	phone   a phone or a group of phones, such as caller
//	word    anything without spaces
//	tel     a telephone number, spaces allowed
//	count   a whole number
//	keys    keys of a telephone
//	time    a Go duration, such as 10s
//	what    something heard: a prompt, "tone 620", "ringing", "anything", a phone
//	text    anything between double quotes
type pattern struct {
	source string
	form   *regexp.Regexp
	names  []string
}

var kinds = map[string]string{
	"phone": `[A-Za-z][\w-]*`,
	"word":  `\S+`,
	"tel":   `[+0-9*#][+0-9*# ]*`,
	"count": `\d+`,
	"keys":  `[0-9*#A-D]+`,
	"time":  `\d[\w.]*`,
	"what":  `(?:tone \d+|key [0-9*#A-D]|a sound|[\w/.-]+)`,
	"text":  `"[^"]*"`,
}

var (
	slot     = regexp.MustCompile(`\{(\w+):(\w+)\}`)
	optional = regexp.MustCompile(` ?\[([^\]]*)\]`)
)

// compilePattern turns a pattern's text into one that matches.
func compilePattern(source string) (pattern, error) {
	p := pattern{source: source}
	for _, m := range slot.FindAllStringSubmatch(source, -1) {
		if kinds[m[2]] == "" {
			return p, fmt.Errorf("read pattern %q: unknown kind %q", source, m[2])
		}
		p.names = append(p.names, m[1])
	}
	// Slots become marks while the rest is quoted.
	i := 0
	text := slot.ReplaceAllStringFunc(source, func(string) string { i++; return fmt.Sprintf("\x00%d\x01", i-1) })
	text = optional.ReplaceAllString(text, "\x02 $1\x03")
	text = strings.NewReplacer("(s)", "\x04", "(es)", "\x05").Replace(text)
	text = regexp.QuoteMeta(text)
	text = strings.NewReplacer("\x02", "(?:", "\x03", ")?", "\x04", "s?", "\x05", "(?:es)?").Replace(text)
	for n, m := range slot.FindAllStringSubmatch(source, -1) {
		text = strings.Replace(text, fmt.Sprintf("\x00%d\x01", n), fmt.Sprintf("(?P<%s>%s)", m[1], kinds[m[2]]), 1)
	}
	form, err := regexp.Compile("^" + text + "$")
	if err != nil {
		return p, fmt.Errorf("read pattern %q: %w", source, err)
	}
	p.form = form
	return p, nil
}

// match returns the values in a line, or nil when the line is of another form. Values
// missing with their brackets are empty strings; quotes around texts are taken off.
func (p pattern) match(line string) map[string]string {
	m := p.form.FindStringSubmatch(line)
	if m == nil {
		return nil
	}
	values := map[string]string{}
	for i, name := range p.form.SubexpNames() {
		if name != "" {
			values[name] = strings.Trim(strings.TrimSpace(m[i]), `"`)
		}
	}
	return values
}

// distance says how unlike a line is to the pattern: words of each that the other lacks.
func (p pattern) distance(line string) int {
	have := map[string]int{}
	for _, w := range strings.Fields(slot.ReplaceAllString(strings.NewReplacer("(s)", "s", "(es)", "es", "[", "", "]", "").Replace(p.source), "")) {
		have[w]++
	}
	d := 0
	for _, w := range strings.Fields(line) {
		if have[w] > 0 {
			have[w]--
		} else {
			d++
		}
	}
	for _, n := range have {
		d += 2 * n
	}
	return d
}
