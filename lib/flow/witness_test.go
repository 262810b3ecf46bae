package flow_test

import (
	"clearline/lib/call"
	"clearline/lib/flow"
)

// witness watches a flow from outside, by its events and effects alone, and
// knows what must always hold.
type witness struct {
	t        fataler
	gone     map[call.LegID]bool
	hungUp   map[call.LegID]bool
	rung     map[call.LegID]bool
	keypads  map[call.LegID]*keypad
	dials    map[call.LegID]int // times a leg was sent to dial
	used     map[string]bool    // playback and recording ids
	bridges  int
	unbridge int
	ended    int
	timer    bool // StageTimer is set
	approver call.Approver
	accepted bool            // by a warden, in time
	whisper  call.PlaybackID // that was not stopped yet
	secrets  secrets
}

func newWitness(t fataler) *witness {
	return &witness{
		t: t, gone: map[call.LegID]bool{}, hungUp: map[call.LegID]bool{}, rung: map[call.LegID]bool{},
		keypads: map[call.LegID]*keypad{}, dials: map[call.LegID]int{}, used: map[string]bool{},
	}
}

func (w *witness) before(ev flow.Event, current flow.Screening) {
	w.secrets.before(ev, current)
	w.approver = current.Rules.Approver
	switch ev := ev.(type) {
	case flow.LegGone:
		w.gone[ev.Leg] = true
	case flow.LegTaken:
		w.gone[ev.Leg] = true // nothing may be asked of it either
	case flow.Resumed:
		w.timer = false // of the run before
	case flow.Decided:
		waits := current.Stage == flow.Referring || current.Stage == flow.Ringing || current.Stage == flow.Asking
		if allowed := current.Rules.Approver == call.ApproverWarden || current.Rules.Approver == call.ApproverEither; waits && allowed {
			w.accepted = w.accepted || ev.Choice == call.Accept
		}
	case flow.DTMF:
		if k := w.keypads[ev.Leg]; k != nil && !w.gone[ev.Leg] {
			k.presses(ev.Key)
		}
	case flow.TimerFired:
		if ev.Timer == flow.StageTimer && ev.N == current.TimerN {
			w.timer = false
		}
		if k := w.keypads[current.Resident]; k != nil && ev.Timer == flow.KeyTimer && ev.N == current.Keys.TimerN {
			k.pauses()
		}
	}
}

func (w *witness) after(ev flow.Event, s flow.Screening, effects []flow.Effect) {
	w.t.Helper()
	if w.ended > 0 && len(effects) > 0 {
		w.t.Fatalf("%#v after the end gives %#v", ev, effects)
	}
	for i, e := range effects {
		if w.ended > 0 {
			w.t.Fatalf("effect %#v follows the end", effects[i])
		}
		w.effect(ev, e)
	}
	if s.Ended() != (w.ended == 1) {
		w.t.Fatalf("stage %s, but %d ends seen", s.Stage, w.ended)
	}
	open := s.Stage != flow.Beginning && s.Stage != flow.Guarded && !s.Ended()
	if open && !w.timer {
		w.t.Fatalf("after %#v the flow waits in %s without a bound", ev, s.Stage)
	}
}

