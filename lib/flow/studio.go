package flow

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
	"clearline/lib/prompt"
)

// The stages of a Studio, besides those of every session: Beginning, Parting, Closing, Over.
const (
	Proving  Stage = "proving"  // takes the PIN
	Finding  Stage = "finding"  // says a prompt, and what can be done about it
	Speaking Stage = "speaking" // asks for it in the person's own voice, and records that
	Judging  Stage = "judging"  // plays what was recorded, and asks whether it is to be kept
	Keeping  Stage = "keeping"  // waits until it is kept
)

// Studio lets somebody who knows the PIN hear what Clearline says, and say it in another voice.
//
//	beginning --> proving --PIN--> finding --5--> speaking --recorded--> judging --5--> keeping
//	    |            |              ^  |  ^                                 |              |
//	    |       three misses,       |  |  +--- 7, silence: thrown away -----+              |
//	 not now     no key             |  |  +--- 3: speaking once more -------+              |
//	    |            |              +--|--- kept, or not possible: what was before stays --+
//	    |            |                 +-- #, 7, * and a number: finding another
//	    +------------+-----------------+-- silence --> closing --> over
//	a number for help, typed at any time: parting --> over
//
// The PIN and the numbers of prompts are made of the keys 2 to 8: 1, 9 and 0 begin numbers
// for help. What was recorded is thrown away unless the person has said that it is to be kept.
type Studio struct {
	Session
	Unfit   bool        // nothing can be recorded now
	At      prompt.Name // the prompt that is said
	PIN     Code        `json:"-"` // never kept with the call: whoever thaws it gives it anew
	Keyed   Code        `json:"-"` // of the PIN so far; a restart asks for all of it again
	Locked  bool        // the PIN was wrong too often on the line, and is not compared
	Misses  int
	Seeking bool             // the number of a prompt is being keyed
	Sought  string           // of it, so far
	Take    call.RecordingID // what was recorded, until the person has decided; empty for nothing
	Taping  bool             // Take is being made
	Kept    call.RecordingID // what is being kept
}

// What the keys of a Studio mean, besides '*' and '#'.
const (
	recordKey = '5' // the prompt that was heard
	backKey   = '7' // to the prompt before
	keepKey   = '5' // what was recorded
	againKey  = '3' // to record it once more
	dropKey   = '7' // what was recorded
	starKey   = '*' // a number follows; where none does, once more
)

const (
	pinTries    = 3
	longestPIN  = 8
	studioGap   = 5 * time.Second  // for the next key of a PIN or a number
	takeMax     = 12 * time.Second // longer than a prompt may be: one that is cut short is not kept
	takeSilence = 4 * time.Second  // ends it
	keepMax     = 35 * time.Second // until it is kept
)

// BeginStudio makes the flow of a leg on which the code for recording was dialled. It begins
// at a prompt, or at the first one when at is none of those that can be recorded.
func BeginStudio(id call.ID, line call.Line, leg call.LegID, plan *policy.Plan, rules SessionRules, at prompt.Name, pin Code, locked, unfit bool) Studio {
	if prompt.NumberOf(at) == "" {
		at = prompt.Recordable()[0]
	}
	return Studio{
		Session: newSession(id, line, leg, plan, rules),
		At:      at, PIN: pin, Locked: locked, Unfit: unfit,
	}
}

// Step returns the state after ev and the effects to perform, in order.
func (s Studio) Step(ev Event) (next Studio, effects []Effect) {
	if s.Stage == Over {
		return s, nil
	}
	switch ev := ev.(type) {
	case Resumed:
		return s.resumed()
	case SecretLocked:
		s.Locked = s.Locked || ev.Secret == StudioPIN
		return s, nil
	case DTMF:
		if ev.Leg == s.Leg && !s.Keys.Begun() && s.means(ev.Key) {
			return s.pressed(ev.Key)
		}
	case EffectFailed:
		if record, ok := ev.Effect.(Record); ok && s.Taping && record.Recording == s.Take {
			return s.drop(prompt.Say(prompt.NotKept))
		}
	}
	var done bool
	if s.Session, effects, done = s.step(ev); done {
		return s.parted(effects)
	}
	switch s.Stage {
	case Beginning:
		return s.beginning(ev)
	case Proving:
		return s.proving(ev)
	case Finding:
		return s.finding(ev)
	case Speaking:
		return s.speaking(ev)
	case Judging:
		return s.judging(ev)
	}
	return s.keeping(ev)
}

