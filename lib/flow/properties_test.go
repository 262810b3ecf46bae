package flow_test

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// anyEvent draws an event that may or may not fit the state: late, repeated,
// about other legs, or just what the flow waits for.
func anyEvent(t *rapid.T, s flow.Screening, past []flow.Effect) flow.Event {
	legs := []call.LegID{caller, caller, stranger}
	if _, rung := last[flow.RingResident](past); rung { // nothing can happen to a leg before it exists
		legs = append(legs, first, second, first)
	}
	leg := rapid.SampledFrom(legs).Draw(t, "leg")
	if rapid.IntRange(0, 2).Draw(t, "fitting") > 0 {
		if ev := fitting(t, s); ev != nil {
			return ev
		}
	}
	switch rapid.IntRange(0, 20).Draw(t, "event") {
	case 20:
		return flow.TimerFired{Timer: flow.AdviceTimer, N: rapid.IntRange(0, s.Reminded+1).Draw(t, "n")}
	case 18:
		return flow.TimerFired{Timer: flow.PauseTimer, N: rapid.IntRange(0, s.Pressed.TimerN+1).Draw(t, "n")}
	case 19:
		return flow.TimerFired{Timer: flow.WarnTimer, N: rapid.IntRange(0, s.Notes.PINWarnings+1).Draw(t, "n")}
	case 17:
		return anyDecision(t)
	case 0:
		return flow.Began{Admission: rapid.SampledFrom([]flow.Admission{
			flow.Admitted, flow.Admitted, flow.Unchallenged, flow.RefusedBlocked, flow.RefusedCrowded,
			flow.RefusedNoLine, flow.RefusedBusy, flow.TurnedAway, flow.AskedWord, flow.TakesMessage,
		}).Draw(t, "admission")}
	case 1:
		return flow.LegAnswered{Leg: leg}
	case 2:
		return flow.LegGone{Leg: leg, Q850: rapid.SampledFrom([]int{0, 16, 17, 21}).Draw(t, "q850")}
	case 3:
		return flow.LegJoined{Leg: leg, Bridge: bridge}
	case 4:
		return flow.LegLeft{Leg: leg, Bridge: bridge}
	case 5:
		return flow.BridgeUnguarded{Bridge: bridge}
	case 6, 7:
		return flow.DTMF{Leg: leg, Key: rapid.SampledFrom([]rune("55577*0123456789#")).Draw(t, "key")}
	case 8:
		return flow.PlaybackDone{Leg: leg, Playback: callID.Playback(rapid.IntRange(0, s.LastID+1).Draw(t, "playback"))}
	case 9:
		return flow.RecordingDone{
			Leg: caller, Recording: callID.Recording(rapid.IntRange(0, s.LastID+1).Draw(t, "recording")),
			Length: 2 * time.Second, Bytes: int64(rapid.IntRange(0, 1).Draw(t, "bytes")),
		}
	case 10:
		return flow.SpeechStarted{Leg: leg}
	case 11:
		return flow.TimerFired{Timer: flow.StageTimer, N: rapid.IntRange(0, s.TimerN+1).Draw(t, "n")}
	case 12:
		return flow.TimerFired{Timer: flow.RenewTimer}
	case 13, 14:
		return flow.TimerFired{Timer: flow.KeyTimer, N: rapid.IntRange(0, s.Keys.TimerN+1).Draw(t, "n")}
	}
	if rapid.IntRange(0, 3).Draw(t, "resumed") == 3 {
		return flow.Resumed{}
	}
	if rapid.IntRange(0, 7).Draw(t, "claimed") == 5 {
		return flow.LineClaimed{}
	}
	if rapid.IntRange(0, 7).Draw(t, "transcribed") == 5 {
		topic := rapid.SampledFrom([]call.Topic{call.NoTopic, call.Payment, "parrots"}).Draw(t, "topic")
		return flow.Transcribed{Recording: callID.Recording(rapid.IntRange(0, s.LastID+1).Draw(t, "of")), Text: "vouchers", Topic: topic}
	}
	if rapid.IntRange(0, 7).Draw(t, "locked") == 5 {
		return flow.SecretLocked{Secret: rapid.SampledFrom([]flow.Secret{flow.BypassCode, flow.FamilyWord}).Draw(t, "secret")}
	}
	if rapid.IntRange(0, 3).Draw(t, "taken") == 0 {
		return flow.LegTaken{Leg: leg}
	}
	if len(past) == 0 {
		return flow.SpeechEnded{Leg: leg}
	}
	return flow.EffectFailed{Effect: rapid.SampledFrom(past).Draw(t, "failed")}
}