func (w *witness) effect(ev flow.Event, e flow.Effect) {
	w.t.Helper()
	w.secrets.effect(w.t, e)
	switch e := e.(type) {
	case flow.Bridge:
		if !resumes(ev) || w.bridges == 0 {
			w.bridges++
		}
		k := w.keypads[e.Resident]
		if agreed := k != nil && k.accepted && w.approver != call.ApproverWarden; !agreed && !w.accepted {
			w.t.Fatalf("%#v bridges %s, and nobody who may has accepted", ev, e.Resident)
		}
		w.alive(e, e.Caller, e.Resident)
	case flow.Unbridge:
		if resumes(ev) { // the order before may be lost
			break
		}
		if w.unbridge++; w.unbridge > 1 {
			w.t.Fatalf("the bridge is taken apart twice")
		}
	case flow.RingResident:
		w.rung[e.Leg] = true
	case flow.HangUp:
		w.hungUp[e.Leg] = true
		w.alive(e, e.Leg)
	case flow.Release:
		w.hungUp[e.Leg] = true
		w.alive(e, e.Leg)
	case flow.Play:
		w.fresh(string(e.Playback))
		w.alive(e, e.Leg)
		if w.rung[e.Leg] {
			if w.keypads[e.Leg] == nil {
				w.keypads[e.Leg] = &keypad{}
			}
			w.keypads[e.Leg].hears(e.Script)
		}
	case flow.Record:
		w.fresh(string(e.Recording))
		w.alive(e, e.Leg)
	case flow.Whisper:
		w.whispers(e)
	case flow.StopWhisper:
		if w.whisper != e.Playback {
			w.t.Fatalf("%+v, but it is %q that is whispered", e, w.whisper)
		}
		w.whisper = ""
	case flow.Redial:
		w.redialled(e)
	case flow.Unpair:
		w.alive(e, e.Caller)
		if w.hungUp[e.Caller] && !w.gone[e.Caller] {
			w.t.Fatalf("%s takes the resident along: it is unpaired too late", e.Caller)
		}
	case flow.SetTimer:
		w.timer = w.timer || e.Timer == flow.StageTimer
	case flow.CancelTimer:
		w.timer = w.timer && e.Timer != flow.StageTimer
	case flow.Ended:
		w.ended++
		if w.whisper != "" {
			w.t.Fatalf("the flow ends, and %s is whispered on", w.whisper)
		}
		if e.Cause == "" {
			w.t.Fatalf("the flow ends without a cause")
		}
	}
}

func resumes(ev flow.Event) bool { return ev == flow.Resumed{} }

func (w *witness) alive(e flow.Effect, legs ...call.LegID) {
	w.t.Helper()
	for _, leg := range legs {
		if w.gone[leg] || w.dials[leg] > 0 {
			w.t.Fatalf("%#v names a leg that is gone", e)
		}
	}
}

// redialled insists that a leg that dials is a resident's, dials a number of the plan, and
// is sent there once more at most.
func (w *witness) redialled(e flow.Redial) {
	w.t.Helper()
	if w.dials[e.Leg] == 0 {
		w.alive(e, e.Leg)
	}
	if w.whisper != "" {
		w.t.Fatalf("%+v, and %s would be heard there", e, w.whisper)
	}
	if w.dials[e.Leg]++; w.dials[e.Leg] > 2 || !w.rung[e.Leg] || plan.Meaning(e.Dialled).Role == call.Other {
		w.t.Fatalf("%+v, for the %d. time", e, w.dials[e.Leg])
	}
}

// whispers insists that only a resident who talks to a caller is whispered to, once at a time.
func (w *witness) whispers(e flow.Whisper) {
	w.t.Helper()
	w.fresh(string(e.Playback))
	w.alive(e, e.Leg)
	if !w.rung[e.Leg] || w.bridges == w.unbridge || w.whisper != "" {
		w.t.Fatalf("%+v, while %q is whispered, and %d of %d bridges are apart", e, w.whisper, w.unbridge, w.bridges)
	}
	w.whisper = e.Playback
}

func (w *witness) fresh(id string) {
	w.t.Helper()
	if w.used[id] {
		w.t.Fatalf("id %s is used twice", id)
	}
	w.used[id] = true
}

// settled insists that no leg was left up by a flow that is over.
func (w *witness) settled() {
	w.t.Helper()
	for leg := range w.rung {
		if !w.gone[leg] && !w.hungUp[leg] && w.dials[leg] == 0 {
			w.t.Fatalf("leg %s is left ringing", leg)
		}
	}
	if !w.gone[caller] && !w.hungUp[caller] {
		w.t.Fatalf("the caller's leg is left")
	}
	if w.bridges != w.unbridge {
		w.t.Fatalf("%d bridges made, %d taken apart", w.bridges, w.unbridge)
	}
}
