package flow_test

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"reflect"
	"slices"
	"strings"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/policy"
)

var seed = maphash.MakeSeed()

// fingerprint is the same for two states of a flow that go on alike. What differs between
// them must mean nothing for what may happen next: counters count on from anywhere, and
// whether a timer or a playback is the newest is told by who sets it (see world.print).
// Notes, and who was found by a search, only go into the history.
func fingerprint(f any) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	switch f := f.(type) {
	case *flow.Screening:
		s := *f
		s.Line, s.From, s.Announce, s.Rules, s.Keys.Plan, s.Notes = call.Line{}, call.Caller{}, "", flow.Rules{}, nil, call.Notes{}
		s.Question = "" // that it could not be played is not explored
		s.Whispered, s.Whispering = "", call.PlaybackID(present(s.Whispering))
		s.Pressed.TimerN, s.TimerN, s.LastID, s.Keys.TimerN, s.Recording, s.Ground = 0, 0, 0, 0, call.RecordingID(present(s.Recording)), ""
		for i := range s.Saying {
			s.Saying[i] = call.PlaybackID(present(s.Saying[i]))
		}
		if !s.Taping && s.Stage != flow.Greeting && s.Stage != flow.Purpose {
			s.Recording, s.Spoke, s.Talking = "", false, false
		}
		if s.Stage == flow.Closing {
			s.Try, s.Rang, s.Busy, s.Declined, s.Unheard = 0, false, false, false, false
			if s.Cause != call.Cleared {
				s.Cause = "some"
			}
			s.Decision, s.Agreed = call.Decision{}, false
		}
		write(&h, reflect.ValueOf(&s).Elem())
	case *flow.Clearing:
		c := *f
		c.Line, c.Keys.Plan, c.Dial.Meaning, c.Dial.Way = call.Line{}, nil, policy.Meaning{Role: c.Dial.Meaning.Role}, ""
		c.Heard -= c.SearchN
		c.SearchN, c.BoundN, c.TimerN, c.LastID, c.Keys.TimerN = min(c.SearchN, 2), 0, 0, 0, 0
		c.Left, c.Saying = nil, call.PlaybackID(present(c.Saying))
		if len(c.Found) > 0 {
			c.Found = []call.LegID{"somebody"}
		}
		write(&h, reflect.ValueOf(&c).Elem())
	}
	return h.Sum64()
}

func present[T ~string](id T) string {
	if id == "" {
		return ""
	}
	return "some"
}

// write adds every field of a value, those that are added to a flow later too.
func write(h *maphash.Hash, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			write(h, v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		number(h, uint64(v.Len()))
		for i := range v.Len() {
			write(h, v.Index(i))
		}
	case reflect.String:
		text(h, v.String())
	case reflect.Bool:
		flags(h, v.Bool())
	case reflect.Int, reflect.Int32, reflect.Int64:
		number(h, uint64(v.Int()))
	case reflect.Pointer:
		if !v.IsNil() {
			panic("a flow points to something that the model does not know")
		}
	default:
		panic("a flow has a field that the model cannot tell apart: " + v.Kind().String())
	}
}

func number(h *maphash.Hash, n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	_, _ = h.Write(b[:])
}

func text(h *maphash.Hash, s string) {
	_, _ = h.WriteString(s)
	_ = h.WriteByte(0)
}

func flags(h *maphash.Hash, set ...bool) {
	var b byte
	for _, f := range set {
		b <<= 1
		if f {
			b |= 1
		}
	}
	_ = h.WriteByte(b)
}

// print is the fingerprint of a world.
func (w *world) print() uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	number(&h, uint64(w.arrived|w.fresh<<4|w.mishaps<<8))
	flags(&h, w.dead)
	text(&h, string(w.seized))
	parties := slices.Clone(w.parties)
	slices.SortFunc(parties, func(a, b party) int { return cmp.Compare(a.id, b.id) })
	for i := range parties {
		parties[i].print(&h, w)
	}
	for _, b := range w.bridges {
		text(&h, string(b))
	}
	_ = h.WriteByte('/')
	for _, r := range w.runs {
		r.print_(&h)
	}
	_ = h.WriteByte('/')
	for _, e := range w.left {
		text(&h, string(e.leg)+string(e.from)+string(e.way))
		ids(&h, e.legs)
	}
	return h.Sum64()
}

func (p *party) print(h *maphash.Hash, w *world) {
	text(h, string(p.id))
	text(h, string(p.owner))
	flags(h, p.inApp, p.armed, p.refused, p.urgent, p.overlooked, p.onItsWay, p.out)
	text(h, string(p.peer))
	text(h, string(p.bridge))
	text(h, p.dialled)
	flags(h, p.whisper != "", p.playing != "", p.taping != "", p.keypad.asked, p.keypad.accepted, p.kind == dialling, w.awaited(p))
	text(h, p.keypad.typed)
}

// awaited says whether the flow waits for the end of what a leg hears or says.
func (w *world) awaited(p *party) bool {
	r := w.run(p.owner)
	switch {
	case r == nil:
		return false
	case r.clearing != nil:
		return p.playing == r.clearing.Saying
	case p.taping != "":
		return p.taping == r.screening.Recording
	}
	return slices.Contains(r.screening.Saying[:], p.playing)
}

func (r *run) print_(h *maphash.Hash) {
	text(h, string(r.id))
	number(h, r.print)
	number(h, r.kept.print)
	flags(h, r.yes, r.keptYes, r.suspect, r.asked != 0, r.clearing != nil && r.asked == r.clearing.SearchN, r.asked == 1)
	number(h, uint64(min(r.proofs, 2)*16+r.ends*4+len(r.again)))
	timers := make([]string, 0, 4)
	for _, t := range r.timers {
		late := "late"
		if t.n == r.current(t.name) {
			late = ""
		}
		timers = append(timers, string(t.name)+late)
	}
	slices.Sort(timers)
	text(h, strings.Join(timers, " "))
	if r.asked == 1 {
		ids(h, r.claimed)
	}
	if r.proofs > 0 {
		ids(h, r.there[0])
		ids(h, r.there[1])
	}
}

func ids(h *maphash.Hash, legs []call.LegID) {
	for _, id := range legs {
		text(h, string(id))
	}
	_ = h.WriteByte('/')
}
