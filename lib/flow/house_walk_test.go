package flow_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// pick draws one of several, if there is any.
func pick[T any](h *house, what string, some []T) (one T, ok bool) {
	if len(some) == 0 {
		return one, false
	}
	return some[rapid.IntRange(0, len(some)-1).Draw(h.t, what)], true
}

// deliver takes an event off the wire: mostly the oldest, now and then another one, twice,
// or never.
func (h *house) deliver() {
	if len(h.wire) == 0 {
		return
	}
	i := 0
	odd := rapid.IntRange(0, 11).Draw(h.t, "how")
	if odd == 0 {
		i = rapid.IntRange(0, len(h.wire)-1).Draw(h.t, "which")
	}
	next := h.wire[i]
	if odd != 1 {
		h.wire = slices.Delete(h.wire, i, i+1)
	}
	if _, playback := next.ev.(flow.PlaybackDone); playback && odd == 2 {
		h.note("lost: %+v", next.ev)
		return
	}
	h.engine.happened(next)
}

// arrives lets a caller ring.
func (h *house) arrives() {
	n := len(h.engine.all)
	if calls := h.sorted(func(l *leg) bool { return l.kind == callers }); len(calls) >= 2 || n > 7 {
		return
	}
	l := h.add(&leg{id: call.LegID(fmt.Sprintf("caller-%d", n)), kind: callers, deadman: h.now + 2*time.Second})
	h.note("%s arrives", l.id)
	h.engine.arrived(l)
}

// dialsAfresh lets a resident dial on a telephone that is free.
func (h *house) dialsAfresh() {
	n := len(h.legs)
	fresh := h.sorted(func(l *leg) bool { return l.kind == dialling })
	if len(fresh) >= 3 || n > 12 {
		return
	}
	l := h.add(&leg{id: call.LegID(fmt.Sprintf("fresh-%d", n))})
	l.dials(h, rapid.SampledFrom([]string{
		"999", "101", "159", "161", "01632960999", "01632960555", "9112",
	}).Draw(h.t, "number"))
}

// picksUp answers a telephone that rings.
func (h *house) picksUp() {
	l, ok := pick(h, "telephone", h.sorted(func(l *leg) bool {
		return l.kind == consults && !l.inApp && !l.dying && l.deadman > 0
	}))
	if ok {
		l.inApp, l.deadman = true, h.now+time.Minute
		h.tell(l.id, flow.LegAnswered{Leg: l.id})
	}
}

// presses lets somebody press keys.
func (h *house) presses() {
	l, ok := pick(h, "presses", h.sorted(func(l *leg) bool { return l.inApp }))
	if !ok {
		return
	}
	keys := rapid.SampledFrom([]string{
		"5", "5", "5", "7", "*", "1", "9", "105", "101", "161", "15", "9", "#", "01632960999", "3", "2468", "**",
	}).Draw(h.t, "keys")
	if l.kind == callers {
		keys = rapid.SampledFrom([]string{"4", "6", "999", "5"}).Draw(h.t, "keys")
	}
	for _, key := range keys {
		h.tell(l.id, flow.DTMF{Leg: l.id, Key: key})
	}
}

// confides lets a resident who talks to a caller key what may be a PIN.
func (h *house) confides() {
	l, ok := pick(h, "who", h.sorted(func(l *leg) bool {
		r := h.engine.owner[l.id]
		return l.inApp && l.kind == consults && r != nil && stageOf(r.flow) == flow.Guarded
	}))
	if ok {
		for _, key := range "2468" {
			h.tell(l.id, flow.DTMF{Leg: l.id, Key: key})
		}
	}
}

// criesForHelp lets a resident who is in Clearline's hands dial 999 on the keypad: it must
// be on its way at once.
func (h *house) criesForHelp() {
	l, ok := pick(h, "who", h.sorted(func(l *leg) bool { return l.inApp && l.kind != callers && !l.dying }))
	r := h.engine.owner[h.id(l)]
	if !ok || r == nil || !listens(stageOf(r.flow)) || l.emergency() {
		return
	}
	h.engine.drain()
	for range len(h.wire) {
		next := h.wire[0]
		h.wire = h.wire[1:]
		h.engine.happened(next)
		h.engine.drain()
	}
	if r.over() || !listens(stageOf(r.flow)) || h.engine.owner[l.id] != r || !l.inApp {
		return
	}
	if c, clears := r.flow.(flow.Clearing); clears && c.Dial.Leg != l.id {
		return
	}
	if s, screens := r.flow.(flow.Screening); screens && s.Resident != l.id {
		return
	}
	clumsy := h.clumsy
	h.clumsy = false
	h.note("%s presses *999", l.id)
	for _, key := range "*999" {
		if stage := stageOf(r.flow); key != '*' && !listens(stage) {
			h.clumsy = clumsy
			return // the star was an answer, or has ended the call
		}
		h.engine.happened(told{l.id, flow.DTMF{Leg: l.id, Key: key}})
		h.engine.drain()
	}
	h.clumsy = clumsy
	if l.dialled != "999" && !l.dying {
		h.Fatalf("999 on the keypad of %s in %s leads nowhere", l.id, stageOf(r.flow))
	}
}

