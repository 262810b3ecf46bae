package engine

import (
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// tell tells the world outside of something that has happened. The lock is not held: who is
// told may ask the engine.
func (e *Engine) tell(n call.News) {
	n.At = time.Now()
	e.opts.Tell(n)
}

// tellLists tells once of each line that an entry has changed of.
func (e *Engine) tellLists(put []call.Entry, removed []call.EntryKey) {
	var lines []call.LineID
	for _, entry := range put {
		lines = append(lines, entry.Line)
	}
	for _, key := range removed {
		lines = append(lines, key.Line)
	}
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		e.tell(call.News{Kind: call.ListsChanged, Line: line})
	}
}

// tellEnded tells of a call that is over once the history has it, or the store has been
// waited for as long as a call may wait.
func (e *Engine) tellEnded(r call.Record, written <-chan struct{}) {
	patience := time.NewTimer(saveMax)
	defer patience.Stop()
	select {
	case <-written:
	case <-patience.C:
	}
	n := call.News{Line: r.Line, Call: r.ID, From: r.From, Recording: r.Recording, Cause: r.Cause}
	if r.Cause == call.MessageLeft {
		n.Kind = call.MessageTaken
		e.tell(n)
	}
	n.Kind = call.CallEnded
	e.tell(n)
}

// Underway are the calls that go on, by ID: callers who were taken in, and attempts. Callers
// who are refused at once are not among them. News of what is not in the answer yet is told
// after it: who hears News first, and asks then, misses nothing.
func (e *Engine) Underway() []call.Underway {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := make([]call.Underway, 0, len(e.calls))
	for _, l := range e.calls {
		if !l.hidden {
			all = append(all, l.shown)
		}
	}
	slices.SortFunc(all, func(a, b call.Underway) int {
		if a.Call < b.Call {
			return -1
		}
		return 1
	})
	return all
}

// show makes the picture of the call that others see, as of now, and returns it with the one
// before. The engine's lock is held.
func (l *live) show() (before, now call.Underway) {
	before = l.shown
	now = l.picture()
	now.Moved = before.Moved
	if now.Stage != before.Stage || now.Moved.IsZero() {
		now.Moved = time.Now()
	}
	l.shown = now
	return before, now
}

// picture is the call as others see it.
func (l *live) picture() call.Underway {
	u := call.Underway{Call: l.id, Line: l.line, Kind: string(l.kind()), Stage: string(l.flow.stage())}
	switch f := l.flow.(type) {
	case screened:
		u.Since, u.From, u.Decision, u.Notes = f.arrival.At, f.From, f.Decision, f.Notes
		u.Waits = f.Unheeded(call.Refuse) == ""
		u.MayAccept = f.Unheeded(call.Accept) == ""
		if !f.Taping && !f.Lost {
			u.Recording, u.Said = f.Recording, f.Said
		}
	case clearing:
		u.Since, u.From, u.Attempt = f.attempt.At, f.attempt.Suspect, *f.attempt
		u.Attempt.Found, u.Attempt.Gone = len(f.Found), len(f.Found)-len(f.Left)
	}
	return u
}

// progressed tells what others see of a step.
func (l *live) progressed() {
	l.engine.mu.Lock()
	before, now := l.show()
	hidden := l.hidden
	l.engine.mu.Unlock()
	if hidden {
		return
	}
	for _, kind := range progress(before, now) {
		l.tell(kind, now)
	}
}

// tell tells of something that has happened in the call. The engine's lock is not held.
func (l *live) tell(kind call.NewsKind, u call.Underway) {
	n := call.News{Kind: kind, Line: u.Line, Call: u.Call, Stage: u.Stage, From: u.From, Recording: u.Recording, Attempt: u.Attempt}
	if kind == call.CallTranscribed {
		n.Said = u.Said
	}
	if kind == call.CallDecided {
		n.Decision = u.Decision
	}
	l.engine.tell(n)
}

// suspectPIN tells that keys of the resident's look like a PIN, and how many there are.
func (l *live) suspectPIN(keys int) {
	l.log.Warn("keys look like a pin, the resident is warned", "keys", keys)
	u := l.picture()
	l.engine.tell(call.News{Kind: call.PINSuspected, Line: u.Line, Call: u.Call, Stage: u.Stage, From: u.From, Keys: keys})
}

// progress says what has happened between two pictures of a call, in the order in which it
// is told. Beginnings and ends of attempts are told with what is written of them.
func progress(before, now call.Underway) []call.NewsKind {
	var kinds []call.NewsKind
	begins, screening := before.Stage == string(flow.Beginning), now.Kind == string(KindScreening)
	over := now.Stage == string(flow.Over)
	if begins && screening && !over {
		kinds = append(kinds, call.CallBegan)
	}
	if now.Decision != before.Decision && now.Decision != (call.Decision{}) {
		kinds = append(kinds, call.CallDecided)
	}
	found := now.Attempt.Found != before.Attempt.Found || now.Attempt.Gone != before.Attempt.Gone
	if !begins && !over && (now.Stage != before.Stage || found) {
		kinds = append(kinds, call.CallMoved)
	}
	if now.Said != before.Said && now.Said != "" {
		kinds = append(kinds, call.CallTranscribed)
	}
	if now.Waits && !before.Waits {
		kinds = append(kinds, call.CallWaits)
	}
	return kinds
}

// tellAttempt tells how an attempt stands that was just written.
func (l *live) tellAttempt() {
	l.engine.mu.Lock()
	_, now := l.show()
	l.engine.mu.Unlock()
	kind := call.AttemptBegan
	if now.Attempt.Outcome != "" {
		kind = call.AttemptEnded
	}
	l.tell(kind, now)
}

// tellOver tells of the end of a call that is in no table any more. It returns at once.
func (l *live) tellOver() {
	switch {
	case l.bequeathed, l.clears():
	case l.record != nil:
		record, written := *l.record, l.written
		l.engine.work.Go(func() { l.engine.tellEnded(record, written) })
	case !l.hidden: // it could not be ended in order
		l.engine.tell(call.News{Kind: call.CallEnded, Line: l.line, Call: l.id, From: l.shown.From, Cause: call.Lost})
	}
}
