package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"clearline/lib/testbed"
)

// rung waits until the exchange rings for a number, and returns that call; nil when it
// does not in time.
func (s *scene) rung(ctx context.Context, number string, within time.Duration) *testbed.Call {
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, c := range s.exchange.Calls() {
			if strings.HasSuffix(c.Dialled, number) {
				return c
			}
		}
		select {
		case <-deadline.C:
			return nil
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// helpInside lets something break as 999 is dialled inside a guarded call. A resident who
// hears nothing dials again: on the keypad, at the dial tone, or on a fresh leg.
func helpInside(ctx context.Context, s *scene, f fault) (string, error) {
	p, err := s.begin(ctx, talking)
	if err != nil {
		return "", err
	}
	p.press(ctx, s.resident, "99")
	p.mark = time.Now()
	if err := s.strike(ctx, f); err != nil {
		return "", err
	}
	if f.ends {
		if err := s.mend(); err != nil {
			return "", err
		}
		s.house.Bed.StopPhones()
		if err := s.phones(ctx); err != nil {
			return "", err
		}
		return s.dials(ctx, "999", 2*time.Second)
	}
	last := time.Now()
	p.press(ctx, s.resident, "9")
	times := 1
	for ; times < mostTimes; times++ {
		c := s.rung(ctx, "999", 2*time.Second)
		if c != nil {
			return s.helped(c, last, times)
		}
		last = time.Now()
		if s.resident.Current() == nil {
			if _, err := s.resident.Call(ctx, "999"); err != nil {
				return "", err
			}
			continue
		}
		p.press(ctx, s.resident, "999")
	}
	return "", errors.New("emergency lost")
}

// helped says how an emergency went out, and insists that the suspect was gone by then,
// where that is said to be proved.
func (s *scene) helped(c *testbed.Call, last time.Time, times int) (string, error) {
	call := s.caller.Last()
	gone := call == nil || s.ended
	if !gone {
		at := call.DismissedAt()
		gone = !at.IsZero() && !at.After(c.Started())
	}
	proved := strings.Contains(c.Told, "cleared=1")
	if proved && !gone {
		return "", errors.New("said to be proved, but the caller was still there")
	}
	said := fmt.Sprintf("rang after %d ms", c.Started().Sub(last).Milliseconds())
	switch {
	case proved:
		said += ", line proved clear"
	case gone && s.beside != nil:
		said += ", clear here, not proved there"
	case gone:
		said += ", line cleared by the dialplan"
	default:
		said += ", caller still there"
	}
	if times > 1 {
		said = fmt.Sprintf("dialled %d times in %s; %s", times, seconds(c.Started().Sub(s.struck)), said)
	}
	if err := s.mend(); err != nil {
		return "", err
	}
	return said, nil
}

// dials lets the resident dial a number for help on a fresh leg, until it rings.
func (s *scene) dials(ctx context.Context, number string, within time.Duration) (string, error) {
	c, begun, times := again(ctx, s.resident, number, func() *testbed.Call { return s.rung(ctx, number, within) })
	if c == nil {
		return "", errors.New(number + " lost")
	}
	return s.helped(c, begun, times)
}

// mostTimes is how often somebody tries who does not get through.
const mostTimes = 15

// again rings a number from a telephone, and once more when nobody is rung, as people do. It
// returns the call that rang, when it was begun, and how many times it took; no call when all
// were in vain.
func again(ctx context.Context, from *testbed.Phone, number string, rings func() *testbed.Call) (*testbed.Call, time.Time, int) {
	for times := 1; times < mostTimes && ctx.Err() == nil; times++ {
		begun := time.Now()
		call, err := from.Call(ctx, number)
		if c := rings(); c != nil {
			return c, begun, times
		}
		if err == nil {
			hang, cancel := context.WithTimeout(ctx, time.Second)
			_ = call.HangUp(hang)
			cancel()
		}
	}
	return nil, time.Time{}, mostTimes
}

// helpFresh lets something break as a number for help is dialled, with a caller in the
// greeting on the same line.
func helpFresh(number string, within time.Duration) func(context.Context, *scene, fault) (string, error) {
	return func(ctx context.Context, s *scene, f fault) (string, error) {
		if _, err := s.breaks(ctx, greeted, f); err != nil {
			return "", err
		}
		return s.dials(ctx, number, within+500*time.Millisecond)
	}
}

// knownCaller lets something break as a contact calls.
func knownCaller(ctx context.Context, s *scene, f fault) (string, error) {
	s.caller.SetIdentity(testbed.Identity{Number: friend, Name: "Mary"})
	if err := s.strike(ctx, f); err != nil {
		return "", err
	}
	c, begun, times := again(ctx, s.caller, s.line.number, func() *testbed.Call {
		bounded, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		c, _ := s.resident.WaitRinging(bounded) // nil when it does not ring
		return c
	})
	if c == nil {
		return "", errors.New("a known caller is lost")
	}
	said := rang(c, begun, times)
	if strings.HasPrefix(c.FarName, "UNSCREENED") {
		said += ", UNSCREENED"
	}
	return said, s.mend()
}

// callOut lets something break as a resident dials an ordinary number.
func callOut(ctx context.Context, s *scene, f fault) (string, error) {
	if err := s.strike(ctx, f); err != nil {
		return "", err
	}
	c, begun, times := again(ctx, s.resident, elsewhere, func() *testbed.Call { return s.rung(ctx, elsewhere, 3*time.Second) })
	if c == nil {
		return "", errors.New("an ordinary call is lost")
	}
	return rang(c, begun, times), s.mend()
}

// rang says how soon a call rang, and after how many in vain.
func rang(c *testbed.Call, begun time.Time, times int) string {
	said := fmt.Sprintf("rings after %d ms", c.Started().Sub(begun).Milliseconds())
	if times > 1 {
		said = fmt.Sprintf("tried %d times; %s", times, said)
	}
	return said
}
