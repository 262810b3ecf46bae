package engine

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/store"
)

// listen has what a caller has said turned into text, beside the call: nothing waits for it.
// The text is asked for once, when the purpose or the message is complete.
func (l *live) listen(before running) {
	e := l.engine
	now, ok := l.flow.(screened)
	if !ok || e.opts.Hear == nil || now.Stage == before.stage() || !complete(now) {
		return
	}
	recording, language := now.Recording, now.Line.Language
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	e.listening[l.id] = now.arrival.From.Number
	e.aside(func() {
		began := time.Now()
		text, topic, err := e.opts.Hear(e.following, recording, language)
		if err != nil {
			l.log.Warn("what the caller said is not known as text", "recording", recording, "err", err)
			text = ""
		} else { // never the text itself
			l.log.Info("what the caller said is known as text", "recording", recording, "topic", topic, "took", time.Since(began))
		}
		l.understood(flow.Transcribed{Recording: recording, Text: text, Topic: topic})
	})
}

// complete says whether a recording has just come to its end that may be listened to: a
// purpose, or a message. A family's word is a secret.
func complete(s screened) bool {
	said := s.Recording != "" && !s.Lost && s.Ground == flow.Stated
	return said && (s.Stage == flow.Seizing || s.Stage == flow.Closing && s.Cause == call.MessageLeft)
}

// understood tells the call the text, or writes it behind a call that is over.
func (l *live) understood(t flow.Transcribed) {
	e := l.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	_, wanted := e.listening[l.id]
	delete(e.listening, l.id)
	switch {
	case !wanted || t.Text == "": // it was forgotten meanwhile
	case e.calls[l.id] == l:
		l.mail.put(t)
	default:
		l.addText(t)
	}
}

// textLeft writes a text that has come in the moment in which the call ended. The engine's
// lock is held.
func (l *live) textLeft() {
	for _, left := range l.mail.rest() {
		if t, ok := left.event.(flow.Transcribed); ok {
			l.addText(t)
		}
	}
}

// addText writes a text into the history, behind the record of a call that is over. The
// engine's lock is held.
func (l *live) addText(t flow.Transcribed) {
	if l.record == nil || l.record.Recording != t.Recording {
		return
	}
	record := *l.record
	record.Said = t.Text
	l.engine.saver.again(store.Changes{Records: []call.Record{record}})
}

// forgetText drops the texts that are still to come about a number. The lock is held.
func (e *Engine) forgetText(number string) {
	for id, of := range e.listening {
		if of == number {
			delete(e.listening, id)
		}
	}
}
