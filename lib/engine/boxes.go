package engine

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/number"
	"clearline/lib/prompt"
)

// Boxes is what is decided about messages, and about codes that residents dial.
type Boxes struct {
	Files Recordings // nil where no recordings are looked after
	Voice Voice      // nil where nobody may record prompts
	PIN   flow.Code  // of who may; empty for nobody
	Codes map[string]Code
	Rules flow.SessionRules // the keys; the rest is said by the rules of the line

	Most   int           // messages that a line keeps; 0 for any number of them
	Keep   time.Duration // a message, from when it was left, or saved
	Light  bool          // show in the exchange how many messages there are
	Prefix string        // dialled before a number of outside, to call somebody back

	// KeepAccepted and KeepRefused are how long what a caller has stated is kept, from the end
	// of the call.
	KeepAccepted, KeepRefused time.Duration

	Count  func(fresh, kept int) prompt.Script                     // how many messages there are
	Intro  func(from call.Caller, at, now time.Time) prompt.Script // who has left one, and when
	Caller func(call.Caller) prompt.Script                         // the last caller, who shows a number
}

// Recordings are the files of what callers have said.
type Recordings interface {
	// Has says whether there is a recording with sound in it.
	Has(id call.RecordingID) bool
	// Remove removes one. It is no error that it is not there.
	Remove(id call.RecordingID) error
	// Each hands over all, with when they were written to.
	Each(each func(id call.RecordingID, written time.Time)) error
}

// recorded keeps in mind what points to a recording, and forgets what no longer does. Word of
// an earlier state may come later, from a store that tells what this engine has written: it
// changes nothing. The lock is held.
func (e *Engine) recorded(r call.Record) {
	if r.Recording == "" {
		if _, known := e.kept[r.ID]; known {
			e.gone[r.ID] = time.Now()
		}
		delete(e.kept, r.ID)
		return
	}
	if r.Recording.IsMessage() && r.Message == call.NoMessage { // of a version that did not count them
		r.Message = call.NewMessage
	}
	_, gone := e.gone[r.ID]
	if known, ok := e.kept[r.ID]; gone || ok && slices.Index(fate, known.Message) > slices.Index(fate, r.Message) {
		return
	}
	e.kept[r.ID] = r
}

// fate is what becomes of a message, in this order.
var fate = []call.Box{call.NoMessage, call.NewMessage, call.Heard, call.SavedMessage, call.Deleted, call.Expired}

// box are the messages of a line, those that were not heard first, the oldest first. The lock
// is held.
func (e *Engine) box(line call.LineID) (fresh, kept []call.Record) {
	for _, r := range e.kept {
		switch {
		case r.Line != line:
		case r.Message == call.NewMessage:
			fresh = append(fresh, r)
		case r.Message == call.Heard, r.Message == call.SavedMessage:
			kept = append(kept, r)
		}
	}
	older := func(a, b call.Record) int { return cmp.Or(a.Ended.Compare(b.Ended), cmp.Compare(a.ID, b.ID)) }
	slices.SortFunc(fresh, older)
	slices.SortFunc(kept, older)
	return fresh, kept
}

// full says whether a line takes no more messages. The lock is held.
func (e *Engine) full(line call.LineID) bool {
	fresh, kept := e.box(line)
	return e.opts.Boxes.Most > 0 && len(fresh)+len(kept) >= e.opts.Boxes.Most
}

// letters are the messages of a line as they are played, without those whose recording is not
// there. The lock is held.
func (e *Engine) letters(line call.LineID, now time.Time) (prompt.Script, []flow.Letter) {
	boxes := &e.opts.Boxes
	fresh, kept := e.box(line)
	there := func(r call.Record) bool { return boxes.Files != nil && boxes.Files.Has(r.Recording) }
	fresh = slices.DeleteFunc(fresh, func(r call.Record) bool { return !there(r) })
	kept = slices.DeleteFunc(kept, func(r call.Record) bool { return !there(r) })
	var letters []flow.Letter
	for _, r := range slices.Concat(fresh, kept) {
		dial, help := e.callsBack(line, r.From)
		letters = append(letters, flow.Letter{
			Recording: r.Recording, New: r.Message == call.NewMessage, Dial: dial, Help: help,
			Intro: boxes.Intro(r.From, r.Ended.In(e.opts.Zone), now.In(e.opts.Zone)),
		})
	}
	return boxes.Count(len(fresh), len(kept)), letters
}