// anyDecision draws what a warden may decide.
func anyDecision(t *rapid.T) flow.Event {
	return flow.Decided{
		By:     rapid.SampledFrom([]string{"night-desk", "day-desk"}).Draw(t, "warden"),
		Choice: rapid.SampledFrom([]call.Choice{call.Accept, call.Accept, call.Refuse, call.Block}).Draw(t, "choice"),
	}
}

// anyApprover draws whose yes counts.
func anyApprover(t *rapid.T) call.Approver {
	return rapid.SampledFrom([]call.Approver{"", call.ApproverResident, call.ApproverWarden, call.ApproverEither}).Draw(t, "approver")
}

// anyHearing draws who is asked, and how.
func anyHearing(t *rapid.T, r *flow.Rules) {
	r.Approver = anyApprover(t)
	r.Referred = r.Approver == call.ApproverWarden && rapid.Bool().Draw(t, "referred")
	r.Gain = rapid.IntRange(0, 2).Draw(t, "gain")
}

// fitting draws an event that brings the flow on, so that random walks get deep.
func fitting(t *rapid.T, s flow.Screening) flow.Event {
	switch s.Stage {
	case flow.Beginning:
		return flow.Began{Admission: rapid.SampledFrom([]flow.Admission{
			flow.Admitted, flow.Unchallenged, flow.AskedWord, flow.TakesMessage,
		}).Draw(t, "admitted")}
	case flow.Greeting:
		return flow.DTMF{Leg: caller, Key: rapid.SampledFrom([]rune{s.Digits[min(s.Try, 1)], '*'}).Draw(t, "answer")}
	case flow.Coding:
		return flow.DTMF{Leg: caller, Key: nextKey(t, s.Keyed, s.Terms.Code)}
	case flow.Word:
		if s.Terms.Word != "" {
			return flow.DTMF{Leg: caller, Key: nextKey(t, s.Keyed, s.Terms.Word)}
		}
		return fittingTape(s)
	case flow.Message:
		if rapid.IntRange(0, 3).Draw(t, "star") == 0 {
			return flow.DTMF{Leg: caller, Key: '*'}
		}
		return fittingTape(s)
	case flow.Purpose:
		return fittingTape(s)
	case flow.Seizing:
		return flow.LineSeized{}
	case flow.Referring:
		return anyDecision(t)
	case flow.Ringing:
		return flow.LegAnswered{Leg: rapid.SampledFrom([]call.LegID{first, second}).Draw(t, "answers")}
	case flow.Asking:
		if rapid.IntRange(0, 9).Draw(t, "a warden decides") == 0 {
			return anyDecision(t)
		}
		return flow.DTMF{Leg: s.Resident, Key: rapid.SampledFrom([]rune("57*5159")).Draw(t, "decision")}
	case flow.Joining:
		if s.Bridging {
			return flow.LegJoined{Leg: rapid.SampledFrom([]call.LegID{caller, s.Resident}).Draw(t, "joins"), Bridge: bridge}
		}
		return flow.PlaybackDone{Leg: s.Resident, Playback: s.Saying[1]}
	case flow.Guarded:
		if s.Whispering != "" && rapid.Bool().Draw(t, "it is heard") {
			return flow.PlaybackDone{Leg: s.Resident, Playback: s.Whispering}
		}
		return flow.DTMF{Leg: s.Resident, Key: rapid.SampledFrom([]rune("5192267**")).Draw(t, "key")}
	}
	return nil
}

// nextKey is the key that goes on with what was keyed, towards want or to a miss.
func nextKey(t *rapid.T, keyed, want flow.Code) rune {
	if n := len(string(keyed)); n < len(string(want)) && rapid.IntRange(0, 9).Draw(t, "slip") > 0 {
		return rune(want[n])
	}
	return '#'
}

// fittingTape is what comes next on the way to a recording.
func fittingTape(s flow.Screening) flow.Event {
	switch {
	case !s.Taping:
		return flow.PlaybackDone{Leg: caller, Playback: s.Saying[0]}
	case !s.Spoke:
		return flow.SpeechStarted{Leg: caller}
	}
	return flow.RecordingDone{Leg: caller, Recording: s.Recording, Length: 3 * time.Second, Bytes: 9}
}

// anyTerms draws what the caller may know.
func anyTerms(t *rapid.T) flow.Terms {
	drawn := terms
	if rapid.IntRange(0, 3).Draw(t, "no code") == 0 {
		drawn.Code = ""
	}
	if rapid.Bool().Draw(t, "spoken") {
		drawn.Word = ""
	}
	drawn.CodeLocked = rapid.IntRange(0, 3).Draw(t, "code locked") == 0
	drawn.WordLocked = rapid.IntRange(0, 3).Draw(t, "word locked") == 0
	return drawn
}

