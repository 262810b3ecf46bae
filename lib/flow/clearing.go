package flow

import (
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
)

// The stages of a Clearing, besides Beginning, Closing and Over.
const (
	Searching  Stage = "searching"  // for other legs of the line; those found are hung up
	Holding    Stage = "holding"    // until the network has let go of the suspect's line
	Telling    Stage = "telling"    // the resident that the last call has ended
	Leaving    Stage = "leaving"    // for the operator's dialplan
	Offering   Stage = "offering"   // a second try
	Explaining Stage = "explaining" // that the number is a trap
	Redialling Stage = "redialling" // the line stays for another number
	Parting    Stage = "parting"    // with a leg that was sent to dial another number
	Awaiting   Stage = "awaiting"   // whether a resident who hung up dials again
)

// Clearing makes sure that nobody but the resident is left on a line before a number
// is dialled on it that people dial to get help or to check a story.
//
//	beginning --> searching --nobody found, twice--> (holding) --> (telling) --> leaving --> over
//	               |     ^                           an emergency skips both
//	               +-----+ found: hung up, and searched for again
//	               |
//	          out of time --> an emergency: leaving, not proved
//	                     \--> another number: offering --key--> searching
//	                                                  \__ silence, hang-up __> closing --> over
//	a trap is never dialled:
//	  searching --> explaining --> redialling --another number--> parting --> over
//	                                     \__ silence __> closing
//	the resident hangs up: awaiting --dials again--> searching
//	                               \__ does not __> over
//
// Searching is the proof: a leg counts as gone when it was found, was hung up, and is
// in none of the two searches that find nobody. Every stage in which the resident
// listens or waits obeys a number of the plan that is typed, an emergency number above
// all, as in the stages of a trap. An emergency gives way to another emergency only.
type Clearing struct {
	Call   call.ID
	Line   call.Line
	Dial   Dial
	Threat Threat
	Rules  ClearingRules
	Keys   Dialling

	Stage   Stage
	Outcome call.Outcome
	SearchN int          // number of the latest search
	Heard   int          // number of the latest search that was answered
	BoundN  int          // the current setting of BoundTimer and HoldTimer; earlier ones mean nothing
	Empty   int          // searches in a row that found nobody
	Up      []call.LegID // what the latest search has found so far
	Found   []call.LegID // what any search has found
	Left    []call.LegID // of those, what no search has missed since: not proved gone
	Number  string       // keys pressed while redialling
	TimerN  int          // the current setting of StageTimer; earlier ones mean nothing
	LastID  int          // number of the last playback
	Saying  call.PlaybackID
	Tries   int  // failed orders to leave for the dialplan, or to dial another number
	Forced  bool // the resident's leg was hung up once more
}

// Dial is what a resident dials, and on which leg.
type Dial struct {
	Leg     call.LegID
	Dialled string // digits as dialled
	Meaning policy.Meaning
	Way     call.Way
}

func (d Dial) emergency() bool { return d.Meaning.Role == call.Emergency }

// Threat is what was known about unknown callers of the line when the number was dialled.
type Threat struct {
	Suspect  bool          // there is one, now or within the window before
	Incident bool          // the attempt is an incident
	Avoid    string        // endpoint of the trunk the suspect came by, without technology, or empty
	Hold     time.Duration // how long the network may keep the suspect's line, and there is no other trunk
}

// ClearingRules are the operator's choices for a clearing.
type ClearingRules struct {
	RetryKey rune // tries once more after a failure
	Patience int  // 2 and 3: residents are waited for so many times longer
	Gain     int  // 2 to 4: residents hear everything so many times louder
}

const (
	emptyTwice = 2 // searches in a row that must find nobody

	emergencyBound = 450 * time.Millisecond // of the search: before the dialplan goes on alone
	clearBound     = 3 * time.Second
	searchPause    = 10 * time.Millisecond // after a search that found somebody

	silenceMax    = 1600 * time.Millisecond // without a sign of life the dialplan takes a resident's leg
	leaveMax      = 3 * time.Second         // for the dialplan to have a leg; its dead-man's time is shorter
	endedMax      = 12 * time.Second        // longest sentence before the call is made
	offerWait     = 15 * time.Second
	redialWait    = 20 * time.Second // for the first key of another number
	lastKeyWait   = 4 * time.Second  // for one more key
	holdRepeat    = 15 * time.Second
	awaitMax      = 5 * time.Second
	longestNumber = 20
	leaveTries    = 3
)

