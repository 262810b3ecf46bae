package testbed

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// callVerbs are what phones do with calls.
var callVerbs = []builtin{
	{`{who:phone} ring(s) {number:tel}`, each(func(ctx context.Context, _ *Play, p *Phone, v Values) error {
		_, err := p.Call(ctx, v.Tel("number"))
		return err
	})},
	{`{who:phone} ring(s) a line each`, ringEach},
	{`{who:phone} ring(s) [within {within:time}]`, each(func(ctx context.Context, _ *Play, p *Phone, _ Values) error {
		_, err := p.WaitRinging(ctx)
		return err
	})},
	{`{who:phone} ring(s) as {number:tel} [within {within:time}]`, each(func(ctx context.Context, _ *Play, p *Phone, v Values) error {
		c, err := p.WaitRinging(ctx)
		if err == nil && c.Dialled != v.Tel("number") {
			err = fmt.Errorf("%s is rung as %q", p.Name, c.Dialled)
		}
		return err
	})},
	{`{who:phone} show(s) {number:tel}`, each(shows(func(c *Call, v Values) (string, string) { return c.Far, v.Tel("number") }))},
	{`{who:phone} show(s) {text:text}`, each(shows(func(c *Call, v Values) (string, string) { return c.FarName, v["text"] }))},
	{`{who:phone} does not ring for {for:time}`, each(doesNotRing)},
	{`{who:phone} do not ring for {for:time}`, each(doesNotRing)},
	{`{who:phone} has not rung`, each(func(_ context.Context, _ *Play, p *Phone, _ Values) error {
		for _, c := range p.Calls() {
			if !c.Outgoing {
				return fmt.Errorf("it was rung by %q", c.Far)
			}
		}
		return nil
	})},
	{`{who:phone} stop(s) ringing [within {within:time}]`, each(func(ctx context.Context, _ *Play, p *Phone, _ Values) error {
		return p.until(ctx, "stop ringing", func() bool {
			return p.latest(func(c *Call) bool { return !c.Outgoing && c.state == Ringing }) == nil
		})
	})},
	{`{who:phone} answer(s) [within {within:time}]`, each(func(ctx context.Context, _ *Play, p *Phone, _ Values) error { return p.Answer(ctx) })},
	{`{who:phone} never answer(s)`, each(func(context.Context, *Play, *Phone, Values) error { return nil })},
	{`{who:phone} refuse(s) [with {code:count}]`, each(func(ctx context.Context, _ *Play, p *Phone, v Values) error { return p.Refuse(ctx, code(v)) })},
	{`{who:phone} refuse(s) every call [with {code:count}]`, each(func(_ context.Context, _ *Play, p *Phone, v Values) error {
		p.RefuseAll(code(v))
		return nil
	})},
	{`{who:phone} hang(s) up`, each(func(ctx context.Context, _ *Play, p *Phone, _ Values) error { return p.HangUp(ctx) })},
	{`{who:phone} hold(s)`, each(func(ctx context.Context, _ *Play, p *Phone, _ Values) error { return p.Hold(ctx) })},
	{`{who:phone} take(s) the call back`, each(func(ctx context.Context, _ *Play, p *Phone, _ Values) error { return p.Unhold(ctx) })},
	{`{who:phone} press(es) {keys:keys}`, each(func(ctx context.Context, _ *Play, p *Phone, v Values) error { return p.Press(ctx, v["keys"]) })},
	{`{who:phone} press(es) the digit asked for [within {within:time}]`, each(pressAsked(false))},
	{`{who:phone} press(es) a wrong digit [within {within:time}]`, each(pressAsked(true))},
	{`{who:phone} is answered [within {within:time}]`, each(isAnswered)},
	{`{who:phone} are answered [within {within:time}]`, each(isAnswered)},
	{`{who:phone} is refused with {code:count} [within {within:time}]`, each(refused(func(e End, v Values) (int, int) { return e.Status, number(v["code"]) }))},
	{`{who:phone} is refused with cause {code:count} [unanswered]`, each(refused(func(e End, v Values) (int, int) { return e.Cause, number(v["code"]) }))},
	{`{who:phone} is hung up [within {within:time}]`, each(hungUp)},
	{`{who:phone} are hung up [within {within:time}]`, each(hungUp)},
	{`{who:phone} stay(s) connected for {for:time}`, each(staysConnected)},
	{`{who:phone}'s {nth:word} call is hung up [within {within:time}]`, eachNth(func(ctx context.Context, c *Call, _ Values) error { return endedByFar(ctx, c) })},
	{`{who:phone}'s {nth:word} call stay(s) connected for {for:time}`, eachNth(remains)},
	{`{who:phone} hang(s) up the {nth:word} call`, eachNth(func(ctx context.Context, c *Call, _ Values) error { return c.HangUp(ctx) })},
	{`{who:phone} hold(s) the {nth:word} call`, eachNth(func(ctx context.Context, c *Call, _ Values) error { return c.hold(ctx, true) })},
	{`{who:phone} take(s) the {nth:word} call back`, eachNth(func(ctx context.Context, c *Call, _ Values) error { return c.hold(ctx, false) })},
	{`{who:phone} ignore(s) BYE`, each(func(_ context.Context, _ *Play, p *Phone, _ Values) error { p.IgnoreBye(true); return nil })},
}

// each makes a verb whose subject {who} may be a group.
func each(do func(context.Context, *Play, *Phone, Values) error) func(context.Context, *Play, Values) error {
	return func(ctx context.Context, p *Play, v Values) error {
		return p.Each(v["who"], func(_ int, phone *Phone) error { return do(ctx, p, phone, v) })
	}
}

