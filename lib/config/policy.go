package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"clearline/lib/number"
	"clearline/lib/policy"
)

// readPolicy reads how callers are judged, above what is otherwise so: the house's rules
// for a line, the built-in ones for the house.
func readPolicy(t *table, otherwise policy.Rules) policy.Rules {
	r := otherwise
	t.flag("monitor", &r.Monitor)
	if r.Monitor && !otherwise.Monitor {
		t.warn(t.at("monitor"), "nobody is screened or refused: verdicts are only logged", "")
	}
	choice(t, "withheld", &r.Withheld, policy.Screen, policy.TakeMessage, policy.Refuse)
	choice(t, "unavailable", &r.Unavailable, policy.Screen, policy.TakeMessage, policy.Refuse)
	r.Classes = readClasses(t, r.Classes)
	r.Night = readNights(t, r.Night)
	days(t, "trust_dialled", &r.TrustDialled, 0, 366*24*time.Hour)
	t.number("break_through", &r.BreakThrough, 0, 20)
	t.duration("break_through_within", &r.BreakThroughWithin, time.Minute, 24*time.Hour)
	r.TrustedEndpoints = readTrusted(t, r.TrustedEndpoints)
	t.finish()
	return r
}

// readClasses reads which classes of numbers are trusted or blocked.
func readClasses(t *table, otherwise map[number.Class]policy.ClassRule) map[number.Class]policy.ClassRule {
	below := t.table("classes")
	if below.values == nil {
		return otherwise
	}
	classes := maps.Clone(otherwise)
	if classes == nil {
		classes = map[number.Class]policy.ClassRule{}
	}
	for _, class := range judged {
		rule := classes[class]
		if choice(below, string(class), &rule, policy.ClassTrusted, policy.ClassUnknown, policy.ClassBlocked) {
			classes[class] = rule
		}
	}
	below.finish()
	return classes
}

// judged are the classes that may have a rule: withheld and unavailable have keys of
// their own.
var judged = slices.DeleteFunc(number.Classes(), func(c number.Class) bool {
	return c == number.Withheld || c == number.Unavailable
})

// readNights reads the times in which unknown callers are treated differently.
func readNights(t *table, otherwise []policy.Profile) []policy.Profile {
	switch v, given := t.values["night"]; {
	case !given:
		t.lookup("night")
		return otherwise
	case isEmpty(v): // none, whatever the house has
		t.lookup("night")
		return nil
	}
	var nights []policy.Profile
	for _, below := range t.tables("night") {
		p := policy.Profile{Unknown: policy.TakeMessage}
		from, to := clock(below, "from", &p.From), clock(below, "to", &p.To)
		if from && to && p.From == p.To {
			below.fault(below.at("to"), "the night ends when it begins", "write another time")
		}
		p.Days = readDays(below)
		choice(below, "unknown", &p.Unknown, policy.TakeMessage, policy.Screen, policy.Refuse)
		below.finish()
		nights = append(nights, p)
	}
	return nights
}

// clock reads a time of the day into minutes since midnight.
func clock(t *table, key string, target *int) bool {
	remedy := `write hours and minutes: "22:00"`
	if _, given := t.values[key]; !given {
		t.lookup(key)
		t.fault(t.at(key), "missing", remedy)
		return false
	}
	var text string
	if !t.text(key, &text, func(s string) (string, string) {
		if _, err := time.Parse("15:04", s); err != nil {
			return fmt.Sprintf("%q is no time of the day", s), remedy
		}
		return "", ""
	}) {
		return false
	}
	at, _ := time.Parse("15:04", text) // it has passed just now
	*target = at.Hour()*60 + at.Minute()
	return true
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// readDays reads on which days a night begins; none means every day.
func readDays(t *table) policy.Days {
	var begins []time.Weekday
	for _, e := range t.texts("days") {
		day := slices.Index(weekdays, e.text)
		if day < 0 {
			t.fault(e.path, fmt.Sprintf("%q is no day", e.text), "choose from "+strings.Join(weekdays, ", "))
			continue
		}
		begins = append(begins, time.Weekday(day))
	}
	return policy.DaysOf(begins...)
}

// days reads a duration that may be written in days: "14d".
func days(t *table, key string, target *time.Duration, low, high time.Duration) {
	text, isText := t.values[key].(string)
	number, inDays := strings.CutSuffix(text, "d")
	n, err := strconv.Atoi(number)
	if !isText || !inDays || err != nil {
		t.duration(key, target, low, high)
		return
	}
	t.lookup(key)
	if d := time.Duration(n) * 24 * time.Hour; n >= 0 && n <= 10_000 && d >= low && d <= high {
		*target = d
		return
	}
	t.fault(t.at(key), text+" is out of bounds", fmt.Sprintf("choose from %s to %dd", brief(low), int(high.Hours())/24))
}

// readTrusted reads the endpoints whose calls are never touched: telephones of the
// house, doors, telecare units, the operator. Those of the house hold for every line.
func readTrusted(t *table, otherwise []string) []string {
	trusted := slices.Clone(otherwise)
	for _, e := range t.texts("trusted_endpoints") {
		problem, remedy := isEndpoint(e.text)
		_, name, _ := strings.Cut(e.text, "/")
		if problem == "" && slices.Contains(trusted, name) {
			problem, remedy = fmt.Sprintf("%s is trusted already", e.text), "keep one"
		}
		if problem != "" {
			t.fault(e.path, problem, remedy)
			continue
		}
		trusted = append(trusted, name)
	}
	return trusted
}

// readCode reads a line's bypass code: what a trusted person presses behind * on a
// telephone nobody knows.
func readCode(t *table, from secrets) Secret {
	return shortSecret(t, from, "bypass_code", "write 3 to 6 digits that nobody guesses", isCode)
}

// shortSecret reads digits that people press, from the key or from the file that key_file names.
func shortSecret(t *table, from secrets, key, remedy string, is func(string) (problem string)) Secret {
	var code, file string
	inFile := key + "_file"
	inline := t.text(key, &code, func(s string) (string, string) { return is(s), remedy })
	named := t.text(inFile, &file, anyText)
	switch {
	case inline && named:
		t.fault(t.at(key), "both "+key+" and "+inFile+" are set", "keep one of them, better "+inFile)
	case inline && from.worldReadable(t.file):
		t.warn(t.at(key), "every user of this machine can read this file", "chmod o-r "+t.file+", or use "+inFile)
	case named:
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(t.file), file)
		}
		text, err := from.read(file)
		if err != nil {
			t.fault(t.at(inFile), err.Error(), "write the code into that file and let the service's user read it")
			return Secret{}
		}
		if problem := is(text); problem != "" {
			t.fault(t.at(inFile), problem, remedy)
			return Secret{}
		}
		code = text
	}
	if code == "" {
		return Secret{}
	}
	return NewSecret(code)
}

// isCode never shows the code: it is a secret even when it is wrong.
func isCode(s string) (problem string) {
	switch {
	case len(s) < 3 || len(s) > 6 || strings.Trim(s, "0123456789") != "":
		return "is no code"
	case strings.Trim(s, s[:1]) == "":
		return "is guessed at the first try"
	case slices.Contains([]string{"1234", "12345", "123456", "123"}, s):
		return "is guessed at the first try"
	}
	return ""
}
