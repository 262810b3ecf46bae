package flow_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"clearline/lib/flow"
)

// welshFor is an effect as a line in Welsh wants it.
func welshFor(e flow.Effect) flow.Effect {
	switch e := e.(type) {
	case flow.Play:
		e.Language = "cy_GB"
		return e
	case flow.Whisper:
		e.Language = "cy_GB"
		return e
	case flow.KeepPrompt:
		e.Language = "cy_GB"
		return e
	}
	return e
}

// twins are the same flow on a line in English, and on one in Welsh.
type twins[F machine[F]] struct {
	english, welsh F
	past           []flow.Effect // of the English one
}

// step tells both what happens, and insists that they differ in the language alone.
func (w *twins[F]) step(t fataler, ev flow.Event) {
	t.Helper()
	translated := ev
	if failed, ok := ev.(flow.EffectFailed); ok {
		translated = flow.EffectFailed{Effect: welshFor(failed.Effect)}
	}
	var said, got []flow.Effect
	w.english, said = w.english.Step(ev)
	w.welsh, got = w.welsh.Step(translated)
	w.past = append(w.past, said...)
	want := make([]flow.Effect, len(said))
	for i, e := range said {
		want[i] = welshFor(e)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("after %#v English and Welsh differ in more than the language:\n%#v\n%#v", ev, said, got)
	}
}

func TestWhatHappensIsTheSameInEveryLanguage(t *testing.T) {
	t.Parallel()
	spoken := 0
	rapid.Check(t, func(t *rapid.T) {
		r := rules
		anyHearing(t, &r)
		r.Messages = rapid.Bool().Draw(t, "messages")
		call := twins[flow.Screening]{english: begin(r), welsh: begin(r)}
		call.english.Terms = anyTerms(t)
		call.welsh.Terms = call.english.Terms
		call.welsh.Line.Language = "cy_GB"
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			call.step(t, anyEvent(t, call.english, call.past))
		}

		welsh := ownLine
		welsh.Language = "cy_GB"
		box := twins[flow.Mailbox]{
			english: flow.BeginMailbox(box, ownLine, resident, plan, sessionRules, "count/some", letters),
			welsh:   flow.BeginMailbox(box, welsh, resident, plan, sessionRules, "count/some", letters),
		}
		box.step(t, flow.Began{})
		for range rapid.IntRange(0, 20).Draw(t, "events in the mailbox") {
			box.step(t, anySessionEvent(t, box.english.TimerN, box.past))
		}
		studio := twins[flow.Studio]{english: beginStudio("", false, false), welsh: beginStudio("", false, false)}
		studio.welsh.Line.Language = "cy_GB"
		studio.step(t, flow.Began{})
		for _, key := range string(studioPIN) + "#" {
			studio.step(t, flow.DTMF{Leg: resident, Key: key})
		}
		for range rapid.IntRange(0, 20).Draw(t, "events in the studio") {
			studio.step(t, anySessionEvent(t, studio.english.TimerN, studio.past))
		}
		for _, e := range slices.Concat(call.past, box.past, studio.past) {
			if _, plays := e.(flow.Play); plays {
				spoken++
			}
		}
	})
	if spoken == 0 {
		t.Error("nothing was said in any language: the test proves nothing")
	}
}