func (h *house) id(l *leg) call.LegID {
	if l == nil {
		return ""
	}
	return l.id
}

// listens says whether a resident's keys are followed in a stage.
func listens(stage flow.Stage) bool {
	switch stage {
	case flow.Asking, flow.Joining, flow.Guarded,
		flow.Searching, flow.Holding, flow.Telling, flow.Offering, flow.Explaining, flow.Redialling:
		return true
	}
	return false
}

// goesOn lets what is said or recorded come to its end.
func (h *house) goesOn() {
	l, ok := pick(h, "leg", h.sorted(func(l *leg) bool {
		return l.inApp && (l.playing != "" || l.taping != "" || l.whisper != "")
	}))
	switch {
	case !ok:
	case l.whisper != "":
		h.tell(l.id, flow.PlaybackDone{Leg: l.id, Playback: l.whisper})
	case l.playing != "":
		h.stops(l)
	default:
		h.tell(l.id, flow.SpeechStarted{Leg: l.id})
		h.tell(l.id, flow.RecordingDone{Leg: l.id, Recording: l.taping, Length: 3 * time.Second, Bytes: 9})
		l.taping = ""
	}
}

func (h *house) answers() {
	if len(h.searches) > 0 {
		next := h.searches[0]
		h.searches = h.searches[1:]
		h.engine.answer(next)
	}
}

func (h *house) rings() {
	for _, r := range h.engine.live() {
		if len(r.coming) > 0 {
			h.engine.rings(r)
			return
		}
	}
}

// buries ends a leg that was hung up.
func (h *house) buries() {
	if l, ok := pick(h, "dying", h.sorted(func(l *leg) bool { return l.dying })); ok {
		h.ends(l)
	}
}

func (h *house) hangsUp() {
	if l, ok := pick(h, "hangs up", h.sorted(func(*leg) bool { return true })); ok {
		h.note("the party of %s hangs up", l.id)
		h.ends(l)
	}
}

// comeBack lets every leg that was sent to dial arrive where that is done.
func (h *house) comeBack() {
	for _, l := range h.sorted(func(l *leg) bool { return l.onItsWay }) {
		h.comesBack(l)
	}
}

// passes lets time pass until something is due. Nobody dials, and no mail lies about,
// meanwhile.
func (h *house) passes() {
	h.engine.drain()
	h.comeBack()
	h.engine.drain()
	due := time.Duration(-1)
	sooner := func(at time.Duration) {
		if due < 0 || at < due {
			due = at
		}
	}
	for _, r := range h.engine.live() {
		for _, t := range r.timers {
			sooner(t.at)
		}
	}
	for _, l := range h.armed() {
		sooner(l.deadman)
	}
	for _, l := range h.sorted(func(l *leg) bool { return l.kind == consults && !l.inApp && l.deadman > 0 }) {
		sooner(l.deadman)
	}
	if due < 0 {
		return
	}
	h.now = max(h.now, due)
	h.fire()
	h.holds()
}

// fire does what is due.
func (h *house) fire() {
	for _, r := range h.engine.live() {
		for _, name := range []flow.Timer{
			flow.StageTimer, flow.RenewTimer, flow.KeyTimer, flow.SearchTimer, flow.BoundTimer, flow.HoldTimer,
			flow.PauseTimer, flow.WarnTimer, flow.AdviceTimer,
		} {
			if t, set := r.timers[name]; set && t.at <= h.now {
				r.put(flow.TimerFired{Timer: name, N: t.n})
				delete(r.timers, name)
			}
		}
	}
	h.engine.drain()
	for _, l := range h.sorted(func(l *leg) bool { return l.deadman > 0 && l.deadman <= h.now && !l.out }) {
		h.dies(l)
	}
}

