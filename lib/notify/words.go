package notify

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
)

// words are everything that is said in one language. What stands in braces is put in.
type words struct {
	on     string     // a time and a day: {time}, {day}, {month}
	months [12]string // as they stand behind a day

	hidden, unnumbered, named string // callers; {number}, {name}

	incidentTitle, incident string
	when                    map[call.Way]string
	endTitle, end           string
	outcomes                map[call.Outcome]string

	approvalTitle, approval string
	messageTitle, message   string
	pinTitle, pin           string

	failedTitle, failed, needed, unneeded string
	wellTitle, well                       string

	digestTitle, digest string
	reasons             map[reason]string

	testTitle, test string
}

// languages are the languages that people are told in, by the first part of their names.
var languages = map[string]*words{"en": &english, "cy": &welsh}

// in is what is said in a language, or in English.
func in(language string) *words {
	short, _, _ := strings.Cut(language, "_")
	if w := languages[short]; w != nil {
		return w
	}
	return &english
}

// fill puts values into a text. What is put in is not looked at again.
func fill(text string, values ...string) string { return strings.NewReplacer(values...).Replace(text) }

// moment says when something was.
func (w *words) moment(at time.Time) string {
	return fill(w.on, "{time}", at.Format("15:04"), "{day}", strconv.Itoa(at.Day()), "{month}", w.months[at.Month()-1])
}

// caller says who rings, as far as that is known. Nothing of it is more than a stranger's
// word.
func (w *words) caller(from call.Caller, region string) string {
	who := grouped(from.Shown(), region)
	switch {
	case from.Presentation == call.Withheld:
		who = w.hidden
	case who == "":
		who = w.unnumbered
	}
	if name := plain(from.Name); name != "" && name != who {
		return fill(w.named, "{number}", who, "{name}", name)
	}
	return who
}

// grouped is a number as people read it, or nothing.
func grouped(shown, region string) string {
	n, err := number.Parse(shown, region)
	switch {
	case err != nil:
		return digitsOf(shown)
	case n.Foreign(region):
		return n.E164
	}
	return cmp.Or(n.Grouped(), digitsOf(shown))
}

// keys are how many keys were pressed.
func keys(n int) string { return fmt.Sprint(max(n, 0)) }
