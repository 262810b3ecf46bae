package flow_test

import (
	"strings"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// keypad is what a resident was asked and has answered, as somebody who watches sees it:
// a key that belongs to a number answers nothing.
type keypad struct {
	asked    bool   // heard the question
	accepted bool   // pressed the accept key after that
	typed    string // keys that lead to a number
}

func (k *keypad) hears(script prompt.Script) {
	k.asked = k.asked || strings.Contains(string(script), string(prompt.Say(prompt.ToAccept)))
}

func (k *keypad) presses(key rune) {
	if !k.asked {
		return
	}
	action := key == rules.AcceptKey || key == rules.BlockKey || key == rules.RepeatKey
	if k.typed == "" && action && !k.accepted {
		k.accepted = key == rules.AcceptKey
		return
	}
	k.typed = plan.Keep(k.typed + string(key))
	if m, whole, more := plan.Typed(k.typed); whole && (m.Role == call.Emergency || !more) {
		k.typed = ""
	}
}

// pauses is the end of the wait for one more key.
func (k *keypad) pauses() { k.typed = "" }

// legOf names the leg an effect is for.
func legOf(e flow.Effect) (call.LegID, bool) {
	switch e := e.(type) {
	case flow.Answer:
		return e.Leg, true
	case flow.HangUp:
		return e.Leg, true
	case flow.Play:
		return e.Leg, true
	case flow.StopPlayback:
		return e.Leg, true
	case flow.Whisper:
		return e.Leg, true
	case flow.Record:
		return e.Leg, true
	case flow.Louder:
		return e.Leg, true
	case flow.StartRinging:
		return e.Leg, true
	case flow.StopRinging:
		return e.Leg, true
	case flow.Deadman:
		return e.Leg, true
	case flow.Refuse:
		return e.Leg, true
	case flow.Release:
		return e.Leg, true
	case flow.Redial:
		return e.Leg, true
	case flow.GoOn:
		return e.Leg, true
	case flow.Unpair:
		return e.Caller, true
	}
	return "", false
}
