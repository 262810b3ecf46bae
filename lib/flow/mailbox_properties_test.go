package flow_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// anySessionEvent draws what may come to a session: late, repeated, and about other legs.
func anySessionEvent(t *rapid.T, stageN int, past []flow.Effect) flow.Event {
	leg := rapid.SampledFrom([]call.LegID{resident, resident, resident, stranger}).Draw(t, "leg")
	switch rapid.IntRange(0, 13).Draw(t, "event") {
	case 0, 1, 2:
		return flow.DTMF{Leg: leg, Key: rapid.SampledFrom([]rune("0123456789*#7775553391")).Draw(t, "key")}
	case 3, 4, 5:
		for i := len(past) - 1; i >= 0; i-- {
			if play, ok := past[i].(flow.Play); ok {
				return flow.PlaybackDone{Leg: play.Leg, Playback: play.Playback, Failed: rapid.IntRange(0, 5).Draw(t, "failed") == 0}
			}
		}
		return flow.Began{}
	case 6, 7:
		return flow.TimerFired{Timer: flow.StageTimer, N: stageN - rapid.IntRange(0, 1).Draw(t, "late")}
	case 8:
		return flow.TimerFired{Timer: flow.KeyTimer, N: rapid.IntRange(0, 6).Draw(t, "n")}
	case 9:
		if len(past) > 0 {
			return flow.EffectFailed{Effect: rapid.SampledFrom(past).Draw(t, "failed effect")}
		}
		return flow.Began{}
	case 10:
		return flow.Resumed{}
	case 11, 12:
		if done := anyAnswer(t, past); done != nil {
			return done
		}
	}
	return rapid.SampledFrom([]flow.Event{
		flow.Began{}, flow.LegGone{Leg: leg}, flow.LegTaken{Leg: leg}, flow.WentOn{Leg: leg}, flow.LineClaimed{}, flow.Stopped{},
	}).Draw(t, "rare")
}

// anyAnswer draws what may come of the latest recording, or of keeping it; nil without any.
func anyAnswer(t *rapid.T, past []flow.Effect) flow.Event {
	for i := len(past) - 1; i >= 0; i-- {
		switch e := past[i].(type) {
		case flow.Record:
			return flow.RecordingDone{
				Leg: e.Leg, Recording: e.Recording, Failed: rapid.IntRange(0, 9).Draw(t, "unrecorded") == 0,
				Length: time.Duration(rapid.IntRange(0, 9).Draw(t, "length")) * time.Second, Bytes: int64(rapid.IntRange(0, 3).Draw(t, "bytes")) * 16000,
			}
		case flow.KeepPrompt:
			outcome := rapid.SampledFrom([]flow.PromptOutcome{flow.PromptSaid, flow.PromptTooLong, flow.PromptFailed}).Draw(t, "outcome")
			return flow.PromptKept{Recording: e.Recording, Outcome: outcome}
		}
	}
	return nil
}

// eavesdropper knows what must hold in every session.
type eavesdropper struct {
	t     fataler
	gone  bool
	over  int
	timer bool
}

func (o *eavesdropper) before(ev flow.Event, stageN int) {
	switch ev := ev.(type) {
	case flow.LegGone:
		o.gone = o.gone || ev.Leg == resident
	case flow.LegTaken:
		o.gone = o.gone || ev.Leg == resident
	case flow.TimerFired:
		o.timer = o.timer && (ev.Timer != flow.StageTimer || ev.N != stageN)
	}
}

func (o *eavesdropper) after(ev flow.Event, stage flow.Stage, effects []flow.Effect) {
	for _, e := range effects {
		if o.over > 0 {
			o.t.Fatalf("%#v follows the end", e)
		}
		switch e := e.(type) {
		case flow.Play, flow.HangUp, flow.Answer, flow.Louder, flow.Redial, flow.CallBack, flow.Deadman:
			if o.gone {
				o.t.Fatalf("%#v is asked of a leg that is gone", e)
			}
		case flow.NoteMessage:
			if key, pressed := ev.(flow.DTMF); e.Became == call.Deleted && (!pressed || key.Key != '7') {
				o.t.Fatalf("%#v deletes a message", ev)
			}
		case flow.TrustCaller:
			if key, pressed := ev.(flow.DTMF); !pressed || key.Key != '5' {
				o.t.Fatalf("%#v trusts the caller", ev)
			}
		case flow.SetTimer:
			o.timer = o.timer || e.Timer == flow.StageTimer
		case flow.CancelTimer:
			o.timer = o.timer && e.Timer != flow.StageTimer
		case flow.Dismissed:
			o.over++
		}
	}
	if (stage == flow.Over) != (o.over == 1) {
		o.t.Fatalf("it stands in %s, and has ended %d times", stage, o.over)
	}
	if stage != flow.Beginning && stage != flow.Over && !o.timer {
		o.t.Fatalf("after %#v it waits in %s without a bound", ev, stage)
	}
}

// anySessionRules draws how loud and how long a resident needs things.
func anySessionRules(t *rapid.T) flow.SessionRules {
	r := sessionRules
	r.Patience, r.Gain = rapid.IntRange(0, 3).Draw(t, "patience"), rapid.IntRange(0, 2).Draw(t, "gain")
	return r
}

// walkSession takes a session through the keys that open it and random events, and then leaves
// it alone. also sees every event with what follows.
func walkSession[F machine[F]](t *rapid.T, f F, stageN func(F) int, keys string, also ...func(flow.Event, []flow.Effect)) {
	o := &eavesdropper{t: t}
	var past []flow.Effect
	do := func(ev flow.Event) {
		o.before(ev, stageN(f))
		var effects []flow.Effect
		f, effects = step(t, f, ev)
		past = append(past, effects...)
		o.after(ev, stageOf(f), effects)
		for _, see := range also {
			see(ev, effects)
		}
	}
	do(flow.Began{})
	for _, key := range keys {
		do(flow.DTMF{Leg: resident, Key: key})
	}
	for range rapid.IntRange(0, 40).Draw(t, "events") {
		do(anySessionEvent(t, stageN(f), past))
	}
	for range 60 { // a number that was begun is given up, silence does the rest
		if f.Ended() {
			return
		}
		do(flow.TimerFired{Timer: flow.KeyTimer, N: keysOf(&f).TimerN})
		do(flow.TimerFired{Timer: flow.StageTimer, N: stageN(f)})
	}
	t.Fatalf("timers alone do not end it: it stands in %s", stageOf(f))
}

func TestAMailboxHoldsWhateverComes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		some := letters[:rapid.IntRange(0, len(letters)).Draw(t, "letters")]
		walkSession(t, flow.BeginMailbox(box, ownLine, resident, plan, anySessionRules(t), "count/some", some), func(m flow.Mailbox) int { return m.TimerN }, "")
	})
}

func TestAHandsetCodeHoldsWhateverComes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := lastCaller
		h.Order = rapid.SampledFrom([]flow.HandsetOrder{flow.OrderBlock, flow.OrderTrust, flow.OrderPause, flow.OrderResume}).Draw(t, "order")
		walkSession(t, flow.BeginHandset(box, ownLine, resident, plan, anySessionRules(t), h), func(h flow.Handset) int { return h.TimerN }, "")
	})
}
