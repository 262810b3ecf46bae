package config

import (
	"fmt"
	"slices"
	"strings"

	"clearline/lib/call"
	"clearline/lib/number"
)

// claim is who wants a number, an endpoint or an id, and where.
type claim struct {
	id   call.LineID
	line int
}

// claims finds what only one line may have.
type claims struct {
	region    string
	ids       map[string]claim // by the id without dashes, which a dialplan passes over
	numbers   map[string]claim // by E.164
	endpoints map[string]claim
	verified  []verified // of all lines
}

// lines reads the lines and returns what they own.
func (c *Config) lines(t *table, from secrets) *claims {
	owned := claims{region: c.Region, ids: map[string]claim{}, numbers: map[string]claim{}, endpoints: map[string]claim{}}
	below := t.tables("line")
	for _, l := range below {
		line := owned.line(l, c.Language)
		line.Policy = readPolicy(l.table("policy"), c.Policy)
		line.BypassCode = readCode(l, from)
		line.Hearing = readHearing(l, c.Screening.Approver)
		l.finish()
		c.Lines = append(c.Lines, line)
	}
	if _, given := t.values["line"]; !given || given && below != nil && len(below) == 0 {
		t.fault("", "no lines", "write a [[line]] for each telephone to protect")
	}
	return &owned
}

func (o *claims) line(t *table, language string) Line {
	var l Line
	o.identify(t, &l)
	l.Name = string(l.ID)
	t.text("name", &l.Name, isLineName)
	l.Numbers = o.read(t, l.ID)
	l.Endpoints = o.ring(t, l.ID)
	l.Language = spoken(t, language)
	own := verifiedIn(t, "verification", o.region)
	l.Verification = numbersOf(own)
	o.verified = append(o.verified, own...)
	for _, e := range t.texts("wardens") {
		if problem, remedy := isName(e.text); problem != "" {
			t.fault(e.path, problem, remedy)
			continue
		}
		if e.text == call.ByResident {
			t.fault(e.path, fmt.Sprintf("%q stands for whoever picks up the telephone", e.text), "give the warden another name")
			continue
		}
		l.Wardens = append(l.Wardens, e.text)
	}
	return l
}

// identify reads the id.
func (o *claims) identify(t *table, l *Line) {
	var id string
	if !t.text("id", &id, isLineID) {
		if _, given := t.values["id"]; !given {
			t.fault(t.at("id"), "missing", `write a short name for the dialplan and the log: "flat-1"`)
		}
		return
	}
	l.ID = call.LineID(id)
	undashed, line := strings.ReplaceAll(id, "-", ""), t.lineOf(t.at("id"))
	if other, taken := o.ids[undashed]; taken {
		problem := fmt.Sprintf("%q is also the id of the line at line %d", id, other.line)
		if string(other.id) != id {
			problem = fmt.Sprintf("%q cannot be told from %q at line %d: a dialplan passes over dashes", id, other.id, other.line)
		}
		t.fault(t.at("id"), problem, "give each line an id of its own")
		return
	}
	o.ids[undashed] = claim{l.ID, line}
}

// read reads the numbers of line id, each as E.164.
func (o *claims) read(t *table, id call.LineID) []string {
	entries := t.texts("numbers")
	if v, given := t.values["numbers"]; !given || isEmpty(v) {
		t.fault(t.at("numbers"), "no numbers", `write what callers dial: numbers = ["01632 960101"]`)
	}
	var numbers []string
	for _, e := range entries {
		n, err := number.Parse(e.text, o.region)
		if err != nil || n.E164 == "" {
			t.fault(e.path, fmt.Sprintf("%q is no full telephone number in %s", e.text, o.region), "write it with the area code or the country code")
			continue
		}
		line := t.lineOf(e.path)
		switch other, taken := o.numbers[n.E164]; {
		case !taken:
			o.numbers[n.E164] = claim{id, line}
			numbers = append(numbers, n.E164)
		case slices.Contains(numbers, n.E164):
			t.fault(e.path, fmt.Sprintf("%s stands here twice, first at line %d", n.E164, other.line), "keep one")
		default:
			t.fault(e.path, fmt.Sprintf("%s belongs to line %q (line %d) and to line %q (line %d)", n.E164, other.id, other.line, id, line),
				"give the number to one of them")
		}
	}
	return numbers
}

// ring reads the endpoints of line id. A telephone rings for one line only: a line in use
// is never disturbed, and that is asked line by line.
func (o *claims) ring(t *table, id call.LineID) []string {
	entries := t.texts("endpoints")
	if v, given := t.values["endpoints"]; !given || isEmpty(v) {
		t.fault(t.at("endpoints"), "no endpoints", `write what rings: endpoints = ["PJSIP/101"]`)
	}
	var names []string
	for _, e := range entries {
		problem, remedy := isEndpoint(e.text)
		line := t.lineOf(e.path)
		switch other, taken := o.endpoints[e.text]; {
		case problem != "" || !taken:
		case slices.Contains(names, e.text):
			problem, remedy = fmt.Sprintf("%s stands here twice", e.text), "keep one"
		default:
			problem = fmt.Sprintf("%s belongs to line %q (line %d) and to line %q (line %d)", e.text, other.id, other.line, id, line)
			remedy = "make them one line with both numbers, or give the telephone to one of them"
		}
		if problem != "" {
			t.fault(e.path, problem, remedy)
			continue
		}
		o.endpoints[e.text] = claim{id, line}
		names = append(names, e.text)
	}
	return names
}

func isEmpty(v any) bool {
	list, isList := v.([]any)
	return isList && len(list) == 0
}