// callable are the classes of numbers that a resident may call back with one key: those that
// people have, and that cost what calls cost.
var callable = []number.Class{
	number.Geographic, number.Mobile, number.UKWide, number.Freephone, number.VoIP, number.Corporate,
}

// callsBack is what a resident would dial to reach a caller, and whether that is a number for
// help. It is empty for a number that is hidden, abroad, costs more than others, or is a trap.
func (e *Engine) callsBack(line call.LineID, from call.Caller) (dial string, help bool) {
	n, err := number.Parse(from.Shown(), e.opts.Region)
	if err != nil || n.Foreign(e.opts.Region) || !slices.Contains(callable, number.Classify(n, e.opts.Region)) {
		return "", false
	}
	dial = digitsOf(n.Grouped())
	switch e.opts.Plans[line].Meaning(dial).Role {
	case call.Other:
		return e.opts.Boxes.Prefix + dial, false
	case call.Verification:
		return dial, true
	}
	return "", false
}

// digitsOf are the digits of a number that is written in groups.
func digitsOf(grouped string) string {
	var digits []rune
	for _, r := range grouped {
		if '0' <= r && r <= '9' {
			digits = append(digits, r)
		}
	}
	return string(digits)
}

// noteMessage keeps what has become of a message, and removes one that is deleted.
func (e *Engine) noteMessage(n flow.NoteMessage) {
	now := time.Now()
	e.mu.Lock()
	r, found := e.message(n)
	if !found || n.Became == call.Heard && r.Message != call.NewMessage {
		e.mu.Unlock()
		return // it has been said before
	}
	r.Message = n.Became
	if n.Became == call.SavedMessage {
		r.Saved = now
	}
	e.kept[r.ID] = r
	e.mu.Unlock()
	e.opts.Log.Info("message", "line", r.Line, "call", r.ID, "became", n.Became)
	if n.Became == call.Deleted && e.remove(r.Recording) {
		e.forgotten(r)
		return
	}
	e.rewrite(r)
}

// message finds the record of a message that is not deleted. The lock is held.
func (e *Engine) message(n flow.NoteMessage) (call.Record, bool) {
	for _, r := range e.kept {
		if r.Line == n.Line && r.Recording == n.Recording {
			return r, r.Message != call.Deleted
		}
	}
	return call.Record{}, false
}

// forgotten keeps that the recording of a call is gone. What it returns is closed once the
// store has it.
func (e *Engine) forgotten(r call.Record) <-chan struct{} {
	r.Recording = ""
	e.mu.Lock()
	e.recorded(r)
	e.mu.Unlock()
	return e.rewrite(r)
}

// rewrite writes a record of a call that is long over once more, and shows what has changed.
// What it returns is closed once the store has it.
func (e *Engine) rewrite(r call.Record) <-chan struct{} {
	written := e.saver.rewritten(r)
	if r.Message != call.NoMessage {
		e.shine(r.Line)
	}
	return written
}

// remove removes a recording, and reports whether it is gone. Where Clearline may not, the
// exchange does it, whose file it is.
func (e *Engine) remove(id call.RecordingID) bool {
	if e.opts.Boxes.Files == nil {
		return false
	}
	err := e.opts.Boxes.Files.Remove(id)
	if err == nil {
		return true
	}
	if asked := e.opts.Exchange.Perform(e.ctx, flow.DropRecording{Recording: id}); asked != nil {
		e.opts.Log.Error("recording not removed, trying again later", "recording", id, "err", fmt.Errorf("%w; %w", err, asked))
		return false
	}
	return !e.opts.Boxes.Files.Has(id)
}
