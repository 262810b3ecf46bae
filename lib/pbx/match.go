package pbx

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Match finds the extension that a number takes in a context, and the context it stands in:
// one of the context itself before those of its includes, and the most exact of several. It
// is nil when there is none.
func (p Plan) Match(context, dialled string) (in string, e *Extension) {
	return p.match(context, dialled, map[string]bool{})
}

func (p Plan) match(context, dialled string, seen map[string]bool) (string, *Extension) {
	c := p[context]
	if c == nil || seen[context] {
		return "", nil
	}
	seen[context] = true
	var best *Extension
	for i := range c.Extensions {
		e := &c.Extensions[i]
		if matches(e.Pattern, dialled) && (best == nil || moreExact(e.Pattern, best.Pattern) < 0) {
			best = e
		}
	}
	if best != nil {
		return context, best
	}
	for _, included := range c.Includes {
		if in, e := p.match(included, dialled, seen); e != nil {
			return in, e
		}
	}
	return "", nil
}

// place is one sign of an extension: the signs it takes. rest takes all that follow.
type place struct {
	set  string
	rest bool
	none bool // of rest: nothing need follow
}

// places takes an extension apart. Dashes in it mean nothing.
func places(pattern string) []place {
	exact := !strings.HasPrefix(pattern, "_")
	var all []place
	for s := strings.TrimPrefix(pattern, "_"); s != ""; {
		sign := s[0]
		s = s[1:]
		switch {
		case sign == '-':
		case exact:
			all = append(all, place{set: string(sign)})
		case sign == '[':
			set, after, _ := strings.Cut(s, "]")
			all, s = append(all, place{set: spelled(set)}), after
		case sign == 'X' || sign == 'x':
			all = append(all, place{set: "0123456789"})
		case sign == 'Z' || sign == 'z':
			all = append(all, place{set: "123456789"})
		case sign == 'N' || sign == 'n':
			all = append(all, place{set: "23456789"})
		case sign == '.' || sign == '!':
			return append(all, place{rest: true, none: sign == '!'})
		default:
			all = append(all, place{set: string(sign)})
		}
	}
	return all
}

// Begins says whether an extension is about numbers that begin with one certain sign, as "*55"
// and "_*5X" are, and is no pattern for whatever is dialled.
func (e *Extension) Begins() bool {
	all := places(e.Pattern)
	return len(all) > 0 && !all[0].rest && len(all[0].set) == 1
}

// spelled writes out the ranges of a set: "2-5*" is "2345*".
func spelled(set string) string {
	var b strings.Builder
	for i := 0; i < len(set); i++ {
		if i+2 < len(set) && set[i+1] == '-' {
			for c := int(set[i]); c <= int(set[i+2]); c++ {
				b.WriteByte(byte(c))
			}
			i += 2
			continue
		}
		b.WriteByte(set[i])
	}
	return b.String()
}

// matches says whether an extension takes a number, or a name, in which dashes mean nothing
// either.
func matches(pattern, dialled string) bool {
	dialled = strings.ReplaceAll(dialled, "-", "")
	all := places(pattern)
	for i, at := range all {
		switch {
		case at.rest:
			return at.none || i < len(dialled)
		case i >= len(dialled) || !strings.Contains(at.set, dialled[i:i+1]):
			return false
		}
	}
	return len(all) == len(dialled)
}

// moreExact orders patterns that take the same number, as Asterisk does: sign by sign, the
// smaller set first, and what takes all that follows last.
func moreExact(a, b string) int {
	size := func(at place) int {
		switch {
		case at.none:
			return 1002
		case at.rest:
			return 1001
		}
		return len(at.set)
	}
	if x, y := !strings.HasPrefix(a, "_"), !strings.HasPrefix(b, "_"); x != y {
		if x {
			return -1
		}
		return 1
	}
	return slices.CompareFunc(places(a), places(b), func(x, y place) int { return cmp.Compare(size(x), size(y)) })
}

// jump is a place that a step may go on at: a context and an extension, or an extension and
// a priority. The extension may be an expression.
var jump = regexp.MustCompile(`([A-Za-z0-9_+*#-]+|\$\{EXTEN[^}]*\}),((?:\$\{[^}]*\}|[^,:?(){}$ ])+),`)

// Leads says whether a number that is dialled in a context may come to another context. It
// follows every way by Goto, Gosub, Macro and includes, whatever the steps compute on it, and
// takes an extension that is computed for the number itself: it errs towards yes.
func (p Plan) Leads(context, dialled, to string) bool {
	return p.Way(context, dialled, to) != nil
}

// Way is one of the ways on which [Plan.Leads] has a number come to another context: the
// contexts it comes through, that one the last. It is nil when there is none.
func (p Plan) Way(context, dialled, to string) []string {
	var way []string
	p.walk(context, dialled, nil, map[string]bool{}, func(through []string, _ *Extension) bool {
		if through[len(through)-1] != to {
			return false
		}
		way = slices.Clone(through)
		return true
	})
	return way
}

// Reachable lists every step that a number may come to from a context, with the same liberty
// as [Plan.Leads].
func (p Plan) Reachable(context, dialled string) []Step {
	var steps []Step
	p.walk(context, dialled, nil, map[string]bool{}, func(_ []string, e *Extension) bool {
		steps = append(steps, e.Steps...)
		return false
	})
	return steps
}

// walk visits the extensions that a number may come to, until found says that one is what
// was looked for. It is told through which contexts the number came, its own the last.
func (p Plan) walk(context, dialled string, through []string, seen map[string]bool, found func(through []string, e *Extension) bool) bool {
	at := context + "," + dialled
	in, e := p.Match(context, dialled)
	if e == nil || seen[at] {
		return false
	}
	seen[at] = true
	through = append(through, in)
	if found(through, e) {
		return true
	}
	for _, s := range e.Steps {
		for _, next := range p.jumps(s, context, dialled) {
			if p.walk(next[0], next[1], through, seen, found) {
				return true
			}
		}
	}
	return false
}

// jumps lists the contexts and extensions that a step may go on at.
func (p Plan) jumps(s Step, context, dialled string) [][2]string {
	if s.App == "Macro" {
		name, _, _ := strings.Cut(s.Data, ",")
		return [][2]string{{"macro-" + name, "s"}}
	}
	var all [][2]string
	number := func(text string) string {
		if strings.Contains(text, "$") {
			return dialled
		}
		return text
	}
	for _, m := range jump.FindAllStringSubmatch(s.Data+",", -1) {
		if p[m[1]] != nil {
			all = append(all, [2]string{m[1], number(m[2])})
		} else if strings.HasPrefix(s.App, "Goto") || strings.HasPrefix(s.App, "Gosub") {
			all = append(all, [2]string{context, number(m[1])})
		}
	}
	return all
}
