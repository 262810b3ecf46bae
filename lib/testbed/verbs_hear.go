package testbed

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// hearVerbs are what phones say and hear.
var hearVerbs = []builtin{
	{`{who:phone} hear(s) {what:what} [within {within:time}]`, func(ctx context.Context, p *Play, v Values) error {
		if p.Bed.Phone(v["what"]) != nil {
			return p.hearsPhone(ctx, v["who"], v["what"])
		}
		p.listenFor(v["what"])
		return p.Each(v["who"], func(_ int, phone *Phone) error {
			_, err := p.Heard(ctx, phone, v["what"])
			return err
		})
	}},
	{`{who:phone} does not hear {what:what} for {for:time}`, doesNotHear},
	{`{who:phone} do not hear {what:what} for {for:time}`, doesNotHear},
	{`{who:phone} has not heard {what:what}`, each(func(_ context.Context, _ *Play, p *Phone, v Values) error {
		if found := p.HeardSince(time.Time{}, v["what"]); len(found) > 0 {
			return fmt.Errorf("%s has; %s", p.Name, p.describe())
		}
		return nil
	})},
	{`{who:phone} say(s) tone {hz:count} [for {length:time}]`, says(func(v Values, _ *Play) int { return number(v["hz"]) })},
	{`{who:phone} say(s) a tone each [for {length:time}]`, says(func(_ Values, p *Play) int { return p.freshTone() })},
	{`{who:phone} keep(s) saying tone {hz:count}`, says(func(v Values, _ *Play) int { return number(v["hz"]) })},
	{`{who:phone} speak(s) over [with tone {hz:count}]`, says(func(v Values, p *Play) int {
		if v["hz"] == "" {
			return p.freshTone()
		}
		return number(v["hz"])
	})},
	{`{who:phone} say(s) wav {path:word}`, each(func(ctx context.Context, _ *Play, p *Phone, v Values) error {
		said, err := p.SayWAV(filepath.FromSlash(v["path"]))
		return wait(ctx, said, err)
	})},
	{`{who:phone} is silent [for {for:time}]`, each(silent)},
	{`{who:phone} are silent [for {for:time}]`, each(silent)},
	{`{who:phone} stop(s) sending RTP`, each(func(_ context.Context, _ *Play, p *Phone, _ Values) error { p.Mute(true); return nil })},
	{`{who:phone} send(s) RTP again`, each(func(_ context.Context, _ *Play, p *Phone, _ Values) error { p.Mute(false); return nil })},
	{`{who:phone} get(s) no RTP for {for:time}`, each(noRTP)},
	{`{a:phone} and {b:phone} hear each other [within {within:time}]`, hearEachOther},
	{`{a:phone} and {b:phone} do not hear each other for {for:time}`, doNotHearEachOther},
	{`{who:phone} got no key`, each(func(ctx context.Context, _ *Play, p *Phone, _ Values) error {
		for _, c := range p.Calls() {
			if c.socket == nil { // it was refused at once
				continue
			}
			if err := c.socket.catchUp(ctx); err != nil {
				return err
			}
		}
		if keys, infos := p.Keys(time.Time{}), p.Infos(); keys != "" || infos > 0 {
			return fmt.Errorf("%s got keys %q and %d INFO", p.Name, keys, infos)
		}
		return nil
	})},
	{`{who:phone} got key(s) {keys:keys} [within {within:time}]`, each(func(ctx context.Context, _ *Play, p *Phone, v Values) error {
		return p.until(ctx, "get keys "+v["keys"], func() bool { return strings.HasSuffix(p.Keys(time.Time{}), v["keys"]) })
	})},
}

// wait waits until something has been said.
func wait(ctx context.Context, said <-chan struct{}, err error) error {
	if err != nil {
		return err
	}
	select {
	case <-said:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("say it to the end: %w", ctx.Err())
	}
}

// listenFor makes ears know a tone that a line names.
func (p *Play) listenFor(what string) {
	if hz, ok := strings.CutPrefix(what, "tone "); ok {
		p.Bed.Tones.Add(number(hz))
	}
}

// says makes a verb that says a tone for a length, or for ever without one.
func says(hz func(Values, *Play) int) func(context.Context, *Play, Values) error {
	return func(ctx context.Context, p *Play, v Values) error {
		length, err := v.Duration("length", 0)
		if err != nil {
			return err
		}
		return p.Each(v["who"], func(_ int, phone *Phone) error {
			said, err := phone.SayTone(hz(v, p), length)
			if err != nil || length == 0 {
				return err
			}
			return wait(ctx, said, nil)
		})
	}
}

