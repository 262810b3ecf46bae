package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// loader gathers the faults of one text.
type loader struct {
	file   string
	lines  map[string]int // by path, from locate
	faults []Fault
}

// lineOf is the line of a path, or of the nearest table around it.
func (l *loader) lineOf(path string) int {
	for path != "" {
		if line, ok := l.lines[path]; ok {
			return line
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 1
}

func (l *loader) report(s Severity, path, problem, remedy string) {
	l.faults = append(l.faults, Fault{
		Severity: s, File: l.file, Line: l.lineOf(path), Key: shown(path), Problem: problem, Remedy: remedy,
	})
}

func (l *loader) fault(path, problem, remedy string) { l.report(Error, path, problem, remedy) }
func (l *loader) warn(path, problem, remedy string)  { l.report(Warning, path, problem, remedy) }

var (
	indices  = regexp.MustCompile(`\[\d+\]`)
	plainKey = regexp.MustCompile(`^[A-Za-z0-9_.-]*$`)
)

// shown is a path as operators write it: without indices, quoted where it holds
// anything unusual.
func shown(path string) string {
	path = indices.ReplaceAllString(path, "")
	if plainKey.MatchString(path) {
		return path
	}
	return strconv.QuoteToASCII(path)
}

// table reads the keys of one TOML table and remembers which it was asked for.
type table struct {
	*loader
	path   string
	values map[string]any
	known  []string
}

// entry is a value and where it stands.
type entry struct {
	path string
	text string
}

func (t *table) at(key string) string { return join(t.path, key) }

// lookup returns the value of a key, which is known from now on.
func (t *table) lookup(key string) (any, bool) {
	t.known = append(t.known, key)
	v, ok := t.values[key]
	return v, ok
}

// table returns the table below key; an empty one when there is none.
func (t *table) table(key string) *table {
	below := &table{loader: t.loader, path: t.at(key)}
	if v, ok := t.lookup(key); ok {
		if below.values, ok = v.(map[string]any); !ok {
			t.mistyped(key, v, "a table: ["+shown(t.at(key))+"]")
		}
	}
	return below
}

// tables returns the array of tables below key.
func (t *table) tables(key string) []*table {
	v, ok := t.lookup(key)
	if !ok {
		return nil
	}
	values, ok := tablesIn(v)
	if !ok {
		t.mistyped(key, v, "a table for each: [["+shown(t.at(key))+"]]")
		return nil
	}
	below := make([]*table, len(values))
	for i, v := range values {
		below[i] = &table{loader: t.loader, path: element(t.at(key), i), values: v}
	}
	return below
}

// tablesIn are the tables of a list, however it is written: [[key]], or key = [{...}].
func tablesIn(v any) ([]map[string]any, bool) {
	if tables, ok := v.([]map[string]any); ok {
		return tables, true
	}
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, false
	}
	tables := make([]map[string]any, len(list))
	for i, element := range list {
		if tables[i], ok = element.(map[string]any); !ok {
			return nil, false
		}
	}
	return tables, true
}

// check is what a text must satisfy: problem is empty when it does.
type check func(text string) (problem, remedy string)

// text reads a text in quotes, keeps it in target if it passes, and says whether
// it was set and passed.
func (t *table) text(key string, target *string, ok check) bool {
	v, set := t.lookup(key)
	if !set {
		return false
	}
	s, isText := v.(string)
	if !isText {
		t.mistyped(key, v, "a text in quotes")
		return false
	}
	if problem, remedy := ok(s); problem != "" {
		t.fault(t.at(key), problem, remedy)
		return false
	}
	*target = s
	return true
}

// texts reads a list of texts.
func (t *table) texts(key string) []entry {
	v, set := t.lookup(key)
	if !set {
		return nil
	}
	values, isList := v.([]any)
	if !isList {
		t.mistyped(key, v, `a list of texts: ["...", "..."]`)
		return nil
	}
	var entries []entry
	for i, v := range values {
		path := element(t.at(key), i)
		if s, isText := v.(string); isText {
			entries = append(entries, entry{path, s})
		} else {
			t.fault(path, "is "+kindOf(v), "write a text in quotes")
		}
	}
	return entries
}

func (t *table) flag(key string, target *bool) {
	if v, set := t.lookup(key); set {
		if b, isFlag := v.(bool); isFlag {
			*target = b
		} else {
			t.mistyped(key, v, "true or false")
		}
	}
}

// number reads a whole number between two bounds, both allowed.
func (t *table) number(key string, target *int, low, high int64) {
	v, set := t.lookup(key)
	if !set {
		return
	}
	n, isNumber := v.(int64)
	if !isNumber {
		t.mistyped(key, v, "a whole number")
		return
	}
	if n < low || n > high {
		t.fault(t.at(key), fmt.Sprintf("%d is out of bounds", n), fmt.Sprintf("choose from %d to %d", low, high))
		return
	}
	*target = int(n)
}

// duration reads a duration in whole seconds between two bounds, both allowed.
func (t *table) duration(key string, target *time.Duration, low, high time.Duration) {
	var s string
	if !t.text(key, &s, func(s string) (string, string) {
		d, err := time.ParseDuration(s)
		switch {
		case err != nil:
			return fmt.Sprintf("%q is no duration", s), `write a number and a unit: "12s", "3m", "24h"`
		case d < low || d > high:
			return brief(d) + " is out of bounds", fmt.Sprintf("choose from %s to %s", brief(low), brief(high))
		case d%time.Second != 0:
			return brief(d) + " has a part of a second", "write whole seconds"
		}
		return "", ""
	}) {
		return
	}
	*target, _ = time.ParseDuration(s)
}

// choice reads one of some words.
func choice[T ~string](t *table, key string, target *T, words ...T) bool {
	var s string
	if !t.text(key, &s, func(s string) (string, string) {
		if slices.Contains(words, T(s)) {
			return "", ""
		}
		return fmt.Sprintf("%q is not known", s), "choose " + listed(words)
	}) {
		return false
	}
	*target = T(s)
	return true
}

// mistyped reports a value of the wrong kind.
func (t *table) mistyped(key string, v any, want string) {
	t.fault(t.at(key), "is "+kindOf(v), "write "+want)
}

// finish reports the keys nobody asked for.
func (t *table) finish() {
	var unknown []string
	for key := range t.values {
		if !slices.Contains(t.known, key) {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	for _, key := range unknown {
		remedy := "known here: " + strings.Join(t.known, ", ")
		if near := nearest(key, t.known); near != "" {
			remedy = "did you mean " + near + "?"
		}
		t.fault(t.at(key), "unknown key", remedy)
	}
}

// kindOf names the kind of a TOML value.
func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "a text"
	case bool:
		return "true or false"
	case int64, float64:
		return "a number"
	case time.Time:
		return "a date or time"
	case map[string]any:
		return "a table"
	case []map[string]any:
		return "a list of tables"
	}
	return "a list"
}

// listed writes words for reading: "a, b or c".
func listed[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(string(w)))
	}
	return b.String()
}

// brief writes a duration without the zeros: "3m", not "3m0s".
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
