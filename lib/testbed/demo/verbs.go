package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/bench/stopwatch"
)

// verbs are those of the testbed and the demonstration's own.
var verbs = newVerbs()

// onStage is what the demonstration's verbs need beside the play.
type onStage struct {
	sounds string    // the language's folder
	begun  time.Time // of the story under way
	times  *stopwatch.Delays
}

type stageKey struct{}

func stageOf(ctx context.Context) onStage {
	s, _ := ctx.Value(stageKey{}).(onStage)
	return s
}

func newVerbs() *testbed.Verbs {
	v := testbed.NewVerbs()
	for form, do := range map[string]func(context.Context, *testbed.Play, testbed.Values) error{
		`{who:phone} say(s) {words:text}`:                                      says,
		`{who:phone} begin(s) to say {words:text}`:                             beginsToSay,
		`{who:phone} chat(s) {words:text} [within {within:time}]`:              chats,
		`{who:phone} hear(s) what {speaker:phone} said [within {within:time}]`: hearsWhat,
		`{who:phone} has heard it to the end [within {within:time}]`:           heardToTheEnd,
		`{who:phone} play(s) a dial tone`:                                      playsDialTone,
		timesFrom + ` last key ` + timesTo:                                     tellsTimes(stopwatch.Read),
		timesFrom + ` call ` + timesTo:                                         tellsTimes(stopwatch.ReadFresh),
		`{who:phone} got none of {n:count} keys`:                               gotNone,
		`clearline counts at least {n:count} keys`:                             counts,
		`the two are joined [within {within:time}]`:                            joined,
		`the call ended with {cause:word}`:                                     endedWith,
	} {
		if err := v.Verb(form, do); err != nil {
			panic(err) // a mistake in this file
		}
	}
	return v
}

// phone finds the one phone a line is about.
func phone(p *testbed.Play, name string) (*testbed.Phone, error) {
	phones, err := p.Phones(name)
	if err != nil {
		return nil, err
	}
	return phones[0], nil
}

// utter begins to say words in a phone.
func utter(ctx context.Context, p *testbed.Play, v testbed.Values) (<-chan struct{}, error) {
	who, err := phone(p, v["who"])
	if err != nil {
		return nil, err
	}
	u := utterance{who: who.Name, words: v["words"]}
	return who.SayWAV(filepath.Join(stageOf(ctx).sounds, filepath.FromSlash(u.name())+".wav"))
}

func beginsToSay(ctx context.Context, p *testbed.Play, v testbed.Values) error {
	_, err := utter(ctx, p, v)
	return err
}

