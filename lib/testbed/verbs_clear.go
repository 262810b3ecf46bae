package testbed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// clearVerbs prove what came before what. They compare the kernel's stamps of packets,
// without any allowance.
var clearVerbs = []builtin{
	{`{who:phone} was hung up before {other:phone} rang [within {within:time}]`, each(hungUpBeforeRing)},
	{`{who:phone} were hung up before {other:phone} rang [within {within:time}]`, each(hungUpBeforeRing)},
	{`{who:phone}'s earlier calls were hung up before {other:phone} rang [within {within:time}]`, each(func(ctx context.Context, play *Play, p *Phone, v Values) error {
		return p.dismissedBeforeRing(ctx, play, v, func(calls []*Call) []*Call { return calls[:max(0, len(calls)-1)] })
	})},
	{`{who:phone}'s {nth:word} call was hung up before {other:phone} rang [within {within:time}]`, func(ctx context.Context, play *Play, v Values) error {
		return eachNth(func(ctx context.Context, c *Call, v Values) error {
			return c.Phone.dismissedBeforeRing(ctx, play, v, func([]*Call) []*Call { return []*Call{c} })
		})(ctx, play, v)
	}},
	{`{who:phone} was rung with cleared {cleared:count} incident {incident:count} [avoiding {trunk:word}]`, wasRung(func(c *Call, v Values) (string, string) {
		return c.Told, fmt.Sprintf("cleared=%s incident=%s avoid=%s", v["cleared"], v["incident"], v["trunk"])
	})},
	{`{who:phone} was rung with nothing cleared`, wasRung(func(c *Call, _ Values) (string, string) { return c.Told, "cleared= incident= avoid=" })},
	{`{who:phone} was rung as {number:tel}`, wasRung(func(c *Call, v Values) (string, string) { return c.Dialled, v.Tel("number") })},
	{`{who:phone} was rung by {number:tel}`, wasRung(func(c *Call, v Values) (string, string) { return c.Far, v.Tel("number") })},
	{`{who:phone} was rung by trunk {trunk:word}`, wasRung(func(c *Call, v Values) (string, string) { return c.Phone.trunk, v["trunk"] })},
	{`{who:phone} was rung {n:count} time(s)`, each(func(_ context.Context, _ *Play, p *Phone, v Values) error {
		if rung := slices.DeleteFunc(p.Calls(), func(c *Call) bool { return c.Outgoing }); len(rung) != number(v["n"]) {
			return fmt.Errorf("%s was rung %d times; %s", p.Name, len(rung), p.describe())
		}
		return nil
	})},
	{`{who:phone} rang within {limit:time} of {other:phone}'s call`, each(rangSoonAfter("call", func(p *Phone, before time.Time) time.Time {
		c := p.latest(func(c *Call) bool { return c.Outgoing && c.started.Before(before) })
		if c == nil {
			return time.Time{}
		}
		return c.started
	}))},
	{`{who:phone} rang within {limit:time} of {other:phone}'s last key`, each(rangSoonAfter("key", func(p *Phone, before time.Time) (last time.Time) {
		for _, c := range p.Calls() {
			if at := c.keyBefore(before); at.After(last) {
				last = at
			}
		}
		return last
	}))},
}

// rung returns the latest call that rang a phone.
func (p *Play) rung(name string) (*Call, error) {
	phone := p.Bed.Phone(name)
	if phone == nil {
		return nil, fmt.Errorf("find phone %q: no earlier line introduces it", name)
	}
	c := phone.lastRung()
	if c == nil {
		return nil, fmt.Errorf("%s has not rung", name)
	}
	return c, nil
}

func (p *Phone) lastRung() *Call { return p.latest(func(c *Call) bool { return !c.Outgoing }) }

// wasRung makes a verb that compares something about the latest call that rang {who}.
func wasRung(pick func(*Call, Values) (got, want string)) func(context.Context, *Play, Values) error {
	return each(func(_ context.Context, play *Play, p *Phone, v Values) error {
		c, err := play.rung(p.Name)
		if err != nil {
			return err
		}
		if got, want := pick(c, v); got != want {
			return fmt.Errorf("%s was rung with %q, not %q", p.Name, got, want)
		}
		return nil
	})
}

// hungUpBeforeRing is about the latest call that the far end has ended.
func hungUpBeforeRing(ctx context.Context, play *Play, p *Phone, v Values) error {
	return p.dismissedBeforeRing(ctx, play, v, func(calls []*Call) []*Call {
		calls = slices.DeleteFunc(calls, func(c *Call) bool { return c.DismissedAt().IsZero() })
		return calls[max(0, len(calls)-1):]
	})
}

// dismissedBeforeRing waits until the far end has said of the picked calls that they are
// over, and compares with the arrival of the INVITE that rang {other}. A packet that
// arrived earlier may well be read later.
func (p *Phone) dismissedBeforeRing(ctx context.Context, play *Play, v Values, pick func([]*Call) []*Call) error {
	ring, err := play.rung(v["other"])
	if err != nil {
		return err
	}
	var calls []*Call
	err = p.until(ctx, "be hung up", func() bool {
		calls = pick(slices.DeleteFunc(p.Calls(), func(c *Call) bool { return c == ring }))
		return len(calls) > 0 && !slices.ContainsFunc(calls, func(c *Call) bool { return c.DismissedAt().IsZero() })
	})
	var late []error
	for _, c := range calls {
		if by := c.DismissedAt().Sub(ring.Started()); err == nil && by >= 0 {
			late = append(late, fmt.Errorf("%s's call with %q was hung up %s after %s rang", p.Name, c.Far, by, v["other"]))
		}
	}
	return errors.Join(append(late, err)...)
}

// rangSoonAfter compares the arrival of the INVITE that rang {who} with what {other} did
// before it.
func rangSoonAfter(what string, did func(p *Phone, before time.Time) time.Time) func(context.Context, *Play, *Phone, Values) error {
	return func(_ context.Context, play *Play, p *Phone, v Values) error {
		limit, err := v.Duration("limit", 0)
		if err != nil {
			return err
		}
		ring, err := play.rung(p.Name)
		if err != nil {
			return err
		}
		other := play.Bed.Phone(v["other"])
		if other == nil {
			return fmt.Errorf("find phone %q: no earlier line introduces it", v["other"])
		}
		at := did(other, ring.Started())
		if at.IsZero() {
			return fmt.Errorf("%s had sent no %s before %s rang", other.Name, what, p.Name)
		}
		took := ring.Started().Sub(at)
		if stood := play.Bed.Pacer.Stalled(at, ring.Started()); took-stood > limit {
			return fmt.Errorf("%s rang %s after it, of which this machine stood still for %s",
				p.Name, took.Round(time.Microsecond), stood.Round(time.Millisecond))
		}
		return nil
	}
}

// keyBefore is when the last key before a time was released; zero where none was.
func (c *Call) keyBefore(before time.Time) (last time.Time) {
	if c.mouth == nil { // it was refused at once
		return time.Time{}
	}
	for _, at := range c.mouth.releases() {
		if at.Before(before) {
			last = at
		}
	}
	return last
}
