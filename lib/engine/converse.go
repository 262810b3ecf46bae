package engine

import (
	"fmt"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/number"
	"clearline/lib/policy"
	"clearline/lib/prompt"
)

// Code says what a code that a resident dials is for.
type Code string

// The codes.
const (
	CodeMessages Code = "messages" // plays the messages
	CodeBlock    Code = "block"    // blocks the last caller
	CodeTrust    Code = "trust"    // trusts the last caller
	CodePause    Code = "pause"    // stops screening for a while, or begins again
	CodeRecord   Code = "record"   // lets somebody say the prompts in another voice
)

const (
	lastCallerFor = 24 * time.Hour // the last caller is known by code so long
	pauseFor      = time.Hour
)

// listening is a resident who hears messages.
type listening struct{ flow.Mailbox }

func (m listening) step(ev flow.Event) (running, []flow.Effect) {
	next, effects := m.Step(ev)
	return listening{next}, effects
}

func (m listening) stage() flow.Stage  { return m.Stage }
func (m listening) ending() string     { return "" }
func (m listening) legs() []call.LegID { return []call.LegID{m.Leg} }
func (m listening) freeze() frozen     { return frozen{Mailbox: &m.Mailbox} }

// coded is a resident who has dialled a code about a caller, or about screening.
type coded struct{ flow.Handset }

func (h coded) step(ev flow.Event) (running, []flow.Effect) {
	next, effects := h.Step(ev)
	return coded{next}, effects
}

func (h coded) stage() flow.Stage  { return h.Stage }
func (h coded) ending() string     { return string(h.Order) }
func (h coded) legs() []call.LegID { return []call.LegID{h.Leg} }
func (h coded) freeze() frozen     { return frozen{Handset: &h.Handset} }

// converse begins a session on a resident's leg on which a code was dialled. The lock is held.
func (e *Engine) converse(id call.ID, line call.Line, d Dialled, code Code) {
	now, rules := time.Now(), e.sessionRules(line.ID)
	var f running
	switch code {
	case CodeMessages:
		count, letters := e.letters(line.ID, now)
		f = listening{flow.BeginMailbox(id, line, d.Leg, e.opts.Plans[line.ID], rules, count, letters)}
	case CodeRecord:
		f = e.studio(id, line, d, rules, now)
	default:
		f = coded{flow.BeginHandset(id, line, d.Leg, e.opts.Plans[line.ID], rules, e.handset(line.ID, code, now))}
	}
	l := e.live(id, line.ID, f)
	l.hidden = true
	e.legs[d.Leg] = l
	l.mail.put(flow.Began{})
	l.log.Info("code dialled", "leg", d.Leg, "code", code)
	e.work.Go(l.run)
}

// handset says what a code asks for, and why it cannot be done. The lock is held.
func (e *Engine) handset(line call.LineID, code Code, now time.Time) flow.Handset {
	if code == CodePause {
		if policy.Paused(e.house.Windows().Of(line), now) {
			return flow.Handset{Order: flow.OrderResume}
		}
		return flow.Handset{Order: flow.OrderPause}
	}
	h := flow.Handset{Order: flow.OrderBlock}
	if code == CodeTrust {
		h.Order = flow.OrderTrust
	}
	shown, called := e.lastCaller(line, now)
	_, listable := number.KeyOf(shown)
	h.Caller = call.Caller{Number: shown, Presentation: call.Allowed}
	switch {
	case h.Order == flow.OrderTrust && e.rules(line).Approver == call.ApproverWarden:
		h.Unfit = prompt.WardenTrusts // or a stranger could talk the resident into it
	case !called:
		h.Unfit = prompt.NoLastCaller
	case !listable:
		h.Unfit = prompt.LastCallerHidden
	default:
		h.Who = e.opts.Boxes.Caller(h.Caller)
		if _, known := e.contact(line, shown, now); known && h.Order == flow.OrderBlock {
			h.Unfit = prompt.CallerIsKnown
		}
	}
	return h
}

// calledLast keeps in mind who has called a line last, whoever answered: somebody who was
// delivered, who rang, or who left a message. The lock is held.
func (e *Engine) calledLast(line call.LineID, from call.Caller, now time.Time) {
	if len(e.opts.Boxes.Codes) == 0 {
		return
	}
	w := call.Window{Line: line, Kind: call.LastCaller, Number: from.Shown(), Since: now, Until: now.Add(lastCallerFor)}
	e.open(w, now)
	e.saver.opened(w)
}