func says(ctx context.Context, p *testbed.Play, v testbed.Values) error {
	said, err := utter(ctx, p, v)
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

// chats says words now and then while the two are joined, until the call ends.
func chats(ctx context.Context, p *testbed.Play, v testbed.Values) error {
	const every = 15 * time.Second
	who, err := phone(p, v["who"])
	if err != nil {
		return err
	}
	call := who.Last()
	if call == nil {
		return fmt.Errorf("%s has no call", who.Name)
	}
	for last := (time.Time{}); call.State() != testbed.Ended; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if time.Since(last) > every && logged(p, stageOf(ctx).begun, "stage=guarded") > 0 {
			last = time.Now()
			if _, err := utter(ctx, p, v); err != nil {
				return err
			}
		}
		short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		_, err := call.WaitEnded(short)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
	return nil
}

// hearsWhat waits until one phone hears what another has said last.
func hearsWhat(ctx context.Context, p *testbed.Play, v testbed.Values) error {
	who, err := phone(p, v["who"])
	if err != nil {
		return err
	}
	sound := ""
	for _, m := range p.Bed.Timeline.Moments(stageOf(ctx).begun) {
		if path, ok := strings.CutPrefix(m.What, "says "); ok && m.Who == v["speaker"] && strings.HasSuffix(path, ".wav") {
			sound = "voices/" + strings.TrimSuffix(filepath.Base(path), ".wav")
		}
	}
	if sound == "" {
		return fmt.Errorf("%s has said nothing", v["speaker"])
	}
	_, err = p.Heard(ctx, who, sound)
	return err
}

// heardToTheEnd waits until the prompt that a phone hears is over. Speech pauses between
// sentences, so the length of the sound file tells, not silence.
func heardToTheEnd(ctx context.Context, p *testbed.Play, v testbed.Values) error {
	who, err := phone(p, v["who"])
	if err != nil {
		return err
	}
	heard := who.Heard()
	if len(heard) == 0 {
		return fmt.Errorf("%s hears nothing", who.Name)
	}
	last := heard[len(heard)-1]
	samples, err := testbed.ReadWAV(filepath.Join(stageOf(ctx).sounds, filepath.FromSlash(last.What)+".wav"))
	if err != nil {
		return err
	}
	over := last.At.Add(time.Duration(len(samples)) * time.Second / 8000)
	return until(ctx, "the end of "+last.What, func() bool { return time.Now().After(over) })
}

// gotNone checks that no key reached a phone, by any way keys are signalled.
func gotNone(_ context.Context, p *testbed.Play, v testbed.Values) error {
	who, err := phone(p, v["who"])
	if err != nil {
		return err
	}
	_, _, packets := who.Last().Packets()
	if keys := who.Keys(time.Time{}); keys != "" || packets > 0 || who.Infos() > 0 {
		return fmt.Errorf("%s got keys %q, %d packets with keys and %d INFO", who.Name, keys, packets, who.Infos())
	}
	p.Bed.Timeline.Add(who.Name, "got 0 of %s keys", v["n"])
	return nil
}

// counts waits until Clearline has been told of so many keys. On a machine that stutters
// the exchange takes one key for two, so there may be more.
func counts(ctx context.Context, p *testbed.Play, v testbed.Values) error {
	want, _ := strconv.Atoi(v["n"]) // the pattern lets digits only through
	count := func() int { return logged(p, stageOf(ctx).begun, "stage=guarded event=DTMF") }
	if err := until(ctx, "keys", func() bool { return count() >= want }); err != nil {
		return fmt.Errorf("clearline counted %d keys: %w", count(), err)
	}
	return nil
}

func joined(ctx context.Context, p *testbed.Play, _ testbed.Values) error {
	return until(ctx, "the two to be joined", func() bool { return logged(p, stageOf(ctx).begun, "msg=stage", "stage=guarded") > 0 })
}

// endedWith waits until Clearline has said of the latest call why it ended.
func endedWith(ctx context.Context, p *testbed.Play, v testbed.Values) error {
	cause := ""
	err := until(ctx, "the end of the call", func() bool {
		id := ""
		for _, m := range p.Bed.Timeline.Moments(stageOf(ctx).begun) {
			switch {
			case m.Who != "clearline":
			case strings.Contains(m.What, `msg="caller judged"`): // one who is blocked never arrives
				id, cause = "", ""
			case strings.Contains(m.What, `msg="call arrived"`):
				id, cause = field(m.What, "call"), ""
			case strings.Contains(m.What, `msg="call ended"`) && (id == "" || field(m.What, "call") == id):
				cause = field(m.What, "cause")
			}
		}
		return cause != ""
	})
	if err == nil && cause != v["cause"] {
		err = fmt.Errorf("clearline says that it ended with %s", cause)
	}
	return err
}

// logged counts the lines of Clearline's log since a time that have all of these parts.
func logged(p *testbed.Play, since time.Time, parts ...string) int {
	n := 0
lines:
	for _, m := range p.Bed.Timeline.Moments(since) {
		if m.Who != "clearline" {
			continue
		}
		for _, part := range parts {
			if !strings.Contains(m.What, part) {
				continue lines
			}
		}
		n++
	}
	return n
}

// field is the value of a key in a line of Clearline's log; values here have no spaces.
func field(line, key string) string {
	for _, word := range strings.Fields(line) {
		if value, ok := strings.CutPrefix(word, key+"="); ok {
			return value
		}
	}
	return ""
}

// until asks every few milliseconds whether something has come true.
func until(ctx context.Context, what string, holds func() bool) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		}
	}
	return nil
}
