package policy

import (
	"time"

	"clearline/lib/call"
)

// Urgency says how much an attempt looks like an attack. way is how it was dialled;
// duringGuarded, that the line had a guarded call up at the time, on whatever leg the
// number was dialled; attemptsBefore counts the attempts of the line within the window
// before; suspectWithin says that an unknown caller was on the line within it.
//
//	inside a guarded call, or beside one     high
//	for the second time                      high
//	while asked about an unknown caller      raised
//	shortly after an unknown caller          raised
//	otherwise                                calm
func Urgency(way call.Way, duringGuarded bool, attemptsBefore int, suspectWithin bool) call.Urgency {
	switch {
	case way == call.WayGuarded, duringGuarded, attemptsBefore >= 1:
		return call.High
	case way == call.WayConsult, suspectWithin:
		return call.Raised
	}
	return call.Calm
}

// WindowRules say how long the windows last that an attempt opens. One of no length is
// not opened.
type WindowRules struct {
	Window            time.Duration // how long an attempt is remembered
	CallBackEmergency time.Duration // how long the emergency services may call back
	CallBackOther     time.Duration // how long other services may call back
}

// Opened lists the windows an attempt opens. Their time counts from when the number was
// dialled, and there are none before the outcome is known:
//
//	emergency                        CallBackEmergency
//	verification, line cleared       CallBackOther
//	high urgency                     UnderAttack
//	the unknown caller torn down     Quarantine of its number
//
// An abandoned attempt reached nobody who could call back. The quarantine lasts at least
// as long as the time in which callers are unchallenged: who was torn down must not be
// the one who profits from it.
func Opened(a call.Attempt, rules WindowRules) []call.Window {
	if a.Outcome == "" {
		return nil
	}
	var windows []call.Window
	open := func(kind call.WindowKind, number string, lasts time.Duration) {
		if lasts > 0 {
			windows = append(windows, call.Window{Line: a.Line, Kind: kind, Number: number, Since: a.At, Until: a.At.Add(lasts)})
		}
	}
	kind, callBack := rules.callBack(a)
	open(kind, "", callBack)
	if a.Urgency == call.High {
		open(call.UnderAttack, "", rules.Window)
	}
	tornDown := a.Found > 0 || a.Way != call.WayFresh
	if tornDown && a.Suspect != (call.Caller{}) {
		open(call.Quarantine, a.Suspect.Shown(), max(rules.Window, callBack))
	}
	return windows
}

// callBack is the window for the service that was called, and its length: none when it
// was not reached.
func (r WindowRules) callBack(a call.Attempt) (call.WindowKind, time.Duration) {
	switch {
	case a.Outcome == call.OutcomeAbandoned:
	case a.Role == call.Emergency:
		return call.CallBackEmergency, r.CallBackEmergency
	case a.Role == call.Verification && a.Outcome == call.OutcomeCleared:
		return call.CallBackOther, r.CallBackOther
	}
	return "", 0
}
