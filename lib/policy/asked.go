package policy

import (
	"cmp"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
)

// asked is a question with what it takes to answer it.
type asked struct {
	Question
	home   *home
	open   []call.Window // of the line
	lookup lookup
}

func (h *House) ask(q Question) asked {
	return asked{Question: q, home: h.home(q.Line), open: h.windows.open[q.Line], lookup: h.book.look(q.From)}
}

// decide asks one rule. When it holds, d is the decision. This is a switch, and the
// rules are no values, so that a stays on the stack.
func (a *asked) decide(by Rule, d *Decision) bool {
	held := false
	switch by {
	case RuleEndpoint:
		held = a.endpoint(d)
	case RuleQuarantine:
		held = a.quarantine(d)
	case RuleCallBackEmergency:
		held = !a.trusted() && a.callBack(call.CallBackEmergency, d)
	case RuleLineContact:
		held = a.contact(a.Line, d)
	case RuleHouseContact:
		held = a.contact(everyLine, d)
	case RuleLineBlock:
		held = a.block(a.Line, d)
	case RuleHouseBlock:
		held = a.block(everyLine, d)
	case RuleNeverCalls:
		held = a.neverCalls(d)
	case RuleOwnNumber:
		held = a.ownNumber(d)
	case RuleUnderAttack:
		held = a.runs(call.UnderAttack, "") && d.treat(Refuse)
	case RulePaused:
		held = Paused(a.open, a.At) && d.treat(WhilePaused)
	case RuleCallBackOther:
		held = a.callBack(call.CallBackOther, d)
	case RuleWithheld:
		held = a.missing() == call.Withheld && d.special(a.home.rules.Withheld)
	case RuleUnavailable:
		held = a.missing() == call.Unavailable && d.special(a.home.rules.Unavailable)
	case RuleClass:
		held = a.class(d)
	case RuleBreakThrough:
		held = a.breakThrough(d)
	case RuleNight:
		held = a.night(d)
	case RuleDefault:
		held = d.treat(Screen)
	}
	if held {
		d.Rule = by
		if a.home.rules.Monitor {
			d.Monitored, d.Would, d.Verdict = true, d.Verdict, Trusted
		}
	}
	return held
}

// treat decides that nobody knows the caller.
func (d *Decision) treat(t Treatment) bool {
	d.Verdict, d.Treatment = Unknown, t
	return true
}

// special is treat, for a treatment other than that of all unknown callers.
func (d *Decision) special(t Treatment) bool { return t != "" && t != Screen && d.treat(t) }

func (a *asked) endpoint(d *Decision) bool {
	if a.From.Trunk == "" || !slices.Contains(a.home.rules.TrustedEndpoints, a.From.Trunk) {
		return false
	}
	d.Verdict, d.about = Trusted, a.From.Trunk
	return true
}

func (a *asked) quarantine(d *Decision) bool {
	number := a.From.Shown()
	return number != "" && a.runs(call.Quarantine, number) && d.treat(Refuse)
}

// callBack lets nobody without a number be unchallenged while one of them is in
// quarantine. They are screened instead: the emergency services often show no number,
// and must not be refused.
func (a *asked) callBack(kind call.WindowKind, d *Decision) bool {
	switch {
	case !a.runs(kind, ""):
		return false
	case a.From.Shown() == "" && a.runs(call.Quarantine, ""):
		return d.treat(Screen)
	}
	return d.treat(Unchallenged)
}

func (a *asked) contact(line call.LineID, d *Decision) bool {
	if !a.lookup.entry(owner{line, call.Contacts}, a.At, &d.Entry) {
		return false
	}
	switch {
	case a.From.Attested == call.AttestationFailed:
		return d.treat(Screen)
	case d.Entry.Verify && a.From.Attested != call.AttestationPassed:
		return d.treat(AskWord)
	}
	d.Verdict = Trusted
	return true
}

// trusted says whether the caller is a contact who need prove nothing.
func (a *asked) trusted() bool {
	var d Decision
	return (a.contact(a.Line, &d) || a.contact(everyLine, &d)) && d.Verdict == Trusted
}

func (a *asked) block(line call.LineID, d *Decision) bool {
	if !a.lookup.entry(owner{line, call.Blocks}, a.At, &d.Entry) {
		return false
	}
	d.Verdict = Blocked
	return true
}

func (a *asked) neverCalls(d *Decision) bool {
	service, never := a.home.never[a.From.Shown()]
	if !never || a.mayCallBack() {
		return false
	}
	d.Verdict, d.about = Blocked, service
	return true
}

func (a *asked) ownNumber(d *Decision) bool {
	if !a.home.own[a.From.Shown()] || a.mayCallBack() {
		return false
	}
	d.Verdict = Blocked
	return true
}

// mayCallBack says whether a number that nobody should show may be that of a service
// the resident has called: exchanges show odd ones. For the emergency services that was
// decided before.
func (a *asked) mayCallBack() bool { return a.runs(call.CallBackOther, "") }

func (a *asked) class(d *Decision) bool {
	if a.missing() != "" {
		return false
	}
	switch rule := a.home.rules.Classes[a.Class]; {
	case rule == ClassTrusted && a.From.Attested != call.AttestationFailed:
		d.Verdict = Trusted
	case rule == ClassBlocked:
		d.Verdict = Blocked
	default:
		return false
	}
	d.about = string(a.Class)
	return true
}

func (a *asked) breakThrough(d *Decision) bool {
	if n := a.home.rules.BreakThrough; n <= 0 || a.Recent+1 < n || a.profile() == nil {
		return false
	}
	d.count = a.Recent + 1
	return d.treat(Screen)
}

func (a *asked) night(d *Decision) bool {
	p := a.profile()
	return p != nil && d.treat(cmp.Or(p.Unknown, TakeMessage))
}

// profile is the one that runs, or nil.
func (a *asked) profile() *Profile {
	profiles := a.home.rules.Night
	for i := range profiles {
		if profiles[i].Runs(a.At) {
			return &profiles[i]
		}
	}
	return nil
}

// runs says whether a window of the line is open.
func (a *asked) runs(kind call.WindowKind, number string) bool {
	return anyRuns(a.open, kind, number, a.At)
}

// missing says why the caller shows no number: empty for one who does, or of whom the
// exchange says something better than a number (a payphone).
func (a *asked) missing() call.Presentation {
	switch {
	case a.From.Presentation == call.Withheld:
		return call.Withheld
	case a.From.Shown() == "" && a.Class != number.Payphone && a.Class != number.Operator:
		return call.Unavailable
	}
	return ""
}

// lapsed is the entry that would have decided, had it not ended.
func (a *asked) lapsed(o owner) (e call.Entry, was bool) {
	was = a.lookup.entry(o, time.Time{}, &e)
	return e, was
}
