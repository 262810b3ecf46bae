package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// state is what goes on when something breaks: a column of the matrix.
type state struct {
	name string
	// play brings a call to where it should be, lets the fault strike, and says what
	// happened then. What must not happen is an error.
	play func(ctx context.Context, s *scene, f fault) (string, error)
}

// states are the columns of the matrix.
var states = []state{
	{"greeting", screening(greeted)},
	{"check", screening(asked)},
	{"purpose", screening(speaking)},
	{"ringing", screening(ringing)},
	{"consulting", screening(consulted)},
	{"guarded", guarded},
	{"message", message},
	{"999 inside the call", helpInside},
	{"999 on a fresh leg", helpFresh("999", 1500*time.Millisecond)},
	{"101 on a fresh leg", helpFresh("101", 12*time.Second)},
	{"known caller", knownCaller},
	{"ordinary call out", callOut},
}

// patience bounds every wait of a scene.
const patience = 100 * time.Second

// begin rings the line as a stranger and brings the call to a place.
func (s *scene) begin(ctx context.Context, place string) (*pilot, error) {
	p := newPilot(s.caller, s.resident)
	if _, err := s.caller.Call(ctx, s.line.number); err != nil {
		return nil, err
	}
	at, err := p.to(ctx, place)
	if err == nil && at != place {
		err = fmt.Errorf("the call is not at %s but: %s", place, at)
	}
	return p, err
}

// breaks brings a stranger's call to a place and lets the fault strike there. What is heard
// from then on is marked.
func (s *scene) breaks(ctx context.Context, place string, f fault) (*pilot, error) {
	p, err := s.begin(ctx, place)
	if err != nil {
		return p, err
	}
	p.mark = time.Now()
	return p, s.strike(ctx, f)
}

// screening lets something break while a caller is screened.
func screening(place string) func(context.Context, *scene, fault) (string, error) {
	return func(ctx context.Context, s *scene, f fault) (string, error) {
		p, err := s.breaks(ctx, place, f)
		if err != nil {
			return "", err
		}
		if f.ends {
			return "ends with Asterisk", s.mend()
		}
		at, err := p.to(ctx, talking, delivered, ended)
		if err != nil {
			return "", err
		}
		if at == talking && p.accepted == 0 {
			return "", errors.New("bridge without approval")
		}
		var said string
		switch at {
		case talking:
			said = "put through"
			if p.again > 0 {
				said = "asked again after " + seconds(p.first.Sub(p.mark)) + ", put through"
			}
		case delivered:
			said = "delivered UNSCREENED after " + seconds(s.resident.Last().Started().Sub(p.mark))
		case ended:
			end, _ := s.caller.Last().End()
			said = "caller hung up after " + seconds(end.At.Sub(p.mark))
		}
		return said, s.mend()
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// guarded lets something break while two talk.
func guarded(ctx context.Context, s *scene, f fault) (string, error) {
	p, err := s.breaks(ctx, talking, f)
	if err != nil {
		return "", err
	}
	if f.ends {
		return "ends with Asterisk", s.mend()
	}
	p.press(ctx, s.resident, "12")
	parted, err := s.partedWithin(ctx, max(f.last, time.Second)+deadman+2*time.Second)
	if err != nil {
		return "", err
	}
	if keys := s.caller.Keys(p.mark); keys != "" {
		return "", fmt.Errorf("the caller got keys %q", keys)
	}
	if !parted.IsZero() {
		after := parted.Sub(p.mark)
		if after > deadman+2*time.Second {
			return "", fmt.Errorf("unguarded for %s", seconds(after))
		}
		told := ""
		bounded, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		if _, _, err := s.resident.WaitHeard(bounded, "guard/lost", 0); err == nil {
			told = ", resident told why"
		}
		return "parted after " + seconds(after) + told, s.mend()
	}
	if f.away && f.last > deadman+2*time.Second {
		return "", errors.New("unguarded beyond the dead-man's time")
	}
	if err := s.mend(); err != nil {
		return "", err
	}
	p.press(ctx, s.resident, "34")
	if at, err := p.to(ctx, talking); err != nil || at != talking {
		return "", fmt.Errorf("they do not hear each other: %s: %w", at, err)
	}
	if keys := s.caller.Keys(p.mark); keys != "" {
		return "", fmt.Errorf("the caller got keys %q", keys)
	}
	return "they talk on", nil
}

// message lets something break while a caller says a message.
func message(ctx context.Context, s *scene, f fault) (string, error) {
	if _, err := s.caller.Call(ctx, s.byNight().number); err != nil {
		return "", err
	}
	heard, _, err := s.caller.WaitHeard(ctx, "screening/leave-message", 0)
	if err != nil {
		return "", err
	}
	if err := pass(ctx, time.Until(heard.Until.Add(time.Second))); err != nil {
		return "", err
	}
	if _, err := s.caller.SayTone(purposeHz, 4*time.Second); err != nil {
		return "", err
	}
	if err := pass(ctx, 1500*time.Millisecond); err != nil {
		return "", err
	}
	if err := s.strike(ctx, f); err != nil {
		return "", err
	}
	if err := pass(ctx, 3*time.Second); err != nil {
		return "", err
	}
	if f.ends {
		return "ends with Asterisk", s.mend()
	}
	if end, over := s.caller.Last().End(); over {
		return "caller hung up after " + seconds(end.At.Sub(s.struck)), s.mend()
	}
	if err := s.caller.Press(ctx, "#"); err != nil {
		return "", err
	}
	bounded, cancel := context.WithTimeout(ctx, f.last+75*time.Second)
	defer cancel()
	if _, _, err := s.caller.WaitHeard(bounded, "screening/message-kept", 0); err == nil {
		return "kept, and said so", s.mend()
	}
	if end, over := s.caller.Last().End(); over {
		return "caller hung up after " + seconds(end.At.Sub(s.struck)), s.mend()
	}
	return "", errors.New("the caller sits in silence")
}

func pass(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// partedWithin waits until the caller is gone, and says when that was; zero when it was not.
func (s *scene) partedWithin(ctx context.Context, d time.Duration) (time.Time, error) {
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if end, over := s.caller.Last().End(); over {
			return end.At, nil
		}
		select {
		case <-deadline.C:
			return time.Time{}, nil
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		case <-tick.C:
		}
	}
}