// BeginClearing makes the flow that clears a line for what is dialled.
func BeginClearing(id call.ID, line call.Line, dial Dial, threat Threat, plan *policy.Plan, rules ClearingRules) Clearing {
	return Clearing{Call: id, Line: line, Dial: dial, Threat: threat, Keys: Dialling{Plan: plan, Patience: rules.Patience}, Rules: rules}
}

// Step returns the state after ev and the effects to perform, in order.
func (c Clearing) Step(ev Event) (Clearing, []Effect) {
	if c.Stage == Over {
		return c, nil
	}
	c.Up, c.Found, c.Left = slices.Clone(c.Up), slices.Clone(c.Found), slices.Clone(c.Left)
	switch ev := ev.(type) {
	case Stopped:
		return c.stop()
	case DialledAgain:
		return c.again(ev.Dial)
	case Resumed:
		return c.resumed()
	case LegGone:
		if ev.Leg == c.Dial.Leg {
			return c.hungUp()
		}
	case LegTaken:
		if ev.Leg == c.Dial.Leg {
			return c.taken()
		}
	case DTMF:
		if ev.Leg == c.Dial.Leg {
			return c.key(ev.Key)
		}
	case TimerFired:
		return c.timer(ev)
	case EffectFailed:
		return c.failed(ev.Effect)
	}
	switch c.Stage {
	case Beginning:
		if _, ok := ev.(Began); ok {
			return c.begin()
		}
	case Searching:
		return c.searching(ev)
	case Holding, Telling, Offering, Explaining:
		return c.listening(ev)
	case Leaving, Parting:
		if ev == (WentOn{c.Dial.Leg}) {
			return c.over(c.Outcome)
		}
	}
	return c, nil
}

// Ended reports whether the flow is over.
func (c Clearing) Ended() bool { return c.Stage == Over }

// begin searches before anything else is done.
func (c Clearing) begin() (Clearing, []Effect) {
	c.Stage, c.Outcome, c.Empty = Searching, "", 0
	c.BoundN++
	c, search := c.search()
	bound := clearBound
	if c.Dial.emergency() {
		bound = emergencyBound
	}
	effects := []Effect{search, c.note(), SetTimer{BoundTimer, c.BoundN, bound}}
	return c, append(effects, c.renew()...)
}

func (c Clearing) search() (Clearing, Effect) {
	c.SearchN++
	c.Up = nil
	return c, FindLegs{N: c.SearchN, Line: c.Line.ID, Own: c.Dial.Leg, Way: c.Dial.Way}
}

// searching hangs up whoever is found, and searches until nobody is, twice.
func (c Clearing) searching(ev Event) (Clearing, []Effect) {
	switch ev := ev.(type) {
	case LegFound:
		if ev.N == c.SearchN && ev.Leg != c.Dial.Leg {
			return c.found(ev.Leg, ev.Ending)
		}
	case SearchDone:
		if ev.N == c.SearchN {
			return c.searched(ev.Failed)
		}
	}
	return c, nil
}

func (c Clearing) found(leg call.LegID, ending bool) (Clearing, []Effect) {
	if slices.Contains(c.Up, leg) {
		return c, nil
	}
	c.Up = append(c.Up, leg)
	if !slices.Contains(c.Found, leg) {
		c.Found = append(c.Found, leg)
	}
	if !slices.Contains(c.Left, leg) {
		c.Left = append(c.Left, leg)
	}
	if ending {
		return c, nil
	}
	return c, []Effect{HangUp{leg, q850Normal}}
}

func (c Clearing) searched(failed bool) (Clearing, []Effect) {
	if c.Heard == c.SearchN {
		return c, nil
	}
	c.Heard = c.SearchN
	if !failed {
		c.Left = slices.Clone(c.Up)
	}
	if failed || len(c.Up) > 0 {
		c.Empty = 0
		return c, []Effect{SetTimer{SearchTimer, c.SearchN, c.pause()}}
	}
	if c.Empty++; c.Empty < emptyTwice {
		c, search := c.search()
		return c, []Effect{search}
	}
	c, effects := c.clear()
	return c, append([]Effect{CancelTimer{BoundTimer}}, effects...)
}

// pause is how long to wait for who was found to be gone: who was found first has been
// on the way out for a while.
func (c Clearing) pause() time.Duration {
	if c.SearchN == 1 {
		return searchPause / 2
	}
	return searchPause
}

// clear goes on once nobody else is on the line.
func (c Clearing) clear() (Clearing, []Effect) {
	c.Outcome = call.OutcomeCleared
	switch {
	case c.Dial.emergency():
		if c.Threat.Hold > 0 { // the only way out may still be held
			c.Outcome = call.OutcomeUnproved
		}
		return c.leave()
	case c.Dial.Meaning.Role == call.Trap:
		return c.explain()
	case c.Threat.Hold > 0:
		return c.hold()
	}
	return c.tell()
}

