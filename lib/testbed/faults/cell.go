package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// cell is what became of one call.
type cell struct {
	Fault, State string
	Said         string        // what happened
	Wrong        string        // what must never happen, and did; empty otherwise
	Took         time.Duration // all in all
	Timeline     string        `json:",omitempty"` // when something went wrong
}

// play plays one cell in a house of its own.
func play(ctx context.Context, binary string, f fault, st state) cell {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	begun := time.Now()
	c := cell{Fault: f.name, State: st.name}
	s, err := open(ctx, binary, 1, f)
	if err == nil {
		defer s.close()
		err = s.call(ctx, 0, firstStranger)
	}
	if err != nil {
		c.Wrong = "the house could not be opened: " + err.Error()
		return c
	}
	if c.Said, err = st.play(ctx, s, f); err == nil {
		err = s.afterwards(ctx)
	}
	c.Took = time.Since(begun)
	if err != nil {
		c.Wrong = err.Error()
		var text strings.Builder
		s.house.Bed.Timeline.Print(&text, time.Time{})
		c.Timeline = text.String()
	}
	return c
}

// afterwards insists that everything is well once the fault is over: 999 goes out, nothing
// is left, and every call is in the history.
func (s *scene) afterwards(ctx context.Context) error {
	if err := s.mend(); err != nil {
		return err
	}
	s.house.Bed.StopPhones()
	if err := s.phones(ctx); err != nil {
		return err
	}
	last := time.Now()
	if _, err := s.resident.Call(ctx, "999"); err != nil {
		return err
	}
	if s.rung(ctx, "999", 1500*time.Millisecond) == nil {
		return errors.New("999 does not ring within 1.5 s when all is well again")
	}
	s.house.Bed.Timeline.Add("fault", "999 afterwards rang after %v", time.Since(last))
	s.house.Bed.StopPhones()
	if err := s.house.Bed.CheckNothingLeft(ctx, s.base); err != nil {
		return err
	}
	return s.written(ctx)
}

// written waits until every call is in the history.
func (s *scene) written(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		missing, err := s.missing(ctx)
		if err == nil && len(missing) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("history lost: %v, %w", missing, errors.Join(err, ctx.Err()))
		case <-tick.C:
		}
	}
}