func silent(ctx context.Context, _ *Play, p *Phone, v Values) error {
	p.Quiet()
	d, err := v.Duration("for", 0)
	if err != nil {
		return err
	}
	return pass(ctx, d)
}

func doesNotHear(ctx context.Context, p *Play, v Values) error {
	d, err := v.Duration("for", 0)
	if err != nil {
		return err
	}
	p.listenFor(v["what"])
	what := v["what"]
	if what == "anything" {
		what = ""
	}
	begun := time.Now()
	watch, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return p.Each(v["who"], func(_ int, phone *Phone) error {
		heard := func() bool { return len(phone.HeardSince(begun, what)) > 0 }
		if phone.bell.until(watch, heard) == nil {
			return fmt.Errorf("it did; %s", phone.describe())
		}
		return ctx.Err()
	})
}

// noRTP checks that nothing at all arrives. Packets on their way are let in first.
func noRTP(ctx context.Context, _ *Play, p *Phone, v Values) error {
	d, err := v.Duration("for", 0)
	if err != nil {
		return err
	}
	c := p.Last()
	if c == nil {
		return nil
	}
	if err := pass(ctx, 2*frameTime); err != nil {
		return err
	}
	before, _, _ := c.Packets()
	if err := pass(ctx, d); err != nil {
		return err
	}
	if after, _, _ := c.Packets(); after != before {
		return fmt.Errorf("%s got %d packets", p.Name, after-before)
	}
	return nil
}

// pairs matches two phones, or two groups of the same size member by member.
func (p *Play) pairs(v Values) (a, b []*Phone, err error) {
	if a, err = p.Phones(v["a"]); err != nil {
		return nil, nil, err
	}
	if b, err = p.Phones(v["b"]); err != nil {
		return nil, nil, err
	}
	if len(a) != len(b) {
		return nil, nil, fmt.Errorf("%s are %d and %s are %d", v["a"], len(a), v["b"], len(b))
	}
	return a, b, nil
}

// exchangeTones lets every phone say a tone of its own and gives check its own and the
// tone it should hear; then all are quiet.
func (p *Play) exchangeTones(v Values, check func(phone *Phone, other string) error) error {
	a, b, err := p.pairs(v)
	if err != nil {
		return err
	}
	type listener struct {
		phone *Phone
		other string
	}
	var listeners []listener
	var errs []error
	for i := range a {
		mine, yours := p.freshTone(), p.freshTone()
		_, errA := a[i].SayTone(mine, 0)
		_, errB := b[i].SayTone(yours, 0)
		errs = append(errs, errA, errB)
		listeners = append(listeners, listener{a[i], toneName(yours)}, listener{b[i], toneName(mine)})
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	results := make(chan error)
	for _, l := range listeners {
		go func() { results <- check(l.phone, l.other) }()
	}
	for range listeners {
		errs = append(errs, <-results)
	}
	for _, l := range listeners {
		l.phone.Quiet()
	}
	return errors.Join(errs...)
}

func hearEachOther(ctx context.Context, p *Play, v Values) error {
	return p.exchangeTones(v, func(phone *Phone, other string) error {
		_, err := p.Heard(ctx, phone, other)
		return err
	})
}

func doNotHearEachOther(ctx context.Context, p *Play, v Values) error {
	d, err := v.Duration("for", 0)
	if err != nil {
		return err
	}
	begun := time.Now()
	watch, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return p.exchangeTones(v, func(phone *Phone, other string) error {
		if phone.bell.until(watch, func() bool { return len(phone.HeardSince(begun, other)) > 0 }) == nil {
			return fmt.Errorf("%s does; %s", phone.Name, phone.describe())
		}
		return ctx.Err()
	})
}

// hearsPhone lets one phone speak and another listen.
func (p *Play) hearsPhone(ctx context.Context, who, speaker string) error {
	phone := p.Bed.Phone(speaker)
	hz := p.freshTone()
	if _, err := phone.SayTone(hz, 0); err != nil {
		return err
	}
	defer phone.Quiet()
	return p.Each(who, func(_ int, listener *Phone) error {
		_, err := p.Heard(ctx, listener, toneName(hz))
		return err
	})
}
