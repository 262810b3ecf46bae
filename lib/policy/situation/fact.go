package situation

import (
	"fmt"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/policy"
)

// How long what happened counts: the lengths of a house where nobody has set any.
const (
	callBackEmergency = time.Hour
	callBackOther     = 24 * time.Hour
	attack            = 10 * time.Minute
	quarantine        = time.Hour
)

// fields are the words of a fact that are left; quotes hold some together.
type fields []string

func words(text string) *fields {
	var w fields
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 1 {
			w = append(w, `"`+part)
			continue
		}
		w = append(w, strings.Fields(part)...)
	}
	return &w
}

func (w *fields) next() string {
	if len(*w) == 0 {
		return ""
	}
	first := (*w)[0]
	*w = (*w)[1:]
	return first
}

func (w *fields) rest() string { return strings.Join(*w, " ") }

func (w *fields) over(fact string) error {
	if len(*w) > 0 {
		return fmt.Errorf("%q: %q means nothing there", fact, w.rest())
	}
	return nil
}

// number takes the words that begin like a number or a pattern of numbers.
func (w *fields) number() string {
	var parts []string
	for len(*w) > 0 && strings.Trim((*w)[0], "+0123456789*-") == "" {
		parts = append(parts, w.next())
	}
	return strings.Join(parts, " ")
}

func readCaller(text string) (call.Caller, error) {
	from := call.Caller{Presentation: call.Allowed, Trunk: "trunk"}
	w := words(text)
	if shown := w.number(); shown != "" {
		n, err := number.Parse(shown, region)
		if err != nil {
			return from, fmt.Errorf("%q: %w", shown, err)
		}
		from.Number = n.String()
	}
	for len(*w) > 0 {
		switch word := w.next(); {
		case word == "withheld":
			from.Presentation = call.Withheld
		case word == "unavailable":
			from.Presentation = call.Unavailable
		case word == "payphone", word == "operator":
			from.Category = word
		case word == "passed", word == "failed":
			from.Attested = call.Attestation(word)
		case word == "by":
			from.Trunk = w.next()
		case word[0] == '"':
			from.Name = number.DisplayName(word[1:])
		default:
			return from, fmt.Errorf("%q: a caller is no %q", text, word)
		}
	}
	if from.Number == "" && from.Presentation == call.Allowed {
		return from, fmt.Errorf("%q: want a number, withheld or unavailable", text)
	}
	return from, nil
}

// enter takes an entry of a list.
func (s *Situation) enter(list call.List, w *fields) error {
	e := call.Entry{Line: line.ID, List: list, Since: s.At.Add(-24 * time.Hour), Source: "by hand"}
	pattern := w.number()
	if pattern == "" {
		pattern = strings.TrimPrefix(w.next(), `"`) // a name
	}
	p, err := number.ParsePattern(pattern, region)
	if err != nil {
		return err
	}
	e.Pattern = p.String()
	for len(*w) > 0 {
		switch word := w.next(); {
		case word == "house":
			e.Line = ""
		case word == "verify":
			e.Verify, e.Word = true, "2580"
		case word == "until":
			if e.Until, err = readTime(w.next() + " " + w.next()); err != nil {
				return err
			}
		case word[0] == '"':
			e.Name = word[1:]
		default:
			return fmt.Errorf("an entry is no %q", word)
		}
	}
	s.Entries = append(s.Entries, e)
	return nil
}

// happened takes what the resident did before, and how long ago.
func (s *Situation) happened(what string, w *fields) error {
	window := call.Window{Line: line.ID}
	lasts := map[call.WindowKind]time.Duration{
		call.CallBackEmergency: callBackEmergency, call.CallBackOther: callBackOther,
		call.UnderAttack: attack, call.Quarantine: quarantine,
	}
	switch next := w.next(); what + " " + next {
	case "dialled emergency":
		window.Kind = call.CallBackEmergency
	case "dialled service":
		window.Kind = call.CallBackOther
	case "under attack":
		window.Kind = call.UnderAttack
	case "cut off":
		window.Kind = call.Quarantine
		if shown := w.number(); shown != "" {
			n, err := number.Parse(shown, region)
			if err != nil {
				return fmt.Errorf("%q: %w", shown, err)
			}
			window.Number = n.String()
		} else if hidden := w.next(); hidden != "withheld" && hidden != "unavailable" {
			return fmt.Errorf("cut off %q: want a number, withheld or unavailable", hidden)
		}
	default:
		return fmt.Errorf("%q: that does not happen", what+" "+next)
	}
	ago, err := time.ParseDuration(w.next())
	if err != nil || w.rest() != "ago" {
		return fmt.Errorf("%s: want how long ago, such as 20m ago", what)
	}
	window.Since = s.At.Add(-ago)
	window.Until = window.Since.Add(lasts[window.Kind])
	s.Windows = append(s.Windows, window)
	return nil
}

// sleep takes a night.
func (s *Situation) sleep(w *fields) error {
	var p policy.Profile
	var from, fromMinute, to, toMinute int
	text := w.rest()
	if _, err := fmt.Sscanf(text, "%d:%d-%d:%d", &from, &fromMinute, &to, &toMinute); err != nil {
		return fmt.Errorf("night %q: want 22:00-07:00", text)
	}
	p.From, p.To = from*60+fromMinute, to*60+toMinute
	s.Night = append(s.Night, p)
	return nil
}
