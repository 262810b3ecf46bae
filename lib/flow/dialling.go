package flow

import (
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
)

const (
	keyGap    = 5 * time.Second // longest pause between two keys of a number
	longerGap = 2 * time.Second // wait after a whole number that begins a longer one
)

// Dialling follows the keys of one leg for the numbers of a plan. An emergency number
// is dialled with its last key. Another one that begins a longer number waits for
// longerGap. Keys more than keyGap apart do not belong together. Both are longer for who
// needs longer.
type Dialling struct {
	Plan     *policy.Plan
	Patience int    // so many times longer than usual are keys waited for; 0 for once
	Typed    string // keys so far that lead to a number
	TimerN   int    // the current setting of KeyTimer; earlier ones mean nothing
}

// patient is a wait for a key of somebody who may need longer.
func (d Dialling) patient(usual time.Duration) time.Duration {
	return usual * time.Duration(max(1, d.Patience))
}

// Begun says whether a number is being dialled: the next key belongs to it.
func (d Dialling) Begun() bool { return d.Typed != "" }

// key takes one key. number is what it completes, or empty.
func (d Dialling) key(key rune) (next Dialling, number string, effects []Effect) {
	begun := d.Begun()
	d.Typed = d.Plan.Keep(d.Typed + string(key))
	if d.Typed == "" {
		if begun {
			effects = append(effects, CancelTimer{KeyTimer})
		}
		return d, "", effects
	}
	m, whole, more := d.Plan.Typed(d.Typed)
	gap := keyGap
	if whole {
		if m.Role == call.Emergency || !more {
			return d.done()
		}
		gap = longerGap
	}
	d.TimerN++
	return d, "", append(effects, SetTimer{KeyTimer, d.TimerN, d.patient(gap)})
}

// pause takes the end of a wait: what was typed is dialled if it is a whole number, and
// forgotten otherwise.
func (d Dialling) pause(fired TimerFired) (next Dialling, number string, effects []Effect) {
	if fired.Timer != KeyTimer || fired.N != d.TimerN || !d.Begun() {
		return d, "", nil
	}
	if _, whole, _ := d.Plan.Typed(d.Typed); whole {
		return d.done()
	}
	d.Typed = ""
	return d, "", []Effect{CancelTimer{KeyTimer}} // a reason to keep the state without them
}

// goesOn waits for the next key once more: the timer of a number that was begun is gone.
func (d Dialling) goesOn() (Dialling, []Effect) {
	if !d.Begun() {
		return d, nil
	}
	d.TimerN++
	return d, []Effect{SetTimer{KeyTimer, d.TimerN, d.patient(keyGap)}}
}

// done gives the number that is complete. An emergency number is dialled without the
// digits that ask for an outside line: it must go out wherever those are not known.
func (d Dialling) done() (Dialling, string, []Effect) {
	number := d.Typed
	if f, ok := d.Plan.Form(number); ok && f.Meaning.Role == call.Emergency {
		number = strings.TrimPrefix(number, f.Behind.Outside)
	}
	d.Typed = ""
	return d, number, []Effect{CancelTimer{KeyTimer}}
}
