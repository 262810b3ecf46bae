package flow

import (
	"clearline/lib/call"
	"clearline/lib/policy"
	"clearline/lib/prompt"
)

// The stages of a Mailbox, besides those of every session: Beginning, Parting, Closing, Over.
const (
	Counting Stage = "counting" // says how many messages there are
	Reading  Stage = "reading"  // plays one, with who left it and when
	Choosing Stage = "choosing" // says what can be done with it, and waits for a key
)

// Mailbox plays to a resident the messages that callers have left.
//
//	beginning --> counting --> reading --heard--> choosing --silence, 3, 7--> reading the next
//	                 \            |                  |                           \__ none left __> closing
//	               none           +------- 5 --------+--> parting: the caller is called back
//	                 \__> closing --> over
//	a number for help, typed at any time: parting --> over
//
// A key counts while the message still plays. '*' plays it again, '#' goes on to the next. A
// message that was heard stays until it is deleted or its time is over.
type Mailbox struct {
	Session
	Count   prompt.Script // how many there are
	Letters []Letter      // in the order in which they are played; never changed
	At      int           // which of them is played
}

// Letter is a message as it is played.
type Letter struct {
	Recording call.RecordingID
	Intro     prompt.Script // who left it, and when
	New       bool          // it was not heard before
	Dial      string        // what calls the caller back; empty when nobody may
	Help      bool          // Dial is a number for help: the line is cleared for it
}

// BeginMailbox makes the flow of a resident's leg that wants to hear letters.
func BeginMailbox(id call.ID, line call.Line, leg call.LegID, plan *policy.Plan, rules SessionRules, count prompt.Script, letters []Letter) Mailbox {
	return Mailbox{
		Session: newSession(id, line, leg, plan, rules),
		Count:   count, Letters: letters,
	}
}

// Step returns the state after ev and the effects to perform, in order.
func (m Mailbox) Step(ev Event) (Mailbox, []Effect) {
	if m.Stage == Over {
		return m, nil
	}
	if _, again := ev.(Resumed); again {
		return m.resumed()
	}
	var effects []Effect
	var done bool
	if m.Session, effects, done = m.step(ev); done {
		return m, effects
	}
	switch m.Stage {
	case Beginning:
		return m.beginning(ev)
	case Counting:
		return m.counting(ev)
	case Reading:
		return m.reading(ev)
	}
	return m.choosing(ev)
}

func (m Mailbox) beginning(ev Event) (Mailbox, []Effect) {
	if _, began := ev.(Began); !began {
		return m, nil
	}
	m, effects := m.count()
	return m, append(m.open(), effects...)
}

// count says how many messages there are.
func (m Mailbox) count() (next Mailbox, effects []Effect) {
	if len(m.Letters) == 0 {
		m.Session, effects = m.farewell(m.Count)
		return m, effects
	}
	m.Stage = Counting
	m.Session, effects = m.say(m.Count, sayMax, 0)
	return m, effects
}

func (m Mailbox) counting(ev Event) (Mailbox, []Effect) {
	over, _ := m.heard(ev)
	_, late := ev.(TimerFired)
	if over {
		m.Saying = ""
	}
	if over || late || ev == (DTMF{m.Leg, endKey}) {
		return m.read("")
	}
	return m, nil
}

// read plays the present message, with a word before it about the last.
func (m Mailbox) read(word prompt.Script) (next Mailbox, effects []Effect) {
	letter := m.Letters[m.At]
	m.Stage = Reading
	m.Session, effects = m.say(word.Then(letter.Intro).Then(prompt.Recorded(letter.Recording)), sayMax+messageMax, 0)
	return m, effects
}

func (m Mailbox) reading(ev Event) (next Mailbox, effects []Effect) {
	over, failed := m.heard(ev)
	_, late := ev.(TimerFired)
	if over {
		m.Saying = ""
	}
	switch {
	case over && failed, late:
		return m.next(prompt.Say(prompt.NotPlayable))
	case over:
		m, effects = m.choose("")
		return m, append(m.note(call.Heard), effects...)
	}
	if key, ok := ev.(DTMF); ok {
		return m.act(key.Key)
	}
	return m, nil
}

