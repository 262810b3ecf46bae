package testbed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// silenceVerbs prove what did not reach a phone: audio behind the end, prompts and keys
// before an answer, a voice that is somebody else's.
var silenceVerbs = []builtin{
	{`{who:phone} get(s) no audio after the BYE`, each(func(ctx context.Context, _ *Play, p *Phone, _ Values) error {
		c := p.latest(func(c *Call) bool { return !c.dismissed.IsZero() || c.state != Ended })
		if c == nil {
			return fmt.Errorf("it was not hung up; %s", p.describe())
		}
		return noAudioAfterBye(ctx, c, nil)
	})},
	{`{who:phone}'s {nth:word} call get(s) no audio after the BYE`, eachNth(noAudioAfterBye)},
	{`{who:phone} get(s) no audio after {other:phone} rang`, each(func(ctx context.Context, play *Play, p *Phone, v Values) error {
		ring, err := play.rung(v["other"])
		if err != nil {
			return err
		}
		c := p.latest(func(c *Call) bool { return c.mouth != nil && c.started.Before(ring.Started()) })
		if c == nil {
			return fmt.Errorf("it had no call then; %s", p.describe())
		}
		return c.noAudioAfter(ctx, v["other"]+" rang", ring.Started())
	})},
	{`{who:phone} got key(s) {keys:text} [within {within:time}]`, each(func(ctx context.Context, _ *Play, p *Phone, v Values) error {
		c := p.Last()
		if c == nil {
			return fmt.Errorf("%s has no call", p.Name)
		}
		err := p.bell.until(ctx, func() bool { return len(c.keys()) >= len(v["keys"]) })
		if got := c.keys(); got != v["keys"] {
			return errors.Join(fmt.Errorf("%s got keys %q", p.Name, got), err)
		}
		return nil
	})},
	{`{who:phone} got no key before it answered`, each(func(ctx context.Context, _ *Play, p *Phone, _ Values) error {
		c, err := p.answeredCall()
		if err != nil {
			return err
		}
		if err := c.socket.catchUp(ctx); err != nil {
			return err
		}
		if at := stamped(&c.firstKey); !at.IsZero() && at.Before(c.AnsweredAt()) {
			return fmt.Errorf("%s got a key %s before it answered", p.Name, c.AnsweredAt().Sub(at))
		}
		return nil
	})},
	{`{who:phone} hear(s) nothing until it is answered [within {within:time}]`, each(func(ctx context.Context, _ *Play, p *Phone, _ Values) error {
		return p.hearsNothingUntil(ctx, nil)
	})},
	{`{who:phone} hear(s) nothing until {other:phone} answer(s) [within {within:time}]`, each(func(ctx context.Context, play *Play, p *Phone, v Values) error {
		ring, err := play.rung(v["other"])
		if err != nil {
			return err
		}
		return p.hearsNothingUntil(ctx, ring)
	})},
	{`{who:phone} hear(s) no prompt [for {for:time}]`, each(hearsNoPrompt)},
	{`{who:phone} got no sound while {other:phone} heard {what:what} [within {within:time}]`, each(gotNoSoundWhile)},
	{`only {who:phone} hear(s) {speaker:phone} [within {within:time}]`, onlyHears},
	{`nobody hears {speaker:phone} for {for:time}`, nobodyHears},
}

// quietTime is how long a phone listens for audio that should not come.
const quietTime = 500 * time.Millisecond

func noAudioAfterBye(ctx context.Context, c *Call, _ Values) error {
	if err := c.Phone.until(ctx, "be hung up", func() bool { return !c.DismissedAt().IsZero() }); err != nil {
		return err
	}
	return c.noAudioAfter(ctx, "the BYE", c.DismissedAt())
}

// noAudioAfter listens for a while after a time and fails when an RTP packet of the call
// arrived later than that. One that was on its way has an earlier stamp.
func (c *Call) noAudioAfter(ctx context.Context, what string, since time.Time) error {
	if c.mouth == nil {
		return fmt.Errorf("%s's call had no audio at all", c.Phone.Name)
	}
	if err := pass(ctx, time.Until(since.Add(quietTime))); err != nil {
		return err
	}
	if err := c.socket.catchUp(ctx); err != nil {
		return err
	}
	if closed := stamped(&c.deafSince); !closed.IsZero() && closed.Before(since.Add(quietTime)) {
		return fmt.Errorf("%s stopped listening %s after %s", c.Phone.Name, closed.Sub(since), what)
	}
	if last := c.LastPacketAt(); last.After(since) {
		return fmt.Errorf("%s got audio until %s after %s", c.Phone.Name, last.Sub(since), what)
	}
	return nil
}

// keys are the keys heard on this call.
func (c *Call) keys() string {
	var keys strings.Builder
	for _, h := range c.Phone.Heard() {
		if key, ok := strings.CutPrefix(h.What, "key "); ok && h.on == c {
			keys.WriteString(key)
		}
	}
	return keys.String()
}

// answeredCall returns the latest call that was answered.
func (p *Phone) answeredCall() (*Call, error) {
	if c := p.latest(func(c *Call) bool { return !c.answered.IsZero() }); c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("no call was answered; %s", p.describe())
}

