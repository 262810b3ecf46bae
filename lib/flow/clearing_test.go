package flow_test

import (
	"encoding/json"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

const (
	own     = call.LegID("1763776099.31")
	another = call.LegID("1763776102.40") // dialled on later
	fraud   = call.LegID("1763776091.12") // the caller who is torn down
)

func dial(leg call.LegID, number string) flow.Dial {
	return flow.Dial{Leg: leg, Dialled: number, Meaning: plan.Meaning(number), Way: call.WayFresh}
}

// clears is a conversation with a Clearing.
type clears struct{ teller[flow.Clearing] }

func newClears(t *testing.T, number string, threat flow.Threat) *clears {
	return &clears{teller[flow.Clearing]{t: t, s: beginClearing(callID, dial(own, number), threat)}}
}

func (c *clears) begins() { c.tell(flow.Began{}) }

// searched answers the newest search with whom it found.
func (c *clears) searched(found ...call.LegID) {
	c.t.Helper()
	n := must[flow.FindLegs](c.t, c.all).N
	for _, leg := range found {
		c.tell(flow.LegFound{N: n, Leg: leg})
	}
	c.tell(flow.SearchDone{N: n})
}

// cleared answers until the line is clear.
func (c *clears) cleared() { c.t.Helper(); c.searched(); c.searched() }

// begun brings a conversation to where the line is clear.
func (c *clears) begun() { c.t.Helper(); c.begins(); c.cleared() }

func (c *clears) wentOn()    { c.t.Helper(); c.tell(flow.WentOn{Leg: must[flow.GoOn](c.t, c.all).Leg}) }
func (c *clears) outOfTime() { c.t.Helper(); c.runsOut(flow.BoundTimer) }
func (c *clears) dials(leg call.LegID, number string) {
	c.t.Helper()
	c.tell(flow.DialledAgain{Dial: dial(leg, number)})
}

// redialled insists that the leg was sent to dial a number, and ends.
func (c *clears) redialled(number string) {
	c.t.Helper()
	if redial := must[flow.Redial](c.t, c.all); redial.Dialled != number {
		c.t.Fatalf("%s is dialled, not %s", redial.Dialled, number)
	}
	c.nothingHappens()
}

func TestClearings(t *testing.T) {
	for _, c := range clearings {
		t.Run(c.name, func(t *testing.T) {
			told := newClears(t, c.number, c.threat)
			c.tell(told)
			note := must[flow.NoteAttempt](t, told.all)
			if note.Outcome != c.outcome || !told.s.Ended() {
				t.Errorf("ended with %q in stage %s, want %q", note.Outcome, told.s.Stage, c.outcome)
			}
			golden(t, "clearing", c.name, told.text.String())
		})
	}
}

func TestAnEmergencyGoesOnWithWhatWasProved(t *testing.T) {
	threat := flow.Threat{Suspect: true, Incident: true, Avoid: "trunk"}
	held := threat
	held.Hold = time.Minute
	cases := []struct {
		name    string
		threat  flow.Threat
		tell    func(*clears)
		cleared bool
	}{
		{"two searches find nobody", threat, (*clears).begun, true},
		{"the network may hold the only line", held, (*clears).begun, false},
		{"somebody was found and is gone", threat, func(c *clears) {
			c.begins()
			c.searched(fraud)
			c.runsOut(flow.SearchTimer)
			c.cleared()
		}, true},
		{"somebody stays", threat, func(c *clears) { c.begins(); c.searched(fraud); c.outOfTime() }, false},
		{"nobody answers", threat, func(c *clears) { c.begins(); c.outOfTime() }, false},
		{"one search is not enough", threat, func(c *clears) { c.begins(); c.searched(); c.outOfTime() }, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			told := newClears(t, "999", c.threat)
			c.tell(told)
			want := flow.GoOn{Leg: own, Cleared: c.cleared, Incident: true, Avoid: "trunk"}
			if got := must[flow.GoOn](t, told.all); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

func TestWhatIsLateOrRepeatedChangesNothing(t *testing.T) {
	told := newClears(t, "101", flow.Threat{Suspect: true})
	told.begins()
	told.searched(fraud)
	told.ignores(flow.LegFound{N: 1, Leg: fraud}, flow.SearchDone{N: 1}, flow.SearchDone{N: 1, Failed: true},
		flow.LegFound{N: 2, Leg: fraud}, flow.SearchDone{N: 9}, flow.Began{}, flow.WentOn{Leg: own})
	told.runsOut(flow.SearchTimer)
	told.ignores(flow.TimerFired{Timer: flow.SearchTimer, N: 1}, flow.SearchDone{N: 1}, flow.LegFound{N: 1, Leg: fraud},
		flow.TimerFired{Timer: flow.BoundTimer}, flow.TimerFired{Timer: flow.HoldTimer, N: 1},
		flow.LegGone{Leg: fraud}, flow.LegTaken{Leg: fraud}, flow.DTMF{Leg: fraud, Key: '5'})
	told.cleared()
	told.stands(flow.Telling)
	told.ignores(flow.SearchDone{N: 3}, flow.TimerFired{Timer: flow.BoundTimer, N: 1},
		flow.PlaybackDone{Leg: own, Playback: callID.Playback(0)}, flow.TimerFired{Timer: flow.StageTimer})
	told.gone(own)
	told.stands(flow.Awaiting)
	told.ignores(flow.LegGone{Leg: own}, flow.LegTaken{Leg: own}, flow.TimerFired{Timer: flow.RenewTimer},
		flow.PlaybackDone{Leg: own, Playback: callID.Playback(1)}, flow.DTMF{Leg: own, Key: '9'})
	told.nothingHappens()
	told.ignores(flow.Began{}, flow.Stopped{}, flow.LegGone{Leg: own}, flow.DialledAgain{Dial: dial(another, "999")})
}

func TestABoundOrAHoldOfAnEarlierAttemptChangesNothing(t *testing.T) {
	told := newClears(t, "101", flow.Threat{Suspect: true, Hold: time.Minute})
	told.begun()
	told.stands(flow.Holding)
	bound, hold := flow.TimerFired{Timer: flow.BoundTimer, N: 1}, flow.TimerFired{Timer: flow.HoldTimer, N: 1}
	told.dials(another, "159")
	told.ignores(bound, hold)
	told.cleared()
	told.stands(flow.Holding)
	told.ignores(bound, hold)
}

func TestKeysOfALegThatIsReplacedDialNothingOnTheNext(t *testing.T) {
	for _, number := range []string{"999", "159"} {
		told := newClears(t, "101", flow.Threat{Suspect: true})
		told.begun()
		told.press(own, "105") // waits for a longer number
		late := flow.TimerFired{Timer: flow.KeyTimer, N: must[flow.SetTimer](t, told.all).N}
		told.dials(another, number)
		told.ignores(late)
		told.cleared()
		told.ignores(late)
	}
}

func TestAnEmergencyGivesWayToAnotherEmergencyOnly(t *testing.T) {
	told := newClears(t, "999", flow.Threat{})
	told.begins()
	told.ignores(flow.DialledAgain{Dial: dial(another, "101")}, flow.DialledAgain{Dial: dial(own, "159")})
	told.searched()
	told.searched()
	told.ignores(flow.DialledAgain{Dial: dial(another, "161")})
	told.dials(another, "112") // the first is on its way out: it is left alone
	if hung, ok := last[flow.HangUp](told.all); ok {
		t.Errorf("%+v", hung)
	}
}

func TestEveryKeyOfAnEmergencyIsLeftAlone(t *testing.T) {
	told := newClears(t, "999", flow.Threat{Suspect: true})
	told.begins()
	for _, key := range "0123456789*#" {
		told.ignores(flow.DTMF{Leg: own, Key: key})
	}
	told.searched()
	for _, key := range "0123456789*#" {
		told.ignores(flow.DTMF{Leg: own, Key: key})
	}
}

func read[F any](t *testing.T, text string) (f F) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAFlowIsKeptWithItsPlan(t *testing.T) {
	for _, f := range []any{begin(rules), newClears(t, "101", flow.Threat{}).s} {
		text := mustJSON(f)
		var again string
		switch f.(type) {
		case flow.Screening:
			again = mustJSON(read[flow.Screening](t, text))
		case flow.Clearing:
			again = mustJSON(read[flow.Clearing](t, text))
		}
		if again != text {
			t.Errorf("%s\n%s", text, again)
		}
	}
}
