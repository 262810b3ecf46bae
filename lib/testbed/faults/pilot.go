package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"clearline/lib/testbed"
)

// Where a call can be when something breaks.
const (
	greeted   = "greeting"
	asked     = "check"
	speaking  = "purpose"
	ringing   = "ringing"
	consulted = "consulting"
	talking   = "guarded"
)

// Where a call ends up.
const (
	delivered = "delivered unscreened"
	ended     = "caller hung up"
)

// Frequencies the two say, so that each can be told from the other and from what was
// recorded.
const (
	callerHz   = 1210
	residentHz = 1470
	purposeHz  = 620
)

// pilot plays a caller who does everything right, and a resident who says yes, however
// often they are asked.
type pilot struct {
	caller, resident *testbed.Phone

	accepted int                  // times the resident said yes
	done     map[string]time.Time // what was reacted to, by phone and time heard
	speaks   time.Time            // when the caller begins to say why they call
	spoke    time.Time            // when they have said it
	pickUp   time.Time            // when the resident picks up
	shown    string               // the name on the telephone that was picked up last
	talksOn  *testbed.Call        // on which the two say their tones
	first    time.Time            // the first sign of life since mark
	mark     time.Time
	again    int // prompts heard since mark that had been heard before
	heard    map[string]bool
}

func newPilot(caller, resident *testbed.Phone) *pilot {
	return &pilot{caller: caller, resident: resident, done: map[string]time.Time{}, heard: map[string]bool{}}
}

var errStuck = errors.New("nothing goes on any more")

// to acts until the call is where it should be, or has ended up elsewhere, and returns where.
func (p *pilot) to(ctx context.Context, places ...string) (string, error) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		at := p.step(ctx, places)
		for _, place := range places {
			if at == place {
				return at, nil
			}
		}
		if at == ended {
			return at, nil
		}
		select {
		case <-ctx.Done():
			return at, fmt.Errorf("%w: %s", errStuck, at)
		case <-tick.C:
		}
	}
}

// step reacts to what there is to react to, unless that would lead on from a place where
// the call should stay, and returns where the call is.
func (p *pilot) step(ctx context.Context, stay []string) string {
	at := p.look()
	for _, place := range stay {
		if at == place {
			return at
		}
	}
	now := time.Now()
	switch {
	case at == asked:
		p.press(ctx, p.caller, p.latestDigit())
	case !p.speaks.IsZero() && now.After(p.speaks) && p.spoke.IsZero():
		_, _ = p.caller.SayTone(purposeHz, 2*time.Second)
		p.spoke, p.speaks = now.Add(2200*time.Millisecond), time.Time{}
	case !p.spoke.IsZero() && now.After(p.spoke):
		p.spoke = time.Time{}
		p.press(ctx, p.caller, "#")
	case at == ringing:
		if p.pickUp.IsZero() {
			p.pickUp = now.Add(300 * time.Millisecond)
		}
		if now.After(p.pickUp) {
			p.pickUp = time.Time{}
			_ = p.resident.Answer(ctx) // it may have stopped ringing
		}
	case at == consulted:
		p.react(p.resident, "consult/call-from")
		p.accepted++
		p.press(ctx, p.resident, "5")
	}
	if theirs := p.resident.Current(); p.together() && p.talksOn != theirs {
		p.talksOn = theirs
		_, _ = p.caller.SayTone(callerHz, 0)
		_, _ = p.resident.SayTone(residentHz, 0)
	}
	return at
}

// look says where the call is, by what the telephones show and hear.
func (p *pilot) look() string {
	p.notice()
	call := p.caller.Last()
	if call == nil {
		return "not begun"
	}
	if _, over := call.End(); over {
		return ended
	}
	theirs := p.resident.Current()
	if theirs != nil && !theirs.Outgoing {
		p.shown = theirs.FarName
		if theirs.State() == testbed.Ringing {
			return ringing
		}
	}
	if p.together() && p.hears(p.caller, residentHz) && p.hears(p.resident, callerHz) {
		if strings.HasPrefix(p.shown, "UNSCREENED") {
			return delivered
		}
		return talking
	}
	if theirs != nil && p.waits(p.resident, "consult/call-from") {
		return consulted
	}
	switch {
	case !p.spoke.IsZero():
		return speaking
	case p.waits(p.caller, "screening/ask-purpose"), p.waits(p.caller, "screening/ask-again"):
		p.react(p.caller, "screening/ask-purpose")
		p.react(p.caller, "screening/ask-again")
		p.speaks, p.spoke = time.Now().Add(900*time.Millisecond), time.Time{}
	case p.waits(p.caller, "digit"):
		return asked
	case p.heard["caller screening/greeting"] && !p.heard["caller screening/ask-purpose"]:
		return greeted
	}
	return "under way"
}

// together says whether both telephones are in a call with somebody.
func (p *pilot) together() bool {
	theirs := p.resident.Current()
	return theirs != nil && theirs.State() == testbed.Answered && p.caller.Current() != nil
}

func (p *pilot) hears(phone *testbed.Phone, hz int) bool {
	return len(phone.HeardSince(time.Now().Add(-400*time.Millisecond), fmt.Sprintf("tone %d", hz))) > 0
}

// fits says whether something heard is what a name stands for; "digit" is any.
func fits(h testbed.Heard, what string) bool {
	if what == "digit" {
		_, ok := h.Digit()
		return ok
	}
	return h.Is(what)
}

// waits says whether a phone has heard something that was not reacted to.
func (p *pilot) waits(phone *testbed.Phone, what string) bool {
	since := p.done[phone.Name+" "+what]
	for _, h := range phone.Heard() {
		if fits(h, what) && h.At.After(since) {
			return true
		}
	}
	return false
}

// react notes that all a phone has heard so far of something is dealt with.
func (p *pilot) react(phone *testbed.Phone, what string) {
	for _, h := range phone.Heard() {
		if fits(h, what) && h.At.After(p.done[phone.Name+" "+what]) {
			p.done[phone.Name+" "+what] = h.At
		}
	}
}

func (p *pilot) latestDigit() string {
	digit := ""
	for _, h := range p.caller.Heard() {
		if d, ok := h.Digit(); ok {
			digit = d
		}
	}
	p.react(p.caller, "digit")
	return digit
}

func (p *pilot) press(ctx context.Context, phone *testbed.Phone, keys string) {
	_ = phone.Press(ctx, keys) // a call that has just ended shows in the next look
}

// notice keeps what was heard, and how soon something was after the mark.
func (p *pilot) notice() {
	for _, phone := range []*testbed.Phone{p.caller, p.resident} {
		for _, h := range phone.Heard() {
			name, key := phone.Name+" "+h.What, phone.Name+h.What+h.At.String()
			if _, old := p.done[key]; old || strings.HasPrefix(h.What, "tone") || strings.HasPrefix(h.What, "key") {
				continue
			}
			p.done[key] = h.At
			if !p.mark.IsZero() && h.At.After(p.mark) {
				p.sign(h.At)
				if p.heard[name] && !strings.Contains(h.What, "digits/") && h.What != "ringing" {
					p.again++
				}
			}
			p.heard[name] = true
		}
	}
}

func (p *pilot) sign(at time.Time) {
	if p.first.IsZero() || at.Before(p.first) {
		p.first = at
	}
}
