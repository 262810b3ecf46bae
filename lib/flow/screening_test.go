package flow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// telling is a conversation with a Screening.
type telling struct{ teller[flow.Screening] }

func newTelling(t *testing.T) *telling {
	return &telling{teller[flow.Screening]{t: t, s: begin(rules)}}
}

func (c *telling) begins() { c.tell(flow.Began{Admission: flow.Admitted}) }

func (c *telling) says(length time.Duration) {
	rec := must[flow.Record](c.t, c.all)
	c.tell(flow.SpeechStarted{Leg: caller}, flow.SpeechEnded{Leg: caller},
		flow.RecordingDone{Leg: caller, Recording: rec.Recording, Length: length, Bytes: 32000})
}

func (c *telling) isSilent() {
	c.tell(flow.RecordingDone{Leg: caller, Recording: must[flow.Record](c.t, c.all).Recording, Length: 3 * time.Second, Bytes: 48000})
}

// states brings the caller to the consult: telephones ring.
func (c *telling) states() {
	c.begins()
	c.press(caller, "4")
	c.heard(caller)
	c.says(3 * time.Second)
	c.tell(flow.LineSeized{})
	c.heard(caller)
}

// asks lets the first telephone answer.
func (c *telling) asks() {
	c.states()
	c.tell(flow.LegAnswered{Leg: first})
	c.gone(second)
}

// joins lets the resident agree and both come into the bridge.
func (c *telling) joins() {
	c.asks()
	c.press(first, "5")
	c.heard(first)
	c.tell(flow.LegJoined{Leg: caller, Bridge: bridge}, flow.LegJoined{Leg: first, Bridge: bridge})
}

func indexOf[E flow.Effect](effects []flow.Effect, nth int) int {
	for i, e := range effects {
		if _, ok := e.(E); ok {
			if nth == 0 {
				return i
			}
			nth--
		}
	}
	return -1
}

// converse plays conversations and compares each with its golden file in dir.
func converse(t *testing.T, dir string, all []conversation) {
	t.Helper()
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			told := newTelling(t)
			c.tell(told)
			ended := must[flow.Ended](t, told.all)
			if ended.Cause != c.cause || !told.s.Ended() {
				t.Errorf("ended with %q in stage %s, want %q", ended.Cause, told.s.Stage, c.cause)
			}
			golden(t, dir, c.name, told.text.String())
		})
	}
}

func TestConversations(t *testing.T) { converse(t, "screening", conversations) }

func TestKeysOfTheGuardedCallAreCountedButNotKept(t *testing.T) {
	told := newTelling(t)
	told.joins()
	told.press(first, "1234")
	told.press(caller, "99")
	if told.s.Notes.KeysInCall != 4 {
		t.Errorf("%d keys counted", told.s.Notes.KeysInCall)
	}
	if strings.Contains(mustJSON(told.s), "1234") {
		t.Error("the state holds the keys")
	}
}

func TestTheQuestionNamesTheKeysAsConfigured(t *testing.T) {
	told := newTelling(t)
	told.asks()
	question := string(must[flow.Play](t, told.all).Script)
	for _, part := range []string{"consult/to-accept digits/5", "consult/to-block digits/7", "consult/to-repeat digits/star", "recording:"} {
		if !strings.Contains(question, part) {
			t.Errorf("the question lacks %q: %s", part, question)
		}
	}
}

func TestACallerWithoutANumberIsRefusedButNotBlocked(t *testing.T) {
	told := newTelling(t)
	told.s.From = call.Caller{Presentation: call.Withheld}
	told.asks()
	told.press(first, "7")
	if _, blocked := last[flow.BlockCaller](told.all); blocked || told.s.Cause != call.Refused {
		t.Errorf("cause %q, blocked %v", told.s.Cause, blocked)
	}
}