func TestWhatMustAlwaysHoldOverRandomEventSequences(t *testing.T) {
	t.Parallel()
	depth := map[flow.Stage]int{}
	rapid.Check(t, func(t *rapid.T) {
		random := rules
		random.HumanCheck = rapid.Bool().Draw(t, "human check")
		anyHearing(t, &random)
		s, w := begin(random), newWitness(t)
		s.Terms = anyTerms(t)
		var past []flow.Effect
		do := func(ev flow.Event) {
			w.before(ev, s)
			var effects []flow.Effect
			s, effects = step(t, s, ev)
			past = append(past, effects...)
			depth[s.Stage]++
			if s.Stage == flow.Asking {
				depth[flow.Stage("ground "+s.Ground)]++
			}
			if _, dials := last[flow.Redial](effects); dials {
				depth["dialling"]++
			}
			if s.Stage == flow.Guarded {
				depth[flow.Stage("guarded by "+s.Decision.By)]++
			}
			if s.Whispering != "" {
				depth[flow.Stage("whispered "+s.Whispered.Items()[0].Prompt)]++
			}
			if s.Ended() {
				depth[flow.Stage("ended with "+s.Cause)]++
			}
			w.after(ev, s, effects)
		}
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			do(anyEvent(t, s, past))
		}
		if rapid.Bool().Draw(t, "stopped by the operator") {
			do(flow.Stopped{})
		} else {
			for _, leg := range []call.LegID{caller, first, second} {
				do(flow.LegGone{Leg: leg})
			}
		}
		if !s.Ended() {
			t.Fatalf("no leg is left, but the flow waits in %s", s.Stage)
		}
		w.settled()
	})
	if testing.Short() {
		return // too few walks to reach everything
	}
	for _, stage := range []flow.Stage{
		flow.Greeting, flow.Coding, flow.Word, flow.Message, flow.Purpose, flow.Referring, flow.Asking, flow.Joining, flow.Guarded, flow.Closing, flow.Over, "dialling",
		"ground code", "ground word", "ground spoken-word", "ground not-asked", "ground ",
		"guarded by resident", "guarded by night-desk", "ended with ended-blocked", "whispered guard/pin-warning", "whispered guard/reminder",
	} {
		if depth[stage] == 0 {
			t.Errorf("no random walk reached %s: the test proves nothing about it", stage)
		}
	}
}

func TestSilenceAlwaysEndsAFlowThatIsNotGuarded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, w := begin(rules), newWitness(t)
		s.Terms = anyTerms(t)
		anyHearing(t, &s.Rules)
		s.Rules.Messages = rapid.Bool().Draw(t, "messages")
		var past []flow.Effect
		do := func(ev flow.Event) {
			w.before(ev, s)
			var effects []flow.Effect
			s, effects = step(t, s, ev)
			past = append(past, effects...)
			w.after(ev, s, effects)
		}
		do(flow.Began{Admission: rapid.SampledFrom([]flow.Admission{flow.Admitted, flow.AskedWord, flow.TakesMessage}).Draw(t, "admission")})
		for range rapid.IntRange(0, 20).Draw(t, "events") {
			do(anyEvent(t, s, past))
		}
		for range 20 {
			if s.Ended() || s.Stage == flow.Guarded {
				return
			}
			do(flow.TimerFired{Timer: flow.KeyTimer, N: s.Keys.TimerN})
			if s.Ended() {
				return
			}
			do(flow.TimerFired{Timer: flow.StageTimer, N: s.TimerN})
		}
		t.Fatalf("timers alone do not end a flow in %s", s.Stage)
	})
}

// FuzzScreening reads bytes as events: whatever they spell, what must always
// hold holds.
func FuzzScreening(f *testing.F) {
	f.Add([]byte{0, 4, 9, 2})
	f.Add(bytes.Repeat([]byte("*31416#"), 64))
	f.Add(bytes.Repeat([]byte{1, 0, 0, 0, 3, 0, 0, 0}, 64))
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		s, w := begin(rules), newWitness(t)
		s.Terms = anyTerms(t)
		anyHearing(t, &s.Rules)
		s.Rules.Messages = rapid.Bool().Draw(t, "messages")
		var past []flow.Effect
		for range rapid.IntRange(1, 80).Draw(t, "events") {
			ev := anyEvent(t, s, past)
			w.before(ev, s)
			var effects []flow.Effect
			s, effects = step(t, s, ev)
			past = append(past, effects...)
			w.after(ev, s, effects)
		}
	}))
}
