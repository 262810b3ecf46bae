package flow

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/prompt"
)

// tell says that the last call has ended, to whoever has reason to fear that it has not.
func (c Clearing) tell() (Clearing, []Effect) {
	if len(c.Found) == 0 && !c.Threat.Suspect {
		return c.leave()
	}
	c.Stage = Telling
	return c.say(prompt.Say(prompt.LastCallEnded), endedMax, 0)
}

// hold waits until the network has let go of an analogue line: on-hook proves nothing
// there.
func (c Clearing) hold() (Clearing, []Effect) {
	c.Stage = Holding
	c, effects := c.say(prompt.Say(prompt.LineHeld), sayMax, holdRepeat)
	return c, append(effects, SetTimer{HoldTimer, c.BoundN, c.Threat.Hold})
}

// letGo goes on when the network has let go.
func (c Clearing) letGo() (Clearing, []Effect) {
	if c.Stage != Holding {
		return c, nil
	}
	effects := c.hush()
	c.Saying = ""
	c, told := c.tell()
	return c, append(effects, told...)
}

// offer says that the line is not clear, and offers to try once more.
func (c Clearing) offer() (Clearing, []Effect) {
	c.Stage = Offering
	return c.say(prompt.Say(prompt.NotClear, prompt.ToTryAgain, prompt.Digit(c.Rules.RetryKey)), sayMax, c.Keys.patient(offerWait))
}

// explain says what a trap is and which numbers are right.
func (c Clearing) explain() (Clearing, []Effect) {
	c.Stage, c.Outcome = Explaining, call.OutcomeExplained
	return c.say(prompt.Say(prompt.TrapDialled, prompt.RightNumbers, prompt.DialNow), sayMax, c.Keys.patient(redialWait))
}

// wait sets the stage's timer; every earlier setting is void.
func (c Clearing) wait(d time.Duration) (Clearing, Effect) {
	c.TimerN++
	return c, SetTimer{StageTimer, c.TimerN, d}
}

// say speaks to the resident, whose leg may not have been answered before, for longest at
// most. then is how long the leg may be quiet afterwards.
func (c Clearing) say(script prompt.Script, longest, then time.Duration) (Clearing, []Effect) {
	effects := append([]Effect{CancelTimer{RenewTimer}}, c.hush()...)
	c.LastID++
	c.Saying = c.Call.Playback(c.LastID)
	c, timer := c.wait(longest)
	effects = append(effects, Answer{c.Dial.Leg})
	if c.Rules.Gain > 1 {
		effects = append(effects, Louder{c.Dial.Leg, c.Rules.Gain})
	}
	return c, append(effects,
		Deadman{c.Dial.Leg, longest + then + saySlack},
		Play{c.Dial.Leg, c.Saying, c.Line.Language, script},
		timer)
}

// hush stops what the resident is hearing.
func (c Clearing) hush() []Effect {
	if c.Saying == "" {
		return nil
	}
	return []Effect{StopPlayback{c.Dial.Leg, c.Saying}}
}

// listening waits for the end of what the resident hears.
func (c Clearing) listening(ev Event) (Clearing, []Effect) {
	if done, ok := ev.(PlaybackDone); ok && c.Saying != "" && done.Playback == c.Saying {
		return c.said()
	}
	return c, nil
}

func (c Clearing) said() (Clearing, []Effect) {
	c.Saying = ""
	switch c.Stage {
	case Telling:
		return c.leave()
	case Explaining:
		c.Stage = Redialling
		return c.quiet(c.Keys.patient(redialWait))
	case Holding:
		return c.quiet(holdRepeat)
	}
	return c.quiet(c.Keys.patient(offerWait))
}

// unheard takes a sentence whose end was never told as said. What may still play is
// stopped: everything else waits behind it.
func (c Clearing) unheard() (Clearing, []Effect) {
	effects := c.hush()
	c, rest := c.said()
	return c, append(effects, rest...)
}

// quiet waits in silence, and shows again and again that Clearline lives.
func (c Clearing) quiet(d time.Duration) (Clearing, []Effect) {
	c, timer := c.wait(d)
	return c, append([]Effect{timer}, c.renew()...)
}

// renew keeps the leg in Clearline's hands while nothing plays on it. An emergency's
// time is never renewed.
func (c Clearing) renew() []Effect {
	silent := c.Saying == "" && (c.Stage == Holding || c.Stage == Offering || c.Stage == Redialling)
	if c.Dial.emergency() || c.Stage != Searching && !silent {
		return nil
	}
	return []Effect{Deadman{c.Dial.Leg, silenceMax}, SetTimer{RenewTimer, 0, silenceMax / 3}}
}

// timer takes the end of a wait.
func (c Clearing) timer(fired TimerFired) (Clearing, []Effect) {
	switch fired.Timer {
	case SearchTimer:
		if c.Stage == Searching && fired.N == c.SearchN {
			c, search := c.search()
			return c, []Effect{search}
		}
	case BoundTimer:
		if fired.N == c.BoundN {
			return c.late()
		}
	case HoldTimer:
		if fired.N == c.BoundN {
			return c.letGo()
		}
	case RenewTimer:
		return c, c.renew()
	case KeyTimer:
		next, number, effects := c.Keys.pause(fired)
		c.Keys = next
		return c.dialled(number, effects)
	case StageTimer:
		if fired.N == c.TimerN {
			return c.waited()
		}
	}
	return c, nil
}

// waited goes on when nothing has happened for as long as the stage allows.
func (c Clearing) waited() (Clearing, []Effect) {
	switch c.Stage {
	case Awaiting, Parting:
		return c.over(c.notDialled())
	case Leaving: // nobody says whether it has: the dead-man's time is over
		return c.over(call.OutcomeTaken)
	case Closing:
		return c.force()
	case Redialling:
		if c.Number != "" {
			return c.redial(c.Number, nil)
		}
		return c.close()
	case Holding, Offering, Telling, Explaining:
		if c.Saying != "" {
			return c.unheard()
		}
		if c.Stage == Holding {
			return c.say(prompt.Say(prompt.LineHeld), sayMax, holdRepeat)
		}
		if c.Keys.Begun() {
			c, timer := c.wait(c.Keys.patient(keyGap))
			return c, []Effect{timer}
		}
		return c.close()
	}
	return c, nil
}

// close ends the resident's leg.
func (c Clearing) close() (Clearing, []Effect) {
	c.Stage, c.Keys.Typed = Closing, ""
	c, timer := c.wait(goneMax)
	return c, []Effect{CancelTimer{RenewTimer}, CancelTimer{KeyTimer}, HangUp{c.Dial.Leg, q850Normal}, timer}
}

// force hangs the leg up once more, and then gives up waiting for its end.
func (c Clearing) force() (Clearing, []Effect) {
	if c.Forced {
		return c.over(c.notDialled())
	}
	c.Forced = true
	return c.close()
}