// lastCaller is the number that the last caller of a line has shown, empty for none, and
// whether there was one. The lock is held.
func (e *Engine) lastCaller(line call.LineID, now time.Time) (shown string, called bool) {
	var last call.Window
	for _, w := range e.house.Windows().Of(line) {
		if w.Kind == call.LastCaller && now.Before(w.Until) && w.Since.After(last.Since) {
			last, called = w, true
		}
	}
	return last.Number, called
}

// trustedByCode is the source of contacts that became so by a code.
const trustedByCode = "the resident dialled the code for it"

// contact finds the entry by which people have made a number a contact; what became one by
// itself, or by a code, is none. The lock is held.
func (e *Engine) contact(line call.LineID, shown string, now time.Time) (call.Entry, bool) {
	from := call.Caller{Number: shown, Presentation: call.Allowed}
	for _, scope := range []call.LineID{line, ""} {
		entry, found := e.house.Book().Find(from, scope, call.Contacts, now)
		if found && entry.Source != learned && entry.Source != trustedByCode {
			return entry, true
		}
	}
	return call.Entry{}, false
}

// distrust ends what made a number a contact by itself, or by a code: contacts come before
// blocks.
func (e *Engine) distrust(line call.LineID, shown string) {
	now := time.Now()
	e.mu.Lock()
	entry, found := e.house.Book().Find(call.Caller{Number: shown, Presentation: call.Allowed}, line, call.Contacts, now)
	e.mu.Unlock()
	if found && (entry.Source == learned || entry.Source == trustedByCode) {
		entry.Until = now
		e.add(entry)
	}
}

// trust makes the last caller a contact.
func (e *Engine) trust(t flow.TrustCaller) {
	e.add(call.Entry{Line: t.Line, List: call.Contacts, Pattern: t.Number, Since: time.Now(), Source: trustedByCode})
	e.opts.Log.Info("caller trusted by code", "line", t.Line, "from", t.Number)
}

// pause stops screening on a line for a while, or begins again. A window is never shortened:
// one of another kind says that the pause is over.
func (e *Engine) pause(p flow.PauseScreening) {
	now := time.Now()
	w := call.Window{Line: p.Line, Kind: call.ScreeningPaused, Since: now, Until: now.Add(pauseFor)}
	if !p.On {
		w.Kind, w.Until = call.ScreeningResumed, now.Add(2*pauseFor) // outlasts every pause before it
	}
	e.mu.Lock()
	e.open(w, now)
	e.mu.Unlock()
	e.saver.opened(w)
	e.opts.Log.Warn("screening", "line", p.Line, "paused", p.On, "until", w.Until)
	e.tell(call.News{Kind: call.ScreeningChanged, Line: p.Line})
}

// Pause stops screening on a line for an hour, or begins again, as a resident does by a code.
func (e *Engine) Pause(line call.LineID, on bool) { e.pause(flow.PauseScreening{Line: line, On: on}) }

// PausedUntil says when the pause of a line is over; zero when its callers are screened.
func (e *Engine) PausedUntil(line call.LineID) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return policy.PausedUntil(e.house.Windows().Of(line), time.Now())
}

// codeOf is what a resident has dialled a code for; empty for a number. The lock is held.
func (e *Engine) codeOf(d Dialled) Code { return e.opts.Boxes.Codes[d.Dialled] }

// dismissed takes a session out of the store.
func (l *live) dismissed() { l.engine.saver.dismissed(l.id, l.line) }

// redo is an order that is given again when the session that gave it was killed.
func redo(o pending) (flow.Effect, error) {
	switch o.Name {
	case name(flow.NoteMessage{}):
		return one[flow.NoteMessage](o)
	case name(flow.TrustCaller{}):
		return one[flow.TrustCaller](o)
	case name(flow.PauseScreening{}):
		return one[flow.PauseScreening](o)
	case name(flow.KeepPrompt{}):
		return one[flow.KeepPrompt](o)
	}
	return nil, nil
}

func one[E flow.Effect](o pending) (flow.Effect, error) {
	found, err := add([]E(nil), o.Effect)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", o.Name, err)
	}
	return found[0], nil
}
