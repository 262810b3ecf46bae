package flow_test

import (
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// modelRules ask nothing for the human check: it concerns one call alone, and the random
// walks of properties_test.go cover it. Nor do they want reminders: they are whispered as a
// warning is, and that the two may meet is left to the walks.
var modelRules = func() flow.Rules {
	r := rules
	r.HumanCheck, r.AdviceAfter, r.AdviceEvery = false, 0, 0
	return r
}()

var modelLine = call.Line{ID: "flat-1", Name: "Flat 1", Language: "en_GB", Endpoints: []string{"PJSIP/101"}}

// perform does what a flow orders, and says whether it was done.
func (r *run) perform(e flow.Effect, failed bool) (done bool) {
	w := r.world
	switch e := e.(type) {
	case flow.SetTimer:
		r.stops(e.Timer)
		if e.Timer == flow.SearchTimer || e.Timer == flow.WarnTimer { // nothing tells this wait from that for the answer, nor a warning from the next
			r.mail = append(r.mail, flow.TimerFired{Timer: e.Timer, N: e.N})
			break
		}
		r.timers = append(r.timers, ticking{e.Timer, e.N})
	case flow.CancelTimer:
		r.stops(e.Timer)
	case flow.SeizeLine:
		r.seizes()
	case flow.RingResident:
		r.rings(e)
	case flow.FindLegs:
		r.asked = e.N
	case flow.Ended:
		r.ends++
		switch e.Cause {
		case "":
			w.at.breaks("%s ends without a cause", r.id)
		case call.EndedBlocked:
			w.at.seen = append(w.at.seen, "blocked in the call")
		}
	case flow.NoteAttempt:
		if e.Outcome != "" {
			r.ends++
			w.at.seen = append(w.at.seen, string(e.Outcome))
		}
	case flow.NotePIN:
		w.at.seen = append(w.at.seen, "a PIN")
	case flow.Pair:
		if one, other := w.party(e.Caller), w.party(e.Resident); one != nil && other != nil {
			one.peer, other.peer = e.Resident, e.Caller
		}
	case flow.Bridge:
		return r.joins(e, failed)
	case flow.Unbridge:
		w.unbridge(e.Bridge)
	case flow.StopWhisper:
		w.silences(e.Playback)
	default:
		if id, ok := legOf(e); ok {
			return r.orders(e, id)
		}
	}
	return true
}

func (r *run) stops(name flow.Timer) {
	r.timers = slices.DeleteFunc(r.timers, func(t ticking) bool { return t.name == name })
}

func (r *run) seizes() {
	w := r.world
	busy := w.seized != "" && w.seized != r.id ||
		slices.ContainsFunc(w.parties, func(p party) bool { return p.kind != callers })
	if busy {
		r.mail = append(r.mail, flow.LineBusy{})
		return
	}
	w.seized = r.id
	r.mail = append(r.mail, flow.LineSeized{})
}

// rings rings a telephone, unless it cannot be rung, or the line is being cleared.
func (r *run) rings(e flow.RingResident) {
	w := r.world
	switch {
	case w.party(e.Leg) != nil:
	case w.at.fails(), w.clears("", call.Emergency) != nil:
		r.mail = append(r.mail, flow.EffectFailed{Effect: e})
	default:
		w.parties = append(w.parties, party{id: e.Leg, kind: consults, owner: r.id})
	}
}

// joins is the only way a caller ever hears a resident.
func (r *run) joins(e flow.Bridge, failed bool) bool {
	w, one, other := r.world, r.world.party(e.Caller), r.world.party(e.Resident)
	if failed || one == nil || other == nil || !one.inApp || !other.inApp || w.at.fails() {
		r.mail = slices.Insert(r.mail, 0, flow.Event(flow.EffectFailed{Effect: e}))
		return false
	}
	if !r.yes || one.owner != r.id || other.owner != r.id || r.kept.screening == nil || !r.kept.screening.Approved {
		w.at.breaks("%s joins %s and %s without an approval for that call", r.id, one.id, other.id)
	}
	if one.bridge == "" || other.bridge == "" {
		one.bridge, other.bridge = e.Bridge, e.Bridge
	}
	if !slices.Contains(w.bridges, e.Bridge) {
		w.bridges = append(w.bridges, e.Bridge)
	}
	w.tell(r.id, flow.LegJoined{Leg: one.id, Bridge: e.Bridge})
	w.tell(r.id, flow.LegJoined{Leg: other.id, Bridge: e.Bridge})
	return true
}

func (w *world) unbridge(b call.BridgeID) {
	for i := range w.parties {
		if w.parties[i].bridge == b {
			w.leaves(&w.parties[i])
		}
	}
	w.bridges = slices.DeleteFunc(w.bridges, func(o call.BridgeID) bool { return o == b })
}

func (w *world) silences(whisper call.PlaybackID) {
	for i := range w.parties {
		if w.parties[i].whisper == whisper {
			w.parties[i].whisper = ""
		}
	}
}

// orders does what a flow orders one leg. As the engine does, it tells the flow of a leg
// that turns out to be gone or taken.
func (r *run) orders(e flow.Effect, id call.LegID) (done bool) {
	w, p := r.world, r.world.party(id)
	_, ends := e.(flow.HangUp)
	switch {
	case p == nil && ends, slices.Contains(r.away, id):
		return true
	case p == nil:
		r.mail = append(r.mail, flow.LegGone{Leg: id})
		return false
	case ends:
		return r.hangsUp(e, p)
	case !p.inApp:
		r.mail = append(r.mail, flow.LegTaken{Leg: id})
		return false
	case risky(e) && w.at.fails():
		r.mail = append(r.mail, flow.EffectFailed{Effect: e})
		if _, parts := e.(flow.Unpair); parts { // trying it takes long enough for the other to have left
			if peer := w.party(p.peer); peer != nil && peer.onItsWay {
				w.comesBack(peer.id)
			}
		}
		return false
	}
	r.commands(e, p)
	return true
}

// risky are the orders whose failure is explored, besides Bridge, RingResident and HangUp.
func risky(e flow.Effect) bool {
	return is[flow.Redial](e) || is[flow.GoOn](e) || is[flow.Unpair](e) || is[flow.Whisper](e)
}

func (r *run) hangsUp(e flow.Effect, p *party) bool {
	w := r.world
	switch {
	case r.clearing != nil && p.urgent && p.owner != r.id: // the engine spares it
		return true
	case p.emergency() && p.urgent:
		w.at.breaks("%s %+v cuts an emergency", r.id, e)
	case p.kind == dialling && r.suspect:
		w.at.breaks("%+v is none of %s's business", e, r.id)
	case w.at.fails():
		r.mail = append(r.mail, flow.EffectFailed{Effect: e})
		return false
	}
	w.ends(p.id, 16)
	return true
}

func (r *run) commands(e flow.Effect, p *party) {
	w := r.world
	if !is[flow.GoOn](e) && !is[flow.Release](e) && p.emergency() {
		w.at.breaks("%T %+v touches an emergency", e, e)
	}
	switch e := e.(type) {
	case flow.Play:
		p.playing = e.Playback
		if p.kind == consults {
			p.keypad.hears(e.Script)
		}
		if !r.matters() || p.kind == callers {
			r.heard(p)
		}
	case flow.StopPlayback:
		r.heard(p)
	case flow.Whisper:
		if p.kind != consults || p.bridge == "" || p.whisper != "" {
			w.at.breaks("%+v, and %s in %q hears %q", e, p.id, p.bridge, p.whisper)
		}
		p.whisper = e.Playback
	case flow.Record:
		p.taping = e.Recording
	case flow.Deadman:
		p.armed = e.After > 0
	case flow.Refuse:
		p.refused = true
	case flow.Unpair:
		p.peer = ""
	case flow.Redial:
		r.redials(e, p)
	case flow.GoOn:
		r.goesOn(e, p)
	}
}

// matters says whether something else may happen while a resident listens that would not
// go on in the same way afterwards.
func (r *run) matters() bool {
	switch r.stage() {
	case flow.Asking, flow.Joining, flow.Telling:
		return true
	}
	return false
}

// heard is the end of what a leg hears.
func (r *run) heard(p *party) {
	if p.playing != "" {
		r.world.tell(p.owner, flow.PlaybackDone{Leg: p.id, Playback: p.playing})
		p.playing = ""
	}
}

// redials sends a leg into the dialplan, out of its bridge.
func (r *run) redials(e flow.Redial, p *party) {
	w := r.world
	out := exit{leg: p.id, from: r.id, way: e.Way}
	for _, other := range w.parties {
		if other.owner == r.id && other.id != p.id {
			out.legs = append(out.legs, other.id)
		}
	}
	w.left = append(w.left, out)
	r.heard(p)
	w.leaves(p)
	p.dials(e.Dialled)
	r.mail = append(r.mail, flow.WentOn{Leg: p.id})
	w.at.seen = append(w.at.seen, "dialled inside: "+string(e.Way))
}

// goesOn gives a leg to the operator's dialplan. If the line is said to be clear, nobody is
// up who was there when the proof began.
func (r *run) goesOn(e flow.GoOn, p *party) {
	w := r.world
	if p.whisper != "" {
		w.at.breaks("%s goes on to %s, and hears %s there", p.id, p.dialled, p.whisper)
	}
	if !e.Cleared && !p.emergency() {
		w.at.breaks("%s goes on to %s on a line that is not clear", p.id, p.dialled)
	}
	if e.Cleared {
		if r.proofs < 2 {
			w.at.breaks("%s goes on to %s after %d searches that found nobody", p.id, p.dialled, r.proofs)
		}
		for _, id := range r.there[0] {
			if left := w.party(id); left != nil && id != p.id && !left.emergency() {
				w.at.breaks("%s goes on to %s while %s is up", p.id, p.dialled, id)
			}
		}
	}
	p.inApp, p.out, p.armed = false, true, false
	r.mail = append(r.mail, flow.WentOn{Leg: p.id})
	w.at.seen = append(w.at.seen, p.dialled+" goes out")
}

// answers answers the newest search, as of now. missed is a leg that is being moved just
// then, which can happen to each once.
func (r *run) answers(missed call.LegID, failed bool) {
	w, n := r.world, r.asked
	r.asked = 0
	own := w.party(r.clearing.Dial.Leg)
	switch {
	case own == nil:
		r.mail = append(r.mail, flow.LegGone{Leg: r.clearing.Dial.Leg})
		return
	case !own.inApp:
		r.mail = append(r.mail, flow.LegTaken{Leg: own.id})
		return
	}
	var found, there []call.LegID
	for i := range w.parties {
		p := &w.parties[i]
		if p.id == own.id || p.urgent {
			continue
		}
		there = append(there, p.id)
		if p.id == missed {
			p.overlooked = true
		} else {
			found = append(found, p.id)
		}
	}
	if n == 1 {
		for _, id := range r.claimed {
			if id != own.id && !slices.Contains(found, id) {
				found = append(found, id)
			}
		}
	}
	for _, id := range found {
		r.mail = append(r.mail, flow.LegFound{N: n, Leg: id, Ending: n == 1 && slices.Contains(r.claimed, id)})
	}
	outranked := !r.urgent() && slices.ContainsFunc(w.runs, (*run).urgent)
	failed = failed || outranked
	r.there = [2][]call.LegID{r.there[1], there}
	if r.proofs++; failed || len(found) > 0 {
		r.proofs = 0
	}
	r.mail = append(r.mail, flow.SearchDone{N: n, Failed: failed})
}

// speaks is a whole recording.
func (r *run) speaks(p *party) {
	r.mail = append(
		r.mail, flow.SpeechStarted{Leg: p.id},
		flow.RecordingDone{Leg: p.id, Recording: p.taping, Length: 3 * time.Second, Bytes: 9},
	)
	p.taping = ""
}