// hearsNothingUntil waits until the phone's latest call is answered and fails when there
// was sound in its RTP before. The answer must be that of the far call, where one is
// given: a 200 that came before it was somebody else's.
func (p *Phone) hearsNothingUntil(ctx context.Context, far *Call) error {
	c := p.Last()
	if c == nil || !c.Outgoing {
		return fmt.Errorf("it rings nobody; %s", p.describe())
	}
	if err := c.WaitState(ctx, Answered); err != nil {
		return err
	}
	answered := c.AnsweredAt()
	if far != nil {
		if err := far.WaitState(ctx, Answered); err != nil {
			return fmt.Errorf("%s is answered, but not by %s: %w", p.Name, far.Phone.Name, err)
		}
		if early := far.AnsweredAt().Sub(answered); early > 0 {
			return fmt.Errorf("%s was answered %s before %s did", p.Name, early, far.Phone.Name)
		}
	}
	if err := c.socket.catchUp(ctx); err != nil {
		return err
	}
	if at := stamped(&c.firstSound); !at.IsZero() && at.Before(answered) {
		return fmt.Errorf("%s got sound %s before the answer; %s", p.Name, answered.Sub(at), p.describe())
	}
	return nil
}

// hearsNoPrompt listens for a while to the latest call: no prompt may have been heard on
// it, nor any sound before its answer.
func hearsNoPrompt(ctx context.Context, _ *Play, p *Phone, v Values) error {
	c := p.Last()
	if c == nil {
		return fmt.Errorf("%s has no call", p.Name)
	}
	d, err := v.Duration("for", 0)
	if err != nil {
		return err
	}
	// What an ear recognises is known a moment behind the packet.
	if err := pass(ctx, max(d, blocksToHear*blockSize*time.Second/sampleRate)); err != nil {
		return err
	}
	if c.socket == nil {
		return nil // it refused the call at once
	}
	if err := c.socket.catchUp(ctx); err != nil {
		return err
	}
	for _, h := range p.Heard() {
		if h.on == c && h.isPrompt() {
			return fmt.Errorf("%s heard %s", p.Name, h)
		}
	}
	sound, answered := stamped(&c.firstSound), c.AnsweredAt()
	if !sound.IsZero() && (answered.IsZero() || sound.Before(answered)) {
		return fmt.Errorf("%s got sound before its call was answered; %s", p.Name, p.describe())
	}
	return nil
}

// gotNoSoundWhile waits for the end of what another phone heard last of that name, and
// compares packets: as long as it lasted, audio came to {who}, and there was nothing in it.
func gotNoSoundWhile(ctx context.Context, play *Play, p *Phone, v Values) error {
	c := p.Last()
	other := play.Bed.Phone(v["other"])
	if c == nil || c.socket == nil || other == nil {
		return fmt.Errorf("%s and %q have no call", p.Name, v["other"])
	}
	heard, err := other.heardOut(ctx, v["what"])
	if err != nil {
		return err
	}
	if err := c.socket.catchUp(ctx); err != nil {
		return err
	}
	if c.sounds.within(heard.At, heard.Until) {
		return fmt.Errorf("%s got sound; %s", p.Name, p.describe())
	}
	if last := c.LastPacketAt(); last.Before(heard.Until) {
		return fmt.Errorf("%s got no audio at all for the last %s of it", p.Name, heard.Until.Sub(last))
	}
	return nil
}

// heardOut returns what a phone heard last of some name, once it is over.
func (p *Phone) heardOut(ctx context.Context, what string) (Heard, error) {
	for {
		found := p.HeardSince(time.Time{}, what)
		if len(found) == 0 {
			return Heard{}, fmt.Errorf("%s has not heard %s; %s", p.Name, what, p.describe())
		}
		if last := found[len(found)-1]; time.Since(last.Until) > quietTime {
			return last, nil
		}
		if err := pass(ctx, frameTime); err != nil {
			return Heard{}, err
		}
	}
}

// isPrompt says whether what was heard is a prompt, and no tone, key, ringing or noise.
func (h Heard) isPrompt() bool {
	return h.What != "ringing" && h.What != "a sound" && !strings.HasPrefix(h.What, "tone ") && !strings.HasPrefix(h.What, "key ")
}

// onlyHears lets one phone speak. {who} must hear it, and as long again nobody else.
func onlyHears(ctx context.Context, p *Play, v Values) error {
	listeners, err := p.Phones(v["who"])
	if err != nil {
		return err
	}
	return p.speak(v["speaker"], func(tone string, begun time.Time) error {
		err := p.Each(v["who"], func(_ int, phone *Phone) error {
			_, err := p.Heard(ctx, phone, tone)
			return err
		})
		if err != nil {
			return err
		}
		if err := pass(ctx, quietTime); err != nil {
			return err
		}
		return p.Bed.heardBy(tone, begun, listeners)
	})
}

// nobodyHears lets one phone speak for a while; nobody at all may hear it.
func nobodyHears(ctx context.Context, p *Play, v Values) error {
	d, err := v.Duration("for", 0)
	if err != nil {
		return err
	}
	return p.speak(v["speaker"], func(tone string, begun time.Time) error {
		if err := pass(ctx, d); err != nil {
			return err
		}
		return p.Bed.heardBy(tone, begun, nil)
	})
}

// speak lets a phone say a tone of its own, which check is about.
func (p *Play) speak(name string, check func(tone string, begun time.Time) error) error {
	speaker := p.Bed.Phone(name)
	if speaker == nil {
		return fmt.Errorf("find phone %q: no earlier line introduces it", name)
	}
	hz, begun := p.freshTone(), time.Now()
	if _, err := speaker.SayTone(hz, 0); err != nil {
		return err
	}
	defer speaker.Quiet()
	return check(toneName(hz), begun)
}

// heardBy fails when a phone has heard something since a time, unless it is one of those
// who may.
func (b *Bed) heardBy(what string, since time.Time, may []*Phone) error {
	var errs []error
	for _, phone := range b.openPhones() {
		if !slices.Contains(may, phone) && len(phone.HeardSince(since, what)) > 0 {
			errs = append(errs, fmt.Errorf("%s hears it too; %s", phone.Name, phone.describe()))
		}
	}
	return errors.Join(errs...)
}
