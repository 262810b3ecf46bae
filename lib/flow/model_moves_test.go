package flow_test

import (
	"fmt"
	"slices"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// move is something that may happen next in a world.
type move struct {
	what string
	leg  call.LegID // it happens to
	run  call.ID    // or to this flow
	keys string     // or what is dialled
	n    int
	kill int // the point in it at which the program is killed, from 0; -1 for none
	fail int // the effect in it that fails
}

func (m move) String() string {
	text := m.what
	for _, detail := range []string{string(m.leg), string(m.run), m.keys} {
		if detail != "" {
			text += " " + detail
		}
	}
	if m.kill >= 0 {
		text += fmt.Sprintf(", and the program is killed at point %d of that", m.kill)
	}
	if m.fail >= 0 {
		text += fmt.Sprintf(", and effect %d of that fails", m.fail)
	}
	return text
}

func quiet(what string) move { return move{what: what, kill: -1, fail: -1} }

func (m move) of(leg call.LegID) move { m.leg = leg; return m }
func (m move) with(keys string) move  { m.keys = keys; return m }
func (m move) on(r *run) move         { m.run = r.id; return m }

// moves lists what may happen next, without what may go wrong in it.
func (w *world) moves() []move {
	var all []move
	for i := range w.parties {
		all = append(all, w.of(&w.parties[i])...)
	}
	if w.arrived < 2 && !w.dead {
		all = append(all, quiet("arrives and is screened"), quiet("arrives and is not challenged"))
	}
	if w.fresh < 1 && !w.dead {
		all = append(all, quiet("dials afresh").with("101"), quiet("dials afresh").with("999"))
	}
	if w.dead {
		return append(all, quiet("the program is back"))
	}
	for _, r := range w.runs {
		all = append(all, w.due(r)...)
	}
	if w.mishaps > 0 && len(w.runs) > 0 {
		all = append(all, quiet("the program is killed"), quiet("the connection is lost for a moment"))
		for i := range w.parties {
			if !w.parties[i].out {
				all = append(all, quiet("hangs up while the connection is lost").of(w.parties[i].id))
			}
		}
	}
	return all
}

// of lists what may happen to a party.
func (w *world) of(p *party) []move {
	var all []move
	add := func(what string, keys ...string) {
		m := quiet(what).of(p.id)
		if len(keys) == 0 {
			all = append(all, m)
		}
		for _, k := range keys {
			all = append(all, m.with(k))
		}
	}
	if p.out {
		return nil
	}
	add("hangs up")
	if p.armed && p.inApp && (w.dead || p.urgent || p.owner == "") {
		add("is taken by the dialplan")
	}
	if w.dead {
		return all
	}
	if p.inApp && p.playing != "" {
		add("hears the end")
	}
	if r := w.run(p.owner); r != nil && r.screening != nil && p.whisper != "" && p.whisper == r.screening.Whispering {
		add("hears the end of a whisper")
	}
	switch {
	case p.onItsWay:
		add("comes back")
	case !p.inApp:
		add("picks up")
	case p.kind == callers && p.taping != "" && p.owner != "":
		add("has spoken")
	}
	if r := w.run(p.owner); r != nil && p.inApp {
		for _, keys := range keysIn(r.stage(), p) {
			add("presses", keys)
		}
	}
	return all
}

// keysIn are what a party may press that can mean anything.
func keysIn(stage flow.Stage, p *party) []string {
	switch {
	case p.kind == callers && (stage == flow.Asking || stage == flow.Joining || stage == flow.Guarded):
		return []string{"5"}
	case p.kind == consults && stage == flow.Asking:
		return []string{"1", "5", "7", "101", "999"}
	case p.kind == consults && stage == flow.Joining:
		return []string{"1", "101", "999", "**"}
	case p.kind == consults && stage == flow.Guarded:
		return []string{"1", "101", "999", "**", "2468"}
	case p.kind == dialling && !p.emergency() && stage == flow.Offering:
		return []string{"5", "999"}
	case p.kind == dialling && !p.emergency():
		return []string{"999"}
	}
	return nil
}

// due lists what a flow waits for: any timer, in any order.
func (w *world) due(r *run) []move {
	var all []move
	for _, t := range r.timers {
		if w.mishaps == 0 && t.name == flow.StageTimer && r.spoken() {
			continue
		}
		m := quiet("runs out").on(r).with(string(t.name))
		m.n = t.n
		all = append(all, m)
	}
	if r.clearing == nil && (r.stage() == flow.Ringing || r.stage() == flow.Asking) {
		all = append(
			all,
			quiet("a warden decides").on(r).with(string(call.Accept)),
			quiet("a warden decides").on(r).with(string(call.Refuse)),
		)
	}
	if r.clearing == nil || r.asked == 0 {
		return all
	}
	all = append(all, quiet("a search is answered").on(r))
	if w.mishaps > 0 {
		all = append(all, quiet("a search fails").on(r))
		for _, p := range w.parties {
			if p.id != r.clearing.Dial.Leg && !p.overlooked && !p.urgent {
				all = append(all, quiet("a search misses").on(r).of(p.id))
			}
		}
	}
	return all
}

// spoken says whether the stage's timer only bounds the wait for something that comes
// before it, unless that is lost: the end of a sentence or a recording, an answer.
func (r *run) spoken() bool {
	switch r.stage() {
	case flow.Greeting, flow.Purpose, flow.Seizing, flow.Joining, flow.Closing, flow.Telling, flow.Leaving, flow.Parting:
		return true
	case flow.Asking:
		return r.screening.Saying[1] != ""
	case flow.Guarded: // what it was set for otherwise has come
		return true
	}
	return false
}

// after makes a move, and returns the world it leads to and how it went.
func (w *world) after(m move) (*world, *transition) {
	x := &transition{killAt: m.kill, failAt: m.fail}
	next := w.clone(x)
	if m.kill >= 0 || m.fail >= 0 {
		next.mishaps--
	}
	next.makes(m)
	next.drain()
	if x.killed {
		next.dies()
	}
	next.holds()
	next.at = nil
	return next, x
}

func (w *world) makes(m move) {
	p, r := w.party(m.leg), w.run(m.run)
	switch m.what {
	case "arrives and is screened":
		w.arrives(flow.Admitted)
	case "arrives and is not challenged":
		w.arrives(flow.Unchallenged)
	case "dials afresh":
		leg := call.LegID("fresh-" + string(rune('0'+w.fresh)))
		w.fresh++
		w.parties = append(w.parties, party{id: leg, keypad: keypad{}})
		w.party(leg).dials(m.keys)
	case "hangs up":
		w.ends(m.leg, 21)
	case "is taken by the dialplan":
		w.tell(p.owner, flow.LegTaken{Leg: p.id})
		w.taken(m.leg)
	case "hears the end":
		w.tell(p.owner, flow.PlaybackDone{Leg: p.id, Playback: p.playing})
		p.playing = ""
	case "hears the end of a whisper":
		w.tell(p.owner, flow.PlaybackDone{Leg: p.id, Playback: p.whisper})
	case "comes back":
		w.comesBack(m.leg)
	case "picks up":
		p.inApp, p.armed = true, true
		w.tell(p.owner, flow.LegAnswered{Leg: p.id})
	case "has spoken":
		w.run(p.owner).speaks(p)
	case "presses":
		w.presses(m.leg, m.keys)
	case "runs out":
		r.stops(flow.Timer(m.keys))
		if m.keys == string(flow.StageTimer) && r.spoken() {
			w.mishaps--
		}
		r.mail = append(r.mail, flow.TimerFired{Timer: flow.Timer(m.keys), N: m.n})
	case "a warden decides":
		r.mail = append(r.mail, flow.Decided{By: desk, Choice: call.Choice(m.keys)})
	case "a search is answered":
		r.answers("", false)
	default:
		w.suffers(m)
	}
}

// suffers makes a move that is a mishap, or the end of one.
func (w *world) suffers(m move) {
	if m.what == "the program is back" {
		w.wakes()
		return
	}
	w.mishaps--
	switch m.what {
	case "a search fails":
		w.run(m.run).answers("", true)
	case "a search misses":
		w.run(m.run).answers(m.leg, false)
	case "the program is killed":
		w.at.killed = true
	case "hangs up while the connection is lost":
		w.dead = true // nobody hears of it
		w.ends(m.leg, 16)
		w.dead = false
		w.resumes()
	case "the connection is lost for a moment":
		w.resumes()
	}
}

// presses lets somebody press keys, one after the other, and pause. After 101 they wait: the
// number begins a longer one.
func (w *world) presses(leg call.LegID, keys string) {
	for _, key := range keys {
		p := w.party(leg)
		if p == nil || !p.inApp || w.at.killed {
			return
		}
		w.tell(p.owner, flow.DTMF{Leg: leg, Key: key})
		w.drain()
	}
	p := w.party(leg)
	if p == nil || !p.inApp || w.at.killed {
		return
	}
	if keys == "101" {
		w.run(p.owner).pauses(flow.KeyTimer)
	}
	w.run(p.owner).pauses(flow.PauseTimer)
}

// pauses lets a timer run out that waits for another key.
func (r *run) pauses(name flow.Timer) {
	if r != nil && r.ticks(name) {
		r.stops(name)
		r.mail = append(r.mail, flow.TimerFired{Timer: name, N: r.current(name)})
	}
}

// dies leaves of the program what it has kept. Who is on the way to dial is out of its
// hands already, and the dialplan makes the call.
func (w *world) dies() {
	w.dead, w.left, w.seized = true, nil, ""
	w.runs = slices.DeleteFunc(w.runs, func(r *run) bool {
		return r.kept == state{} || r.kept.stage() == flow.Over
	})
	for _, r := range w.runs {
		r.yes = r.keptYes
		r.state, r.timers, r.mail, r.away, r.asked = r.kept, nil, nil, nil, 0
	}
	for i := range w.parties {
		p := &w.parties[i]
		p.urgent = false
		if w.run(p.owner) == nil {
			p.owner = ""
		}
	}
	for _, p := range slices.Clone(w.parties) {
		if p.onItsWay && w.party(p.id) != nil {
			w.taken(p.id)
		}
	}
}

// wakes is another run of the program that reaches the exchange: legs and bridges that no
// call knows go back to the dialplan, every other call goes on.
func (w *world) wakes() {
	w.dead = false
	for i := range w.parties { // what whispers is no leg of any call
		w.parties[i].whisper = ""
	}
	for _, r := range w.runs {
		r.state = r.thaw(w)
		w.at.seen = append(w.at.seen, "thawed in "+string(r.stage()))
		if r.clearing != nil {
			w.seized = r.id
			continue
		}
		switch r.stage() {
		case flow.Ringing, flow.Asking, flow.Joining, flow.Guarded:
			w.seized = r.id
		}
	}
	for _, p := range slices.Clone(w.parties) {
		if p.inApp && !w.known(&p) {
			w.taken(p.id)
		}
	}
	for _, b := range slices.Clone(w.bridges) {
		if !slices.ContainsFunc(w.runs, func(r *run) bool { return r.id.Bridge() == b }) {
			w.unbridge(b)
		}
	}
	for _, r := range w.runs {
		for _, e := range r.again {
			r.perform(e, false)
		}
	}
	w.resumes()
	for _, r := range w.runs {
		if r.clearing == nil {
			continue
		}
		r.claimed = w.claim(nil)
		if p := w.party(r.clearing.Dial.Leg); p != nil {
			p.urgent = r.urgent()
		}
	}
}

// resumes tells every flow what became of its legs, and then that it goes on.
func (w *world) resumes() {
	for _, r := range w.runs {
		if r.stage() != flow.Leaving || !r.urgent() { // a proof does not outlast what nobody saw
			r.proofs = 0
		}
		for _, id := range r.legs() {
			if p := w.party(id); p == nil || !p.inApp && !p.rings() {
				r.away = append(r.away, id)
			}
			if fact := w.since(r, id); fact != nil {
				r.mail = append(r.mail, fact)
			}
		}
		r.mail = append(r.mail, flow.Resumed{})
	}
}

func (w *world) since(r *run, id call.LegID) flow.Event {
	p := w.party(id)
	rung := p != nil && p.rings()
	away := p == nil || !p.inApp && !rung
	switch {
	case away && (r.stage() == flow.Leaving || r.stage() == flow.Parting):
		return flow.WentOn{Leg: id}
	case p == nil:
		return flow.LegGone{Leg: id}
	case away:
		return flow.LegTaken{Leg: id}
	case !rung && r.screening != nil && slices.Contains(r.screening.Others, id):
		return flow.LegAnswered{Leg: id}
	}
	return nil
}

func (p *party) rings() bool { return p.kind == consults && !p.inApp }