func TestOnlyTheResidentsKeysDecide(t *testing.T) {
	told := newTelling(t)
	told.asks()
	for _, leg := range []call.LegID{caller, second, stranger} {
		told.press(leg, "57*")
	}
	if told.s.Stage != flow.Asking || told.s.Approved || told.s.Repeats != 0 {
		t.Errorf("somebody else's keys led to %s", told.s.Stage)
	}
}

func TestTheDeadMansTimeIsRenewedOnTheLegThatIsFree(t *testing.T) {
	told := newTelling(t)
	renewed := func(leg call.LegID) {
		t.Helper()
		_, effects := step(t, told.s, flow.TimerFired{Timer: flow.RenewTimer})
		want := []flow.Effect{flow.Deadman{Leg: leg, After: rules.Deadman}, flow.SetTimer{Timer: flow.RenewTimer, After: rules.Deadman / 3}}
		if !slices.Equal(effects, want) {
			t.Errorf("in %s a renewal gives %#v", told.s.Stage, effects)
		}
	}
	told.states()
	renewed(caller)
	told.tell(flow.LegAnswered{Leg: first})
	renewed(caller)
	told.press(first, "5")
	renewed(caller)
	told.heard(first)
	renewed(first)
	told.tell(flow.LegJoined{Leg: caller, Bridge: bridge}, flow.LegJoined{Leg: first, Bridge: bridge})
	renewed(first)
}

func TestALateTimerChangesNothing(t *testing.T) {
	told := newTelling(t)
	told.asks()
	for n := range told.s.TimerN {
		if _, effects := step(t, told.s, flow.TimerFired{Timer: flow.StageTimer, N: n}); len(effects) > 0 {
			t.Errorf("setting %d of %d still gives %#v", n, told.s.TimerN, effects)
		}
	}
}

func TestTheQuestionIsRepeatedABoundedNumberOfTimes(t *testing.T) {
	told := newTelling(t)
	told.asks()
	told.press(first, strings.Repeat("*", 50))
	plays := 0
	for _, e := range told.all {
		if play, ok := e.(flow.Play); ok && play.Leg == first {
			plays++
		}
	}
	if plays != 7 {
		t.Errorf("the question was said %d times", plays)
	}
}

func TestAHiddenNumberIsNotBlockedThoughTheNetworkToldIt(t *testing.T) {
	told := newTelling(t)
	told.s.From.Presentation = call.Withheld
	told.asks()
	told.press(first, "7")
	if _, blocked := last[flow.BlockCaller](told.all); blocked {
		t.Error("a number that was hidden is blocked")
	}
}

func TestSilenceAfterASpokenFirstTryIsSilence(t *testing.T) {
	told := newTelling(t)
	told.begins()
	told.press(caller, "4")
	told.heard(caller)
	told.says(100 * time.Millisecond) // a cough
	told.heard(caller)
	told.isSilent()
	if told.s.Cause != call.NothingSaid {
		t.Errorf("the flow is in %s", told.s.Stage)
	}
}

func TestTheDialplanIsToldWhomNotToDeliver(t *testing.T) {
	for _, c := range slices.Concat(conversations, codes, words, messages) {
		told := newTelling(t)
		c.tell(told)
		for i, e := range told.all {
			play, ok := e.(flow.Play)
			if !ok || play.Leg != caller || !farewell(play.Script) {
				continue
			}
			if !slices.Contains(told.all[:i], flow.Effect(flow.Refuse{Leg: caller})) {
				t.Errorf("%s: %s is said to a caller who would be delivered", c.name, play.Script)
			}
		}
	}
}

// farewell reports whether a script tells a caller that they were turned away.
func farewell(script prompt.Script) bool {
	return slices.Contains([]prompt.Script{
		prompt.Say(prompt.Declined), prompt.Say(prompt.Unavailable), prompt.Say(prompt.OnAnother),
		prompt.Say(prompt.CheckFailed), prompt.Say(prompt.NothingSaid), prompt.Say(prompt.MessageKept),
	}, script)
}
