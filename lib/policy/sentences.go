package policy

import (
	"fmt"
	"strconv"
	"strings"

	"clearline/lib/call"
	"clearline/lib/number"
)

// Reason is one sentence for a warden that says why.
func (d Decision) Reason() string {
	s := d.sentence()
	if d.Monitored && d.Would != Trusted {
		s += "; the line is only monitored, so the call goes through, and would be " + string(d.Would)
	}
	return s
}

func (d Decision) sentence() string {
	switch d.Rule {
	case RuleEndpoint:
		return fmt.Sprintf("the call comes from %s, which is always trusted", d.about)
	case RuleQuarantine:
		return "this caller was cut off a short while ago, when the resident dialled for help"
	case RuleCallBackEmergency:
		if d.Treatment == Screen {
			return "the emergency services may be calling back, but a caller without a number was cut off a short while ago, and this one shows none either"
		}
		return "the resident called the emergency services, and they may be calling back"
	case RuleLineContact, RuleHouseContact:
		return d.contactSentence()
	case RuleLineBlock, RuleHouseBlock:
		return entryText(d.Entry) + " is blocked " + where(d.Entry.Line)
	case RuleNeverCalls:
		return fmt.Sprintf("the number shown is that of a service that never calls anybody (%s), so the caller lies about it", d.about)
	case RuleOwnNumber:
		return "the number shown is the line's own, so the caller lies about it"
	case RuleFlood:
		return fmt.Sprintf("more than %d calls of people nobody knows came from %s within a minute", d.count, d.about)
	case RuleUnderAttack:
		return "the resident seems to be under attack, and callers nobody knows are refused for a while"
	case RulePaused:
		return "the resident has paused screening by a code; " + d.Treatment.sentence()
	case RuleCallBackOther:
		if d.Treatment == Screen {
			return "a service may be calling back, but a caller without a number was cut off a short while ago, and this one shows none either"
		}
		return "the resident called a service for help, and it may be calling back"
	}
	return d.ruleSentence()
}

// ruleSentence is that of the rules an operator sets.
func (d Decision) ruleSentence() string {
	switch d.Rule {
	case RuleWithheld:
		return "the caller hides the number; " + d.Treatment.sentence()
	case RuleUnavailable:
		return "the network knows no number of the caller; " + d.Treatment.sentence()
	case RuleClass:
		if d.Would == Blocked || d.Verdict == Blocked {
			return fmt.Sprintf("callers are blocked who show %s", className(d.about))
		}
		return fmt.Sprintf("callers are trusted who show %s", className(d.about))
	case RuleBreakThrough:
		return fmt.Sprintf("it is night for this line, but the caller calls for the %s time in a short while, so it may be urgent", ordinal(d.count))
	case RuleNight:
		return "it is night for this line; " + d.Treatment.sentence()
	case RuleDefault:
		return "nobody knows the caller; " + d.Treatment.sentence()
	}
	return ""
}

func (d Decision) contactSentence() string {
	s := entryText(d.Entry) + " is a contact " + where(d.Entry.Line)
	switch d.Treatment {
	case Screen:
		return s + ", but the network found that the caller's number is false"
	case AskWord:
		return s + ", but anybody can show a number: the family's word is asked for"
	}
	return s
}

// sentence is half a sentence about callers nobody knows.
func (t Treatment) sentence() string {
	switch t {
	case Refuse:
		return "such callers are refused"
	case Unchallenged, WhilePaused:
		return "such callers are put through to the resident, who decides"
	case TakeMessage:
		return "such callers may leave a message"
	case AskWord:
		return "such callers are asked for the family's word, and who they are"
	}
	return "such callers are asked who they are, and the resident decides"
}

// entryText names an entry for people.
func entryText(e call.Entry) string {
	what := e.Pattern
	switch {
	case strings.HasPrefix(what, "name:"):
		what = "the name " + strconv.Quote(strings.TrimPrefix(what, "name:"))
	case strings.HasSuffix(what, "*"):
		what = "every number that begins with " + strings.TrimSuffix(what, "*")
	case strings.Contains(what, "-"):
		what = "every number from " + strings.Replace(what, "-", " to ", 1)
	}
	if e.Name != "" {
		return fmt.Sprintf("%s (%s)", e.Name, what)
	}
	return what
}

func where(line call.LineID) string {
	if line == everyLine {
		return "in the whole house"
	}
	return "on this line"
}

// because makes a rule's unmet sentence that is always the same.
func because(sentence string) func(asked) string {
	return func(asked) string { return sentence }
}

// notListed says why a list did not decide, and names the entry that has ended.
func notListed(list call.List, own bool) func(asked) string {
	return func(a asked) string {
		o := owner{everyLine, list}
		if own {
			o.line = a.Line
		}
		word := "a contact"
		if list == call.Blocks {
			word = "blocked"
		}
		if e, was := a.lapsed(o); was {
			return fmt.Sprintf("%s was %s %s until %s", entryText(e), word, where(o.line), e.Until.In(a.At.Location()).Format("2 January 2006, 15:04"))
		}
		if a.From.Shown() == "" {
			return fmt.Sprintf("the caller shows no number that could be %s %s", word, where(o.line))
		}
		return fmt.Sprintf("the caller is not %s %s", word, where(o.line))
	}
}

// notSpoofed says why a false number did not decide.
func notSpoofed(sentence string) func(asked) string {
	return func(a asked) string {
		_, never := a.home.never[a.From.Shown()]
		if a.mayCallBack() && (never || a.home.own[a.From.Shown()]) {
			return "nobody calls from this number, but the resident called for help, and exchanges show odd numbers when somebody calls back"
		}
		return sentence
	}
}

// notMissing says why a missing number did not decide.
func notMissing(there string, why call.Presentation) func(asked) string {
	return func(a asked) string {
		if a.missing() == why {
			return "the line treats callers without a number as other unknown callers"
		}
		return there
	}
}

// noEmergency says why nobody is taken for the emergency services.
func noEmergency(a asked) string {
	if a.runs(call.CallBackEmergency, "") {
		return "the resident has called the emergency services, but the caller is known, and need not be asked anything either way"
	}
	return "the resident has not called the emergency services lately"
}

func noClass(a asked) string {
	if a.missing() != "" {
		return "there is no number to have a class"
	}
	return "there is no rule for callers who show " + className(string(a.Class))
}

func noBreakThrough(a asked) string {
	if a.profile() == nil {
		return "there is no night to be broken through"
	}
	return fmt.Sprintf("the caller calls for the %s time in a short while, which is not often enough to be urgent", ordinal(a.Recent+1))
}

// className says what callers of a class show.
func className(class string) string {
	names := map[number.Class]string{
		number.Geographic:    "a number of a town (01, 02)",
		number.Mobile:        "a mobile number",
		number.UKWide:        "a number of the whole country (03)",
		number.Freephone:     "a freephone number (0800, 0808)",
		number.Service:       "a service number (084, 087)",
		number.Premium:       "a premium number (09), which no caller may show",
		number.Corporate:     "a corporate number (055)",
		number.VoIP:          "an internet telephone's number (056)",
		number.Personal:      "a personal number (070)",
		number.Pager:         "a pager's number (076)",
		number.ShortCode:     "a short code",
		number.International: "a number from abroad",
		number.Payphone:      "that they ring from a payphone",
		number.Operator:      "that they ring from an exchange",
		number.Invalid:       "a number that no telephone can have",
	}
	if name, known := names[number.Class(class)]; known {
		return name
	}
	return "a number of a kind that is not known"
}

// ordinal writes a count for people.
func ordinal(n int) string {
	suffix := "th"
	if n%100/10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
