package engine

import (
	"context"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// forget forgets what is in mind about a number, when the store has. Calls under way go on
// as they are.
func (e *Engine) forget(number string) {
	e.mu.Lock()
	for line, visits := range e.lately {
		e.lately[line] = slices.DeleteFunc(visits, func(v visit) bool { return v.number == number })
	}
	for line, last := range e.unknown {
		if last.From.Number == number {
			delete(e.unknown, line)
		}
	}
	for _, attempts := range e.attempts {
		unsuspect(attempts, number)
	}
	for id, r := range e.kept {
		if r.From.Number == number {
			delete(e.kept, id)
			e.gone[id] = time.Now()
			defer e.shine(r.Line)
		}
	}
	e.house = e.house.WithWindows(e.house.Windows().WithoutNumber(number))
	delete(e.flood.calls, numberPlace(number))
	e.forgetText(number)
	e.mu.Unlock()
	e.saver.forget(number)
	e.opts.Forgot(number)
	e.recallLast()
	e.opts.Log.Info("everything about a number forgotten")
}

// recallLast takes the last unknown callers of the lines from the store, where nobody later
// is known: who came before somebody that was forgotten.
func (e *Engine) recallLast() {
	ctx, cancel := context.WithTimeout(e.following, writeMax)
	defer cancel()
	unknown, err := e.opts.Store.LastUnknown(ctx)
	if err != nil {
		e.opts.Log.Warn("last unknown callers not read again", "err", err)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.recall(memory{unknown: unknown})
}

func unsuspect(attempts []call.Attempt, number string) {
	for i, a := range attempts {
		if a.Suspect.Number == number {
			attempts[i] = store.Unsuspected(a)
		}
	}
}

// forget takes what is about a number out of what is not written yet.
func (s *saver) forget(number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rest := &s.queue.rest
	rest.Records = slices.DeleteFunc(rest.Records, func(r call.Record) bool { return r.From.Number == number })
	rest.Windows = slices.DeleteFunc(rest.Windows, func(w call.Window) bool { return w.Number == number })
	unsuspect(rest.Attempts, number)
	s.tellQueue()
}