// until waits for a phone to be as wanted; what completes "wait for NAME to".
func (p *Phone) until(ctx context.Context, what string, holds func() bool) error {
	if err := p.bell.until(ctx, holds); err != nil {
		return fmt.Errorf("wait for %s to %s: %w; %s", p.Name, what, err, p.describe())
	}
	return nil
}

func number(s string) int {
	n, _ := strconv.Atoi(s) // the pattern lets digits only through
	return n
}

func code(v Values) int {
	if v["code"] == "" {
		return 486
	}
	return number(v["code"])
}

func ringEach(ctx context.Context, p *Play, v Values) error {
	lines := p.Bed.Asterisk.opt.Lines
	return p.Each(v["who"], func(i int, phone *Phone) error {
		if i >= len(lines) || len(lines[i].Numbers) == 0 {
			return fmt.Errorf("%s: there is no line %d with a number", phone.Name, i+1)
		}
		_, err := phone.Call(ctx, lines[i].Numbers[0])
		return err
	})
}

func shows(pick func(*Call, Values) (got, want string)) func(context.Context, *Play, *Phone, Values) error {
	return func(_ context.Context, _ *Play, p *Phone, v Values) error {
		c := p.Last()
		if c == nil {
			return fmt.Errorf("%s has no call", p.Name)
		}
		if got, want := pick(c, v); got != want {
			return fmt.Errorf("%s shows %q", p.Name, got)
		}
		return nil
	}
}

func doesNotRing(ctx context.Context, _ *Play, p *Phone, v Values) error {
	d, err := v.Duration("for", 0)
	if err != nil {
		return err
	}
	before := len(p.Calls())
	watch, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	rung := func() bool { return len(p.Calls()) > before }
	if p.bell.until(watch, rung) == nil {
		return fmt.Errorf("it rang; %s", p.describe())
	}
	return ctx.Err()
}

// pressAsked presses the digit that the latest prompt of digits/ said, or another.
func pressAsked(wrong bool) func(context.Context, *Play, *Phone, Values) error {
	return func(ctx context.Context, play *Play, p *Phone, _ Values) error {
		play.mu.Lock()
		after := play.heard[p]
		play.mu.Unlock()
		digit := ""
		var at time.Time
		err := p.until(ctx, "be asked for a digit", func() bool {
			for _, h := range p.Heard() {
				// A digit that the line before was about counts too.
				if d, ok := h.Digit(); ok && !h.At.Before(after) {
					digit, at = d, h.At
				}
			}
			return digit != ""
		})
		if err != nil {
			return err
		}
		play.mu.Lock()
		play.heard[p] = at
		play.mu.Unlock()
		if wrong {
			digit = strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, digit)
		}
		return p.Press(ctx, digit)
	}
}

func isAnswered(ctx context.Context, _ *Play, p *Phone, _ Values) error {
	c := p.Last()
	if c == nil {
		return fmt.Errorf("%s has no call", p.Name)
	}
	return c.WaitState(ctx, Answered)
}

// refused waits for the end of a call that was never answered and compares.
func refused(pick func(End, Values) (got, want int)) func(context.Context, *Play, *Phone, Values) error {
	return func(ctx context.Context, _ *Play, p *Phone, v Values) error {
		c := p.Last()
		if c == nil {
			return fmt.Errorf("%s has no call", p.Name)
		}
		end, err := c.WaitEnded(ctx)
		if err != nil {
			return err
		}
		if !c.AnsweredAt().IsZero() {
			return fmt.Errorf("%s was answered before: %s", p.Name, end)
		}
		if got, want := pick(end, v); got != want || end.ByUs {
			return fmt.Errorf("%s was ended with %s", p.Name, end)
		}
		return nil
	}
}

func hungUp(ctx context.Context, _ *Play, p *Phone, _ Values) error {
	c := p.Last()
	if c == nil {
		return fmt.Errorf("%s has no call", p.Name)
	}
	return endedByFar(ctx, c)
}

func endedByFar(ctx context.Context, c *Call) error {
	end, err := c.WaitEnded(ctx)
	if err == nil && end.ByUs {
		err = fmt.Errorf("%s ended the call itself: %s", c.Phone.Name, end)
	}
	return err
}

func staysConnected(ctx context.Context, _ *Play, p *Phone, v Values) error {
	c, err := p.need("stay connected")
	if err != nil {
		return err
	}
	return remains(ctx, c, v)
}

// remains watches that a call does not end.
func remains(ctx context.Context, c *Call, v Values) error {
	d, err := v.Duration("for", 0)
	if err != nil {
		return err
	}
	watch, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	if end, err := c.WaitEnded(watch); err == nil {
		return fmt.Errorf("the call ended: %s", end)
	}
	return ctx.Err()
}

// eachNth makes a verb about one of the calls of {who}, counted by {nth} from the first
// the phone ever had.
func eachNth(do func(context.Context, *Call, Values) error) func(context.Context, *Play, Values) error {
	return each(func(ctx context.Context, _ *Play, p *Phone, v Values) error {
		nth := slices.Index([]string{"first", "second", "third", "fourth"}, v["nth"])
		if nth < 0 {
			return fmt.Errorf("count %q: want first to fourth", v["nth"])
		}
		calls := p.Calls()
		if nth >= len(calls) {
			return fmt.Errorf("no %s call; %s", v["nth"], p.describe())
		}
		return do(ctx, calls[nth], v)
	})
}