// parted throws away what nobody has decided about, once the person does something else. It
// comes first: the exchange does nothing else with a leg that it records.
func (s Studio) parted(effects []Effect) (Studio, []Effect) {
	switch s.Stage {
	case Parting, Closing, Over:
		if s.Take != "" {
			effects = append([]Effect{DropRecording{s.Take}}, effects...)
			s.Take, s.Taping = "", false
		}
	}
	return s, effects
}

// means says whether a key means something here, other than to begin a number for help.
func (s Studio) means(key rune) bool {
	digit := '2' <= key && key <= '8'
	switch s.Stage {
	case Proving:
		return digit || key == endKey
	case Finding:
		return digit || key == endKey || key == starKey
	case Judging:
		return key == keepKey || key == againKey || key == dropKey || key == starKey
	}
	return false
}

func (s Studio) pressed(key rune) (Studio, []Effect) {
	switch {
	case s.Stage == Proving:
		return s.pinKey(key)
	case s.Stage == Judging:
		return s.decided(key)
	case key == starKey:
		return s.seek("")
	case s.Seeking && key != endKey:
		return s.seek(s.Sought + string(key))
	}
	return s.chosen(key)
}

func (s Studio) beginning(ev Event) (next Studio, effects []Effect) {
	if _, began := ev.(Began); !began {
		return s, nil
	}
	if s.Unfit {
		s.Session, effects = s.farewell(prompt.Say(prompt.StudioClosed))
	} else {
		s, effects = s.prove(prompt.KeyPIN)
	}
	return s, append(s.open(), effects...)
}

// finding waits for what is to be done about a prompt.
func (s Studio) finding(ev Event) (next Studio, effects []Effect) {
	over, _ := s.heard(ev)
	_, late := ev.(TimerFired)
	switch {
	case over, late && s.Saying != "":
		if over {
			s.Saying = ""
		}
		s.Session, effects = s.quiet()
		return s, effects
	case late && s.Seeking:
		return s.find("")
	case late:
		s.Session, effects = s.farewell(prompt.Say(prompt.StudioLeft))
		return s, effects
	}
	return s, nil
}

// find says a word about what was done, then the prompt with its number, and what can be done.
func (s Studio) find(word prompt.Script) (next Studio, effects []Effect) {
	s.Stage, s.Seeking, s.Sought = Finding, false, ""
	script := word.Then(prompt.Say(prompt.StudioPrompt)).Then(prompt.Digits(prompt.NumberOf(s.At))).Then(prompt.Say(s.At,
		prompt.ToRecord, prompt.Digit(recordKey),
		prompt.ToNext, prompt.Digit(endKey),
		prompt.ToBack, prompt.Digit(backKey)))
	s.Session, effects = s.say(script, questionMax, s.Rules.ChoiceWait)
	return s, effects
}

// chosen does what a key says about the present prompt.
func (s Studio) chosen(key rune) (Studio, []Effect) {
	switch key {
	case recordKey:
		return s.speak("")
	case endKey:
		s.At = prompt.Stepped(s.At, 1)
		return s.find("")
	case backKey:
		s.At = prompt.Stepped(s.At, -1)
		return s.find("")
	}
	return s, nil
}

// seek takes the keys of a number one by one, and goes to its prompt.
func (s Studio) seek(keyed string) (Studio, []Effect) {
	if len(keyed) == prompt.NumberLength {
		at, known := prompt.Numbered(keyed)
		if !known {
			return s.find(prompt.Say(prompt.NoSuchPrompt))
		}
		s.At = at
		return s.find("")
	}
	s.Seeking, s.Sought = true, keyed
	return s.keyed(prompt.NumberLength)
}

// keyed waits for the next key of most, in silence.
func (s Studio) keyed(most int) (Studio, []Effect) {
	effects := s.hush()
	s.Saying = ""
	gap := s.Keys.patient(studioGap)
	var timer Effect
	s.Session, timer = s.wait(gap)
	return s, append(effects, Deadman{s.Leg, time.Duration(most)*gap + saySlack}, timer)
}

// resumed asks again what was being asked, or goes on with what was under way.
func (s Studio) resumed() (next Studio, effects []Effect) {
	keys, patience := s.Keys.goesOn()
	s.Keys = keys
	switch s.Stage {
	case Beginning:
		return s, nil
	case Proving:
		s, effects = s.prove(prompt.KeyPIN)
	case Finding:
		s, effects = s.find("")
	case Speaking:
		s, effects = s.speakOn()
	case Judging:
		s, effects = s.judge()
	case Keeping:
		s, effects = s.keep()
	default:
		s.Session, effects = s.Session.resumed()
		return s, effects
	}
	return s, append(patience, effects...)
}
