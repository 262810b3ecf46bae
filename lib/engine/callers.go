package engine

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/number"
	"clearline/lib/policy"
)

// Verdict decides about a caller before anything is done with the call, as the dialplan
// asks it to. A caller who is refused is in the history: no call begins that would say so
// later.
func (e *Engine) Verdict(a Arrival) policy.Decision {
	e.mu.Lock()
	if _, owned := e.lines[a.Line]; !owned || e.closed {
		e.mu.Unlock()
		return policy.Decision{Verdict: policy.Unknown}
	}
	d := e.held(a.From, e.decide(a), time.Now())
	if d.Verdict == policy.Trusted {
		e.calledLast(a.Line, a.From, time.Now())
	}
	e.mu.Unlock()
	e.opts.Log.Info("caller judged", "line", a.Line, "leg", a.Leg, "dialled", a.Dialled, "from", a.From.Number,
		"name", a.From.Name, "presentation", a.From.Presentation, "trunk", a.From.Trunk,
		"verdict", d.Verdict, "rule", d.Rule, "reason", d.Reason())
	if d.Verdict == policy.Blocked {
		id := e.opts.NewID()
		e.opts.Log.Info("call ended", "call", id, "line", a.Line, "cause", call.Blocked, "approved", false)
		record := call.Record{
			ID: id, Line: a.Line, Dialled: a.Dialled, From: a.From,
			Arrived: a.At, Ended: time.Now(), Cause: call.Blocked,
		}
		e.turnedAway(record, e.saver.over(record))
	}
	return d
}

// turnedAway tells of a caller who was refused before a call began. It returns at once.
func (e *Engine) turnedAway(r call.Record, written <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.aside(func() { e.tellEnded(r, written) })
	}
}

// decide asks the policy about a caller of a line that is known. The lock is held.
func (e *Engine) decide(a Arrival) policy.Decision {
	now := time.Now()
	return e.house.Decide(policy.Question{
		Line: a.Line, From: a.From, Class: number.ClassOf(a.From, e.opts.Region), At: now.In(e.opts.Zone),
		Recent: e.lately.count(a.Line, a.From, now, e.house.Rules(a.Line).BreakThroughWithin),
	})
}

// admissions say what becomes of unknown callers.
var admissions = map[policy.Treatment]flow.Admission{
	policy.Screen:       flow.Admitted,
	policy.Refuse:       flow.TurnedAway,
	policy.Unchallenged: flow.Unchallenged,
	policy.WhilePaused:  flow.WhilePaused,
	policy.TakeMessage:  flow.TakesMessage,
	policy.AskWord:      flow.AskedWord,
}

// terms are what the caller may know: the line's code, and the word of the contact whose
// number is shown. The lock is held.
func (e *Engine) terms(line call.LineID, d policy.Decision) flow.Terms {
	now := time.Now()
	return flow.Terms{
		Code:       e.opts.Codes[line],
		CodeLocked: e.locked(line, flow.BypassCode, now),
		Word:       flow.Code(d.Entry.Word),
		WordLocked: e.locked(line, flow.FamilyWord, now),
	}
}

// mostMisses is how many wrong codes or words a line takes within the window of
// verification before it takes none until that has passed.
const mostMisses = 3

// miss is a wrong code or word.
type miss struct {
	secret flow.Secret
	at     time.Time
}

// keyed counts what callers key for a code or a word. It is one count for all callers of
// a line: who guesses can show a new number each time.
func (e *Engine) keyed(n flow.NoteSecret) {
	now := time.Now()
	if e.missedNow(n, now) < mostMisses {
		return
	}
	w := call.Window{Line: n.Line, Kind: call.SecretLocked, Number: string(n.Secret), Since: now, Until: now.Add(e.opts.Windows.Window)}
	e.mu.Lock()
	e.open(w, now)
	for _, l := range e.calls { // who has begun to guess must not go on
		if l.line == n.Line && (l.suspect != nil || l.hidden) { // sessions are hidden
			l.mail.put(flow.SecretLocked{Secret: n.Secret})
		}
	}
	e.mu.Unlock()
	e.saver.opened(w)
	e.opts.Log.Warn("wrong too often, not compared for a while", "line", n.Line, "secret", n.Secret, "until", w.Until)
}

// missedNow notes what was keyed, and counts the misses of that secret within the window.
// The right one begins the count anew.
func (e *Engine) missedNow(n flow.NoteSecret, now time.Time) (count int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var recent []miss
	for _, m := range e.misses[n.Line] {
		if now.Sub(m.at) < e.opts.Windows.Window && (m.secret != n.Secret || !n.Right) {
			recent = append(recent, m)
		}
	}
	if !n.Right {
		recent = append(recent, miss{n.Secret, now})
	}
	e.misses[n.Line] = recent
	for _, m := range recent {
		if m.secret == n.Secret {
			count++
		}
	}
	return count
}

// open opens a window, and forgets those that are over. The lock is held.
func (e *Engine) open(w call.Window, now time.Time) {
	e.house = e.house.WithWindows(e.house.Windows().Without(now).With(w))
}

// locked says whether a code or word is not compared. The lock is held.
func (e *Engine) locked(line call.LineID, s flow.Secret, now time.Time) bool {
	return e.house.Windows().Run(line, call.SecretLocked, string(s), now)
}