// choose says what can be done with the message, and waits for a key.
func (m Mailbox) choose(word prompt.Script) (next Mailbox, effects []Effect) {
	m.Stage = Choosing
	choices := prompt.Say(
		prompt.ToDelete, prompt.Digit(m.Rules.DeleteKey),
		prompt.ToCallBack, prompt.Digit(m.Rules.CallKey),
		prompt.ToSave, prompt.Digit(m.Rules.SaveKey))
	if m.Letters[m.At].Dial == "" {
		choices = prompt.Say(
			prompt.ToDelete, prompt.Digit(m.Rules.DeleteKey),
			prompt.ToSave, prompt.Digit(m.Rules.SaveKey))
	}
	m.Session, effects = m.say(word.Then(choices), sayMax, m.Rules.ChoiceWait)
	return m, effects
}

func (m Mailbox) choosing(ev Event) (next Mailbox, effects []Effect) {
	over, _ := m.heard(ev)
	_, late := ev.(TimerFired)
	switch {
	case over, late && m.Saying != "":
		if over {
			m.Saying = ""
		}
		m.Session, effects = m.quiet()
		return m, effects
	case late:
		return m.next("")
	}
	if key, ok := ev.(DTMF); ok {
		return m.act(key.Key)
	}
	return m, nil
}

// act does with the present message what a key says.
func (m Mailbox) act(key rune) (next Mailbox, effects []Effect) {
	letter := m.Letters[m.At]
	switch key {
	case m.Rules.DeleteKey:
		note := NoteMessage{m.Line.ID, letter.Recording, call.Deleted}
		m, effects = m.next(prompt.Say(prompt.MessageDeleted))
		return m, append([]Effect{note}, effects...)
	case m.Rules.SaveKey:
		note := NoteMessage{m.Line.ID, letter.Recording, call.SavedMessage}
		m, effects = m.next(prompt.Say(prompt.MessageSaved))
		return m, append([]Effect{note}, effects...)
	case m.Rules.CallKey:
		return m.callBack(letter)
	case m.Rules.RepeatKey:
		return m.read("")
	case endKey:
		note := m.note(call.Heard)
		m, effects = m.next("")
		return m, append(note, effects...)
	}
	return m, nil
}

// callBack lets the operator's dialplan call who left the message.
func (m Mailbox) callBack(letter Letter) (next Mailbox, effects []Effect) {
	if letter.Dial == "" {
		return m.choose(prompt.Say(prompt.CannotCallBack))
	}
	note := m.note(call.Heard)
	m.Session, effects = m.leave(letter.Dial, !letter.Help, nil)
	return m, append(note, effects...)
}

// next goes on to the next message, or ends when there is none.
func (m Mailbox) next(word prompt.Script) (next Mailbox, effects []Effect) {
	if m.At+1 < len(m.Letters) {
		m.At++
		return m.read(word)
	}
	m.Session, effects = m.farewell(word.Then(prompt.Say(prompt.NoMoreMessages)))
	return m, effects
}

// note says what has become of the present message. One that is saved stays so.
func (m Mailbox) note(became call.Box) []Effect {
	letter := m.Letters[m.At]
	if !letter.New {
		return nil
	}
	return []Effect{NoteMessage{m.Line.ID, letter.Recording, became}}
}

// resumed plays the present message from its beginning, or asks again what to do with it.
func (m Mailbox) resumed() (next Mailbox, effects []Effect) {
	keys, patience := m.Keys.goesOn()
	m.Keys = keys
	switch m.Stage {
	case Beginning:
		return m, nil
	case Counting:
		m, effects = m.count()
	case Reading:
		m, effects = m.read("")
	case Choosing:
		m, effects = m.choose("")
	default:
		m.Session, effects = m.Session.resumed()
		return m, effects
	}
	return m, append(patience, effects...)
}
