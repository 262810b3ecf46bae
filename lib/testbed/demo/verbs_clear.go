package main

import (
	"context"
	"errors"

	"clearline/lib/testbed"
	"clearline/lib/testbed/bench/stopwatch"
)

// The two halves of the lines that tell measured times.
const (
	timesFrom = `the times from {who:phone}'s`
	timesTo   = `to the end for {caller:phone} and the ring at {other:phone} are told`
)

// dialTone is what a line sounds like that waits for a number, in Hz; half of what a
// British one says.
const dialTone = 350

// playsDialTone lets a caller pretend that the line is free.
func playsDialTone(_ context.Context, p *testbed.Play, v testbed.Values) error {
	who, err := phone(p, v["who"])
	if err != nil {
		return err
	}
	p.Bed.Timeline.Add(who.Name, "plays a dial tone, as if the line were free")
	_, err = who.SayTone(dialTone, 0)
	return err
}

// tellsTimes measures from what {who} did to what {caller} and {other} were sent.
func tellsTimes(
	read func(dialling, ended, rung *testbed.Call) (stopwatch.Delays, error),
) func(context.Context, *testbed.Play, testbed.Values) error {
	return func(ctx context.Context, p *testbed.Play, v testbed.Values) error {
		var calls [3]*testbed.Call
		for i, name := range []string{v["who"], v["caller"], v["other"]} {
			who, err := phone(p, name)
			if err != nil {
				return err
			}
			if calls[i] = who.Last(); calls[i] == nil {
				return errors.New(name + " has no call")
			}
		}
		times, err := read(calls[0], calls[1], calls[2])
		if err != nil {
			return err
		}
		*stageOf(ctx).times = times
		return nil
	}
}
