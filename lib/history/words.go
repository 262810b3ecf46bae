package history

import (
	"fmt"

	"clearline/lib/call"
)

// happened says what became of a caller, for each cause.
var happened = map[call.Cause]string{
	call.Completed:      "the two talked, and one hung up",
	call.EndedBlocked:   "the resident ended the call, and blocked the caller",
	call.CallerHungUp:   "the caller hung up before anything was decided",
	call.Refused:        "the resident refused, or said nothing",
	call.RefusedBlocked: "the resident refused and blocked the caller",
	call.NoAnswer:       "nobody picked up",
	call.LineInUse:      "the resident was on the telephone",
	call.Unreachable:    "no telephone of the line could be rung",
	call.CheckFailed:    "the caller did not press the digit asked for",
	call.NothingSaid:    "the caller said no name",
	call.MessageLeft:    "the caller left a message",
	call.Blocked:        "the number is blocked",
	call.Cleared:        "cut off, because the resident dialled a number for help",
	call.TurnedAway:     "turned away: the resident had dialled a number for help",
	call.Crowded:        "too many callers at once",
	call.NoLine:         "the number dialled belongs to no line",
	call.Taken:          "Clearline was silent for too long: delivered unscreened",
	call.Fault:          "Asterisk did not do what was asked",
	call.Lost:           "Clearline stopped while the call was up",
}

// Happened says in words what became of a caller.
func Happened(cause call.Cause) string {
	if words, known := happened[cause]; known {
		return words
	}
	return fmt.Sprintf("ended with cause %q", string(cause)) // of a newer version
}

// ended says how an attempt ended, for each outcome.
var ended = map[call.Outcome]string{
	call.OutcomeCleared:   "line cleared, call made",
	call.OutcomeUnproved:  "call made, but not every other leg was proved gone",
	call.OutcomeNotMade:   "call NOT made, a leg was not proved gone: advised another telephone",
	call.OutcomeExplained: "a trap, never dialled: the resident heard the right numbers",
	call.OutcomeAbandoned: "the resident hung up first",
	call.OutcomeTaken:     "Clearline was silent for too long: the dialplan made the call",
	"":                    "not over yet",
}

// Ended says in words how an attempt ended.
func Ended(outcome call.Outcome) string {
	if words, known := ended[outcome]; known {
		return words
	}
	return fmt.Sprintf("ended with outcome %q", string(outcome))
}

// Unsafe says whether an outcome wants a look: the call was not made, or was made
// before every other leg of the line was proved gone.
func Unsafe(outcome call.Outcome) bool {
	switch outcome {
	case call.OutcomeNotMade, call.OutcomeUnproved, call.OutcomeTaken:
		return true
	}
	return false
}

// in says how a number was dialled, for each way.
var in = map[call.Way]string{
	call.WayFresh:   "on a fresh call",
	call.WayConsult: "while asked about a caller",
	call.WayGuarded: "inside the call",
}

// In says in words how a number was dialled.
func In(way call.Way) string {
	if words, known := in[way]; known {
		return words
	}
	return fmt.Sprintf("in the way %q", string(way))
}

// alarm names each urgency.
var alarm = map[call.Urgency]string{call.Calm: "calm", call.Raised: "raised", call.High: "HIGH"}

// Alarm names an urgency.
func Alarm(urgency call.Urgency) string {
	if words, known := alarm[urgency]; known {
		return words
	}
	return fmt.Sprintf("%q", string(urgency))
}
