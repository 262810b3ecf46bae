package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/bench/stopwatch"
)

// talk is the tone of those who talk, in Hz.
const talk = 620

// setUpWithin and dialWithin bound a call's set-up and what its last key brings about.
const (
	setUpWithin = 60 * time.Second
	dialWithin  = 5 * time.Second
)

// forAll does something for every pair at once.
func forAll(pairs []*pair, do func(i int, p *pair) error) error {
	errs := make([]error, len(pairs))
	var wg sync.WaitGroup
	for i, p := range pairs {
		wg.Go(func() { errs[i] = do(i, p) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// setUp brings all calls up and lets everybody talk.
func (h *hall) setUp(ctx context.Context, with system, pairs []*pair) error {
	ctx, cancel := context.WithTimeout(ctx, setUpWithin)
	defer cancel()
	up := h.plainCall
	if with == clearline {
		up = h.guardedCall
	}
	return forAll(pairs, func(_ int, p *pair) error {
		if err := up(ctx, p); err != nil {
			return fmt.Errorf("call on %s: %w", p.line, err)
		}
		for _, phone := range []*testbed.Phone{p.caller, p.resident} {
			if _, err := phone.SayTone(talk, 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// plainCall is bridged by Dial.
func (h *hall) plainCall(ctx context.Context, p *pair) error {
	call, err := p.caller.Call(ctx, p.plainNumber())
	if err != nil {
		return err
	}
	if err := p.resident.Answer(ctx); err != nil {
		return err
	}
	return call.WaitState(ctx, testbed.Answered)
}

// guardedCall takes a caller through the screening.
func (h *hall) guardedCall(ctx context.Context, p *pair) error {
	joined := h.joined.expect(p.line)
	before := len(p.caller.Heard())
	call, err := p.caller.Call(ctx, p.guardedNumber())
	if err != nil {
		return err
	}
	if err := call.WaitState(ctx, testbed.Answered); err != nil {
		return err
	}
	if _, _, err := p.caller.WaitHeard(ctx, "screening/ask-purpose", before); err != nil {
		return err
	}
	if err := pause(ctx, 700*time.Millisecond); err != nil { // the prompt ends meanwhile
		return err
	}
	said, err := p.caller.SayTone(talk, 1200*time.Millisecond)
	if err != nil {
		return err
	}
	<-said
	if err := p.caller.Press(ctx, "#"); err != nil {
		return err
	}
	asked := len(p.resident.Heard())
	if err := p.resident.Answer(ctx); err != nil {
		return err
	}
	if _, _, err := p.resident.WaitHeard(ctx, "consult/call-from", asked); err != nil {
		return err
	}
	if err := p.resident.Press(ctx, "5"); err != nil {
		return err
	}
	select {
	case <-joined:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the guarded call: %w", ctx.Err())
	}
}

// dialOneByOne lets each resident dial at a moment of its own.
func (h *hall) dialOneByOne(ctx context.Context, pairs []*pair) ([]sample, error) {
	samples := make([]sample, len(pairs))
	return samples, forAll(pairs, func(i int, p *pair) error {
		if err := pause(ctx, time.Duration(i)*apart+time.Duration(i*7%20)*time.Millisecond); err != nil {
			return err
		}
		h.exchange.expect(p)
		pressed, ended := p.resident.Current(), p.caller.Current()
		if pressed == nil || ended == nil {
			samples[i].missed = true
			return nil
		}
		if err := pressed.Press(ctx, "999"); err != nil {
			return err
		}
		samples[i] = h.outcome(ctx, p, pressed, ended)
		return nil
	})
}

// apart is the time from one resident's first key to the next one's.
const apart = 200 * time.Millisecond

// dialAtOnce lets all residents press the last key in the same instant.
func (h *hall) dialAtOnce(ctx context.Context, pairs []*pair) ([]sample, error) {
	samples := make([]sample, len(pairs))
	var ready sync.WaitGroup
	ready.Add(len(pairs))
	return samples, forAll(pairs, func(i int, p *pair) error {
		h.exchange.expect(p)
		pressed, ended := p.resident.Current(), p.caller.Current()
		if pressed == nil || ended == nil {
			samples[i].missed = true
			ready.Done()
			return nil
		}
		err := pressed.Press(ctx, "99")
		ready.Done()
		if err != nil {
			return err
		}
		ready.Wait()
		if err := pressed.Press(ctx, "9"); err != nil {
			return err
		}
		samples[i] = h.outcome(ctx, p, pressed, ended)
		return nil
	})
}

// sample is what one dialling brought about; missed where the BYE or the INVITE never came.
type sample struct {
	stopwatch.Delays
	key    time.Time // when the last key was released
	missed bool

	// disturbed is set when the machine stood still meanwhile.
	disturbed bool
}

// outcome waits for the BYE and the INVITE.
func (h *hall) outcome(ctx context.Context, p *pair, pressed, ended *testbed.Call) sample {
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	for ended.DismissedAt().IsZero() || h.exchange.rung(p) == nil {
		if pause(ctx, often) != nil {
			return sample{missed: true}
		}
	}
	delays, err := stopwatch.Read(pressed, ended, h.exchange.rung(p))
	key, _ := stopwatch.Released(pressed) // Read has read it too
	return sample{Delays: delays, key: key, missed: err != nil}
}

// hangUp ends what is left of the calls, the residents' first.
func (h *hall) hangUp(ctx context.Context, pairs []*pair) error {
	ctx, cancel := context.WithTimeout(ctx, setUpWithin)
	defer cancel()
	return forAll(pairs, func(_ int, p *pair) error {
		for _, phone := range []*testbed.Phone{p.resident, p.caller} {
			if c := phone.Current(); c != nil {
				_ = c.HangUp(ctx) // it may be ending
				if _, err := c.WaitEnded(ctx); err != nil {
					return err
				}
			}
		}
		if c := h.exchange.rung(p); c != nil {
			_, err := c.WaitEnded(ctx)
			return err
		}
		return nil
	})
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