// late ends a search that has taken too long.
func (c Clearing) late() (Clearing, []Effect) {
	if c.Stage != Searching {
		return c, nil
	}
	if c.Dial.emergency() {
		c.Outcome = call.OutcomeUnproved
		return c.leave()
	}
	c.Outcome = call.OutcomeNotMade
	return c.offer()
}

// leave gives the leg to the operator's dialplan. Nothing plays on it by now.
func (c Clearing) leave() (Clearing, []Effect) {
	c.Stage, c.Saying, c.Keys.Typed = Leaving, "", ""
	effects := []Effect{CancelTimer{RenewTimer}, CancelTimer{KeyTimer}}
	if !c.Dial.emergency() { // its own dead-man's time was set as it came in
		effects = append(effects, Deadman{c.Dial.Leg, silenceMax})
	}
	c, timer := c.wait(leaveMax)
	return c, append(effects, GoOn{
		Leg:      c.Dial.Leg,
		Cleared:  c.Outcome == call.OutcomeCleared,
		Incident: c.Threat.Incident,
		Avoid:    c.Threat.Avoid,
	}, timer)
}

// taken ends an attempt whose leg the dialplan has: to make the call, or as was ordered.
func (c Clearing) taken() (Clearing, []Effect) {
	switch c.Stage {
	case Awaiting: // late: the leg is gone
		return c, nil
	case Parting:
		return c.over(c.Outcome)
	}
	return c.over(call.OutcomeTaken)
}

// hungUp waits for a resident who may only have put the receiver down to dial again.
func (c Clearing) hungUp() (Clearing, []Effect) {
	switch c.Stage {
	case Awaiting:
		return c, nil
	case Closing, Parting:
		return c.over(c.Outcome)
	}
	c.Stage, c.Saying, c.Keys.Typed = Awaiting, "", ""
	c, timer := c.wait(awaitMax)
	return c, []Effect{CancelTimer{BoundTimer}, CancelTimer{RenewTimer}, CancelTimer{KeyTimer}, timer}
}

// again clears the line for a leg that was dialled on while the line was being cleared.
// The leg before is one of the others by then, unless it is an emergency on its way out.
func (c Clearing) again(dial Dial) (Clearing, []Effect) {
	if c.Dial.emergency() && dial.Meaning.Role != call.Emergency && c.Stage != Awaiting {
		return c, nil
	}
	effects := []Effect{CancelTimer{KeyTimer}}
	if dial.Leg != c.Dial.Leg && !c.parted() {
		effects = append(effects, HangUp{c.Dial.Leg, q850Normal})
	}
	c.Dial, c.Saying, c.Number, c.Tries, c.Forced = dial, "", "", 0, false
	c.Keys.Typed = ""
	c.TimerN++
	c, search := c.begin()
	return c, append(effects, search...)
}

// parted says whether the resident's leg is gone, or must be left alone: it dials a
// number for help by now.
func (c Clearing) parted() bool {
	switch c.Stage {
	case Awaiting, Parting:
		return true
	case Leaving:
		return c.Dial.emergency()
	}
	return false
}

// notDialled is the outcome of an attempt that ends without the call.
func (c Clearing) notDialled() call.Outcome {
	if c.Outcome == call.OutcomeExplained || c.Outcome == call.OutcomeNotMade {
		return c.Outcome
	}
	return call.OutcomeAbandoned
}

// over is the only way out of a Clearing.
func (c Clearing) over(outcome call.Outcome) (Clearing, []Effect) {
	c.Stage, c.Outcome = Over, outcome
	effects := []Effect{c.note()}
	for _, t := range []Timer{StageTimer, RenewTimer, KeyTimer, SearchTimer, BoundTimer, HoldTimer} {
		effects = append(effects, CancelTimer{t})
	}
	return c, effects
}

func (c Clearing) note() NoteAttempt {
	return NoteAttempt{Dial: c.Dial, Found: len(c.Found), Gone: len(c.Found) - len(c.Left), Outcome: c.Outcome}
}

// stop lets the dialplan make the call: Clearline cannot keep it.
func (c Clearing) stop() (Clearing, []Effect) {
	switch c.Stage {
	case Closing, Awaiting, Parting:
		return c.over(c.notDialled())
	}
	effects := append(c.hush(), Release{c.Dial.Leg})
	c, rest := c.over(call.OutcomeTaken)
	return c, append(effects, rest...)
}