// settle lets everything come to its end.
func (h *house) settle() {
	h.clumsy = false
	for range 300 {
		h.turn++
		for len(h.wire) > 0 {
			next := h.wire[0]
			h.wire = h.wire[1:]
			h.engine.happened(next)
			h.engine.drain()
		}
		for _, r := range h.engine.live() {
			for len(r.coming) > 0 {
				h.engine.rings(r)
			}
			if stageOf(r.flow) == flow.Guarded {
				h.ends(h.legs[r.flow.(flow.Screening).Caller])
			}
		}
		h.answers()
		h.buries()
		busy := len(h.searches)+len(h.wire) > 0 || len(h.sorted(func(l *leg) bool { return l.dying })) > 0
		if !busy && len(h.engine.live()) == 0 && len(h.armed()) == 0 && len(h.sorted(func(l *leg) bool { return l.onItsWay })) == 0 {
			return
		}
		h.passes()
	}
	h.Fatalf("the house never comes to rest")
}

func TestAHouseWhoseResidentsDialWhileCallersRing(t *testing.T) {
	t.Parallel()
	reached := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		h := newHouse(t)
		h.clumsy = rapid.Bool().Draw(t, "clumsy")
		h.opens()
		moves := []func(){ // small numbers are drawn more often
			h.helps, h.deliver, h.goesOn, h.helps, h.answers, h.deliver, h.buries, h.helps, h.rings, h.picksUp,
			h.presses, h.comeBack, h.arrives, h.passes, h.deliver, h.answers, h.goesOn, h.presses, h.buries,
			h.confides, h.dialsAfresh, h.passes, h.criesForHelp, h.hangsUp, h.presses, h.passes, h.dialsAfresh, h.crashes, h.loses, h.decides,
		}
		for range rapid.IntRange(10, 120).Draw(t, "moves") {
			h.turn++
			rapid.SampledFrom(moves).Draw(t, "move")()
			if !rapid.Bool().Draw(t, "mail waits") {
				h.engine.drain()
			}
			h.holds()
			h.count(reached)
		}
		for _, stage := range h.thawed {
			reached["thawed "+string(stage)]++
		}
		h.settle()
		h.settled()
	})
	t.Log(reached)
	for _, what := range []string{"bridge", "redialled guarded", "redialled consult", "cleared", "unproved", "explained", "999 out", "whisper", "thawed guarded", "thawed searching"} {
		if reached[what] == 0 && !testing.Short() {
			t.Errorf("no walk reached %q: the model proves nothing about it", what)
		}
	}
}

// opens begins a walk with a caller who got somewhere, or with a quiet house.
func (h *house) opens() {
	steps := rapid.SampledFrom([]int{0, 12, 18, 24}).Draw(h.t, "opening")
	if steps > 0 {
		h.arrives()
	}
	for range steps {
		h.turn++
		h.helps()
		h.engine.drain()
		h.holds()
	}
}

// helps lets happen what the flows wait for.
func (h *house) helps() {
	h.rings()
	for range len(h.wire) {
		h.deliver()
	}
	r, ok := pick(h, "helped", h.engine.live())
	if !ok {
		return
	}
	switch f := r.flow.(type) {
	case flow.Screening:
		h.helpsScreening(f)
	case flow.Clearing:
		if f.Stage == flow.Searching {
			h.answers()
			h.buries()
			return
		}
		h.goesOn()
	}
}

func (h *house) helpsScreening(f flow.Screening) {
	switch f.Stage {
	case flow.Greeting:
		h.tell(f.Caller, flow.DTMF{Leg: f.Caller, Key: f.Digits[min(f.Try, 1)]})
	case flow.Coding:
		h.tell(f.Caller, flow.DTMF{Leg: f.Caller, Key: nextKey(h.t, f.Keyed, f.Terms.Code)})
	case flow.Word:
		h.tell(f.Caller, flow.DTMF{Leg: f.Caller, Key: nextKey(h.t, f.Keyed, f.Terms.Word)})
	case flow.Ringing:
		h.picksUp()
	case flow.Asking:
		keys := rapid.SampledFrom([]string{"5", "15", "1595", "7"}).Draw(h.t, "answer")
		for _, key := range keys {
			h.tell(f.Resident, flow.DTMF{Leg: f.Resident, Key: key})
		}
	default:
		h.goesOn()
	}
}

// count notes what a walk has reached.
func (h *house) count(reached map[string]int) {
	for range h.members {
		reached["bridge"]++
	}
	for range h.sorted(func(l *leg) bool { return l.whisper != "" }) {
		reached["whisper"]++
	}
	for _, from := range h.engine.left {
		reached["redialled "+string(from.way)]++
	}
	for _, l := range h.sorted((*leg).emergency) {
		if l.out {
			reached["999 out"]++
		}
	}
	for _, r := range h.engine.all {
		reached[string(stageOf(r.flow))]++
		if c, clears := r.flow.(flow.Clearing); clears {
			reached[string(c.Outcome)]++
		}
	}
}
